"""The phase, coherence and magnitude of a made-up double-difference interferogram.

A double difference is the difference of two interferograms of the same track. Steady flow and topography cancel, what
is left is the tide (Gattolin, Sect. 1.1): four tides, the first pair's rise minus the second pair's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from nnunet_glacier.demo.coherence import coherence_within_pixels, double_difference
from nnunet_glacier.demo.flexure import flexural_wavenumber_per_m, flexure
from nnunet_glacier.demo.noise import Grid, fractal_noise, generator, smooth_noise
from nnunet_glacier.demo.swath import WAVELENGTH_M, Swath, incidence_rad, seam_phase_rad


@dataclass(frozen=True)
class Conditions:
    """What fixes an interferogram besides its place.

    Attributes:
        tide_difference_m: Rise between the first pair minus rise between the second pair.
        thickness_m: Of the ice near the grounding line, on average.
        looks: Looks of a pixel.
        atmosphere_rad: Standard deviation of the atmosphere's phase.
        ramp_m_per_km: Displacement along the flow that a change of speed leaves, per kilometre along the flow.
        flow_deg: Direction of the flow: 0 towards larger columns, 90 towards larger rows.
        shelf_km: How far the shelf reaches.
        grounded_coherence: Typical coherence of grounded ice.
        floating_coherence: Typical coherence of floating ice.
    """

    tide_difference_m: float
    thickness_m: float
    looks: float
    atmosphere_rad: float
    ramp_m_per_km: float
    flow_deg: float
    shelf_km: float
    grounded_coherence: float
    floating_coherence: float


def radians_of_range(displacement_m: np.ndarray) -> np.ndarray:
    """Interferometric phase of a displacement along the beam: the way is gone twice."""
    return 4 * np.pi / WAVELENGTH_M * displacement_m


def thickness_m(grid: Grid, conditions: Conditions, *key: int | str) -> np.ndarray:
    """Thickness of the ice, ``(H, W)``: it changes along the coast by a sixth, so that fringes fan out and close up."""
    return conditions.thickness_m * np.exp(0.17 * smooth_noise(grid, 16.0, *key, "thickness"))


def tide_phase_rad(
    distance_m: np.ndarray, thickness: np.ndarray | float, incidence: np.ndarray | float, tide_difference_m: float
) -> np.ndarray:
    """Phase of the tide's double difference.

    Args:
        distance_m: Seaward distance from the grounding line, ``(H, W)``.
        thickness: Of the ice, metres.
        incidence: Incidence angle, radians.
        tide_difference_m: Rise between the first pair minus rise between the second pair.
    """
    rise_m = tide_difference_m * flexure(distance_m, flexural_wavenumber_per_m(thickness))
    return radians_of_range(np.cos(incidence) * rise_m)


def ramp_phase_rad(grid: Grid, incidence: np.ndarray, swath: Swath, conditions: Conditions) -> np.ndarray:
    """Phase that is left where the ice did not flow at the same speed in both pairs, ``(H, W)``."""
    height_km, width_km = grid.extent_km
    angle = np.deg2rad(conditions.flow_deg)
    x, y = grid.x_km[None, :] - width_km / 2, grid.y_km[:, None] - height_km / 2
    along_flow_m = conditions.ramp_m_per_km * (x * np.cos(angle) + y * np.sin(angle))
    towards_beam = np.cos(np.deg2rad(conditions.flow_deg - swath.range_deg))
    return radians_of_range(np.sin(incidence) * towards_beam * along_flow_m)


def terrain(grid: Grid, seaward_km: np.ndarray, share: float, *key: int | str) -> np.ndarray:
    """Height of the surface over mountains, standard deviation 1 where it is roughest, 0 where there are none.

    Args:
        grid: Pixels.
        seaward_km: As `grounding_zone.GroundingZone` has it, ``(H, W)``; floating ice is flat.
        share: Share of the grounded ice with mountains below, roughly, 0 to 1.
        *key: Seed.
    """
    region = 1 / (1 + np.exp(-4 * (smooth_noise(grid, 22.0, *key, "region") + 2.4 * (share - 0.5))))
    rough = region * np.clip(-seaward_km / 1.5, 0, 1)
    return rough * fractal_noise(grid, 6.0, *key, "terrain", roughness=0.55, shortest_km=0.7, ridged=True)


def disturbance_rad(
    grid: Grid, height: np.ndarray, distance_m: np.ndarray, conditions: Conditions, *key: int | str
) -> np.ndarray:
    """Phase of the atmosphere and of residual topography, ``(H, W)``, radians."""
    air = fractal_noise(grid, 30.0, *key, "atmosphere", roughness=0.5, shortest_km=1.0)
    # Snow and ice of changing depth of penetration: patches of a kilometre or two on grounded ice.
    snow = fractal_noise(grid, 3.0, *key, "snow", roughness=0.7, shortest_km=0.5)
    aground = np.clip(-distance_m / 800, 0, 1)
    return conditions.atmosphere_rad * air + 0.7 * aground * snow + 1.5 * height


def decorrelated(
    grid: Grid, height: np.ndarray, distance_m: np.ndarray, swath: Swath, conditions: Conditions, *key: int | str
) -> np.ndarray:
    """Where no phase is left: layover of steep slopes, melt and crevasse fields, open water; bool, ``(H, W)``."""
    row_slope, column_slope = np.gradient(height)
    angle = np.deg2rad(swath.range_deg)
    # Slopes that face the radar are imaged on top of each other.
    facing = -(column_slope * np.cos(angle) + row_slope * np.sin(angle))
    fields = fractal_noise(grid, 7.0, *key, "decorrelated", roughness=0.6) > 2.1
    open_water = distance_m / 1000 > conditions.shelf_km + 1.5 * smooth_noise(grid, 8.0, *key, "front")
    return (facing > 0.28) | fields | open_water


def coherence_map(
    grid: Grid, phase_rad: np.ndarray, lost: np.ndarray, distance_m: np.ndarray, conditions: Conditions, *key: int | str
) -> np.ndarray:
    """Coherence of one interferogram: of the ground, less what dense fringes and decorrelation take away.

    Args:
        grid: Pixels.
        phase_rad: Double-difference phase, not wrapped, ``(H, W)``.
        lost: Decorrelated pixels, bool.
        distance_m: Seaward distance from the line.
        conditions: Typical coherences.
        *key: Seed.

    Returns:
        Float, 0 to 0.97, ``(H, W)``.
    """
    # The change from grounded to floating ice is spread over kilometres: coherence must not give the line away.
    afloat = np.clip(0.5 + distance_m / 8000, 0, 1)
    typical = conditions.grounded_coherence + (conditions.floating_coherence - conditions.grounded_coherence) * afloat
    weather = fractal_noise(grid, 18.0, *key, "coherence", roughness=0.55, shortest_km=0.5)
    ground = np.clip(typical + 0.2 * weather, 0.03, 0.97)
    # Crevassed stretches beside the line, as at the sides of fast glaciers.
    sheared = np.clip(smooth_noise(grid, 14.0, *key, "sheared"), 0, 1) * np.exp(-(((distance_m + 500) / 900) ** 2))
    ground = ground * (1 - 0.6 * sheared)
    ground = ndimage.gaussian_filter(np.where(lost, 0.02, ground), 1.2)
    # Half of the double difference's slope stands in for each of its two interferograms.
    return ground * coherence_within_pixels(phase_rad / 2)


def backscatter(grid: Grid, lost: np.ndarray, height: np.ndarray, *key: int | str) -> np.ndarray:
    """Relative backscattered power, about 1, ``(H, W)``: snow facies, slopes, layover bright."""
    facies = fractal_noise(grid, 15.0, *key, "facies", roughness=0.6)
    return np.exp(0.3 * facies + 0.25 * height) * np.where(lost & (height != 0), 2.0, 1.0)


def interferogram(
    phase_rad: np.ndarray, coherence: np.ndarray, power: np.ndarray, looks: float, *key: int | str
) -> np.ndarray:
    """The complex double difference with speckle.

    Args:
        phase_rad: True phase, not wrapped, ``(H, W)``.
        coherence: Of both interferograms, 0 to 1.
        power: Backscattered power.
        looks: Looks of a pixel.
        *key: Seed.

    Returns:
        Complex64, ``(H, W)``.
    """
    noise = double_difference(coherence, looks, generator(*key, "speckle"))
    return (power * np.exp(1j * phase_rad) * noise).astype(np.complex64)


def true_phase_rad(
    grid: Grid, distance_m: np.ndarray, height: np.ndarray, swath: Swath, conditions: Conditions, *key: int | str
) -> np.ndarray:
    """All that is not noise: tide, ramp, atmosphere, topography and the seam, ``(H, W)``, radians, not wrapped."""
    incidence = incidence_rad(grid, swath)
    thickness = thickness_m(grid, conditions, *key)
    phase_rad = tide_phase_rad(distance_m, thickness, incidence, conditions.tide_difference_m)
    phase_rad += ramp_phase_rad(grid, incidence, swath, conditions)
    phase_rad += disturbance_rad(grid, height, distance_m, conditions, *key)
    return phase_rad + seam_phase_rad(grid, swath)
