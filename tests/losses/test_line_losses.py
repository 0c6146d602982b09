"""Weighted BCE and Focal Tversky against torch, monai and values worked out by hand."""

import math

import pytest
import torch
from monai.losses import TverskyLoss
from torch.nn.functional import binary_cross_entropy_with_logits

from nnunet_glacier.losses.focal_tversky import BCEFocalTversky, focal_tversky
from nnunet_glacier.losses.weighted_bce import BCE, WeightedBCE


def made(seed=0):
    """Random logits of two classes, their difference, and a target of about one line pixel in eight."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(3, 2, 8, 8, generator=generator)
    target = (torch.rand(3, 1, 8, 8, generator=generator) < 1 / 8).float()
    return logits, logits[:, 1:] - logits[:, :1], target


@pytest.mark.parametrize("weight", [1.0, 0.5, 420.0, 727.0])
def test_a_fixed_weight_is_torchs_pos_weight(weight):
    """Mean over all pixels, not over the sum of the weights."""
    logits, logit, target = made()
    expected = binary_cross_entropy_with_logits(logit, target, pos_weight=torch.tensor(weight))
    assert WeightedBCE(weight)(logits, target).item() == pytest.approx(expected.item(), rel=1e-5)


def test_plain_bce_is_the_cross_entropy_of_two_classes():
    """Sigmoid of the difference and softmax are one."""
    logits, _, target = made()
    expected = torch.nn.functional.cross_entropy(logits, target[:, 0].long())
    assert BCE()(logits, target).item() == pytest.approx(expected.item(), rel=1e-5)


def test_balanced_classes_count_half_each():
    """4 x 4, one pixel of line at p = 1/2, the others at p = 1/4."""
    target = torch.zeros(1, 1, 4, 4)
    target[0, 0, 3, 0] = 1
    logits = torch.zeros(1, 2, 4, 4)
    logits[:, 1] = torch.where(target[:, 0] > 0, 0.0, -math.log(3))
    expected = (math.log(2) + math.log(4 / 3)) / 2
    assert WeightedBCE("balanced")(logits, target).item() == pytest.approx(expected, rel=1e-6)


def test_a_batch_without_a_front_teaches_its_background_as_before():
    """The gradient of a background pixel does not jump when the only pixel of a line goes."""
    gradients = []
    for last in (1.0, 0.0):
        target = torch.zeros(1, 1, 64, 64)
        target[0, 0, 0, 0] = last
        logits = torch.zeros(1, 2, 64, 64, requires_grad=True)
        WeightedBCE()(logits, target).backward()
        gradients.append(logits.grad[0, 1, 5, 5].item())
    assert gradients[0] == pytest.approx(0.25 / 4095, rel=1e-4)
    assert gradients[1] == pytest.approx(0.25 / 4096, rel=1e-4)


@pytest.mark.parametrize("weight", [0, -1.0, "inverse"])
def test_weights_that_are_none_are_refused(weight):
    """A weight of 0 would not look at the line."""
    with pytest.raises(ValueError, match="positive_weight"):
        WeightedBCE(weight)


@pytest.mark.parametrize(("alpha", "beta", "gamma"), [(0.7, 0.3, 1.33), (0.85, 0.15, 1.33)])
def test_the_tversky_index_is_monais(alpha, beta, gamma):
    """Monai calls the weight of false positives alpha, Abraham and Khan that of false negatives."""
    logits, logit, target = made()
    monai = TverskyLoss(sigmoid=True, alpha=beta, beta=alpha, batch=True, smooth_nr=1.0, smooth_dr=1.0)
    loss = BCEFocalTversky(0.0, alpha, beta, gamma)(logits, target)
    assert loss.item() == pytest.approx(monai(logit, target).item() ** (1 / gamma), rel=1e-5)


@pytest.mark.parametrize("bce_weight", [0.20, 0.35, 1.0])
def test_lambda_is_the_share_of_bce(bce_weight):
    """Gattolin, Eq. 1."""
    logits, _, target = made()
    overlap, bce = BCEFocalTversky(0.0)(logits, target), BCE()(logits, target)
    mixed = BCEFocalTversky(bce_weight)(logits, target)
    assert mixed.item() == pytest.approx((bce_weight * bce + (1 - bce_weight) * overlap).item(), rel=1e-5)


def test_a_miss_costs_more_than_a_false_alarm():
    """4 x 4: 4 pixels of line, two missed, against none missed and two too many; s = 0.

    Missed: 1 - TI = 0.7 * 2 / (2 + 0.7 * 2); too many: 0.3 * 2 / (4 + 0.3 * 2); each to the power 3/4.
    """
    line = torch.zeros(1, 4, 4, dtype=torch.bool)
    line[0, 1] = True
    miss, alarm = torch.where(line, 50.0, -50.0), torch.where(line, 50.0, -50.0)
    miss[0, 1, :2] = -50
    alarm[0, 0, :2] = 50
    assert focal_tversky(miss, line, smooth=0).item() == pytest.approx((1.4 / 3.4) ** 0.75, rel=1e-5)
    assert focal_tversky(alarm, line, smooth=0).item() == pytest.approx((0.6 / 4.6) ** 0.75, rel=1e-5)


@pytest.mark.parametrize("wrong", [{"bce_weight": 1.1}, {"alpha": 0}, {"gamma": 0}, {"smooth": 0}])
def test_parameters_out_of_range_are_refused(wrong):
    """All of them are named in one message."""
    with pytest.raises(ValueError, match="bce_weight must be in"):
        BCEFocalTversky(**wrong)
