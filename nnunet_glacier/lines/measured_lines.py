"""The lines of a case with what was measured along them, in pixel coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnunet_glacier.lines.line_finding import FoundLine, LineRules, find_lines

LineKind = Literal["grounding line", "calving front"]


@dataclass(frozen=True)
class LineMaps:
    """The maps of a case, all of one shape ``(H, W)``.

    Attributes:
        mask: Where the line is, bool.
        probability: Probability of the line, float32 in [0, 1], or None.
        spread: Its standard deviation over folds, float32, or None.
    """

    mask: np.ndarray
    probability: np.ndarray | None
    spread: np.ndarray | None


@dataclass(frozen=True)
class MeasuredLine:
    """One line.

    Attributes:
        xy: Vertices in pixel coordinates (`FoundLine.xy`), float, shape ``(n, 2)``.
        closed: Whether it is a ring.
        bridged: Share of its length that bridges gaps, in [0, 1].
        mean_probability: Mean over its pixels, bridged ones too, in [0, 1]; None without probabilities.
        spread: Mean of the standard deviation over folds; None without a map of it.
    """

    xy: np.ndarray
    closed: bool
    bridged: float
    mean_probability: float | None
    spread: float | None


def lines_of_maps(maps: LineMaps, rules: LineRules) -> tuple[MeasuredLine, ...]:
    """The lines in the maps of a case; none of an empty mask."""
    return tuple(_measured(line, maps) for line in find_lines(maps.mask, rules))


def _measured(line: FoundLine, maps: LineMaps) -> MeasuredLine:
    return MeasuredLine(
        line.xy,
        line.closed,
        line.bridged_px / line.length_px,
        _mean_along(line.pixels, maps.probability),
        _mean_along(line.pixels, maps.spread),
    )


def _mean_along(pixels: np.ndarray, values: np.ndarray | None) -> float | None:
    return None if values is None else float(values[tuple(pixels.T)].mean(dtype=np.float64))
