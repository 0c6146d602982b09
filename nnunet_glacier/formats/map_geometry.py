"""Lines and areas on the map that nobody means: told from their coordinates, before anything is done with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.wording import counted

METRES_PER_DEGREE = 111_000.0

_MAX_LATITUDE_DEG = 90.0

_NO_PLACES = "its coordinates are no places in the CRS that it names, such as metres where it says degrees"

MAX_LENGTH_M = 1e9
"""Lines and outlines are shorter: this is 25 times round the earth, and drawing it would take for ever."""


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
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return "has a vertex that is NaN or infinite", "have a vertex that is NaN or infinite"
    if geometry.length * unit_m >= MAX_LENGTH_M:
        return f"is {MAX_LENGTH_M:g} m long or longer", f"are {MAX_LENGTH_M:g} m long or longer"
    return None


def off_the_earth(where: Path | str, latitudes_deg: np.ndarray) -> list[Problem]:
    """A problem where no value is a latitude, such as metres in a file that says degrees."""
    if (np.isfinite(latitudes_deg) & (np.abs(latitudes_deg) <= _MAX_LATITUDE_DEG)).any():
        return []
    return [Problem(where, _NO_PLACES, "Give it the CRS that its coordinates are in")]


def table_problems(table: Any, where: Path | str) -> list[Problem]:
    """The features of a table (geopandas) whose geometry is faulty by `geometry_fault`, one problem for each kind.

    Args:
        table: The table; without a CRS its units are taken for metres.
        where: Where it stands.
    """
    latitudes_deg = shapely.get_coordinates(table.geometry)[:, 1]
    # What is not finite is another fault, of its feature.
    in_degrees = table.crs is not None and table.crs.is_geographic and np.isfinite(latitudes_deg).any()
    if in_degrees and (problems := off_the_earth(where, latitudes_deg)):
        return problems
    unit_m = metres_per_unit(table.crs) if table.crs is not None else 1.0
    numbers: dict[tuple[str, str], list[int]] = {}
    for number, geometry in enumerate(table.geometry, start=1):
        fault = None if geometry is None or geometry.is_empty else geometry_fault(geometry, unit_m)
        if fault is not None:
            numbers.setdefault(fault, []).append(number)
    return [
        Problem(
            where,
            f"{counted(len(of), 'feature ' + fault[0], 'features ' + fault[1])}, the first is feature {of[0]}",
            "Mend it, or take it out",
        )
        for fault, of in numbers.items()
    ]


def without_points(table: Any) -> Any:
    """A table (geopandas) whose lines have no part of length 0, such as a double click leaves.

    A line of nothing else is empty then, as if the feature had no geometry. A table without geometries stays as it is.
    """
    import geopandas as gpd

    if not isinstance(table, gpd.GeoDataFrame):
        return table
    shapes = np.array(table.geometry, dtype=object)
    parts, of = shapely.get_parts(shapes, return_index=True)
    points = (shapely.get_dimensions(parts) == 1) & (shapely.length(parts) == 0) & ~shapely.is_empty(parts)
    if not points.any():
        return table
    for number in np.unique(of[points]):
        kept = list(parts[(of == number) & ~points])
        shapes[number] = kept[0] if len(kept) == 1 else shapely.MultiLineString(kept)
    return table.set_geometry(type(table.geometry)(shapes, index=table.index, crs=table.crs))
