"""Where an image lies on the map, and GeoTIFFs: read with nodata filled, written with CRS and affine as they came."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning

from nnunet_glacier.errors import GlacierError
from nnunet_glacier.files import write_whole


@dataclass(frozen=True)
class Georeference:
    """What a TIFF says about its place, kept as rasterio gives it.

    Attributes:
        crs: The CRS, or None.
        transform: The affine transform from (column, row) to (x, y), or None where the file has none.
        control_points: Ground control points, for images that are placed by these, and their CRS.
    """

    crs: rasterio.crs.CRS | None
    transform: rasterio.Affine | None
    control_points: tuple[Sequence[Any], Any] | None = None

    def pixel_size_m(self) -> tuple[float, float]:
        """Height and width of a pixel in metres.

        Raises:
            GlacierError: If the image has no transform or its CRS is not measured in a unit of length.
        """
        if self.crs is None or self.transform is None:
            raise GlacierError("the pixel size is not known, since it has no CRS and affine")
        if not self.crs.is_projected:
            raise GlacierError(f"its CRS {self.crs.to_string()} is in degrees, so pixels have no size in metres")
        metres = float(self.crs.linear_units_factor[1])
        a, b, _, d, e, _ = self.transform[:6]
        return math.hypot(b, e) * metres, math.hypot(a, d) * metres


@contextmanager
def _without_georeference_warning() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def read_georeference(path: Path) -> Georeference:
    """The georeference of a TIFF."""
    with _without_georeference_warning(), rasterio.open(path) as source:
        return _georeference(source)


def _georeference(source: Any) -> Georeference:
    points, points_crs = source.gcps
    transform = None if source.transform.is_identity else source.transform
    return Georeference(source.crs, transform, (points, points_crs) if points else None)


def read_tiff(path: Path) -> tuple[np.ndarray, Georeference]:
    """Pixels and place of a TIFF.

    Pixels without data (nodata value, mask, alpha, NaN, infinity) become 0 in images of unsigned integers, as in the
    published scenes, and else the smallest value of the band, so that they are its darkest and not its brightest.

    Returns:
        Pixels of the file's dtype, ``(bands, H, W)``, alpha left out, and the georeference.

    Raises:
        GlacierError: If the pixels are complex or none of them holds data.
    """
    with _without_georeference_warning(), rasterio.open(path) as source:
        pairs = zip(source.indexes, source.colorinterp, strict=True)
        bands = [band for band, colour in pairs if colour is not ColorInterp.alpha]
        pixels = source.read(bands)
        holds_data = source.dataset_mask() != 0
        georeference = _georeference(source)
    if np.iscomplexobj(pixels):
        raise GlacierError("its pixels are complex numbers; write their amplitude or intensity")
    for band in pixels:
        _fill(band, holds_data)
    return pixels, georeference


def _fill(band: np.ndarray, holds_data: np.ndarray) -> None:
    """Fill pixels without data in place."""
    if np.issubdtype(band.dtype, np.floating):
        holds_data = holds_data & np.isfinite(band)
    if not holds_data.any():
        raise GlacierError("none of its pixels holds data")
    if not holds_data.all():
        band[~holds_data] = 0 if np.issubdtype(band.dtype, np.unsignedinteger) else band[holds_data].min()


def write_tiff(
    path: Path,
    bands: np.ndarray,
    georeference: Georeference,
    *,
    names: Sequence[str] = (),
    scale: float | None = None,
) -> None:
    """Write a GeoTIFF, deflated, nodata unset, whole or not at all.

    Args:
        path: The file.
        bands: ``(bands, H, W)``: uint8, uint16, or float16, which is written as 16-bit floats.
        georeference: CRS, affine and control points, written as they are.
        names: Names of the bands.
        scale: Value of one step, for quantised bands.
    """
    half = bands.dtype == np.float16
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "count": bands.shape[0],
        "height": bands.shape[1],
        "width": bands.shape[2],
        "dtype": "float32" if half else bands.dtype.name,
        "compress": "deflate",
        "predictor": 3 if half else 2,
        "bigtiff": "if_safer",
        **({"nbits": 16} if half else {}),
    }

    def write(temporary: Path) -> None:
        with _without_georeference_warning(), rasterio.open(temporary, "w", **profile) as target:
            _place(target, georeference)
            target.write(bands.astype(np.float32) if half else bands)
            if names:
                target.descriptions = tuple(names)
            if scale is not None:
                target.scales = (scale,) * bands.shape[0]

    write_whole(path, write)


def _place(target: Any, georeference: Georeference) -> None:
    if georeference.crs is not None:
        target.crs = georeference.crs
    if georeference.transform is not None:
        target.transform = georeference.transform
    elif georeference.control_points is not None:
        points, crs = georeference.control_points
        target.gcps = (list(points), crs)
