"""``fronts.gpkg`` of ``delineate``: the fronts of all scenes, and in layers of their own what is no front."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import geopandas
import pandas as pd
import shapely
from shapely import LineString

from nnunet_glacier.formats.layer_styles import write_styles
from nnunet_glacier.formats.map_layers import refuse_in_use, write_table
from nnunet_glacier.formats.vector_tables import read_vector_tables
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import write_whole

FRONTS_GPKG = "fronts.gpkg"

Layer = Literal["fronts", "other_pieces", "prolonged", "rejected"]
LAYERS: tuple[Layer, ...] = ("fronts", "other_pieces", "prolonged", "rejected")
"""The chosen fronts; further pieces of edge; the parts of fronts that were followed, not seen; fronts not believed."""

BETWEEN_FLAGS = ", "
"""Between two flags of a line."""

FRONT_LAYERS: tuple[Layer, ...] = ("fronts", "rejected")
"""Where the front of a scene stands, in the one or the other."""

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
        mean_probability: Mean probability of a front along it, in [0, 1]; None of a line that was drawn by hand.
        uncertainty_m: Half of an interval about the line that is meant to hold the true front in 68 % of scenes; None
            with one fold, or where no fold has a front.
        pixel_size_m: Edge of the pixels that the network saw.
        flags: What speaks against it, in words, `BETWEEN_FLAGS` apart, or "".
        status: ``not reviewed``, ``rejected`` for what the flags take out, or what somebody who looked at it says.
        reviewed_by: Who judged it (`nnunet_glacier.formats.front_reviews`), or "".
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
    mean_probability: float | None
    uncertainty_m: float | None
    pixel_size_m: float
    flags: str = ""
    status: str = "not reviewed"
    reviewed_by: str = ""

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
    "reviewed_by",
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
    return geopandas.GeoDataFrame(frame, geometry=[in_crs(line, crs) for line in lines], crs=crs)


def in_crs(line: DelineatedLine, crs: str) -> LineString:
    """A line in another CRS, vertex by vertex."""
    if line.crs == crs:
        return LineString(line.xy)
    from pyproj import Transformer

    to_target = Transformer.from_crs(line.crs, crs, always_xy=True)
    x, y = zip(*line.xy, strict=True)
    return LineString(list(zip(*to_target.transform(x, y), strict=True)))


def read_fronts(path: Path) -> dict[Layer, geopandas.GeoDataFrame]:
    """The layers of the GeoPackage, with the columns that they have in it.

    Raises:
        InputError: If it cannot be read, or lacks a layer or the column ``case``.
    """
    tables = read_vector_tables(path, "fronts")
    lacking = [layer for layer in LAYERS if layer not in tables or "case" not in tables[layer]]
    if lacking:
        what = f"it lacks the layer or its column case: {', '.join(lacking)}"
        raise InputError([Problem(path, what, "Give the file that nnunet-glacier delineate wrote")])
    return {layer: tables[layer] for layer in LAYERS}


def reviewed_lines(path: Path) -> dict[str, tuple[DelineatedLine, ...]]:
    """The fronts that somebody has judged, with the parts that were followed, by case.

    Raises:
        InputError: As `read_fronts`.
    """
    tables = read_fronts(path)
    fronts = [tables[layer] for layer in FRONT_LAYERS if "reviewed_by" in tables[layer]]
    cases = {case for table in fronts for case in table["case"][table["reviewed_by"].fillna("").ne("")]}
    lines: dict[str, list[DelineatedLine]] = {case: [] for case in cases}
    for layer in (*FRONT_LAYERS, "prolonged"):
        table = tables[layer]
        epsg = table.crs.to_epsg()
        crs = f"EPSG:{epsg}" if epsg else table.crs.to_wkt()
        for row in table[table["case"].isin(cases)].to_dict("records"):
            lines[row["case"]] += _lines_of(row, layer, crs, table.geometry.name)
    return {case: tuple(of_case) for case, of_case in lines.items()}


def _lines_of(row: dict[str, Any], layer: Layer, crs: str, geometry: str) -> list[DelineatedLine]:
    """A row as lines: several where it was given several parts by hand."""
    values = {name: _value(name, row[name]) for name in _COLUMNS if name in row}
    parts = [] if row[geometry] is None else shapely.get_parts(shapely.force_2d(row[geometry]))
    return [DelineatedLine(layer=layer, xy=tuple(part.coords), crs=crs, **values) for part in parts]


def _value(name: str, value: Any) -> Any:
    if name in _NUMBERS:
        return None if pd.isna(value) else float(value)
    if name == "date":
        return "" if pd.isna(value) else pd.Timestamp(value).date().isoformat()
    return "" if pd.isna(value) else str(value)


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
