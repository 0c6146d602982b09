"""Vector files as tables of features, one a layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnunet_glacier.support.errors import InputError, Problem

VECTOR_SUFFIXES = (".gpkg", ".shp", ".geojson", ".json")


def read_layers(file: Path, what: str) -> list[tuple[str, Any]]:
    """Layers of a vector file with their names, as tables of geometries (geopandas).

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
        return [(name, gpd.read_file(file, layer=name)) for name in names]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RuntimeError) as error:
        problem = Problem(file, f"it cannot be read as {what} ({str(error).strip()})", "Replace it by an intact copy")
        raise InputError([problem]) from None


def cell_text(value: Any) -> str:
    """A cell of a table as text without blanks round it; "" for a missing one."""
    return "" if value is None or value != value else str(value).strip()
