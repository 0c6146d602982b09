"""Cross-entropy, soft Dice and Focal against torch, monai, nnU-Net and values worked out by hand."""

import math

import pytest
import torch
from monai.losses import DiceLoss, FocalLoss, GeneralizedDiceLoss
from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss

from nnunet_glacier.losses.cross_entropy import CrossEntropy
from nnunet_glacier.losses.focal import Focal
from nnunet_glacier.losses.generalised_dice import GeneralisedDice
from nnunet_glacier.losses.soft_dice import SoftDice


def made(n_classes=4, seed=0):
    """Random logits and class ids."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(3, n_classes, 8, 8, generator=generator)
    return logits, torch.randint(0, n_classes, (3, 1, 8, 8), generator=generator)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_cross_entropy_is_torchs(n_classes):
    """Mean over the pixels."""
    logits, target = made(n_classes)
    expected = torch.nn.functional.cross_entropy(logits, target[:, 0])
    assert CrossEntropy()(logits, target).item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("batch_dice", [True, False])
def test_soft_dice_is_monais_and_nnunets(n_classes, batch_dice):
    """Foreground classes alone; nnU-Net's is smaller by 1."""
    logits, target = made(n_classes)
    loss = SoftDice(batch_dice=batch_dice)(logits, target).item()
    monai = DiceLoss(
        include_background=False, to_onehot_y=True, softmax=True, batch=batch_dice, smooth_nr=1e-5, smooth_dr=1e-5
    )
    assert loss == pytest.approx(monai(logits, target).item(), rel=1e-5)
    nnunet = MemoryEfficientSoftDiceLoss(
        apply_nonlin=lambda x: x.softmax(1), batch_dice=batch_dice, do_bg=False, smooth=1e-5, ddp=False
    )
    assert loss == pytest.approx(1 + nnunet(logits, target).item(), rel=1e-5)


def test_soft_dice_by_hand():
    """4 x 4, 4 pixels of line of which 2 are found, 1 too many: Dice 2 * 2 / (4 + 3)."""
    target, logits = torch.zeros(1, 1, 4, 4), torch.zeros(1, 2, 4, 4)
    target[0, 0, 1] = 1
    logits[:, 1] = -50
    logits[0, 1, 1, :2] = 50
    logits[0, 1, 3, 3] = 50
    assert SoftDice()(logits, target).item() == pytest.approx(1 - 4 / 7, rel=1e-5)


@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, 0.25), (0.0, 0.75), (0.5, None), (3.0, 0.5)])
def test_focal_of_two_classes_is_that_of_a_sigmoid(gamma, alpha):
    """Alpha goes with class 1."""
    logits, target = made(2)
    expected = FocalLoss(gamma=gamma, alpha=alpha)(logits[:, 1:] - logits[:, :1], target)
    assert Focal(gamma, alpha)(logits, target).item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, 0.25), (1.5, None)])
def test_focal_of_many_classes_is_monais(gamma, alpha):
    """Monai takes the mean over the classes too, of which all but the true one are 0."""
    logits, target = made(4)
    expected = 4 * FocalLoss(to_onehot_y=True, use_softmax=True, gamma=gamma, alpha=alpha)(logits, target)
    assert Focal(gamma, alpha)(logits, target).item() == pytest.approx(expected.item(), rel=1e-5)


def test_focal_by_hand():
    """4 x 4, p = 1/2 everywhere, 4 pixels of line: (4 * 0.25 + 12 * 0.75) / 16 * (1/2)^2 * log 2."""
    target = torch.zeros(1, 1, 4, 4)
    target[..., 0] = 1
    loss = Focal()(torch.zeros(1, 2, 4, 4), target).item()
    assert loss == pytest.approx(10 / 16 * 0.25 * math.log(2), rel=1e-6)


@pytest.mark.parametrize("wrong", [{"gamma": -1}, {"alpha": 0}, {"alpha": 1}])
def test_focal_refuses_parameters_out_of_range(wrong):
    """An alpha of 0 or 1 would leave a class out."""
    with pytest.raises(ValueError, match="gamma must not be negative"):
        Focal(**wrong)


def test_a_uniform_alpha_weighs_water_as_much_as_ice():
    """Half of the pixels water, p = 1/2: 0.25 (1/2)^2 log 2; with Lin et al.'s weights twice as much."""
    target = torch.zeros(1, 1, 4, 4)
    target[..., :2] = 1
    logits = torch.zeros(1, 2, 4, 4)
    assert Focal(uniform=True)(logits, target).item() == pytest.approx(math.log(2) / 16, rel=1e-6)
    assert Focal()(logits, target).item() == pytest.approx(math.log(2) / 8, rel=1e-6)


def test_dice_with_the_first_class_by_hand():
    """4 of 16 pixels of class 1, p = 1/2: Dice 2*2/(8+4) of class 1 and 2*6/(8+12) of class 0."""
    target = torch.zeros(1, 1, 4, 4)
    target[..., 0] = 1
    logits = torch.zeros(1, 2, 4, 4)
    assert SoftDice()(logits, target).item() == pytest.approx(1 - 1 / 3, rel=1e-5)
    assert SoftDice(first_class=True)(logits, target).item() == pytest.approx(1 - (1 / 3 + 3 / 5) / 2, rel=1e-5)


def test_generalised_dice_by_hand():
    """The same: weights 1/12^2 and 1/4^2, 2 (6/144 + 2/16) / (20/144 + 12/16) = 3/8."""
    target = torch.zeros(1, 1, 4, 4)
    target[..., 0] = 1
    assert GeneralisedDice()(torch.zeros(1, 2, 4, 4), target).item() == pytest.approx(1 - 3 / 8, rel=1e-5)


def test_generalised_dice_is_monais():
    """Four classes, all of them there."""
    logits, target = made(4)
    expected = GeneralizedDiceLoss(to_onehot_y=True, softmax=True, batch=True)(logits, target)
    assert GeneralisedDice()(logits, target).item() == pytest.approx(expected.item(), rel=1e-3)


def test_a_class_that_is_not_there_weighs_as_the_rarest():
    """Three classes, 12 pixels of 0 and 4 of 1, p = 1/3: 2 (4/144 + (4/3)/16) / ((16/3+12)/144 + (16/3+4+16/3)/16)."""
    target = torch.zeros(1, 1, 4, 4)
    target[..., 0] = 1
    expected = 2 * (4 / 144 + 4 / 48) / ((16 / 3 + 12) / 144 + (32 / 3 + 4) / 16)
    assert GeneralisedDice()(torch.zeros(1, 3, 4, 4), target).item() == pytest.approx(1 - expected, rel=1e-5)
