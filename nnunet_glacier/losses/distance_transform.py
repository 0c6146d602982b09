"""Exact Euclidean distance transform of a batch of masks, on the tensor's own device.

Two algorithms give the same distances. The one in torch is separable: distances along the columns by doubling steps,
then along the rows one shifted comparison for each pixel up to the largest distance found or wanted; it holds three
maps in memory and runs on any device. scipy's takes the same time whatever the distances.

So lines a few pixels wide take the shifts on every device, and wide masks take scipy on the CPU. On one CPU thread, for
a batch of two patches of 1024 x 896, the shifts need 0.3 to 0.5 times scipy's time inside a line 5 pixels wide, but 3,
6 and 15 times outside it for the reaches of w = 4, 8 and 16 (``benchmarks/distance_transform.py``). Loader workers
would do the same work with scipy on the same cores and hand over a float map for each resolution.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy import ndimage

FLAT_TANH = 9.1
"""Where tanh is 1 in float32: its argument need not be known beyond."""


def distance_transform(
    mask: torch.Tensor, spacing_px: tuple[float, float] = (1.0, 1.0), reach_px: float = math.inf
) -> torch.Tensor:
    """Distance of each pixel of a mask to the nearest pixel outside the mask, the quicker way on the mask's device.

    Args:
        mask: Bool, ``(..., H, W)``; each (H, W) map stands for itself.
        spacing_px: Distance between rows and between columns, in pixels of full resolution.
        reach_px: Distances beyond it are not needed; short reaches are quick.

    Returns:
        Distances in pixels of full resolution, float32, shape of the mask: 0 outside the mask, exact to rounding up to
        the reach, infinite beyond. A map that is mask all over has no outside: infinite everywhere.

    Examples:
        >>> mask = torch.tensor([[0, 1, 1, 1], [0, 1, 1, 1], [1, 1, 1, 0]]) == 1
        >>> distance_transform(mask).square().round().int()
        tensor([[0, 1, 4, 4],
                [0, 1, 2, 1],
                [1, 2, 1, 0]], dtype=torch.int32)
    """
    if mask.device.type == "cpu":
        return scipy_distance_transform(mask, spacing_px, reach_px)
    return shifted_distance_transform(mask, spacing_px, reach_px)


def scipy_distance_transform(
    mask: torch.Tensor, spacing_px: tuple[float, float] = (1.0, 1.0), reach_px: float = math.inf
) -> torch.Tensor:
    """`distance_transform` by scipy, for tensors on the CPU."""
    maps = mask.reshape(-1, *mask.shape[-2:]).numpy()
    distances = np.full(maps.shape, np.inf, dtype=np.float32)
    for distance, inside in zip(distances, maps, strict=True):
        if not inside.all():
            distance[:] = ndimage.distance_transform_edt(inside, sampling=spacing_px)
    distances[distances > reach_px] = np.inf
    return torch.from_numpy(distances).reshape(mask.shape)


@torch.no_grad()
def shifted_distance_transform(
    mask: torch.Tensor, spacing_px: tuple[float, float] = (1.0, 1.0), reach_px: float = math.inf
) -> torch.Tensor:
    """`distance_transform` in torch, on any device; the quicker way on the CPU too where the mask is narrow."""
    squared = _rows_to_the_outside(mask, reach_px / spacing_px[0]).mul_(spacing_px[0]).square_()
    nearest, shifted = squared.clone(), torch.empty_like(squared)
    for shift in range(1, mask.shape[-1]):
        offset_px = shift * spacing_px[1]
        # Nothing that is farther off than the largest distance found can be nearer. Asking the device at powers of two
        # alone keeps it from waiting.
        if offset_px > reach_px or (shift.bit_count() == 1 and offset_px**2 >= nearest.max().item()):
            break
        torch.add(squared, offset_px**2, out=shifted)
        right, left = nearest[..., shift:], nearest[..., :-shift]
        torch.minimum(right, shifted[..., :-shift], out=right)
        torch.minimum(left, shifted[..., shift:], out=left)
    distance = nearest.sqrt_()
    return distance if math.isinf(reach_px) else distance.masked_fill_(distance > reach_px, math.inf)


def _rows_to_the_outside(mask: torch.Tensor, reach: float) -> torch.Tensor:
    """Rows up or down to the nearest pixel outside the mask, exact up to the reach.

    Steps of 1, 2, 4, ... rows add up to any number of rows, and whole numbers add up without rounding.
    """
    rows = torch.zeros(mask.shape, device=mask.device).masked_fill_(mask, math.inf)
    stepped = torch.empty_like(rows)
    step = 1
    while step < mask.shape[-2] and step <= reach:
        torch.add(rows, step, out=stepped)
        down, up = rows[..., step:, :], rows[..., :-step, :]
        torch.minimum(down, stepped[..., :-step, :], out=down)
        torch.minimum(up, stepped[..., step:, :], out=up)
        step *= 2
    return rows


def spacing_px(patch_size: tuple[int, int] | None, shape: torch.Size) -> tuple[float, float]:
    """Distance between rows and between columns of a map, in pixels of full resolution.

    Args:
        patch_size: Rows and columns at full resolution; None where the map has full resolution.
        shape: Shape of the map, ``(..., H, W)``.

    Examples:
        >>> spacing_px((64, 64), torch.Size([2, 32, 16]))
        (2.0, 4.0)
    """
    if patch_size is None:
        return 1.0, 1.0
    return patch_size[0] / shape[-2], patch_size[1] / shape[-1]
