"""Tables of lines in several CRS as the layers of one GeoPackage, for a layer has one CRS."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import geopandas

from nnunet_glacier.support.files import write_whole

GeometryType = Literal["LineString", "MultiLineString"]


def layer_names(crs: Iterable[str], name: str) -> dict[str, str]:
    """The layer of each CRS, in their order: the plain name if there is one only, or ``<name>_pixels`` without a CRS.

    >>> layer_names(["EPSG:3031"], "fronts"), layer_names(["EPSG:3413", ""], "fronts")
    ({'EPSG:3031': 'fronts'}, {'': 'fronts_pixels', 'EPSG:3413': 'fronts_EPSG_3413'})
    """
    found = sorted(crs)
    return {one: name if len(found) == 1 else f"{name}_{_cleaned(one)[:40] or 'pixels'}" for one in found}


def _cleaned(crs: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in crs)


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
    """
    layers = layer_names(tables, name)

    def write(temporary: Path) -> None:
        for crs, layer in layers.items():
            mode = "a" if temporary.exists() else "w"
            write_table(tables[crs], temporary, "GPKG", layer=layer, mode=mode, geometry_type=geometry_type)

    write_whole(path, write)
    return list(layers.values())


def write_table(table: geopandas.GeoDataFrame, path: Path, driver: str, **options: object) -> None:
    """Write one table with GDAL, where it has a CRS or, on purpose, none."""
    promote = options.get("geometry_type") == "MultiLineString"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        table.to_file(path, driver=driver, engine="pyogrio", promote_to_multi=promote, **options)
