"""Vector files as tables of features, one a layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.support.errors import InputError, Problem

METRES_PER_DEGREE = 111_000.0

MAX_LENGTH_M = 1e9
"""Lines and outlines are shorter: this is 25 times round the earth, and drawing it would take for ever."""

VECTOR_SUFFIXES = (".gpkg", ".shp", ".geojson", ".json")


def read_layers(file: Path, what: str, where: str | None = None) -> list[tuple[str, Any]]:
    """Layers of a vector file with their names, as tables of geometries (geopandas).

    Args:
        file: A file with one of `VECTOR_SUFFIXES`.
        what: What it should hold, for the error.
        where: A condition in SQL's form, such as ``category = 'landward'``, that features must meet; None for all.

    Raises:
        InputError: If it cannot be read, or has no such column.
    """
    import geopandas as gpd
    import pyogrio

    try:
        names = [str(name) for name, kind in pyogrio.list_layers(file) if kind is not None]
        tables = [(name, gpd.read_file(file, layer=name)) for name in names]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RuntimeError) as error:
        problem = Problem(file, f"it cannot be read as {what} ({str(error).strip()})", "Replace it by an intact copy")
        raise InputError([problem]) from None
    return tables if where is None else [(name, _chosen(file, name, table, where)) for name, table in tables]


def _chosen(file: Path, layer: str, table: Any, where: str) -> Any:
    """The features of a layer that meet a condition."""
    import geopandas as gpd
    import pyogrio

    try:
        return gpd.read_file(file, layer=layer, where=where)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RuntimeError) as error:
        columns = ", ".join(str(column) for column in table.columns if column != "geometry")
        reason = str(error).strip().splitlines()[-1]
        remedy = f"Write it as COLUMN = 'value' with a column of its: {columns}"
        raise InputError([Problem(file, f"it cannot be asked for {where!r} ({reason})", remedy)]) from None


def metres_per_unit(crs: Any) -> float:
    """About how many metres a unit of a CRS (pyproj) is: a degree of latitude, or the unit of a map."""
    return METRES_PER_DEGREE if crs.is_geographic else crs.axis_info[0].unit_conversion_factor


def geometry_fault(geometry: Any, unit_m: float) -> tuple[str, str] | None:
    """Why a line or an area (shapely, not empty) cannot be drawn into a scene, or None if it can.

    Args:
        geometry: The line or area.
        unit_m: Metres in a unit of its coordinates.

    Returns:
        The words after "1 feature" and after "2 features".

    >>> from shapely.geometry import LineString
    >>> geometry_fault(LineString([(0, 0), (1, float("inf"))]), 1)[0]
    'has a vertex that is NaN or infinite'
    >>> geometry_fault(LineString([(0, 0), (0, 1e12)]), 1)[1]
    'are 1e+09 m long or longer'
    """
    import shapely

    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return "has a vertex that is NaN or infinite", "have a vertex that is NaN or infinite"
    if geometry.length * unit_m >= MAX_LENGTH_M:
        return f"is {MAX_LENGTH_M:g} m long or longer", f"are {MAX_LENGTH_M:g} m long or longer"
    return None


def cell_text(value: Any) -> str:
    """A cell of a table as text without blanks round it; "" for a missing one."""
    return "" if value is None or value != value else str(value).strip()
