"""How an ice shelf bends with the tide beside its grounding line: an elastic beam, clamped there, afloat beyond.

The profile is Holdsworth's (1969) as Vaughan (1995, J. Geophys. Res. 100, eqs. 1 and 2) writes it for a beam that
stretches to infinity.
"""

from __future__ import annotations

import numpy as np

YOUNGS_MODULUS_PA = 0.88e9
"""Young's modulus of ice that bends with the tide: the best fit of Vaughan (1995) at many grounding lines."""
POISSON_RATIO = 0.3
SEA_WATER_KG_M3 = 1030.0
GRAVITY_M_S2 = 9.81

STEEPEST = float(2 * np.exp(-np.pi / 4) * np.sin(np.pi / 4))
"""Largest slope of the profile, at a distance of pi / 4 / wavenumber, as a multiple of rise times wavenumber."""


def flexural_wavenumber_per_m(
    thickness_m: float | np.ndarray, youngs_modulus_pa: float = YOUNGS_MODULUS_PA
) -> np.ndarray:
    """The beam's spatial wavenumber, ``(3 rho g (1 - nu^2) / (E h^3))^(1/4)``, in 1/m.

    Args:
        thickness_m: Thickness of the ice, positive, any shape.
        youngs_modulus_pa: Stiffness of the ice, positive.

    >>> round(float(np.pi / flexural_wavenumber_per_m(1000.0)))  # metres from the line to the highest point
    7466
    """
    load = 3 * SEA_WATER_KG_M3 * GRAVITY_M_S2 * (1 - POISSON_RATIO**2)
    return (load / (youngs_modulus_pa * np.asarray(thickness_m, dtype=np.float64) ** 3)) ** 0.25


def flexure(distance_m: np.ndarray, wavenumber_per_m: float | np.ndarray) -> np.ndarray:
    """Share of the tide's rise that the ice follows: 0 up to the grounding line, 1 far out at sea.

    It starts level at the line, overshoots by 4.3 % at pi / wavenumber and settles to 1.

    Args:
        distance_m: Distance from the grounding line, seaward positive, any shape.
        wavenumber_per_m: As `flexural_wavenumber_per_m` gives it, one number or one a distance.

    Returns:
        Float64, same shape; 0 where the distance is negative (grounded ice).
    """
    # Beyond a few hundred the ice is flat to the last bit, and infinity has no cosine.
    way = np.clip(np.asarray(distance_m, dtype=np.float64) * wavenumber_per_m, 0, 500)
    return 1 - np.exp(-way) * (np.cos(way) + np.sin(way))
