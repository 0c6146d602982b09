"""Attention over an image of any size is that of nnU-Net's tiles."""

import pytest
import torch
from tiny_attention import build
from torch.nn import functional

from nnunet_glacier.architectures.attention_maps import attention_maps
from nnunet_glacier.inference.predictor import make_trainers_findable
from nnunet_glacier.pictures.tiled_attention import tiled_attention

TILE = (32, 32)
CLOSE = {"atol": 1e-5, "rtol": 0}


@pytest.fixture(scope="module")
def network():
    make_trainers_findable()
    torch.manual_seed(0)
    return build()


def levels(network, image):
    """The maps of one pass over an image, ``(levels, H, W)``."""
    return torch.cat(attention_maps(network, image[None]), 1)[0]


def test_an_image_of_one_tile_takes_one_pass(network):
    """Its maps are those of the network, finest first, and not the same at all levels."""
    image = torch.randn(1, *TILE)
    maps = tiled_attention(network, network.decoder, image, TILE)
    torch.testing.assert_close(maps, levels(network, image), **CLOSE)
    assert maps.shape == (2, *TILE)
    assert (maps[0] - maps[1]).abs().max() > 0.01


def test_a_smaller_image_is_padded_with_zeros_around_it(network):
    """20 x 29 pixels get 6 rows above and below, 1 column left and 2 right, and lose them again."""
    image = torch.randn(1, 20, 29)
    padded = functional.pad(image, (1, 2, 6, 6))
    expected = levels(network, padded)[:, 6:26, 1:30]
    torch.testing.assert_close(tiled_attention(network, network.decoder, image, TILE), expected, **CLOSE)


def test_a_larger_image_is_tiled_with_overlap(network):
    """48 columns are two tiles: each alone at its side, and between both of them where they overlap."""
    image = torch.randn(1, 32, 48)
    left, right = levels(network, image[..., :32]), levels(network, image[..., 16:])
    maps = tiled_attention(network, network.decoder, image, TILE)
    torch.testing.assert_close(maps[..., :16], left[..., :16], **CLOSE)
    torch.testing.assert_close(maps[..., 32:], right[..., 16:], **CLOSE)
    low, high = torch.minimum(left[..., 16:], right[..., :16]), torch.maximum(left[..., 16:], right[..., :16])
    overlap = maps[..., 16:32]
    assert ((overlap >= low - 1e-5) & (overlap <= high + 1e-5)).all()
    # The Gaussian of the right tile, whose middle is column 32, outweighs that of the left at column 31.
    assert ((overlap - right[..., :16]).abs() < (overlap - left[..., 16:]).abs() + 1e-5)[..., -1].all()
