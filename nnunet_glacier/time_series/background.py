"""Georeferenced images below a map of fronts, in any CRS, brought to the map's plane at the size they are drawn."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from shapely import MultiPoint, box

from nnunet_glacier.formats.line_days import day_of_name
from nnunet_glacier.formats.opened_scenes import open_band
from nnunet_glacier.formats.rasters import TIFF_SUFFIXES, bands_of_values, open_tiff
from nnunet_glacier.formats.scene_pixels import warped_band
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.errors import GlacierError, InputError, Problem, all_of
from nnunet_glacier.time_series.local_plane import LocalPlane

_LONGEST_PX = 900
_STRETCH_PERCENT = (2, 98)

Window = tuple[float, float, float, float]
"""Left, right, bottom and top on the plane, in metres."""


@dataclass(frozen=True)
class Background:
    """An image on disk.

    Attributes:
        path: A GeoTIFF with a CRS, of one band or at least three, and an alpha band or none.
        day: Its day, as its name tells it, or None.
    """

    path: Path
    day: datetime.date | None = None

    @classmethod
    def open(cls, path: Path) -> Background:
        """Check an image.

        Raises:
            InputError: If it cannot be read or has no CRS.
        """
        if not path.is_file():
            raise InputError([Problem(path, "there is no such image", "Give a GeoTIFF")])
        try:
            with open_tiff(path) as source:
                placed = source.crs is not None and not source.transform.is_identity
        except GlacierError as error:
            raise InputError([Problem(path, str(error), "Give a GeoTIFF with a CRS")]) from None
        if not placed:
            raise InputError([Problem(path, "it has no CRS or no place", "Give a GeoTIFF with a CRS")])
        return cls(path, day_of_name(path.stem))

    def draw(self, axes: Axes, plane: LocalPlane, window: Window) -> AxesImage | None:
        """Draw the part of the image in a window of the plane, in greys or its colours; None where it has none."""
        values, known = self.read(plane, window)
        if not known.any():
            return None
        low, high = np.percentile(values[:, known], _STRETCH_PERCENT, axis=1)
        stretched = np.clip((values - low[:, None, None]) / np.maximum(high - low, 1e-9)[:, None, None], 0, 1)
        rgba = np.concatenate([np.broadcast_to(stretched, (3, *known.shape)), known[None]])
        rgba = np.round(255 * rgba).astype(np.uint8)
        return axes.imshow(np.moveaxis(rgba, 0, -1), extent=window, zorder=0, interpolation="nearest")

    def read(self, plane: LocalPlane, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """The image in a window of the plane.

        Returns:
            Values, float32, shape ``(1 or 3, H, W)``, and where they are known, bool, shape ``(H, W)``.
        """
        try:
            with open_tiff(self.path) as source:
                bands, colours = _drawn(source), np.issubdtype(source.dtypes[0], np.unsignedinteger)
                nodata = [source.nodatavals[band - 1] or 0 for band in bands]
            layers, masks = [], []
            for band, fill in zip(bands, nodata, strict=True):
                with self._warped(band, plane, window) as warped:
                    values, alpha = warped.read()
                masks.append((alpha > 0) & np.isfinite(values))
                layers.append(np.where(masks[-1], values, fill))
        except GlacierError as error:
            problem = Problem(self.path, str(error), "Write it again")
            raise InputError([problem], outcome="what was written so far is not complete") from None
        # A colour of whole numbers holds data unless all of its bands are nodata: black may be none, and red not.
        known = (np.logical_or if colours else np.logical_and).reduce(masks)
        return np.where(known, layers, 0).astype(np.float32), known

    def check(self, plane: LocalPlane, window: Window) -> None:
        """Open the image on the plane as `read` does, without its pixels.

        Raises:
            InputError: If it cannot be brought there.
        """
        try:
            with open_tiff(self.path) as source:
                bands = _drawn(source)
            with self._warped(bands[0], plane, window):
                pass
        except GlacierError as error:
            raise InputError([Problem(self.path, str(error), "Give a GeoTIFF of one or three bands")]) from None

    def reaches(self, plane: LocalPlane, window: Window) -> bool:
        """Whether the image's frame and a window of the plane have ground in common, as far as its CRS can tell."""
        from rasterio.errors import RasterioError
        from rasterio.warp import transform_bounds

        left, right, bottom, top = window
        with open_tiff(self.path) as source:
            corners = [source.transform * corner for corner in product((0, source.width), (0, source.height))]
            try:
                there = transform_bounds(plane.crs.to_wkt(), source.crs, left, bottom, right, top)
            except RasterioError:
                return True
        return not np.isfinite(there).all() or box(*there).intersects(MultiPoint(corners).envelope)

    @contextmanager
    def _warped(self, band: int, plane: LocalPlane, window: Window) -> Iterator[Any]:
        """A band on the plane, and as the second band alpha, which is 0 where it holds no data."""
        from rasterio.transform import from_bounds

        left, right, bottom, top = window
        scale = _LONGEST_PX / max(right - left, top - bottom)
        width, height = (max(1, round(side * scale)) for side in (right - left, top - bottom))
        affine = tuple(from_bounds(left, bottom, right, top, width, height))[:6]
        grid = Grid((height, width), plane.crs.to_wkt(), affine)
        with open_band(self.path, band) as source, warped_band(source, grid, mean=False) as warped:
            yield warped


def _drawn(source: Any) -> list[int]:
    """The bands of an open image that are drawn: three colours, or one of greys."""
    bands = bands_of_values(source)
    return bands[:3] if len(bands) >= 3 else bands[:1]


def open_backgrounds(path: Path) -> tuple[Background, ...]:
    """One image, or the images of a folder, whose names must tell their days, in the order of the days.

    Raises:
        InputError: If one cannot be used, or the folder holds none with a day.
    """
    if not path.is_dir():
        return (Background.open(path),)
    files = _images(path)
    dated = [file for file in files if day_of_name(file.stem) is not None]
    if not dated:
        what = f"it holds no GeoTIFF whose name tells a day ({len(files)} without one)"
        raise InputError([Problem(path, what, "Name the scenes by their days, such as 2019-02-17.tif")])
    images = all_of(*(lambda file=file: Background.open(file) for file in dated))
    return tuple(sorted(images, key=lambda image: (image.day, image.path)))


def images_without_day(path: Path) -> list[Path]:
    """The images of a folder that `open_backgrounds` leaves out; none of a file."""
    return [file for file in _images(path) if day_of_name(file.stem) is None] if path.is_dir() else []


def _images(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.iterdir()) if file.suffix.lower() in TIFF_SUFFIXES]


def reaching(images: Sequence[Background], plane: LocalPlane, window: Window) -> tuple[Background, ...]:
    """The images that have ground in common with a window of the plane.

    Raises:
        InputError: If there are images, and none of them does.
    """
    chosen = tuple(image for image in images if image.reaches(plane, window))
    if images and not chosen:
        what = "it shows none of the ground round the fronts"
        remedy = "Give an image of this glacier, or leave --image out"
        raise InputError([Problem(image.path, what, remedy) for image in images])
    return chosen


def nearest(images: Sequence[Background], day: datetime.date) -> Background:
    """The image that is nearest in time to a day; the only one, whatever its day."""
    return min(images, key=lambda image: abs((image.day - day).days) if image.day else 0)
