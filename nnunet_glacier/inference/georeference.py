"""Where an image lies on the map, and GeoTIFFs: read with nodata filled, written with CRS and affine as they came."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio

from nnunet_glacier.formats.rasters import bands_of_values, declared_mask, without_georeference_warning, write_geotiff
from nnunet_glacier.inference.valid_pixels import without_specks
from nnunet_glacier.support.errors import GlacierError


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


def _georeference(source: Any) -> Georeference:
    points, points_crs = source.gcps
    transform = None if source.transform.is_identity else source.transform
    return Georeference(source.crs, transform, (points, points_crs) if points else None)


def read_tiff(path: Path) -> tuple[np.ndarray, Georeference, np.ndarray | None]:
    """Pixels and place of a TIFF, and which of its pixels hold data.

    Pixels without data (nodata value, mask, alpha, NaN, infinity) become 0 in images of unsigned integers, as in the
    published scenes, and else the smallest value of the band, so that they are its darkest and not its brightest.
    Where 0 is the nodata value of unsigned integers, zeros without room for a square of three pixels are dark values.

    Returns:
        Pixels of the file's dtype, ``(bands, H, W)``, alpha left out; the georeference; and where all bands hold data,
        bool, ``(H, W)``, or None if that is everywhere.

    Raises:
        GlacierError: If the pixels are complex or none of them holds data.
    """
    with without_georeference_warning(), rasterio.open(path) as source:
        bands = bands_of_values(source)
        pixels = source.read(bands)
        # A colour of whole numbers holds data unless all its bands are nodata: black may be none, and red not.
        whole = np.issubdtype(pixels.dtype, np.unsignedinteger)
        if whole:
            declared = [declared_mask(source, bands)] * len(bands)
        else:
            declared = [declared_mask(source, [band]) for band in bands]
        georeference = _georeference(source)
        zero_may_be_dark = whole and source.nodata == 0
    if np.iscomplexobj(pixels):
        raise GlacierError("its pixels are complex numbers; write their amplitude or intensity")
    holding = [_fill(band, mask) for band, mask in zip(pixels, declared, strict=True)]
    valid = everywhere(holding)
    return pixels, georeference, without_specks(valid) if zero_may_be_dark else valid


def read_declared(path: Path) -> tuple[Georeference, np.ndarray | None]:
    """Place of a TIFF, and which of its pixels hold data by its header: nodata value, mask or alpha.

    Returns:
        The georeference, and where a band holds data, bool, ``(H, W)``, or None if that is everywhere.
    """
    with without_georeference_warning(), rasterio.open(path) as source:
        return _georeference(source), everywhere([declared_mask(source, bands_of_values(source))])


def everywhere(holding: Iterable[np.ndarray | None]) -> np.ndarray | None:
    """Where all masks are true, bool, ``(H, W)``; None, as for a mask that is true throughout, if that is everywhere.

    >>> everywhere([np.array([True, False]), None])
    array([ True, False])
    """
    partial = [mask for mask in holding if mask is not None and not mask.all()]
    return np.logical_and.reduce(partial) if partial else None


def _fill(band: np.ndarray, holds_data: np.ndarray) -> np.ndarray:
    """Fill pixels without data in place, and tell where there is data."""
    if np.issubdtype(band.dtype, np.floating):
        holds_data = holds_data & np.isfinite(band)
    if not holds_data.any():
        raise GlacierError("none of its pixels holds data")
    if not holds_data.all():
        band[~holds_data] = 0 if np.issubdtype(band.dtype, np.unsignedinteger) else band[holds_data].min()
    return holds_data


def write_tiff(
    path: Path,
    bands: np.ndarray,
    georeference: Georeference,
    *,
    names: Sequence[str] = (),
    scale: float | None = None,
) -> None:
    """`write_geotiff` at the place of the image that the bands were predicted from."""
    write_geotiff(
        path,
        bands,
        crs=georeference.crs,
        affine=georeference.transform,
        control_points=georeference.control_points,
        names=names,
        scale=scale,
    )
