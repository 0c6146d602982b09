"""Tables of lines in several CRS as the layers of one GeoPackage, for a layer has one CRS."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely

from nnunet_glacier.formats.layer_names import layer_names
from nnunet_glacier.support.files import write_whole

DATE = "date"
"""The column of days, `datetime.date` or None."""

GeometryType = Literal["LineString", "MultiLineString"]


def write_layers(
    path: Path, tables: Mapping[str, geopandas.GeoDataFrame], name: str, geometry_type: GeometryType
) -> list[str]:
    """Write a GeoPackage with a layer per CRS, whole or not at all.

    Args:
        path: The ``.gpkg`` file.
        tables: Features by CRS, "" for those without one; an empty table makes an empty layer.
        name: Name of the layers (`layer_names`).
        geometry_type: Type of the features, which lines of the other type are made to.

    Returns:
        The names of the layers.

    Raises:
        InputError: If the file is open in another program.
    """
    layers = layer_names(tables, name)

    def write(temporary: Path) -> None:
        for crs, layer in layers.items():
            mode = "a" if temporary.exists() else "w"
            write_table(tables[crs], temporary, "GPKG", layer=layer, mode=mode, geometry_type=geometry_type)

    write_whole(path, write)
    return list(layers.values())


def write_table(table: geopandas.GeoDataFrame, path: Path, driver: str, **options: Any) -> None:
    """Write one table with GDAL, where it has a CRS or, on purpose, none; its column ``date`` as a column of dates.

    A frame's days would be written as text, or as times of day at midnight: only numpy's days are dates to GDAL.
    """
    fields = [name for name in table.columns if name != table.geometry.name]
    if options.pop("mode", "w") == "a":
        options["append"] = True
    options.setdefault("geometry_type", "Unknown")
    promote = options["geometry_type"] == "MultiLineString"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        pyogrio.raw.write(
            path,
            shapely.to_wkb(table.geometry.to_numpy()),
            [_values(name, table[name]) for name in fields],
            fields,
            field_mask=[_missing(table[name]) for name in fields],
            crs=_crs_text(table),
            driver=driver,
            promote_to_multi=promote,
            **options,
        )


def _values(name: str, column: pd.Series) -> np.ndarray:
    """A column as GDAL is to get it: numbers, days, or text with None where there is none."""
    if name == DATE:
        return np.array([np.datetime64("NaT") if pd.isna(day) else day for day in column], dtype="datetime64[D]")
    if isinstance(column.dtype, pd.Int32Dtype):
        return column.fillna(0).to_numpy(dtype="int32")
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy()
    return np.array([None if pd.isna(value) else str(value) for value in column], dtype=object)


def _missing(column: pd.Series) -> np.ndarray | None:
    """Where a column of whole numbers has none: in all other types the value says it."""
    return column.isna().to_numpy() if isinstance(column.dtype, pd.Int32Dtype) else None


def _crs_text(table: geopandas.GeoDataFrame) -> str | None:
    if table.crs is None:
        return None
    epsg = table.crs.to_epsg()
    return f"EPSG:{epsg}" if epsg else str(table.crs.to_wkt("WKT1_GDAL"))
