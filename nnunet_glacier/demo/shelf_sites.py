"""The ice shelves of the made-up interferograms: where they lie on the map, how thick they are, how they are split."""

from __future__ import annotations

from dataclasses import dataclass

CRS = "EPSG:3031"
"""Antarctic polar stereographic."""


@dataclass(frozen=True)
class ShelfSite:
    """One stretch of coast.

    Attributes:
        name: Of an ice shelf near by; the grounding line itself is made up.
        dataset: ``train``, ``validation`` or ``test``: sites are the groups of the split.
        centre_m: Map coordinates of the middle, metres in `CRS`.
        thickness_m: Of the ice at the grounding line.
        tide_m: Standard deviation of the tide at the times of the images.
        sea_deg: Where the sea is: 0 towards larger columns, 90 towards larger rows.
        rough: Share of the grounded ice with mountains below, which show through, 0 to 1.
        shelf_km: How far the shelf reaches from the grounding line to open water.
    """

    name: str
    dataset: str
    centre_m: tuple[float, float]
    thickness_m: float
    tide_m: float
    sea_deg: float
    rough: float
    shelf_km: float


SHELF_SITES = (
    ShelfSite("getz", "train", (-1_378_000, -965_000), 700, 0.16, 170, 0.7, 45),
    ShelfSite("ekstroem", "train", (-303_000, 2_028_000), 450, 0.14, 250, 0.2, 60),
    # Over the 180th meridian, where x is 0. Sentinel-1 does not see that far south.
    ShelfSite("ross", "train", (-400, -621_000), 600, 0.18, 100, 0.5, 999),
    ShelfSite("pine_island", "train", (-1_593_000, -310_000), 1000, 0.18, 200, 0.4, 50),
    ShelfSite("amery", "validation", (1_715_000, 693_000), 900, 0.18, 320, 0.6, 70),
    ShelfSite("totten", "test", (2_275_000, -1_085_000), 1100, 0.15, 20, 0.4, 40),
    ShelfSite("fimbul", "train", (-11_000, 2_045_000), 550, 0.16, 285, 0.3, 55),
)
"""In the order in which they take turns."""
