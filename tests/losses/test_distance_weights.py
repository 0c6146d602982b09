"""Distance-weighted BCE and Dice against a transcription of Holzmann et al. (2021), Eq. 2, in numpy and float64."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from scipy.special import expit

from nnunet_glacier.losses.distance_weights import DistanceWeightedBCE, DistanceWeightedDice, distance_weights

SHAPE = (2, 30, 200)


def transcribed_weights(line, w, spacing=(1.0, 1.0)):
    """Eq. 2, zero-centred and with the line added."""
    return 2 * (expit(ndimage.distance_transform_edt(~line, sampling=spacing) / w) - 0.5) + line


def front_lines():
    """Two maps, each with a line 5 pixels wide that runs near the left edge."""
    lines = np.zeros(SHAPE, dtype=bool)
    lines[0, :, 10:15] = True
    lines[1, np.arange(30)[:, None], np.arange(30)[:, None] // 2 + np.arange(5)] = True
    return lines


def made(seed=0):
    """Lines, logits of two classes and the line's logit, in float64."""
    logits = np.random.default_rng(seed).normal(scale=2, size=(2, 2, *SHAPE[1:]))
    return front_lines(), logits, logits[:, 1] - logits[:, 0]


@pytest.mark.parametrize("w", [4, 8, 16])
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (2.0, 4.0)])
def test_the_weights_are_those_of_the_equation(w, spacing):
    """Also where the distance is beyond what float32 tells from infinity, which is not computed."""
    lines = front_lines()
    expected = np.stack([transcribed_weights(line, w, spacing) for line in lines])
    np.testing.assert_allclose(distance_weights(torch.from_numpy(lines), w, spacing_px=spacing), expected, rtol=1e-6)
    alone = distance_weights(torch.from_numpy(lines[1]), w, spacing_px=spacing)
    np.testing.assert_allclose(alone, expected[1], rtol=1e-6)


def test_maps_of_one_class_weigh_one():
    """Infinitely far from a line, or on it."""
    lines = torch.zeros(2, 6, 6, dtype=torch.bool)
    lines[1] = True
    assert (distance_weights(lines) == 1).all()


def test_four_by_four_by_hand():
    """A line in the first column, p = 1/2, w = 4: columns at distance 1, 2 and 3."""
    target = torch.zeros(1, 1, 4, 4)
    target[..., 0] = 1
    weights = np.tanh(np.array([1, 2, 3]) / 8)
    logits = torch.zeros(1, 2, 4, 4)
    bce = DistanceWeightedBCE(w=4)(logits, target)
    assert bce.item() == pytest.approx((np.log(2) - np.log(1 - weights / 2).sum()) / 4, rel=1e-6)
    dice = DistanceWeightedDice(w=4)(logits, target)
    assert dice.item() == pytest.approx(1 - 2 * 2 / (2 + 2 * weights.sum() + 4), rel=1e-5)


@pytest.mark.parametrize("w", [4, 16])
def test_bce_is_that_of_the_weighted_prediction(w):
    """BCE of p W."""
    lines, logits, logit = made()
    p = expit(logit) * np.stack([transcribed_weights(line, w) for line in lines])
    expected = -np.mean(np.where(lines, np.log(p), np.log(1 - p)))
    loss = DistanceWeightedBCE(w)(torch.from_numpy(logits), torch.from_numpy(lines[:, None]).float())
    assert loss.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("batch_dice", [True, False])
def test_dice_is_that_of_the_weighted_prediction(batch_dice):
    """Over the batch, or the mean over samples."""
    lines, logits, logit = made()
    p = expit(logit) * np.stack([transcribed_weights(line, 8) for line in lines])
    axes = (0, 1, 2) if batch_dice else (1, 2)
    dice = 2 * (p * lines).sum(axes) / (p.sum(axes) + lines.sum(axes))
    loss = DistanceWeightedDice(8, batch_dice=batch_dice)
    value = loss(torch.from_numpy(logits), torch.from_numpy(lines[:, None]).float())
    assert value.item() == pytest.approx(1 - dice.mean(), rel=1e-5)


@pytest.mark.parametrize("loss_class", [DistanceWeightedBCE, DistanceWeightedDice])
def test_a_line_beside_the_front_costs_less_than_one_far_away(loss_class):
    """What the loss is for: the same false alarms, 1 and 100 pixels off."""
    target = torch.zeros(1, 1, 20, 200)
    target[..., 10:15] = 1
    values = []
    for column in (15, 115):
        logits = torch.zeros(1, 2, 20, 200)
        logits[:, 1] = torch.where(target[:, 0] > 0, 5.0, -5.0)
        logits[:, 1, :, column : column + 3] = 5
        values.append(loss_class(4)(logits, target).item())
    assert values[0] < 0.7 * values[1]


@pytest.mark.parametrize("loss_class", [DistanceWeightedBCE, DistanceWeightedDice])
def test_a_scale_that_is_not_positive_is_refused(loss_class):
    """Zero pixels of tolerance is BCE, not a limit of this loss."""
    with pytest.raises(ValueError, match="w, the scale in pixels"):
        loss_class(0)
