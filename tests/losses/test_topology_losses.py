"""Skeleton recall and soft clDice on lines that one can count."""

import math

import pytest
import torch
from monai.losses import SoftclDiceLoss

from nnunet_glacier.losses.skeleton_recall import SkeletonRecall, skeleton_recall, tubed_skeleton
from nnunet_glacier.losses.soft_cldice import SoftCLDice, soft_cldice, soft_skeleton


def band(width, size=15):
    """A horizontal band in the middle of a square."""
    line = torch.zeros(1, size, size, dtype=torch.bool)
    first = (size - width) // 2
    line[:, first : first + width] = True
    return line


def test_the_tube_is_five_pixels_of_a_wider_line():
    """The middle row and two to either side, and never more than the line; nothing where there is none."""
    middle = torch.zeros(15, dtype=torch.bool)
    middle[5:10] = True
    assert torch.equal(tubed_skeleton(band(9))[0, :, 7], middle)
    assert torch.equal(tubed_skeleton(band(3))[..., 2:-2], band(3)[..., 2:-2])
    assert not tubed_skeleton(band(0)).any()


def test_skeleton_recall_by_hand():
    """Of 4 pixels two have 1 and two 1/4: (2.5 + 1) / (4 + 1)."""
    skeleton = torch.tensor([[[True, True, True, True, False]]])
    probability = torch.tensor([[[1.0, 1.0, 0.25, 0.25, 1.0]]])
    assert skeleton_recall(probability, skeleton).item() == pytest.approx(0.7)


def test_skeleton_recall_is_added_to_dice_and_bce():
    """A logit of 0 everywhere, 3x15 pixels of 225: Dice 45/157.5, BCE log 2, recall (n/2 + 1)/(n + 1) of n pixels."""
    logits = torch.zeros(1, 2, 15, 15)
    n = int(tubed_skeleton(band(3)).sum())
    assert 39 <= n <= 45
    expected = 1 - 45 / 157.5 + math.log(2) + 2 * (1 - (n / 2 + 1) / (n + 1))
    assert SkeletonRecall(2.0)(logits, band(3)[:, None].float()).item() == pytest.approx(expected, rel=1e-5)


def test_a_gap_costs_by_its_length():
    """Of 15 columns 5 are missing: precision 1, sensitivity (10 + 1) / (15 + 1); Dice hardly sees a thinner line."""
    line = band(3)
    gap = line.clone()
    gap[:, :, 5:10] = False
    sensitivity = 11 / 16
    expected = 2 * sensitivity / (1 + sensitivity)
    assert soft_cldice(gap.float(), line).item() == pytest.approx(expected)
    assert soft_cldice(band(1).float(), line).item() == pytest.approx(1)


def test_without_a_line_a_right_prediction_is_perfect():
    """And a false line is not."""
    assert soft_cldice(torch.zeros(1, 15, 15), band(0)).item() == 1
    assert soft_cldice(band(1).float(), band(0)).item() == pytest.approx(2 / 17)


def test_a_line_everywhere_is_perfect_too():
    """It has no skeleton, and holds the line's: the published loss says so, and Dice alone is against it."""
    assert soft_cldice(torch.ones(1, 15, 15), band(3)).item() == pytest.approx(1)


def test_cldice_is_monais():
    """On a random mask with a line."""
    probability = torch.rand(1, 20, 20, generator=torch.Generator().manual_seed(0))
    line = torch.zeros(1, 20, 20, dtype=torch.bool)
    line[:, 8:11, 5:15] = True
    monai = SoftclDiceLoss(iter_=3, smooth_nr=1.0, smooth_dr=1.0, smooth=1e-12)
    expected = monai(probability[:, None], line[:, None].float()).item()
    assert 1 - soft_cldice(probability, line).item() == pytest.approx(expected, rel=1e-5)


def test_a_skeleton_of_probabilities_stays_in_the_unit_interval():
    """Random ones."""
    skeleton = soft_skeleton(torch.rand(3, 12, 12, generator=torch.Generator().manual_seed(1)), 3)
    assert skeleton.min() >= 0
    assert skeleton.max() <= 1 + 1e-6


def test_cldice_alone_is_refused():
    """It says nothing about width."""
    with pytest.raises(ValueError, match=r"must be in \[0, 0.5\]; it is 0.6"):
        SoftCLDice(0.6)
