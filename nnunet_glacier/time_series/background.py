"""A georeferenced image below a map of fronts, in any CRS, brought to the map's plane at the size it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from nnunet_glacier.formats.rasters import open_tiff
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.time_series.local_plane import LocalPlane

_LONGEST_PX = 900
_STRETCH_PERCENT = (2, 98)


@dataclass(frozen=True)
class Background:
    """An image on disk.

    Attributes:
        path: A GeoTIFF with a CRS, of one band or at least three.
    """

    path: Path

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
        return cls(path)

    def draw(self, axes: Axes, plane: LocalPlane, window: tuple[float, float, float, float]) -> None:
        """Draw the part of the image in a window (left, right, bottom, top) of the plane, in greys or its colours."""
        values, known = self.read(plane, window)
        if not known.any():
            return
        low, high = np.percentile(values[:, known], _STRETCH_PERCENT, axis=1)
        stretched = np.clip((values - low[:, None, None]) / np.maximum(high - low, 1e-9)[:, None, None], 0, 1)
        rgba = np.concatenate([np.broadcast_to(stretched, (3, *known.shape)), known[None].astype(float)])
        axes.imshow(np.moveaxis(rgba, 0, -1), extent=window, zorder=0, interpolation="nearest")

    def read(self, plane: LocalPlane, window: tuple[float, float, float, float]) -> tuple[np.ndarray, np.ndarray]:
        """The image in a window of the plane.

        Returns:
            Values, float32, shape ``(1 or 3, H, W)``, and where they are known, bool, shape ``(H, W)``.
        """
        from rasterio.enums import Resampling
        from rasterio.transform import from_bounds
        from rasterio.vrt import WarpedVRT

        left, right, bottom, top = window
        scale = _LONGEST_PX / max(right - left, top - bottom)
        width, height = (max(1, round(side * scale)) for side in (right - left, top - bottom))
        with open_tiff(self.path) as source:
            bands = [1, 2, 3] if source.count >= 3 else [1]
            grid = {"transform": from_bounds(left, bottom, right, top, width, height), "width": width, "height": height}
            options = {"crs": plane.crs.to_wkt(), "resampling": Resampling.bilinear, "add_alpha": source.nodata is None}
            with WarpedVRT(source, **options, **grid) as warped:
                values = warped.read(bands).astype(np.float32)
                known = (warped.dataset_mask() > 0) & np.isfinite(values).all(axis=0)
        return np.where(known, values, 0), known
