"""Whether a grounding line is to be believed: what speaks against it, in words, and which of these take it out.

None of the thresholds has been measured against true lines, as those of fronts have (`believability`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnunet_glacier.delineation.believability import NETWORKS_DISAGREE, OTHER_PIXEL_SIZE
from nnunet_glacier.lines.pixel_sizes import MAX_PIXEL_SIZE_RATIO

TOO_SHORT = "too short"
ENDS_AT_EDGE = "ends at edge of image"
SEVERAL_LINES = "several lines"
MOSTLY_BRIDGED = "mostly bridged"

REJECTING = frozenset({TOO_SHORT})
"""A line with one of these words is rejected; the other words are warnings."""

MAX_APART_PX = 5.0
"""Chosen: at 100 m twice the published median error (Ramanath Tarekere et al. 2025, 265 m), rounded down."""

MAX_BRIDGED_SHARE = 0.5
"""More than half of a line is no line that was seen."""


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What is measured of a grounding line.

    Attributes:
        is_short: Whether it is no longer than the shortest line that is asked for.
        distances_px: For each network the mean distance of the line's points to the nearest of its lines, in pixels of
            the network, float64; NaN where it has none.
        ends_at_edge: Number of ends at the edge of the image or of its data, 0 to 2.
        several: Whether the scene has more than one line that is not too short.
        bridged_share: Share of its length below the threshold, in [0, 1].
        pixel_size_ratio: As of `training_likeness.pixel_size_ratio`; 1 where the model does not say its own.
    """

    is_short: bool
    distances_px: np.ndarray
    ends_at_edge: int
    several: bool
    bridged_share: float
    pixel_size_ratio: float


def flags(signs: Signs) -> tuple[str, ...]:
    """What speaks against a grounding line, or is to be known of it, in words; empty where nothing is."""
    apart = signs.distances_px if len(signs.distances_px) > 1 else np.zeros(1)
    ratio = signs.pixel_size_ratio
    holds = {
        TOO_SHORT: signs.is_short,
        # A network without any line, NaN, agrees with none.
        NETWORKS_DISAGREE: not float(np.mean(apart)) <= MAX_APART_PX,
        MOSTLY_BRIDGED: signs.bridged_share > MAX_BRIDGED_SHARE,
        ENDS_AT_EDGE: signs.ends_at_edge > 0,
        SEVERAL_LINES: signs.several,
        OTHER_PIXEL_SIZE: max(ratio, 1 / ratio) > MAX_PIXEL_SIZE_RATIO,
    }
    return tuple(word for word, does in holds.items() if does)
