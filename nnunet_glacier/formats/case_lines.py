"""The lines of a case with what was measured along them, in pixel coordinates: what is kept between runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnunet_glacier.formats.line_source import LineMaps
from nnunet_glacier.lines.line_finding import FoundLine, LineRules, find_lines
from nnunet_glacier.support.dataclass_json import from_plain, to_plain
from nnunet_glacier.support.files import write_json


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


def write_lines(path: Path, lines: tuple[MeasuredLine, ...]) -> None:
    """Write the lines of a case as JSON, whole or not at all; floats keep every digit."""
    write_json(path, to_plain({"lines": lines}))


def read_lines(path: Path) -> tuple[MeasuredLine, ...] | None:
    """The inverse of `write_lines`; None if the file is not there or holds something else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return from_plain(tuple[MeasuredLine, ...], content["lines"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
