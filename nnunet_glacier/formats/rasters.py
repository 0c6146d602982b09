"""Single-channel maps on disk: read from PNG, GeoTIFF or NIfTI, written as PNG or, with map coordinates, GeoTIFF."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nnunet_glacier.domain.choices import PIXEL_SIZE_RANGE_M
from nnunet_glacier.formats.raster_checks import (
    check_regular,
    open_image,
    open_tiff,
    open_volume,
    open_whole_tiff,
    without_georeference_warning,
)
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.files import write_whole

PNG_SUFFIXES = (".png",)
TIFF_SUFFIXES = (".tif", ".tiff")
VOLUME_SUFFIXES = (".nii.gz", ".nii", ".mha", ".nrrd")
RASTER_SUFFIXES = (*PNG_SUFFIXES, *TIFF_SUFFIXES, *VOLUME_SUFFIXES)


@dataclass(frozen=True)
class Raster:
    """One map and where it lies.

    Attributes:
        values: Shape ``(H, W)``, the dtype of the file.
        crs: CRS as ``EPSG:nnnn`` or WKT, or "".
        affine: Six numbers ``a, b, c, d, e, f`` with ``x = a * column + b * row + c``, or None.
    """

    values: np.ndarray
    crs: str = ""
    affine: tuple[float, ...] | None = None


def raster_suffix(path: Path) -> str:
    """The ending of a map's file name, in lower case (``.png``, ``.nii.gz``), or "" if it is no map."""
    name = path.name.lower()
    return next((suffix for suffix in RASTER_SUFFIXES if name.endswith(suffix)), "")


def raster_stem(path: Path) -> str:
    """The file name without the ending of a map.

    >>> raster_stem(Path("fronts/COL_2013.nii.gz"))
    'COL_2013'
    """
    return path.name[: len(path.name) - len(raster_suffix(path))]


def read_raster(path: Path) -> Raster:
    """Read a map of one channel; several channels are accepted if they are equal (alpha is ignored).

    Raises:
        GlacierError: If the file is missing, damaged, of an unknown kind, has more pixels than are read or than its
            bytes can hold, or channels that differ.
    """
    suffix = _suffix_of_map(path)
    if suffix in TIFF_SUFFIXES:
        raster = _read_tiff(path)
    else:
        raster = Raster(_read_png(path) if suffix in PNG_SUFFIXES else _read_volume(path))
    if raster.values.dtype.kind not in "biuf":
        raise GlacierError("its pixels are complex numbers; a map has one number per pixel")
    return raster


def _suffix_of_map(path: Path) -> str:
    suffix = raster_suffix(path)
    if not suffix:
        raise GlacierError(f"its ending is none of {', '.join(RASTER_SUFFIXES)}")
    check_regular(path)
    return suffix


def read_shape(path: Path) -> tuple[int, int]:
    """Rows and columns of a map from its header alone; pixels that `read_raster` cannot read go unnoticed.

    Raises:
        GlacierError: If the file is missing, damaged or of an unknown kind.
    """
    suffix = _suffix_of_map(path)
    if suffix in TIFF_SUFFIXES:
        with open_whole_tiff(path) as source:
            return source.height, source.width
    if suffix in PNG_SUFFIXES:
        with open_image(path) as image:
            return image.height, image.width
    with open_volume(path) as reader:
        columns, rows = reader.GetSize()[:2]
    return rows, columns


def check_raster(path: Path) -> None:
    """Refuse what another reader is better not given: no regular file, or a header of too many pixels.

    Raises:
        GlacierError: If it is one, or a map that cannot be opened; of other images than maps only the former is told.
    """
    if raster_suffix(path):
        read_shape(path)
    else:
        check_regular(path)


def unknown_pixels(values: np.ndarray) -> int:
    """Number of pixels that are NaN or infinite; 0 in a map of whole numbers."""
    return int((~np.isfinite(values)).sum()) if np.issubdtype(values.dtype, np.floating) else 0


def mask_from_values(values: np.ndarray) -> np.ndarray:
    """The mask that a map stands for, such as one of the front: everything but 0 is in it.

    Args:
        values: Any dtype, shape ``(H, W)``.

    Returns:
        Mask, bool, shape ``(H, W)``.

    Raises:
        GlacierError: If pixels are NaN, or fractions as those of a probability map, which is no mask.
    """
    unknown = unknown_pixels(values)
    if unknown:
        raise GlacierError(f"{unknown} of its {values.size} pixels are NaN or infinite")
    if np.issubdtype(values.dtype, np.floating) and (values % 1 != 0).any():
        raise GlacierError(f"it holds fractions between {values.min():g} and {values.max():g}, as probabilities are")
    return values != 0


def _one_channel(channels: np.ndarray) -> np.ndarray:
    """The first of equal channels; `channels` has shape ``(C, H, W)``."""
    if any(not np.array_equal(channels[0], channel) for channel in channels[1:]):
        raise GlacierError(f"it has {len(channels)} channels that differ; a map has one, or equal ones")
    return np.ascontiguousarray(channels[0])


def _read_png(path: Path) -> np.ndarray:
    with open_image(path) as image:
        image.load()
        if image.mode in ("1", "LA"):
            image = image.convert("L")
        elif image.mode in ("P", "PA"):
            image = image.convert("RGB")
        values = np.asarray(image)
    if values.ndim == 2:
        return values
    return _one_channel(np.moveaxis(values[..., :3], -1, 0))


_FLAT = 1e-9
"""Sine of the least angle between rows and columns on the map."""

_EARTH_RADIUS_M = 6.371e6


def georeference(source: Any) -> tuple[str, tuple[float, ...] | None]:
    """CRS and affine of an open GeoTIFF; a TIFF without a place has the identity as its transform.

    Raises:
        GlacierError: If the affine is none that pixels can be drawn by.
    """
    affine = None if source.transform.is_identity else tuple(float(number) for number in source.transform[:6])
    if affine is not None:
        a, b, _, d, e, _ = affine
        if not all(map(math.isfinite, affine)) or abs(a * e - b * d) <= _FLAT * math.hypot(a, d) * math.hypot(b, e):
            numbers = ", ".join(f"{number:g}" for number in affine)
            raise GlacierError(f"its geotransform ({numbers}) draws no pixels: give it the right one (gdal_edit.py)")
    return source.crs.to_string() if source.crs else "", affine


def grid_of(source: Any) -> Grid:
    """The grid of an open GeoTIFF, CRS and affine as the file says them.

    Raises:
        GlacierError: If its pixels are of a size that no image of a glacier has, or as `georeference`.
    """
    from pyproj import CRS

    grid = Grid(source.shape, *georeference(source))
    if grid.crs and grid.affine is not None:
        crs = CRS.from_user_input(grid.crs)
        unit_m = crs.axis_info[0].unit_conversion_factor * (_EARTH_RADIUS_M if crs.is_geographic else 1)
        a, b, _, d, e, _ = grid.affine
        edges_m, (least, greatest) = (math.hypot(a, d) * unit_m, math.hypot(b, e) * unit_m), PIXEL_SIZE_RANGE_M
        if not all(least <= edge_m <= greatest for edge_m in edges_m):
            what = "its pixels are {:g} x {:g} m on the map: correct its CRS or its geotransform"
            raise GlacierError(what.format(*edges_m))
    return grid


def bands_of_values(source: Any) -> list[int]:
    """The bands of an open GeoTIFF, from 1, without alpha.

    Raises:
        GlacierError: If it has none, as a file of several variables, or of alpha alone.
    """
    if not source.indexes:
        within = f", such as {source.subdatasets[0]}" if source.subdatasets else ""
        raise GlacierError(f"it is no raster itself: write one of those in it as a GeoTIFF (gdal_translate){within}")
    pairs = zip(source.indexes, source.colorinterp, strict=True)
    bands = [band for band, colour in pairs if colour.name != "alpha"]
    if not bands:
        raise GlacierError("its only band is alpha: it holds no values")
    return bands


def declared_mask(source: Any, bands: Sequence[int], window: Any = None) -> np.ndarray:
    """Where one of some bands of an open raster holds data by its header: nodata value, mask, and the raster's alpha.

    Args:
        source: The raster as rasterio opened it.
        bands: The bands, from 1, without alpha; what others hold decides nothing.
        window: Of the raster; all of it if not given.

    Returns:
        Bool, the window's shape.
    """
    from rasterio.errors import NodataShadowWarning

    with warnings.catch_warnings():
        # Both are heeded below.
        warnings.simplefilter("ignore", NodataShadowWarning)
        mask: np.ndarray = (source.read_masks(list(bands), window=window) > 0).any(axis=0)
    # GDAL's masks heed alpha in rasters of two or four bands alone.
    for alpha in set(source.indexes) - set(bands_of_values(source)):
        mask &= source.read(alpha, window=window) > 0
    return mask


def hidden_pixels(source: Any, bands: Sequence[int], window: Any = None) -> np.ndarray:
    """Where a mask, in the file or beside it, or alpha says that there is no data; the nodata value hides nothing here.

    A mask that GDAL makes of a nodata value says nothing of complex numbers, of which it looks at the real part alone.

    Args:
        source: The raster as rasterio opened it.
        bands: Bands without alpha, from 1, at least one.
        window: Of the raster; all of it if not given.

    Returns:
        Bool, the window's shape.
    """
    from rasterio.enums import MaskFlags

    if len(bands_of_values(source)) < source.count or MaskFlags.per_dataset in source.mask_flag_enums[bands[0] - 1]:
        return ~declared_mask(source, bands, window)
    return np.zeros(source.shape if window is None else (window.height, window.width), dtype=bool)


def holds_data(source: Any, bands: Sequence[int], rows: slice) -> np.ndarray:
    """Where rows of an open GeoTIFF hold data: by nodata value, mask and alpha, and as finite numbers.

    Args:
        source: The file as rasterio opened it.
        bands: Bands whose numbers must be finite, from 1, without alpha; one of them must not be nodata.
        rows: The rows, with a start and a stop.

    Returns:
        Bool, shape ``(rows, columns)``.
    """
    from rasterio.windows import Window

    window = Window(0, rows.start, source.width, rows.stop - rows.start)
    holding = declared_mask(source, bands, window)
    if floating := [band for band in bands if source.dtypes[band - 1].startswith("float")]:
        holding &= np.isfinite(source.read(floating, window=window)).all(axis=0)
    return holding


def _read_tiff(path: Path) -> Raster:
    with open_whole_tiff(path) as source:
        return Raster(_one_channel(source.read(bands_of_values(source))), *georeference(source))


def read_georeference(path: Path) -> tuple[str, tuple[float, ...] | None]:
    """CRS and affine (`Raster`) of a GeoTIFF, without its pixels; ``("", None)`` for other maps.

    Raises:
        GlacierError: If a TIFF cannot be read.
    """
    if raster_suffix(path) not in TIFF_SUFFIXES:
        return "", None
    with open_tiff(path) as source:
        return georeference(source)


def _read_volume(path: Path) -> np.ndarray:
    import SimpleITK as sitk  # noqa: N813

    with open_volume(path) as reader:
        values = sitk.GetArrayFromImage(reader.Execute())
    if values.ndim == 3 and values.shape[0] == 1:
        values = values[0]
    if values.ndim != 2:
        raise GlacierError(f"it is no map of one layer: its shape is {values.shape}")
    return values


def write_raster(path: Path, values: np.ndarray, *, crs: str = "", affine: tuple[float, ...] | None = None) -> None:
    """Write a map, whole or not at all: ``.png`` of 8 bits, or ``.tif`` with map coordinates.

    Args:
        path: The file; its ending decides the format.
        values: uint8, or float32 for a GeoTIFF, shape ``(H, W)``.
        crs: CRS for a GeoTIFF, or "".
        affine: Six numbers for a GeoTIFF, or None.
    """
    if path.suffix.lower() in TIFF_SUFFIXES:
        write_geotiff(path, values[None], crs=crs, affine=affine)
    else:
        write_whole(path, lambda temporary: Image.fromarray(values).save(temporary, format="PNG"))


def write_geotiff(
    path: Path,
    bands: np.ndarray,
    *,
    crs: Any = None,
    affine: Sequence[float] | None = None,
    control_points: tuple[Sequence[Any], Any] | None = None,
    names: Sequence[str] = (),
    scale: float | None = None,
) -> None:
    """Write a GeoTIFF, deflated, nodata unset, whole or not at all.

    Args:
        path: The file.
        bands: ``(bands, H, W)``: uint8, uint16, or float16, which is written as 16-bit floats.
        crs: CRS, as text or as rasterio gives it, written as it is; or nothing.
        affine: Six numbers (`Raster`), or None.
        control_points: Ground control points and their CRS, which are written where there is no affine.
        names: Names of the bands.
        scale: Value of one step, for quantised bands.
    """
    import rasterio

    half = bands.dtype == np.float16
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "count": bands.shape[0],
        "height": bands.shape[1],
        "width": bands.shape[2],
        "dtype": "float32" if half else bands.dtype.name,
        "compress": "deflate",
        "predictor": 3 if np.issubdtype(bands.dtype, np.floating) else 2,
        "bigtiff": "if_safer",
        **({"nbits": 16} if half else {}),
    }

    def write(temporary: Path) -> None:
        with without_georeference_warning(), rasterio.open(temporary, "w", **profile) as target:
            if crs:
                target.crs = crs
            if affine is not None:
                target.transform = rasterio.Affine(*affine[:6])
            elif control_points is not None:
                points, points_crs = control_points
                target.gcps = (list(points), points_crs)
            target.write(bands.astype(np.float32) if half else bands)
            if names:
                target.descriptions = tuple(names)
            if scale is not None:
                target.scales = (scale,) * bands.shape[0]

    write_whole(path, write)
