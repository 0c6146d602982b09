"""Lines in the other formats that are exchanged: ESRI shapefiles, and GeoJSON as RFC 7946 has it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePath

import geopandas

from nnunet_glacier.formats.layer_names import is_layer, layer_names
from nnunet_glacier.formats.map_layers import write_table
from nnunet_glacier.support.files import write_folder_whole, write_whole

SHAPEFILES = "shapefile"
"""Folder of the shapefiles."""

SHORT_NAMES = {"mean_probability": "mean_prob"}
"""Columns whose names are longer than the ten characters of a shapefile."""

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx")
"""Endings of what a shapefile consists of, and of indices that are of its old lines."""

_EDGE_M = 1000.0
"""Longest straight edge that is brought to degrees as it is; on a polar map a longer one would be another line."""


def write_shapefiles(folder: Path, tables: Mapping[str, geopandas.GeoDataFrame], name: str) -> list[Path]:
    """Write a shapefile per CRS: ``<name>.shp`` or, of several, ``<name>_EPSG_3031.shp``, each with its other files.

    Args:
        folder: Folder for them, which is replaced when all of them are complete; files of others in it stay.
        tables: Lines by CRS.
        name: Name of the files.

    Returns:
        The ``.shp`` files.
    """
    layers = layer_names(tables, name)

    def write(temporary: Path) -> None:
        for crs, layer in layers.items():
            table = tables[crs].rename(columns=SHORT_NAMES)
            write_table(
                table, temporary / f"{layer}.shp", "ESRI Shapefile", geometry_type="LineString", encoding="utf-8"
            )

    write_folder_whole(folder, write, partial(is_shapefile, name))
    return [folder / f"{layer}.shp" for layer in layers.values()]


def is_shapefile(name: str, file: str) -> bool:
    """Whether a file is a part of a shapefile that is written under a name, of whatever CRS.

    >>> [is_shapefile("lines", file) for file in ("lines.shp", "lines_EPSG_3031.dbf", "lines.qml", "lines_mine.shp")]
    [True, True, False, False]
    """
    stem, ending = PurePath(file).stem, PurePath(file).suffix
    return ending in _PARTS and is_layer(stem, name)


def write_geojson(folder: Path, tables: Mapping[str, geopandas.GeoDataFrame], name: str) -> list[Path]:
    """Write a GeoJSON file of RFC 7946 per CRS of the lines, named as the layers are.

    Coordinates are longitude and latitude on WGS 84 with seven decimals, a centimetre. GDAL brings the lines there and
    cuts those that cross the antimeridian.

    Args:
        folder: Folder for them.
        tables: Lines by CRS, none of them "".
        name: Name of the files.

    Returns:
        The files.
    """
    paths = []
    for crs, layer in layer_names(tables, name).items():
        table = _with_short_edges(tables[crs])
        paths.append(folder / f"{layer}.geojson")
        write_whole(paths[-1], partial(write_table, table, driver="GeoJSON", layer=layer, RFC7946="YES"))
    return paths


def _with_short_edges(table: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    if not table.crs.is_projected:
        return table
    edge = _EDGE_M / table.crs.axis_info[0].unit_conversion_factor
    return table.set_geometry(table.geometry.segmentize(edge))
