"""How thick predicted bands are, and how certain that leaves the line inside them: paper 002, Sect. III-D, Table II."""

from __future__ import annotations

import math


def mean_thickness(area: float, line_length: float) -> float:
    """Mean thickness of a band: its area by the length of its centre line.

    Args:
        area: Area of the band, in pixels or square metres.
        line_length: Length of its centre line, in pixels or metres.

    Returns:
        Thickness in the unit of the length; NaN without a line.
    """
    return area / line_length if line_length else math.nan


def thickness_from_class_ratio_px(
    predicted_front_pixels: int, label_front_pixels: int, all_pixels: int, label_thickness_px: float
) -> float:
    """Mean thickness of predicted bands, estimated as in paper 002 from the ratio of front to background.

    The paper gives no formula. Its labels are bands of a known thickness (6 pixels); as long as little is predicted
    away from them, the ratios of front to background are to each other as the thicknesses.

    Args:
        predicted_front_pixels: Predicted front pixels of all images together.
        label_front_pixels: Labelled front pixels of all images together.
        all_pixels: Pixels of all images together.
        label_thickness_px: Thickness of the labelled bands, in pixels.

    Returns:
        Thickness in pixels; 0 if nothing was predicted, NaN without labelled front.

    >>> thickness_from_class_ratio_px(2970, 1980, 200_000, 6.0)
    9.045...
    """
    if not label_front_pixels:
        return math.nan
    predicted_ratio = predicted_front_pixels / (all_pixels - predicted_front_pixels)
    label_ratio = label_front_pixels / (all_pixels - label_front_pixels)
    return label_thickness_px * predicted_ratio / label_ratio


def certainty_m(thickness_px: float, pixel_size_m: float) -> float:
    """How far the front may lie from the middle of the band, across it: half the thickness, in metres.

    >>> f"{certainty_m(6.5, 44.74):.1f} {certainty_m(8.4, 44.74):.1f}"
    '145.4 187.9'
    """
    return thickness_px * pixel_size_m / 2
