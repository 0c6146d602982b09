"""Vector files as tables of features, one a layer, and the one shape that a file should hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Polygon

from nnunet_glacier.formats.map_geometry import table_problems, without_points
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.wording import gdal_reason, no_file

VECTOR_SUFFIXES = (".gpkg", ".shp", ".geojson", ".json")


def read_vector_tables(file: Path, what: str) -> dict[str, Any]:
    """Layers of a vector file by name, as tables of geometries (geopandas), lines `without_points`.

    Args:
        file: A file with one of `VECTOR_SUFFIXES`.
        what: What it should hold, for the error.

    Raises:
        InputError: If it cannot be read, or a feature cannot be placed on a map (`geometry_fault`).
    """
    import geopandas as gpd

    if not file.is_file():
        fault = no_file(file)
        raise InputError([Problem(file, fault, f"Give a file of {', '.join(VECTOR_SUFFIXES)}")])
    tables = layers_of(file, what)
    problems: list[Problem] = []
    for name, table in tables.items():
        if isinstance(table, gpd.GeoDataFrame):
            problems += table_problems(table, file if len(tables) == 1 else f"{file}, layer {name}")
    if problems:
        raise InputError(problems)
    return tables


def layers_of(file: Path, what: str) -> dict[str, Any]:
    """Layers of a vector file by name, as tables, lines `without_points`; places on a map are not checked.

    Args:
        file: A file with one of `VECTOR_SUFFIXES`.
        what: What it should hold, for the error.

    Raises:
        InputError: If it cannot be read.
    """
    import geopandas as gpd
    import pyogrio

    try:
        names = [str(name) for name, kind in pyogrio.list_layers(file) if kind is not None]
        return {name: without_points(gpd.read_file(file, layer=name)) for name in names}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RuntimeError) as error:
        raise InputError([unreadable(file, what, error)]) from None


def unreadable(file: Path, what: str, error: Exception) -> Problem:
    """A vector file that cannot be read: damaged, or no such file at all."""
    remedy = "Replace it by an intact copy"
    if file.suffix.lower() not in VECTOR_SUFFIXES:
        remedy = f"Give a file of {', '.join(VECTOR_SUFFIXES)}"
    return Problem(file, f"it cannot be read as {what} ({gdal_reason(error)})", remedy)


def feature_rows(table: Any) -> list[dict[Any, Any]]:
    """The columns of every feature but its geometry, an empty dictionary each where a table has no other column."""
    rows: list[dict[Any, Any]] = table.drop(columns=table.geometry.name).to_dict("records")
    # Of a table without columns pandas 2 makes no rows.
    return rows or [{} for _ in range(len(table))]


def read_one_line(file: Path, what: str) -> tuple[LineString | MultiLineString, str]:
    """The one line of a file and its CRS (WKT); parts that touch end to end are joined.

    Args:
        file: The file.
        what: What the line is, for the error.

    Raises:
        InputError: If it holds no line, or several that do not touch, or has no CRS.
    """
    shape, crs = _only_shape(file, what, (LineString, MultiLineString), "line")
    line = shapely.line_merge(shape) if isinstance(shape, MultiLineString) else shape
    return line, crs


def read_one_polygon(file: Path, what: str) -> tuple[Polygon | MultiPolygon, str]:
    """The one polygon of a file and its CRS (WKT); of several parts where it is cut at the antimeridian.

    Whether it crosses itself is not asked: in degrees any polygon over 180 degrees seems to.

    Raises:
        InputError: If it holds no polygon, or several, or has no CRS.
    """
    return _only_shape(file, what, (Polygon, MultiPolygon), "polygon")


def _only_shape(file: Path, what: str, kinds: tuple[type, ...], kind: str) -> tuple[Any, str]:
    """The one feature of a file, in two dimensions, and its CRS."""
    tables = read_vector_tables(file, what)
    shapes = [
        (shape, table.crs) for table in tables.values() for shape in table.geometry if shape and not shape.is_empty
    ]
    right = [(shape, crs) for shape, crs in shapes if isinstance(shape, kinds)]
    if not right:
        other = ", ".join(sorted({shape.geom_type for shape, _ in shapes})) or "nothing"
        raise InputError([Problem(file, f"it holds no {kind} but {other}", f"Give a file with the {what} as a {kind}")])
    if len(right) > 1:
        raise InputError([Problem(file, f"it holds {len(right)} {kind}s", f"Give a file with the one {what}")])
    shape, crs = right[0]
    if crs is None:
        raise InputError([Problem(file, "it has no CRS", "Give it one (for a shapefile, the .prj beside it)")])
    return shapely.force_2d(shape), crs.to_wkt()
