"""Fronts in the probabilities of a network that has a class for the front and none for the zones beside it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from shapely import LineString

from nnunet_glacier.lines.front_contours import positive_runs
from nnunet_glacier.lines.front_tracing import TracedLine, line_of_run, lines_of
from nnunet_glacier.lines.line_finding import LineRules
from nnunet_glacier.lines.points_along import points_along
from nnunet_glacier.lines.ridge_lines import ridge_lines

_STEP_PX = 0.5


def trace_bands(
    probability: np.ndarray, threshold: float, rules: LineRules, valid: np.ndarray | None = None
) -> list[TracedLine]:
    """The middle lines of the bands of front.

    Their ends are not followed below the threshold, as those of edges of zones are: on glaciers that the networks had
    not seen this led as far beyond the walls of the fjord as it led to them (docs/results/retreat.md, Jakobshavn
    and Sverdrup).

    Args:
        probability: Of the front, float32, ``(H, W)``, in [0, 1].
        threshold: Above which there is a front, in (0, 1).
        rules: Spurs and gaps, in pixels.
        valid: Where there is data, bool, ``(H, W)``; None for everywhere.

    Returns:
        The lines, the longest first, with their bridged gaps as `TracedLine.prolonged`; empty where nothing is above
        the threshold. A ring is an iceberg or a lake, and can be the front only where nothing else is.
    """
    lines = ridge_lines(probability, threshold, rules, valid)
    only_rings = all(line.is_closed for line in lines)
    return [
        TracedLine(line, bridged_parts(line, probability, threshold), only_rings or not line.is_closed, line.is_closed)
        for line in lines
    ]


def bridged_parts(line: LineString, probability: np.ndarray, threshold: float) -> tuple[LineString, ...]:
    """The parts of a line that are not above the threshold."""
    at = np.linspace(0, line.length, max(2, round(line.length / _STEP_PX) + 1))
    run = points_along(line, at)[:, ::-1] - 0.5
    along = ndimage.map_coordinates(probability, run.T, order=1, mode="nearest")
    return tuple(part for one in positive_runs(run, threshold - along) for part in lines_of(line_of_run(one)))
