"""The demo's glaciers: where the fjord and its tributaries run, how high the mountains are, what the sea is like.

The names are CaFFe's, so that hemisphere and season are known; the glaciers behind them are made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Site:
    """What makes one glacier look different from another.

    Attributes:
        name: CaFFe's glacier code.
        split: ``train`` or ``test``.
        crs: Map projection of its georeferencing.
        centre_m: Map coordinates of the middle of the scene, metres.
        extent_km: Longest side of the scene.
        aspect: Rows over columns.
        fjord_km: Half width of the main fjord.
        flare: How much wider the fjord is at its mouth: 0 a canal, 2 a bay.
        tributaries: Glaciers that join the main one.
        valleys: Small valley glaciers in the mountains.
        relief_m: Height of the mountains above the fjord.
        rock: Share of the scene that is rock.
        masked: Share of the scene that layover and shadow mask at most.
        melange: Likelihood that mélange or sea ice fills the fjord.
        crevassed: 0 smooth ice to 1 broken everywhere.
        coast: How far inland of the scene's middle rock lines the fjord, in extents; further in, ice walls calve.
        sheet: Whether the ice outside the tongues flows too, as in an ice sheet.
        middle_grey: Median grey value of its images.
        gamma: Power of the amplitude that its grey values show: 1 flat, 1.7 black sea and white crests.
    """

    name: str
    split: str
    crs: str
    centre_m: tuple[float, float]
    extent_km: float
    fjord_km: float
    middle_grey: float
    aspect: float = 1.0
    flare: float = 1.1
    tributaries: int = 3
    valleys: int = 5
    relief_m: float = 1500
    rock: float = 0.26
    masked: float = 0.04
    melange: float = 0.6
    crevassed: float = 0.4
    coast: float = 0.3
    sheet: bool = False
    gamma: float = 1.6

    @property
    def middle_km(self) -> float:
        """Way along the main fjord at which it passes the middle of the scene."""
        return 0.85 * self.extent_km

    def shape(self, size: int) -> tuple[int, int]:
        """Rows and columns of a scene whose longest side has `size` pixels."""
        return (size, round(size / self.aspect)) if self.aspect >= 1 else (round(size * self.aspect), size)


_BAY: dict[str, Any] = {"flare": 2.2, "tributaries": 4, "valleys": 4, "gamma": 1.2}
_SHEET: dict[str, Any] = {"flare": 0.8, "tributaries": 2, "valleys": 0, "relief_m": 350, "sheet": True, "gamma": 1.0}
_PENINSULA = "EPSG:3031"

# fmt: off
SITES: dict[str, Site] = {
    site.name: site
    for site in (
        Site("Crane", "train", _PENINSULA, (-2374e3, 1247e3), extent_km=26, fjord_km=2.4, middle_grey=28),
        Site("DBE", "train", _PENINSULA, (-2335e3, 1321e3), extent_km=36, fjord_km=3.4, middle_grey=80,
             aspect=0.9, relief_m=1000, rock=0.11, masked=0.02, crevassed=0.7, coast=-0.05, **_BAY),
        Site("JAC", "train", "EPSG:32622", (533e3, 7672e3), extent_km=44, fjord_km=6.5, middle_grey=93,
             aspect=0.8, rock=0.09, masked=0.001, melange=0.9, crevassed=1.0, coast=-0.15, **_SHEET),
        Site("Jorum", "train", _PENINSULA, (-2381e3, 1262e3), extent_km=24, fjord_km=2.6, middle_grey=55,
             relief_m=1600, masked=0.045, melange=0.7, gamma=1.5),
        Site("SI", "train", _PENINSULA, (-2331e3, 1290e3), extent_km=34, fjord_km=3.6, middle_grey=32,
             relief_m=1300, rock=0.13, masked=0.06, melange=0.8, crevassed=0.2, coast=0.05, **_BAY),
        Site("COL", "test", "EPSG:32606", (499e3, 6780e3), extent_km=28, fjord_km=2.6, middle_grey=70,
             aspect=1.2, flare=0.8, rock=0.2, masked=0.02, crevassed=0.6, gamma=1.2),
        Site("Mapple", "test", _PENINSULA, (-2380e3, 1234e3), extent_km=20, fjord_km=2.0, middle_grey=45,
             aspect=0.85, tributaries=2, relief_m=1400, rock=0.25, masked=0.03, gamma=1.4),
    )
}
# fmt: on
"""Seven glaciers in three forms: fjords (Crane, Jorum, Columbia, Mapple), bays (DBE, SI) and an ice sheet (JAC)."""
