"""What differs between a page of calving fronts and one of grounding lines: the page is one, and asks its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.delineated_folder import MapFolders
from nnunet_glacier.formats.delineated_lines import FRONTS, GROUNDING_LINES, Layer, LineFile
from nnunet_glacier.formats.scene_maps import PALETTE
from nnunet_glacier.support.wording import hex_colour
from nnunet_glacier.viewing.scene_pictures import (
    ON_GREY,
    ON_PHASE,
    Picture,
    grey_picture,
    phase_colours,
    phase_picture,
    probability_on_grey,
    probability_on_phase,
    zones_picture,
)

_ZONE_NAMES = {Zone.GLACIER: "glacier", Zone.OCEAN: "ocean, mélange", Zone.ROCK: "rock", Zone.NA: "NA, such as shadow"}
_PHASE_SAMPLES = 24


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the page says of a kind of line.

    Attributes:
        title: The page's title.
        noun: What a line is called.
        close: What the key F shows.
        prolonged: What ``prolonged_m`` is called.
        uncertainty: What ``uncertainty_m`` is called.
        uncertainty_sign: What stands before it.
        uncertainty_note: What is to be known of it, or "".
        no_curve: Why there is no curve of positions in time, or "" where `retreat` makes one.
    """

    title: str
    noun: str
    close: str
    prolonged: str
    uncertainty: str
    uncertainty_sign: str
    uncertainty_note: str
    no_curve: str


@dataclass(frozen=True)
class MapLayer:
    """A layer of the page's map.

    Attributes:
        key: The key that turns it on and off.
        name: A picture by the names of `QuickLook`, or ``lines`` or ``others``.
        label: What it is called.
        isOn: Whether it is shown at first.
    """

    key: str
    name: str
    label: str
    isOn: bool  # noqa: N815, a name of the page's script


@dataclass(frozen=True)
class LegendEntry:
    """What colours of a picture mean.

    Attributes:
        label: What they mean.
        layer: The layer of the map.
        fills: The colours as ``#rrggbb``, several from low to high.
    """

    label: str
    layer: str
    fills: tuple[str, ...]


@dataclass(frozen=True)
class PageKind:
    """A kind of line as the page shows it.

    Attributes:
        file: The kind of the GeoPackage.
        words: What is said of it.
        map_layers: The layers of the map.
        pictures: How a scene and its maps are drawn, by the names of `QuickLook`.
        legend: What their colours mean.
    """

    file: LineFile
    words: Words
    map_layers: tuple[MapLayer, ...]
    pictures: Mapping[str, Picture]
    legend: tuple[LegendEntry, ...]

    @property
    def beside(self) -> tuple[Layer, ...]:
        """The layers of the GeoPackage that are shown beside the lines that are judged."""
        return tuple(layer for layer in self.file.layers if layer not in self.file.judged)

    @property
    def downloads(self) -> tuple[str, str, str]:
        """Names of the GeoPackage, the GeoJSON and the CSV."""
        return (self.file.name, f"{self.file.main}.geojson", f"{self.file.main}.csv")

    def as_json(self) -> dict[str, Any]:
        """What the page's script is told of it."""
        return {
            "words": asdict(self.words),
            "several": self.file.several,
            "layers": [asdict(layer) for layer in self.map_layers],
            "legend": [asdict(entry) for entry in self.legend],
            "downloads": list(self.downloads),
        }


def _legend(label: str, layer: str, colours: Sequence[Sequence[int]]) -> LegendEntry:
    return LegendEntry(label, layer, tuple(hex_colour(colour) for colour in colours))


def _front_page() -> PageKind:
    return PageKind(
        FRONTS,
        Words(
            title="Review of calving fronts",
            noun=FRONTS.noun,
            close="front / whole scene",
            prolonged="Not seen",
            uncertainty="Uncertainty",
            uncertainty_sign="± ",
            uncertainty_note="",
            no_curve="",
        ),
        (
            MapLayer("s", "scene", "Scene", True),
            MapLayer("z", "zones", "Zones", False),
            MapLayer("p", "probability", "Front probability", False),
            MapLayer("l", "lines", "Front", True),
            MapLayer("o", "others", "Other dates and edges", False),
        ),
        {"scene": grey_picture, "zones": zones_picture, "probability": probability_on_grey},
        (
            *(_legend(name, "zones", [PALETTE[zone]]) for zone, name in _ZONE_NAMES.items()),
            _legend("front probability, low to high", "probability", ON_GREY),
        ),
    )


def _page_without_zones() -> PageKind:
    """The page of fronts by a model that has no zones."""
    page, zones = _front_page(), "zones"
    return replace(
        page,
        map_layers=tuple(layer for layer in page.map_layers if layer.name != zones),
        pictures={name: picture for name, picture in page.pictures.items() if name != zones},
        legend=tuple(entry for entry in page.legend if entry.layer != zones),
    )


def _grounding_line_page() -> PageKind:
    return PageKind(
        GROUNDING_LINES,
        Words(
            title="Review of grounding lines",
            noun=GROUNDING_LINES.noun,
            close="this line / whole scene",
            prolonged="Bridged gaps",
            uncertainty="Networks apart",
            uncertainty_sign="",
            uncertainty_note=", not calibrated",
            no_curve="No curve: positions in time are measured of fronts alone.",
        ),
        (
            MapLayer("s", "scene", "Phase of the interferogram", True),
            MapLayer("p", "probability", "Grounding line probability", False),
            MapLayer("l", "lines", "Grounding lines", True),
            MapLayer("o", "others", "Those of other dates", False),
        ),
        {"scene": phase_picture, "probability": probability_on_phase},
        (
            _legend("phase, −π to π: a fringe is one turn", "scene", phase_colours(_PHASE_SAMPLES)),
            _legend("probability, low to high", "probability", ON_PHASE),
        ),
    )


@cache
def page_kind_of(file: LineFile, maps: MapFolders) -> PageKind:
    """The kind of page for a kind of GeoPackage and the maps beside it."""
    if file == GROUNDING_LINES:
        return _grounding_line_page()
    return _front_page() if maps.zones is not None else _page_without_zones()
