"""Bands against the dataset's own label and against the thin line, thickness at any angle, masks as they came."""

import math

import numpy as np
import pytest
from scipy import ndimage

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.lines.front_lines import front_of_band
from nnunet_glacier.lines.line_lengths import line_length_px
from nnunet_glacier.measures.comparison import Comparison
from nnunet_glacier.measures.registry import measured

SHAPE = (200, 200)


def level_line(row: int = 100) -> np.ndarray:
    """A front from edge to edge."""
    line = np.zeros(SHAPE, dtype=bool)
    line[row] = True
    return line


def level_band(first: int = 97, width: int = 6) -> np.ndarray:
    """A band from edge to edge."""
    band = np.zeros(SHAPE, dtype=bool)
    band[first : first + width] = True
    return band


def test_a_perfect_band_has_dice_1_against_its_label_and_less_against_the_line():
    """Six pixels for one: 2 / (6 + 1) = 0.286 against the line, 1 against the band that was learnt."""
    band, line = level_band(), level_line()
    values = measured(Comparison(line, line, 20.0, band, label_band=band))
    for score in ("dice", "iou", "precision", "recall", "mcc", "weighted_dice_4px", "boundary_f_2px"):
        assert values[f"band_{score}"] == pytest.approx(1.0), score
    assert (values["band_hd95_px"], values["band_hd95_m"]) == (0.0, 0.0)
    assert values["band_dice_against_line"] == pytest.approx(2 / 7)
    assert (values["band_precision_against_line"], values["band_recall_against_line"]) == (pytest.approx(1 / 6), 1.0)
    assert values["band_iou_label_dilated_2px"] == pytest.approx(6 / 10)
    assert values["band_iou_label_dilated_2px_against_line"] == pytest.approx(5 / 6)


def test_without_label_maps_the_line_takes_the_labels_place():
    """As where CaFFe itself is scored against, which has fronts of one pixel alone."""
    values = measured(Comparison(level_line(), level_line(), 20.0, level_band()))
    assert values["band_dice"] == values["band_dice_against_line"] == pytest.approx(2 / 7)


def test_boundaries_of_masks_by_hand():
    """Bands of 6 and 10 rows round one middle: their edges lie 2 rows apart; those of the thin lines are one."""
    line = level_line()
    values = measured(Comparison(line, line, 20.0, level_band(97, 6), label_band=level_band(95, 10)))
    assert values["band_hd95_px"] == 2.0 and values["band_hd95_m"] == 40.0
    assert values["band_boundary_f_2px"] == 1.0 and values["hd95_pooled_px"] == 0.0


@pytest.mark.parametrize("degrees", [0, 10, 22.5, 30, 45, 60, 90, 135])
def test_a_band_of_six_pixels_is_six_thick_at_any_angle(degrees):
    """The band is made of distances to a straight line; divided by the line's pixels it was 8.5 thick on a diagonal."""
    rows, columns = np.indices(SHAPE) - 99.5
    angle = math.radians(degrees)
    across = rows * math.cos(angle) - columns * math.sin(angle)
    along = rows * math.sin(angle) + columns * math.cos(angle)
    band = (np.abs(across) < 3) & (np.abs(along) < 80)
    steps = np.linspace(-80, 80, 3000)
    line = np.zeros(SHAPE, dtype=bool)
    at = np.round([steps * math.sin(angle) + 99.5, steps * math.cos(angle) + 99.5]).astype(int)
    line[tuple(at)] = True
    assert line_length_px(line) == pytest.approx(160, rel=0.02)
    values = measured(Comparison(line, line, 20.0, band))
    # On an exact diagonal the pixels fill 9 diagonals, 6.36 px.
    assert values["band_thickness_px"] == pytest.approx(band.sum() / 160, rel=0.02)
    assert values["band_thickness_px"] == pytest.approx(6, rel=0.07)
    inner = (slice(10, 190), slice(10, 190))
    cut = measured(Comparison(line[inner], line[inner], 20.0, band[inner]))
    assert cut["band_thickness_px"] == values["band_thickness_px"]
    assert values["band_certainty_m"] == pytest.approx(values["band_thickness_px"] * 10)


def test_no_line_is_0_long_and_one_pixel_1():
    """The empty case, what has no step, and a ring of three pixels, of which stairs are all there is."""
    line = np.zeros((5, 5), dtype=bool)
    assert line_length_px(line) == 0.0
    line[2, 2] = True
    assert line_length_px(line) == 1.0
    line[2, 1:4] = line[1, 2] = line[3, 2] = True
    assert math.isfinite(line_length_px(line))


def test_a_broken_front_has_a_tolerance_score():
    """Pieces of 30 pixels 4 rows off: the clean-up deletes them all, and dilation closes most of the gaps.

    At 20 m 60 m are 6 pixels: bands of 5 rows become 10, and 4 rows apart they share 6 of 14.
    """
    line, label = level_line(), ndimage.binary_dilation(level_line(), np.ones((5, 1)))
    whole = np.roll(label, 4, axis=0)
    broken = whole & (np.arange(200) % 33 < 30)
    cleaned = front_of_band(broken, FrontRules(), 20.0, None)
    assert not cleaned.any()
    values = measured(Comparison(cleaned, line, 20.0, broken, label_band=label, uncleaned=broken))
    assert values["tolerance_iou_60m"] == pytest.approx(6 / 14, rel=0.01)
    assert values["tolerance_iou_150m"] == pytest.approx(15 / 23, rel=0.01)
    assert math.isnan(values["mean_distance_px"])
