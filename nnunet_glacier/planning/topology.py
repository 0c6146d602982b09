"""Strides and features of a U-Net for a given patch, by nnU-Net's rules but with the number of stages given."""

from __future__ import annotations

MIN_EDGE = 4
"""Smallest edge of a feature map in pixels, as in nnU-Net's planner."""


def stage_strides(patch_size: tuple[int, int], stages: int) -> list[list[int]]:
    """Strides of each encoder stage: an axis is halved while it is even and leaves at least `MIN_EDGE` pixels.

    Args:
        patch_size: Patch (rows, columns) in pixels.
        stages: Encoder stages wanted.

    Returns:
        One ``[row, column]`` stride per stage, the first ``[1, 1]``; fewer than `stages` where the patch cannot be
        halved as often.

    >>> stage_strides((1024, 896), 9)[-2:]
    [[2, 2], [2, 1]]
    >>> len(stage_strides((64, 64), 9))
    5
    """
    size = list(patch_size)
    strides = [[1, 1]]
    while len(strides) < stages:
        stride = [2 if edge % 2 == 0 and edge >= 2 * MIN_EDGE else 1 for edge in size]
        if stride == [1, 1]:
            break
        size = [edge // step for edge, step in zip(size, stride, strict=True)]
        strides.append(stride)
    return strides


def shrink_to_image(patch_size: tuple[int, int], image_size: tuple[int, int], stages: int) -> tuple[int, int]:
    """A patch no larger than the image, but rounded up so that it can be halved ``stages - 1`` times.

    An image too small for that many halvings is rounded up for as many as leave `MIN_EDGE` pixels.

    >>> shrink_to_image((192, 192), (200, 150), 6)
    (192, 160)
    >>> shrink_to_image((192, 192), (60, 64), 6)
    (64, 64)
    """
    return tuple(  # type: ignore[return-value]
        min(patch, _round_up(min(patch, image), stages)) for patch, image in zip(patch_size, image_size, strict=True)
    )


def _round_up(edge: int, stages: int) -> int:
    step = 2 ** (stages - 1)
    while step > 1 and edge < MIN_EDGE * step:
        step //= 2
    return -(-edge // step) * step


def stage_features(features: int, max_features: int, stages: int) -> list[int]:
    """Feature maps of each stage: doubled from stage to stage up to the maximum.

    >>> stage_features(8, 64, 5)
    [8, 16, 32, 64, 64]
    """
    return [min(max_features, features * 2**stage) for stage in range(stages)]
