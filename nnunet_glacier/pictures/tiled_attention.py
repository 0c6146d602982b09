"""Attention maps of a whole image, from tiles of the size that the network was trained on.

As at prediction, the network sees nnU-Net's overlapping tiles, whose maps are averaged with nnU-Net's Gaussian
weights. One pass over the whole image would give other maps: instance norm would see other means, and a scene need
not fit into memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import torch
from acvl_utils.cropping_and_padding.padding import pad_nd_image
from nnunetv2.inference.sliding_window_prediction import compute_gaussian, compute_steps_for_sliding_window
from torch import nn

from nnunet_glacier.architectures.attention_maps import attention_maps
from nnunet_glacier.architectures.attention_unet import GatedDecoder


def tiled_attention(
    network: nn.Module, decoder: GatedDecoder, image: torch.Tensor, tile: Sequence[int], step: float = 0.5
) -> torch.Tensor:
    """Attention maps of each level over an image.

    Args:
        network: In evaluation mode, see `attention_maps`.
        decoder: The decoder whose maps are asked for.
        image: The preprocessed image, float32, ``(C, H, W)``, on any device; smaller ones are padded with 0.
        tile: Rows and columns of a tile.
        step: Step between tiles as a fraction of the tile.

    Returns:
        Float32 in [0, 1], ``(levels, H, W)``, the finest level first, on the CPU.
    """
    device = next(network.parameters()).device
    padded, inside = pad_nd_image(image, tile, "constant", {"value": 0}, return_slicer=True)
    weight = compute_gaussian(tuple(tile), dtype=torch.float32, device=torch.device("cpu"))
    total = torch.zeros(padded.shape[1:])
    weighted = torch.zeros(0)
    starts = compute_steps_for_sliding_window(padded.shape[1:], tile, step)
    for corner in product(*starts):
        rows, columns = (slice(start, start + size) for start, size in zip(corner, tile, strict=True))
        maps = attention_maps(network, padded[:, rows, columns][None].to(device), decoder)
        levels = torch.cat(maps, 1)[0].float().cpu()
        if not len(weighted):
            weighted = torch.zeros(len(levels), *total.shape)
        weighted[:, rows, columns] += weight * levels
        total[rows, columns] += weight
    # Rounding of the average must not leave the range of its parts.
    return weighted.div_(total)[:, inside[1], inside[2]].clamp_(0, 1)
