"""A scene that lies on a map, as a raster on disk: its header, checked, and what its pixels are."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.formats.antimeridian import control_points
from nnunet_glacier.formats.opened_scenes import open_band, open_scene
from nnunet_glacier.formats.rasters import bands_of_values, grid_of, holds_data, open_tiff
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.ground_lengths import on_the_earth
from nnunet_glacier.support.archives import as_path, is_file
from nnunet_glacier.support.errors import MendableError
from nnunet_glacier.support.resume import key_of

_SAMPLE_PX = 512
"""Longest side of the sample of a scene's values."""

_PLACE_IT = "Give it its place: gdal_translate -a_srs EPSG:nnnn -a_ullr WEST NORTH EAST SOUTH IMAGE PLACED"
_PLACE_BY_COEFFICIENTS = "Place it by its coefficients: gdalwarp -rpc -t_srs EPSG:nnnn IMAGE PLACED"
_GIVE_CRS = "Give it its CRS: gdal_translate -a_srs EPSG:nnnn IMAGE PLACED"
_GIVE_POINTS_CRS = "Warp it by them with their CRS: gdalwarp -s_srs EPSG:nnnn -t_srs EPSG:nnnn IMAGE PLACED"
_PLACE_BY_ARRAYS = "Place it by them: gdalwarp -geoloc -t_srs EPSG:nnnn IMAGE PLACED"
_PLACE_ANEW = "Give it its CRS and place anew (gdal_translate -a_srs, -a_ullr); are its two axes swapped?"


@dataclass(frozen=True)
class SceneRaster:
    """A scene whose header has been checked.

    Attributes:
        path: Its file.
        case: Name of its files: that of the file without its ending.
        band: The band to use, from 1.
        dtype: Type of its pixels.
        grid: Where it lies; with ground control points alone None.
        shape: Rows and columns.
        image_id: Name of the image, as the acquisition or the file tells it.
        glacier: Name of the glacier, or "".
        date: Day of the acquisition, or None.
        sensor: Satellite or instrument, or "".
        passes: Of an interferogram the days of its passes, or days and times; else empty.
    """

    path: Path
    case: str
    band: int
    dtype: str
    grid: Grid | None
    shape: tuple[int, int]
    image_id: str = ""
    glacier: str = ""
    date: datetime.date | None = None
    sensor: str = ""
    passes: tuple[str, ...] = ()


def read_header(path: Path, case: str, band: int | None) -> SceneRaster:
    """Open a scene and look at its header.

    Args:
        path: A raster that GDAL reads.
        case: Name of its files.
        band: Band to use, from 1; None for the only one, or equal colours' first.

    Raises:
        GlacierError: If it cannot be read, has no place on the map, or it is not clear which band is meant.
    """
    with open_scene(path) as source:
        chosen = _band(source, band)
        if np.dtype(source.dtypes[chosen - 1]).kind == "c":
            raise MendableError("its pixels are complex numbers", "Write their amplitude or intensity")
        shape = (source.height, source.width)
        return SceneRaster(path, case, chosen, source.dtypes[chosen - 1], grid_in(source), shape)


_OF_VIEWERS = (".aux.xml", ".ovr")
"""Endings of files that programs write beside an image when it is looked at: statistics and overviews."""


def surroundings_sha256(path: Path) -> str:
    """SHA-256 of what decides a raster beside its own file: what GDAL says of it, and the files that it reads with it.

    Those are what a VRT is made of, masks, and headers. Statistics and overviews decide nothing; what else stands in
    ``.aux.xml``, such as a nodata value, is part of what GDAL says.

    Raises:
        GlacierError: If it cannot be read.
        OSError: If a file beside it cannot be read.
    """
    said: list[Any] = []
    files: set[Path] = {path}
    unread = [path]
    while unread:
        with open_tiff(unread.pop()) as source:
            points, points_crs = source.gcps
            place = (str(source.crs), tuple(source.transform), str(points_crs), [point.asdict() for point in points])
            said.append((place, source.nodatavals, source.dtypes, source.shape, source.mask_flag_enums))
            found = {as_path(name) for name in source.files if not name.endswith(_OF_VIEWERS)} - files
        # A VRT names the files that it is made of, and one of them may be a VRT.
        unread += sorted(one for one in found if one.suffix.lower() == ".vrt")
        files |= {one for one in found if is_file(one)}
    return key_of(said, sorted(files - {path}))


def _band(source: Any, asked: int | None) -> int:
    bands = bands_of_values(source)
    if source.driver == "GTiff" and source.subdatasets:
        remedy = f"Write the one that is meant as a file: gdal_translate {source.subdatasets[0]} IMAGE"
        raise MendableError(f"it holds {len(source.subdatasets)} images", remedy)
    if asked is not None:
        if asked not in bands:
            raise MendableError(f"it has no band {asked}; it has {', '.join(map(str, bands))}", "Give one of these")
        return asked
    if len(bands) != 1 and not _grey_in_colours(source, bands):
        raise MendableError(f"it has {len(bands)} bands", "Say with --band which one is meant")
    return int(bands[0])


def _grey_in_colours(source: Any, bands: list[int]) -> bool:
    """Whether the colours are equal in a sample of the pixels, so that the image is grey."""
    if len(bands) != 3:
        return False
    sample = source.read(bands, out_shape=(3, min(source.height, 256), min(source.width, 256)))
    return bool((sample == sample[0]).all())


def grid_in(source: Any) -> Grid | None:
    """Where a raster lies; None where ground control points alone say it.

    Raises:
        MendableError: If nothing says it, or it is no place on the Earth.
    """
    points, points_crs = source.gcps
    if not source.transform.is_identity and source.crs:
        grid = grid_of(source)
        x, y = grid.centre()
        if on_the_earth(grid.crs, x, y) is None:
            what = f"its CRS and affine put its middle at ({x:g}, {y:g}), which is nowhere on Earth"
            raise MendableError(what, _PLACE_ANEW)
        return grid
    if points and points_crs:
        return None
    raise _unplaced(source)


def _unplaced(source: Any) -> MendableError:
    """What a raster lacks that has neither an affine and a CRS nor ground control points and theirs."""
    if source.rpcs:
        what = "it has no place on the map but by rational polynomial coefficients (RPC)"
        return MendableError(what, _PLACE_BY_COEFFICIENTS)
    if source.tags(ns="GEOLOCATION"):
        return MendableError("it has no place on the map but by arrays of coordinates (geolocation)", _PLACE_BY_ARRAYS)
    if source.gcps[0]:
        return MendableError("its ground control points have no CRS, so no line can be drawn on one", _GIVE_POINTS_CRS)
    if not source.transform.is_identity:
        return MendableError("it has no CRS, so no line can be drawn on one", _GIVE_CRS)
    return MendableError("it has no place on the map, so no line can be drawn on one", _PLACE_IT)


def own_grid(scene: SceneRaster) -> Grid:
    """The grid that a scene lies on, or that of its ground control points."""
    return scene.grid or grid_of_control_points(scene)


def grid_of_control_points(scene: SceneRaster) -> Grid:
    """A grid in the CRS of a scene's ground control points with about as many pixels as the scene has."""
    import rasterio
    from rasterio.transform import from_gcps

    with open_tiff(scene.path) as source:
        points, crs = control_points(source)
    affine = from_gcps(points)
    assert isinstance(affine, rasterio.Affine)
    return Grid(scene.shape, crs.to_string(), tuple(map(float, affine[:6])))


def sampled_values(scene: SceneRaster) -> np.ndarray:
    """A sample of a scene's own pixels, without those that hold no data; shape ``(n,)``.

    A row at a time, since GDAL reads smaller images from overviews, whose pixels may be means.
    """
    from rasterio.windows import Window

    with open_band(scene.path, scene.band) as source:
        step = max(1, math.ceil(max(source.shape) / _SAMPLE_PX))
        rows = (
            source.read(1, window=Window(0, row, source.width, 1), masked=True)[0, ::step].compressed()
            for row in range(0, source.height, step)
        )
        values = np.concatenate(list(rows))
    return values[np.isfinite(values)]


def declared_data(scene: SceneRaster) -> Callable[[slice], np.ndarray]:
    """Reads where some rows of a scene hold data by its header (nodata value, mask, alpha) or as finite numbers."""

    def read(rows: slice) -> np.ndarray:
        with open_band(scene.path, scene.band) as source:
            return holds_data(source, [1], rows)

    return read
