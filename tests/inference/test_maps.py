"""Class maps, quantisation and the way back into the full image."""

import numpy as np
import pytest
import torch

from nnunet_glacier.inference.ensemble import TaskAverage
from nnunet_glacier.inference.maps import (
    PROBABILITY_SCALE,
    SPREAD_SCALE,
    Placement,
    class_ids,
    quantise,
    quantise_spread,
    task_maps,
    without_first_class,
)

WHOLE = Placement((1, 2, 2), ((0, 1), (0, 2), (0, 2)), (0, 1, 2))


def test_eight_bit_probabilities_are_off_by_half_a_step_at_most():
    """Over the whole range, with both ends exact."""
    exact = torch.linspace(0, 1, 10_001)
    restored = quantise(exact).double() * PROBABILITY_SCALE
    assert (restored - exact).abs().max() <= PROBABILITY_SCALE / 2 + 1e-7
    assert quantise(torch.tensor([0.0, 1.0])).tolist() == [0, 255]


def test_eight_bit_spread_is_off_by_half_a_step_at_most():
    """Over its range: the SD of numbers between 0 and 1 is at most 0.5."""
    exact = torch.linspace(0, 0.5, 10_001)
    restored = quantise_spread(exact).double() * SPREAD_SCALE
    assert (restored - exact).abs().max() <= SPREAD_SCALE / 2 + 1e-7


def test_the_first_of_equally_probable_classes_is_taken():
    """As numpy's arg-max does, which nnU-Net uses."""
    mean = torch.tensor([[0.4, 0.2], [0.4, 0.3], [0.2, 0.5]])[:, None, None]
    assert class_ids(mean).tolist() == [[[0, 2]]]


def test_regions_are_painted_over_each_other():
    """Region-based models: every region above one half is painted, later ones over earlier ones."""
    mean = torch.tensor([[0.9, 0.9, 0.5], [0.2, 0.6, 0.5]])[:, None, None]
    assert class_ids(mean, (1, 3)).tolist() == [[[1, 3, 0]]]


def test_what_the_first_class_had_goes_to_the_others_in_proportion():
    """0.3 and 0.1 of 0.4 are 0.75 and 0.25; where the first class was certain the others get equal parts."""
    mean = torch.tensor([[0.6, 1.0, 0.0], [0.3, 0.0, 0.2], [0.1, 0.0, 0.8]])[:, None, None]
    spread = torch.full_like(mean, 0.1)
    average = without_first_class(TaskAverage(mean, spread))
    expected = torch.tensor([[0, 0, 0], [0.75, 0.5, 0.2], [0.25, 0.5, 0.8]])[:, None, None]
    torch.testing.assert_close(average.mean, expected)
    assert average.spread is spread


def test_background_is_certain_outside_the_crop():
    """nnU-Net cuts borders of zeros off; there class 0 has probability 1 and no spread."""
    mean = torch.tensor([0.2, 0.8])[:, None, None, None].expand(2, 1, 1, 2)
    average = TaskAverage(mean, torch.full((2, 1, 1, 2), 0.1))
    placement = Placement((1, 2, 4), ((0, 1), (1, 2), (1, 3)), (0, 1, 2))
    maps = task_maps(average, placement, probabilities="uint8")
    assert maps.classes.tolist() == [[0, 0, 0, 0], [0, 1, 1, 0]]
    assert maps.classes.dtype == np.uint8
    assert maps.probabilities[0].tolist() == [[255] * 4, [255, 51, 51, 255]]
    assert maps.probabilities[1].tolist() == [[0] * 4, [0, 204, 204, 0]]
    assert maps.spread.tolist() == [[0] * 4, [0, 51, 51, 0]]


@pytest.mark.parametrize(("regions", "background"), [(None, 255), ((1, 2), 0)])
def test_background_is_certain_where_there_is_no_data(regions, background):
    """Whatever the network says there; of regions, which overlap, none is there. Pixels with data stay."""
    mean = torch.tensor([0.2, 0.8])[:, None, None, None].expand(2, 1, 1, 2)
    average = TaskAverage(mean, None if regions else torch.full((2, 1, 1, 2), 0.1))
    placement = Placement((1, 1, 3), ((0, 1), (0, 1), (0, 2)), (0, 1, 2))
    holds_data = np.array([[False, True, True]])
    maps = task_maps(average, placement, probabilities="uint8", regions=regions, holds_data=holds_data)
    assert maps.classes.tolist() == [[0, 2 if regions else 1, 0]]
    assert maps.probabilities[:, 0].tolist() == [[background, 51, background], [0, 204, 0]]
    assert regions or maps.spread.tolist() == [[0, 51, 0]]


def test_float16_probabilities_sum_to_one_outside_the_crop():
    """Class 0 is 1 there, in any type."""
    average = TaskAverage(torch.full((3, 1, 1, 1), 1 / 3), None)
    maps = task_maps(average, Placement((1, 1, 2), ((0, 1), (0, 1), (0, 1)), (0, 1, 2)), probabilities="float16")
    assert maps.probabilities.dtype == np.float16
    assert maps.probabilities[:, 0, 1].tolist() == [1, 0, 0]
    assert maps.probabilities[:, 0, 0].tolist() == pytest.approx([1 / 3] * 3, abs=2e-4)
    assert maps.spread is None


def test_spread_is_that_of_the_predicted_class():
    """Of every pixel's own most probable class; for two classes both have the same."""
    mean = torch.tensor([[[0.7, 0.1], [0.2, 0.4]], [[0.2, 0.8], [0.3, 0.3]], [[0.1, 0.1], [0.5, 0.3]]])[:, None]
    spread = torch.tensor([[[0.1, 0.2], [0.3, 0.4]], [[0.0, 0.5], [0.0, 0.0]], [[0.0, 0.0], [0.2, 0.0]]])[:, None]
    maps = task_maps(TaskAverage(mean, spread), WHOLE)
    assert maps.spread.tolist() == [[51, 255], [102, 204]]
    assert maps.probabilities is None


def test_transposition_is_undone():
    """A volume whose axes nnU-Net turned comes back in the axes of the file."""
    turned = np.arange(6).reshape(1, 2, 3)
    placement = Placement((1, 2, 3), ((0, 1), (0, 2), (0, 3)), (0, 2, 1))
    assert placement.restore(turned).tolist() == [[0, 3], [1, 4], [2, 5]]


def test_more_than_255_classes_need_sixteen_bits():
    """The class map's type follows its largest class."""
    mean = torch.zeros(300, 1, 1, 2)
    mean[299, 0, 0, 1] = 1
    mean[1, 0, 0, 0] = 1
    maps = task_maps(TaskAverage(mean, None), Placement((1, 1, 2), ((0, 1), (0, 1), (0, 2)), (0, 1, 2)))
    assert maps.classes.tolist() == [[1, 299]]
    assert maps.classes.dtype == np.uint16
