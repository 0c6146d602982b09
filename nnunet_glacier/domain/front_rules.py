"""How a front is found in a prediction: from which map, on which side of the edge, and how long it must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FrontSide = Literal["ocean", "glacier"]
Route = Literal["zones", "front"]
OneRouteChoice = Literal["auto", "zones", "front"]
RouteChoice = Literal[OneRouteChoice, "both"]

MIN_FRONT_LENGTH_M = 750.0
"""Fronts of up to this length are deleted before CaFFe is scored."""

MIN_RING_PX = 7.5
"""Loops of up to this length are no rings, whatever the pixel size: their holes are of four pixels or fewer, which a
prediction leaves out by chance. It is what the command ``lines`` takes where pixels measure 100 m."""


@dataclass(frozen=True)
class FrontRules:
    """How a front is found in a prediction; the defaults are the published protocol.

    Attributes:
        min_front_length_m: Pieces of the predicted front of up to this length are deleted, in metres.
        front_side: Which side of the edge between ocean and glacier is the front (`front_from_zones`).
        keep_rings: Whether a band's rings stay whole (`line_with_rings`), as the pinning points of grounding lines
            need; the published protocol, for calving fronts, opens them (`line_from_band`).
        published_decoding: Whether the glacier of fused labels grows over other zones than the front band's, as in the
            published code (`zones_from_fused`).
    """

    min_front_length_m: float = MIN_FRONT_LENGTH_M
    front_side: FrontSide = "ocean"
    keep_rings: bool = False
    published_decoding: bool = False
