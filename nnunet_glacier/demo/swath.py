"""How a made-up Sentinel-1 acquisition sees a scene: incidence angle, bursts, the swath's ragged edge, a seam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnunet_glacier.demo.noise import Grid

WAVELENGTH_M = 0.05546576
"""Wavelength of Sentinel-1's C band, 5.405 GHz."""
_INCIDENCE_DEG_PER_KM = 0.065
"""Sentinel-1's wide swath spans 29 to 46 degrees over 250 km."""
_BURST_KM = 19.0


@dataclass(frozen=True)
class Swath:
    """Where the radar stands and what of the scene it covers.

    Attributes:
        range_deg: Direction of the beam over ground: 0 towards larger columns, 90 towards larger rows.
        incidence_deg: Angle of the beam from the vertical in the middle of the scene.
        near_km: Where the swath begins, from the middle of the scene along the beam; far negative: outside the scene.
        far_km: Where it ends.
        seam_km: Where two sub-swaths meet along the beam; outside the scene for none.
        seam_rad: Phase by which the two sub-swaths differ.
    """

    range_deg: float
    incidence_deg: float
    near_km: float
    far_km: float
    seam_km: float
    seam_rad: float


def beam_coordinates_km(grid: Grid, range_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates along the beam and across it from the middle of the grid, each ``(H, W)``."""
    height_km, width_km = grid.extent_km
    x, y = grid.x_km[None, :] - width_km / 2, grid.y_km[:, None] - height_km / 2
    angle = np.deg2rad(range_deg)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def incidence_rad(grid: Grid, swath: Swath) -> np.ndarray:
    """Incidence angle, growing along the beam, ``(H, W)``, radians."""
    along_km, _ = beam_coordinates_km(grid, swath.range_deg)
    return np.deg2rad(swath.incidence_deg + _INCIDENCE_DEG_PER_KM * along_km)


def covered(grid: Grid, swath: Swath, rng: np.random.Generator) -> np.ndarray:
    """Pixels inside the swath, bool, ``(H, W)``; its edges step from burst to burst."""
    along_km, across_km = beam_coordinates_km(grid, swath.range_deg)
    bursts = np.floor((across_km + rng.uniform(0, _BURST_KM)) / _BURST_KM).astype(np.intp)
    bursts -= bursts.min()
    near_step_km, far_step_km = rng.uniform(0, 0.9, (2, bursts.max() + 1))
    return (along_km > swath.near_km + near_step_km[bursts]) & (along_km < swath.far_km - far_step_km[bursts])


def seam_phase_rad(grid: Grid, swath: Swath) -> np.ndarray:
    """Phase that one sub-swath has more than the other, ``(H, W)``, radians."""
    along_km, across_km = beam_coordinates_km(grid, swath.range_deg)
    # The edge of a burst lies a little askew to the beam.
    return np.where(along_km + 0.06 * across_km > swath.seam_km, swath.seam_rad, 0.0)
