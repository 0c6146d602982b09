"""What was predicted of one case, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PredictedMaps:
    """What was predicted of one case.

    Attributes:
        zones: Zone ids, uint8, shape ``(H, W)``, or None.
        front: Front band, bool, shape ``(H, W)``, or None.
        crs: CRS of a GeoTIFF, or "".
        affine: Six numbers of a GeoTIFF in rasterio's order, or None.
    """

    zones: np.ndarray | None
    front: np.ndarray | None
    crs: str = ""
    affine: tuple[float, ...] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        present = self.zones if self.zones is not None else self.front
        assert present is not None
        return present.shape[0], present.shape[1]
