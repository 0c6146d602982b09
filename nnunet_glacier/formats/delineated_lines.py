"""``fronts.gpkg`` of ``delineate``: the fronts of all scenes, and in layers of their own what is no front."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import geopandas
import pandas as pd
from shapely import LineString

from nnunet_glacier.formats.layer_styles import write_styles
from nnunet_glacier.formats.map_layers import refuse_in_use, write_table
from nnunet_glacier.support.files import write_whole

FRONTS_GPKG = "fronts.gpkg"

Layer = Literal["fronts", "other_pieces", "prolonged", "rejected"]
LAYERS: tuple[Layer, ...] = ("fronts", "other_pieces", "prolonged", "rejected")
"""The chosen fronts; further pieces of edge; the parts of fronts that were followed, not seen; fronts not believed."""

DEGREES = "EPSG:4326"
"""CRS of the lines where the scenes have several."""


@dataclass(frozen=True)
class DelineatedLine:
    """One line of a scene; each attribute but the first three is a column.

    Attributes:
        layer: The layer that it belongs to.
        xy: Vertices ``(x, y)``.
        crs: CRS of the vertices, as ``EPSG:nnnn`` or WKT.
        case: Name of the scene's files.
        glacier: Name of the glacier, or "".
        date: Day of the acquisition as ``YYYY-MM-DD``, or "".
        sensor: Satellite or instrument, or "".
        image_id: Name of the image.
        model: Name of the model.
        model_sha256: SHA-256 of the model.
        length_m: Geodesic length.
        prolonged_m: Length of the parts that were followed and not seen.
        mean_probability: Mean probability of a front along it, in [0, 1].
        uncertainty_m: Mean distance to the fronts of the single folds; None with one fold, or where they have none.
        pixel_size_m: Edge of the pixels that the network saw.
        flags: What is doubtful, in words, or "".
        status: Whether somebody has looked at it.
    """

    layer: Layer
    xy: tuple[tuple[float, float], ...]
    crs: str
    case: str
    glacier: str
    date: str
    sensor: str
    image_id: str
    model: str
    model_sha256: str
    length_m: float
    prolonged_m: float
    mean_probability: float
    uncertainty_m: float | None
    pixel_size_m: float
    flags: str = ""
    status: str = "not reviewed"

    @property
    def day(self) -> datetime.date | None:
        """The day as a date."""
        return datetime.date.fromisoformat(self.date) if self.date else None


_COLUMNS = (
    "case",
    "glacier",
    "date",
    "sensor",
    "image_id",
    "model",
    "model_sha256",
    "length_m",
    "prolonged_m",
    "mean_probability",
    "uncertainty_m",
    "pixel_size_m",
    "flags",
    "status",
)
_NUMBERS = ("length_m", "prolonged_m", "mean_probability", "uncertainty_m", "pixel_size_m")


def common_crs(lines: Sequence[DelineatedLine]) -> str:
    """The CRS of all lines if they share one, or longitude and latitude on WGS 84."""
    systems = {line.crs for line in lines}
    return systems.pop() if len(systems) == 1 else DEGREES


def as_tables(lines: Sequence[DelineatedLine]) -> dict[str, geopandas.GeoDataFrame]:
    """A table for each layer, all in one CRS (`common_crs`); without lines an empty one."""
    crs = common_crs(lines)
    return {layer: _table([line for line in lines if line.layer == layer], crs) for layer in LAYERS}


def _table(lines: Sequence[DelineatedLine], crs: str) -> geopandas.GeoDataFrame:
    rows = [{**{name: getattr(line, name) for name in _COLUMNS}, "date": line.day} for line in lines]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(dict.fromkeys(_NUMBERS, "float64"))
    return geopandas.GeoDataFrame(frame, geometry=[_in_crs(line, crs) for line in lines], crs=crs)


def _in_crs(line: DelineatedLine, crs: str) -> LineString:
    if line.crs == crs:
        return LineString(line.xy)
    from pyproj import Transformer

    to_target = Transformer.from_crs(line.crs, crs, always_xy=True)
    x, y = zip(*line.xy, strict=True)
    return LineString(list(zip(*to_target.transform(x, y), strict=True)))


def write_fronts(path: Path, lines: Sequence[DelineatedLine]) -> Mapping[str, geopandas.GeoDataFrame]:
    """Write the GeoPackage with all layers, also empty ones, and their styles for QGIS, whole or not at all.

    Args:
        path: The ``.gpkg`` file.
        lines: The lines of all scenes.

    Returns:
        The tables that were written, by layer.

    Raises:
        InputError: If the file is open in another program.
    """
    refuse_in_use(path)
    tables = as_tables(lines)

    def write(temporary: Path) -> None:
        for number, (layer, table) in enumerate(tables.items()):
            options: dict[str, Any] = {"layer": layer, "mode": "a" if number else "w", "geometry_type": "LineString"}
            write_table(table, temporary, "GPKG", **options)
        write_styles(temporary, LAYERS)

    write_whole(path, write)
    return tables
