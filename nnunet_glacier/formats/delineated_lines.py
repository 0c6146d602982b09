"""The GeoPackages of ``delineate``: the fronts or grounding lines of all scenes, in layers by what they are."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import geopandas
import numpy as np
import pandas as pd
import shapely
from shapely import LineString

from nnunet_glacier.formats.antimeridian import vertices_in
from nnunet_glacier.formats.layer_styles import write_styles
from nnunet_glacier.formats.map_layers import write_table
from nnunet_glacier.formats.pass_times import MAX_PASSES
from nnunet_glacier.formats.vector_tables import read_vector_tables
from nnunet_glacier.lines.ground_lengths import line_length_m
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import write_whole

FRONTS_GPKG = "fronts.gpkg"

Layer = Literal["fronts", "other_pieces", "prolonged", "rejected", "grounding_lines"]

BETWEEN_FLAGS = ", "
"""Between two flags of a line."""

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
        model: Name of the model, or "" of a line that was drawn by hand beside those of the networks.
        model_sha256: SHA-256 of the model, or "" as `model`.
        length_m: Geodesic length.
        prolonged_m: Length of the parts that were followed or joined, and not seen; of a grounding line, of its bridged
            gaps.
        mean_probability: Mean probability of the line along it, in [0, 1]; None of a line that was drawn by hand.
        uncertainty_m: Of a front half of an interval about the line that is meant to hold the true front in 68 % of
            scenes; of a grounding line the mean distance to those of the folds, which is not calibrated. None with one
            fold, or where no fold has a line.
        position_uncertainty_m: Of a front the same of the place where a flowline cuts it, across the front; None where
            that has not been measured. ``retreat`` takes it before ``uncertainty_m``.
        pixel_size_m: Edge of the pixels that the network saw; None of a line that was drawn by hand, where its scene's
            record does not tell it.
        flags: What speaks against it, in words, `BETWEEN_FLAGS` apart, or "".
        status: ``not reviewed``, ``rejected`` for what the flags take out, or what somebody who looked at it says.
        reviewed_by: Who judged it (`nnunet_glacier.formats.line_reviews`), or "".
        passes: Of an interferogram the days of its passes, or days and times (`times_of_scene`); else empty.
        rank: 1 for the longest of the scene's lines in its layer, and so on.
        category: What kind of line the model was trained on, in ESA CCI's words, or "".
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
    pixel_size_m: float | None
    flags: str = ""
    status: str = "not reviewed"
    reviewed_by: str = ""
    passes: tuple[str, ...] = ()
    rank: int = 1
    category: str = ""
    position_uncertainty_m: float | None = None

    @property
    def day(self) -> datetime.date | None:
        """The day as a date."""
        return datetime.date.fromisoformat(self.date) if self.date else None


@dataclass(frozen=True)
class LineFile:
    """A GeoPackage of delineated lines.

    Attributes:
        name: Its file name.
        layers: Its layers.
        judged: The layers in which the lines of a scene stand, believed or not; the first is that of the believed ones.
        columns: Its columns.
        noun: What one of its lines is called.
        several: Whether a scene has several lines, each of which is judged by itself; else the scene's is judged whole.
    """

    name: str
    layers: tuple[Layer, ...]
    judged: tuple[Layer, ...]
    columns: tuple[str, ...]
    noun: str
    several: bool = False

    @property
    def main(self) -> Layer:
        """The layer of the lines that are believed."""
        return self.judged[0]


_OF_SCENE = ("case", "glacier", "date")
_OF_MODEL = ("sensor", "image_id", "model", "model_sha256")
_OF_POSITION = "position_uncertainty_m"
_NUMBERS = ("length_m", "prolonged_m", "mean_probability", "uncertainty_m", _OF_POSITION, "pixel_size_m")
_OF_FRONT = (*_NUMBERS, "flags")
_OF_GROUNDING_LINE = tuple(name for name in _OF_FRONT if name != _OF_POSITION)
_OF_REVIEW = ("status", "reviewed_by")

DAY_COLUMNS = tuple(f"Date{number}" for number in range(1, MAX_PASSES + 1))
"""The passes' days as YYMMDD, as NSIDC-0498 and the Petermann lines have them."""

TIME_COLUMNS = tuple(f"acq_time_{number}" for number in range(1, MAX_PASSES + 1))
"""Days, or days and times, of the passes; ESA CCI's names."""

FRONTS = LineFile(
    FRONTS_GPKG,
    ("fronts", "other_pieces", "prolonged", "rejected"),
    ("fronts", "rejected"),
    (*_OF_SCENE, *_OF_MODEL, *_OF_FRONT, *_OF_REVIEW),
    noun="front",
)
"""The chosen fronts; further pieces of edge; the parts of fronts that were followed, not seen; fronts not believed."""

GROUNDING_LINES = LineFile(
    "grounding_lines.gpkg",
    ("grounding_lines", "rejected"),
    ("grounding_lines", "rejected"),
    (*_OF_SCENE, *DAY_COLUMNS, *TIME_COLUMNS, *_OF_MODEL, "category", "rank", *_OF_GROUNDING_LINE, *_OF_REVIEW),
    noun="grounding line",
    several=True,
)
"""All grounding lines of a scene; those that are not believed."""


def common_crs(lines: Sequence[DelineatedLine]) -> str:
    """The CRS of all lines if they share one, or longitude and latitude on WGS 84."""
    systems = {line.crs for line in lines}
    return systems.pop() if len(systems) == 1 else DEGREES


def as_tables(lines: Sequence[DelineatedLine], file: LineFile = FRONTS) -> dict[str, geopandas.GeoDataFrame]:
    """A table for each layer of a file, all in one CRS (`common_crs`); without lines an empty one."""
    crs = common_crs(lines)
    return {layer: _table([line for line in lines if line.layer == layer], file, crs) for layer in file.layers}


def _table(lines: Sequence[DelineatedLine], file: LineFile, crs: str) -> geopandas.GeoDataFrame:
    kinds = {**dict.fromkeys(_NUMBERS, "float64"), "rank": "int32"}
    frame = pd.DataFrame([_row(line, file) for line in lines], columns=list(file.columns))
    frame = frame.astype({name: kind for name, kind in kinds.items() if name in file.columns})
    return geopandas.GeoDataFrame(frame, geometry=[in_crs(line, crs) for line in lines], crs=crs)


def _row(line: DelineatedLine, file: LineFile) -> dict[str, Any]:
    passes = [*line.passes, *[""] * (MAX_PASSES - len(line.passes))]
    days = [one[:10].replace("-", "")[2:] for one in passes]
    told = {
        "date": line.day,
        **dict(zip(DAY_COLUMNS, days, strict=True)),
        **dict(zip(TIME_COLUMNS, passes, strict=True)),
    }
    return {name: told[name] if name in told else getattr(line, name) for name in file.columns}


def in_crs(line: DelineatedLine, crs: str) -> LineString:
    """A line in another CRS, vertex by vertex; in degrees it runs on over the antimeridian."""
    if line.crs == crs:
        return LineString(line.xy)
    from pyproj import Transformer

    to_target = Transformer.from_crs(line.crs, crs, always_xy=True)
    return LineString(vertices_in(np.array(line.xy), to_target))


def read_fronts(path: Path) -> dict[Layer, geopandas.GeoDataFrame]:
    """The layers of ``fronts.gpkg``, as `read_delineated`."""
    return read_delineated(path, FRONTS)


def read_delineated(path: Path, file: LineFile) -> dict[Layer, geopandas.GeoDataFrame]:
    """The layers of a GeoPackage, with the columns that they have in it.

    Raises:
        InputError: If it cannot be read, lacks a layer or the column ``case``, or has a line that names no scene in it.
    """
    tables = read_vector_tables(path, file.main.replace("_", " "))
    lacking = [layer for layer in file.layers if layer not in tables or "case" not in tables[layer]]
    if lacking:
        what = f"it lacks the layer or its column case: {', '.join(lacking)}"
        raise InputError([Problem(path, what, "Give the file that nnunet-glacier delineate wrote")])
    problems = [problem for layer in file.layers for problem in _case_problems(path, layer, tables[layer]["case"])]
    if problems:
        raise InputError(problems)
    return {layer: tables[layer] for layer in file.layers}


def _case_problems(path: Path, layer: Layer, cases: pd.Series) -> list[Problem]:
    """Lines without a scene, as those are that somebody drew beside the others."""
    lacking = [number for number, case in enumerate(cases, start=1) if not isinstance(case, str) or not case.strip()]
    if not lacking:
        return []
    of = "feature names" if len(lacking) == 1 else "features name"
    what = f"{len(lacking)} {of} no scene in the column case, the first is feature {lacking[0]}"
    remedy = "Write the scene's name there, as other lines of the scene have it, or delete the line"
    return [Problem(f"{path}, layer {layer}", what, remedy)]


def reviewed_lines(path: Path, file: LineFile = FRONTS) -> dict[str, tuple[DelineatedLine, ...]]:
    """The lines of the scenes of which somebody has judged one, with the parts that were followed, by case.

    Raises:
        InputError: As `read_delineated`.
    """
    tables = read_delineated(path, file)
    looked_at = [tables[layer] for layer in file.judged if "reviewed_by" in tables[layer]]
    cases = {case for table in looked_at for case in table["case"][table["reviewed_by"].fillna("").ne("")]}
    lines: dict[str, list[DelineatedLine]] = {case: [] for case in cases}
    for layer in (layer for layer in file.layers if layer in replaced_by_review(file)):
        table = tables[layer]
        epsg = table.crs.to_epsg()
        crs = f"EPSG:{epsg}" if epsg else table.crs.to_wkt()
        for row in table[table["case"].isin(cases)].to_dict("records"):
            lines[row["case"]] += _lines_of(row, layer, crs, table.geometry.name, file)
    return {case: tuple(of_case) for case, of_case in lines.items()}


def replaced_by_review(file: LineFile) -> tuple[Layer, ...]:
    """The layers whose lines are those of a review where there was one: further pieces are always the networks'."""
    return tuple(layer for layer in file.layers if layer != "other_pieces")


def _lines_of(row: dict[str, Any], layer: Layer, crs: str, geometry: str, file: LineFile) -> list[DelineatedLine]:
    """A row as lines: several where it was given several parts by hand.

    What was drawn by hand, beside those of the networks or in several parts, is measured.
    """
    own = {field.name for field in fields(DelineatedLine)}
    values = {name: _value(name, row[name]) for name in file.columns if name in row and name in own}
    passes = tuple(text for name in TIME_COLUMNS if (text := _value(name, row.get(name))))
    parts = [] if row[geometry] is None else shapely.get_parts(shapely.force_2d(row[geometry]))
    values = {**dict.fromkeys(_NUMBERS), **_EMPTY, **values}
    values["prolonged_m"] = values["prolonged_m"] or 0.0
    own_length_m = values.pop("length_m") if len(parts) == 1 else None
    lines = []
    for part in parts:
        length_m = line_length_m(part, crs) if own_length_m is None else own_length_m
        lines.append(DelineatedLine(layer, tuple(part.coords), crs, passes=passes, **{**values, "length_m": length_m}))
    return lines


_EMPTY = dict.fromkeys(("case", "glacier", "date", "sensor", "image_id", "model", "model_sha256"), "")
"""Texts that every line has, also where its layer was made by hand and lacks the column."""


def _value(name: str, value: Any) -> Any:
    if name in _NUMBERS:
        return None if pd.isna(value) else float(value)
    if name == "rank":
        return 1 if pd.isna(value) else int(value)
    if name == "date":
        return "" if pd.isna(value) else pd.Timestamp(value).date().isoformat()
    return "" if pd.isna(value) else str(value)


def write_fronts(path: Path, lines: Sequence[DelineatedLine]) -> Mapping[str, geopandas.GeoDataFrame]:
    """Write ``fronts.gpkg``, as `write_delineated`."""
    return write_delineated(path, lines, FRONTS)


def write_delineated(
    path: Path, lines: Sequence[DelineatedLine], file: LineFile
) -> Mapping[str, geopandas.GeoDataFrame]:
    """Write a GeoPackage with all layers, also empty ones, and their styles for QGIS, whole or not at all.

    Args:
        path: The ``.gpkg`` file.
        lines: The lines of all scenes.
        file: Which layers and columns it has.

    Returns:
        The tables that were written, by layer.

    Raises:
        InputError: If the file is open in another program.
    """
    tables = as_tables(lines, file)

    def write(temporary: Path) -> None:
        for number, (layer, table) in enumerate(tables.items()):
            options: dict[str, Any] = {"layer": layer, "mode": "a" if number else "w", "geometry_type": "LineString"}
            write_table(table, temporary, "GPKG", **options)
        write_styles(temporary, file.layers)

    write_whole(path, write)
    return tables
