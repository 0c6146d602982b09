"""The uncertainty of a front fitted to the errors of fronts whose truth is known."""

from __future__ import annotations

import numpy as np

from nnunet_glacier.lines.front_uncertainty import Calibration


def fitted_calibration(spread_px: np.ndarray, error_px: np.ndarray, share: float) -> Calibration:
    """The line below which a share of the errors lies, by the spread: quantile regression without negative terms.

    Args:
        spread_px: Mean distance of the networks' fronts from the ensemble's, of each scene; finite.
        error_px: Mean distance of the ensemble's front from the true one, likewise.
        share: In (0, 1).

    Returns:
        The line of least pinball loss (Koenker and Bassett 1978, Econometrica 46, Eq. 3.1).
    """
    from scipy.optimize import linprog

    count = len(spread_px)
    costs = np.concatenate([[0.0, 0.0], np.full(count, share), np.full(count, 1 - share)])
    # floor + factor * spread + above - below = error, where above and below are the two sides of the residual.
    terms = np.hstack([np.ones((count, 1)), np.asarray(spread_px)[:, None], np.eye(count), -np.eye(count)])
    floor_px, factor = linprog(costs, A_eq=terms, b_eq=error_px, method="highs").x[:2]
    return Calibration(float(factor), float(floor_px), share)
