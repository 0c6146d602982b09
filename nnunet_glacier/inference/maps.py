"""From averaged probabilities to what is written: class maps, quantised probabilities, spread, at full size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from nnunet_glacier.domain.choices import ProbabilityType
from nnunet_glacier.inference.ensemble import TaskAverage

PROBABILITY_SCALE = 1 / 255
"""Probability of one step of an 8-bit probability."""

SPREAD_SCALE = 1 / 510
"""Standard deviation of one step of a spread map: over folds it is at most 0.5, which is 255."""


@dataclass(frozen=True)
class TaskMaps:
    """One task's prediction of one image, as numpy arrays with the axes of the image as read.

    Attributes:
        classes: Class ids, uint8 or uint16, ``(H, W)``.
        probabilities: ``(C, H, W)``, uint8 in steps of `PROBABILITY_SCALE` or float16; None if not asked for.
        spread: SD over the folds of the predicted class's probability, uint8 in steps of `SPREAD_SCALE`, ``(H, W)``;
            None if not asked for. With two classes it is the SD of the foreground's probability.
    """

    classes: np.ndarray
    probabilities: np.ndarray | None = None
    spread: np.ndarray | None = None


@dataclass(frozen=True)
class Placement:
    """Where the cropped image lies in the image as read, which nnU-Net's preprocessor noted.

    Attributes:
        shape: Shape of the transposed image before cropping, three axes.
        box: First and last-plus-one index along each axis.
        transpose_backward: The axes that undo nnU-Net's transposition.
    """

    shape: tuple[int, ...]
    box: tuple[tuple[int, int], ...]
    transpose_backward: tuple[int, ...]

    @classmethod
    def noted(cls, properties: Mapping[str, Any], transpose_backward: Sequence[int]) -> Placement:
        """The placement that nnU-Net's preprocessor noted in a case's properties."""
        return cls(
            tuple(int(size) for size in properties["shape_before_cropping"]),
            tuple((int(start), int(stop)) for start, stop in properties["bbox_used_for_cropping"]),
            tuple(transpose_backward),
        )

    def restore(self, cropped: np.ndarray, outside: float = 0) -> np.ndarray:
        """A cropped array of shape ``(1, h, w)`` in the image as read, ``(H, W)``, with `outside` around it."""
        full = np.full(self.shape, outside, dtype=cropped.dtype)
        full[tuple(slice(start, stop) for start, stop in self.box)] = cropped
        plane: np.ndarray = full.transpose(self.transpose_backward)[0]
        return np.ascontiguousarray(plane)


def quantise(probabilities: torch.Tensor) -> torch.Tensor:
    """Probabilities in ``[0, 1]`` as uint8 in steps of `PROBABILITY_SCALE`, off by half a step at most."""
    return (probabilities * 255).round_().clamp_(0, 255).to(torch.uint8)


def quantise_spread(spread: torch.Tensor) -> torch.Tensor:
    """Standard deviations in ``[0, 0.5]`` as uint8 in steps of `SPREAD_SCALE`, off by half a step at most."""
    return (spread * 510).round_().clamp_(0, 255).to(torch.uint8)


def class_ids(mean: torch.Tensor, regions: Sequence[int] | None = None) -> torch.Tensor:
    """The class of each pixel: the most probable, the first of equals.

    Args:
        mean: Probabilities, ``(C, 1, H, W)``.
        regions: For region-based models the labels in the order in which they are painted over each other where
            their probability exceeds one half, as nnU-Net does it.

    Returns:
        Class ids, int64, ``(1, H, W)``, on the same device.
    """
    if regions is None:
        return mean.argmax(0)
    painted = torch.zeros(mean.shape[1:], dtype=torch.int64, device=mean.device)
    for probability, label in zip(mean, regions, strict=True):
        painted[probability > 0.5] = label
    return painted


def without_first_class(average: TaskAverage) -> TaskAverage:
    """The averages where class 0 cannot be: its probability goes to the others, in proportion to theirs.

    Args:
        average: Of at least two classes; where class 0 is certain the others get equal parts.

    Returns:
        New averages with a mean of 0 for class 0; the spread stays as it is.
    """
    others = average.mean[1:].clamp_min(torch.finfo(average.mean.dtype).tiny)
    mean = torch.cat([torch.zeros_like(average.mean[:1]), others / others.sum(0, keepdim=True)])
    return TaskAverage(mean, average.spread)


def task_maps(
    average: TaskAverage,
    placement: Placement,
    *,
    probabilities: ProbabilityType | None = None,
    regions: Sequence[int] | None = None,
    holds_data: np.ndarray | None = None,
) -> TaskMaps:
    """One task's maps from its averages; the work on all pixels is done on the averages' device.

    Outside the crop the image was zero, and nnU-Net predicts background there: class 0 with probability 1 and no
    spread. Pixels without data are background too, whatever the network says of the values that they were filled with.

    Args:
        average: Mean and spread.
        placement: Where the crop lies.
        probabilities: Type of the probabilities to keep, or None.
        regions: See `class_ids`.
        holds_data: Which pixels of the image as read hold data, bool, ``(H, W)``; None for all.
    """
    nothing = None if holds_data is None else ~holds_data

    def full(cropped: np.ndarray, background: float = 0) -> np.ndarray:
        plane = placement.restore(cropped, background)
        if nothing is not None:
            plane[nothing] = background
        return plane

    chosen = class_ids(average.mean, regions)
    dtype = np.uint8 if int(chosen.max()) < 256 else np.uint16
    kept = spread = None
    if probabilities is not None:
        cropped = quantise(average.mean) if probabilities == "uint8" else average.mean.half()
        certain = 255 if probabilities == "uint8" else 1
        background = [0 if regions is not None or index else certain for index in range(len(cropped))]
        planes = zip(cropped.cpu().numpy(), background, strict=True)
        kept = np.stack([full(plane, value) for plane, value in planes])
    if average.spread is not None:
        of_chosen = average.spread.gather(0, chosen[None])[0]
        spread = full(quantise_spread(of_chosen).cpu().numpy())
    return TaskMaps(full(chosen.cpu().numpy().astype(dtype)), kept, spread)
