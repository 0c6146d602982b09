"""The distance transforms against scipy's and against distances worked out by hand."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from nnunet_glacier.losses.distance_transform import (
    distance_transform,
    scipy_distance_transform,
    shifted_distance_transform,
    spacing_px,
)

WAYS = [distance_transform, scipy_distance_transform, shifted_distance_transform]


def random_masks(share, seed=0):
    """Three 37 x 53 masks in which about this share of the pixels is outside."""
    return np.random.default_rng(seed).random((3, 37, 53)) >= share


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("share", [0.5, 0.05, 0.002])
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (2.0, 1.0), (1.0, 3.5)])
def test_distances_are_scipys_on_random_masks(way, share, spacing):
    """Every map of a batch, from pixels nearly all outside to a handful of them, with unequal spacing."""
    masks = random_masks(share)
    assert not masks.all((1, 2)).any()
    expected = np.stack([ndimage.distance_transform_edt(mask, sampling=spacing) for mask in masks])
    distances = way(torch.from_numpy(masks), spacing)
    assert distances.dtype == torch.float32
    np.testing.assert_allclose(distances.numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("way", WAYS)
def test_distances_from_one_corner(way):
    """4 x 4 pixels, rows 2 apart, one pixel outside: Pythagoras."""
    mask = torch.ones(4, 4, dtype=torch.bool)
    mask[0, 0] = False
    squared = [[0, 1, 4, 9], [4, 5, 8, 13], [16, 17, 20, 25], [36, 37, 40, 45]]
    torch.testing.assert_close(way(mask, (2.0, 1.0)), torch.tensor(squared).sqrt())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("reach", [1.0, 4.9, 20.0])
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (1.5, 2.0)])
def test_distances_are_exact_up_to_the_reach_and_infinite_beyond(way, reach, spacing):
    """A reach never changes a distance that is within it."""
    mask = torch.from_numpy(random_masks(0.005))
    whole = scipy_distance_transform(mask, spacing)
    expected = torch.where(whole > reach, math.inf, whole)
    assert (whole > reach).any()
    torch.testing.assert_close(way(mask, spacing, reach), expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("reach", [math.inf, 5.0])
def test_a_mask_without_an_outside_is_infinitely_deep_and_an_empty_one_is_flat(way, reach):
    """In one batch with a mask that has both, which stays as it is alone."""
    masks = torch.ones(3, 6, 5, dtype=torch.bool)
    masks[1] = False
    masks[2, 2, 3] = False
    distances = way(masks, reach_px=reach)
    assert torch.isinf(distances[0]).all()
    assert (distances[1] == 0).all()
    torch.testing.assert_close(distances[2], way(masks[2], reach_px=reach))
    assert distances[2, 2, 1] == 2


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (1, 1)])
def test_maps_of_one_row_or_column(way, shape):
    """The lowest resolutions of a thin patch."""
    mask = torch.ones(shape, dtype=torch.bool)
    mask.view(-1)[-1] = False
    expected = torch.arange(mask.numel() - 1, -1, -1).float().reshape(shape)
    torch.testing.assert_close(way(mask), expected)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_distances_on_cuda_are_those_on_the_cpu():
    """The map stays on the device that it was computed on.

    It would show that the shifts give the same distances there, and that a training step waits for no copy.
    """
    mask = torch.from_numpy(random_masks(0.01))
    distances = distance_transform(mask.cuda())
    assert distances.device.type == "cuda"
    torch.testing.assert_close(distances.cpu(), distance_transform(mask))


def test_spacing_is_that_of_the_full_resolution():
    """A map with a quarter of the rows and half of the columns has spacing 4 and 2; without a patch size, 1."""
    assert spacing_px((64, 48), torch.Size([2, 1, 16, 24])) == (4, 2)
    assert spacing_px(None, torch.Size([2, 1, 16, 24])) == (1, 1)
