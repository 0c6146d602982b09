"""Vector files as tables of features, one a layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnunet_glacier.formats.map_geometry import without_points
from nnunet_glacier.formats.vector_tables import layers_of
from nnunet_glacier.support.errors import InputError, Problem


def read_layers(file: Path, what: str, where: str | None = None) -> list[tuple[str, Any]]:
    """Layers of a vector file with their names, as tables of geometries (geopandas), lines `without_points`.

    Args:
        file: A file with one of `VECTOR_SUFFIXES`.
        what: What it should hold, for the error.
        where: A condition in SQL's form, such as ``category = 'landward'``, that features must meet; None for all.

    Raises:
        InputError: If it cannot be read, or has no such column.
    """
    tables = layers_of(file, what)
    if where is None:
        return list(tables.items())
    return [(name, _chosen(file, name, table, where)) for name, table in tables.items()]


def _chosen(file: Path, layer: str, table: Any, where: str) -> Any:
    """The features of a layer that meet a condition."""
    import geopandas as gpd
    import pyogrio

    try:
        return without_points(gpd.read_file(file, layer=layer, where=where))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RuntimeError):
        columns = ", ".join(str(column) for column in table.columns if column != "geometry")
        remedy = f"Write it as COLUMN = 'value' with a column of its: {columns}"
        raise InputError([Problem(file, f"it cannot be asked for {where!r}", remedy)]) from None
