"""Overlap within a tolerance, distance-weighted Dice, thickness: by hand, scipy, scikit-learn, published figures."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from skimage.io import imread
from sklearn.metrics import f1_score, jaccard_score, matthews_corrcoef

from nnunet_glacier.measures.bands import (
    band_thickness_px,
    certainty_m,
    distance_weighted_dice,
    label_dilated_ious,
)
from nnunet_glacier.measures.tolerance_scores import (
    JAKOBSHAVN_TOLERANCES_M,
    PENINSULA_TOLERANCES_M,
    OverlapScores,
    dilation_width_px,
    mask_overlap,
    tolerance_scores,
)


def lit(*pixels: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((6, 6), dtype=bool)
    for pixel in pixels:
        mask[pixel] = True
    return mask


def values(scores: OverlapScores) -> list[float]:
    return [scores.iou, scores.dice, scores.mcc, scores.precision, scores.recall]


@pytest.mark.parametrize(
    ("tolerances_m", "pixel_size_m"), [(JAKOBSHAVN_TOLERANCES_M, 6.0), (PENINSULA_TOLERANCES_M, 10.0)]
)
def test_the_published_tolerances_are_met_to_the_metre(tolerances_m, pixel_size_m):
    """By ``t = s p / 2``, from the whole pixels of the width."""
    widths = [dilation_width_px(tolerance_m, pixel_size_m) for tolerance_m in tolerances_m]
    assert tuple(pixel_size_m * width / 2 for width in widths) == tolerances_m


def test_a_dilation_is_at_least_a_pixel_wide():
    """1 m is less than half of a pixel of 50 m; 60 m are 6 pixels of 20 m."""
    assert (dilation_width_px(1.0, 50.0), dilation_width_px(60.0, 20.0)) == (1, 6)


def test_pixels_two_apart_overlap_once_widened():
    """Two 3x3 squares whose centres lie 2 columns apart share 3 pixels of 15; 21 of 36 pixels are in neither."""
    (score,) = tolerance_scores(lit((2, 1)), lit((2, 3)), [(3, 3)])
    mcc = (3 * 21 - 6 * 6) / math.sqrt(9 * 9 * 27 * 27)
    assert values(score) == pytest.approx([3 / 15, 6 / 18, mcc, 3 / 9, 3 / 9])


def test_unequal_widths_by_hand():
    """One row and three columns: two bars of 3 share 1 pixel of 5."""
    (score,) = tolerance_scores(lit((2, 1)), lit((2, 3)), [(1, 3)])
    assert score.iou == pytest.approx(1 / 5)


def test_lines_at_the_edge_grow_only_into_the_image():
    """A corner pixel has 2x2 of its 3x3 square inside, the pixel beside it 2x3: 4 shared of 6."""
    (score,) = tolerance_scores(lit((0, 0)), lit((0, 1)), [(3, 3)])
    assert score.iou == pytest.approx(4 / 6)


pairs = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda shape: st.tuples(*[arrays(bool, shape, elements=st.sampled_from([False, False, True]))] * 2)
)


@settings(deadline=None, max_examples=60)
@given(pairs, st.integers(1, 8), st.integers(1, 8))
def test_scipy_and_scikit_learn_agree(pair, rows, columns):
    """Dilation of the whole image by a rectangle, then their scores."""
    dilated = [ndimage.maximum_filter(mask, (rows, columns), mode="constant").ravel() for mask in pair]
    (score,) = tolerance_scores(*pair, [(rows, columns)])
    if not any(mask.any() for mask in dilated):
        assert np.isnan(values(score)).all()
        return
    assert score.iou == pytest.approx(jaccard_score(*dilated, zero_division=0))
    assert score.dice == pytest.approx(f1_score(*dilated, zero_division=0))
    if not all(mask.all() for mask in dilated):
        assert score.mcc == pytest.approx(matthews_corrcoef(*dilated), abs=1e-9)


def test_one_pixel_wide_is_the_mask_as_it_is():
    """And several widths come in their order."""
    rng = np.random.default_rng(0)
    predicted, label = rng.random((2, 20, 30)) < 0.1
    plain, wide = tolerance_scores(predicted, label, [(1, 1), (5, 5)])
    assert plain == mask_overlap(predicted, label)
    assert wide.iou > plain.iou


def test_only_the_label_grows():
    """A band of 5x1 pixels, 1 in the label and 3 in the 3x5 pixels that the label of 3 becomes."""
    predicted = lit(*[(row, 3) for row in range(1, 6)])
    label = lit((2, 2), (2, 3), (2, 4))
    plain, grown = label_dilated_ious(predicted, label, [0, 1])
    assert grown.over_dilated_union == pytest.approx(3 / (5 + 15 - 3))
    assert grown.over_plain_union == pytest.approx(3 / (5 + 3 - 1))
    assert plain.over_dilated_union == plain.over_plain_union == pytest.approx(1 / 7)


@settings(deadline=None, max_examples=60)
@given(pairs, st.integers(0, 5))
def test_scipy_agrees_on_the_grown_label(pair, radius_px):
    """Dilation of the whole image by a square."""
    predicted, label = pair
    (score,) = label_dilated_ious(predicted, label, [radius_px])
    grown = ndimage.maximum_filter(label, 2 * radius_px + 1, mode="constant")
    shared = np.count_nonzero(predicted & grown)
    for other, iou in ((grown, score.over_dilated_union), (label, score.over_plain_union)):
        union = np.count_nonzero(predicted | other)
        assert iou == pytest.approx(shared / union if union else math.nan, nan_ok=True)


def test_which_union_lifts_the_score_of_a_real_grounding_line(shared_data):
    """On a published patch 2 pixels of tolerance lift the IoU, as in the paper's table, over the plain union only."""
    pages = imread(shared_data / "grounding_line_patch" / "getz_256_phase_truth_prediction.tif")
    label, predicted = pages[..., 1] > 0.5, pages[..., 2] > 0.5
    plain, tolerant = label_dilated_ious(predicted, label, [0, 2])
    assert plain.over_plain_union == pytest.approx(153 / (201 + 330 - 153))
    assert tolerant.over_dilated_union < plain.over_plain_union < tolerant.over_plain_union


def test_lines_beyond_one_tile_are_counted_once():
    """Long lines across an image of several tiles, at widths that reach from tile to tile, against scipy."""
    rng = np.random.default_rng(5)
    predicted, label = np.zeros((2, 600, 700), dtype=bool)
    rows = np.arange(600)
    label[rows, 100 + rows] = True
    predicted[rows, np.clip(100 + rows + np.cumsum(rng.integers(-1, 2, 600)), 0, 699)] = True
    widths = [(9, 20), (40, 40), (301, 43)]
    for width, score in zip(widths, tolerance_scores(predicted, label, widths), strict=True):
        ours, theirs = (ndimage.maximum_filter(mask, width, mode="constant") for mask in (predicted, label))
        assert score == mask_overlap(ours, theirs)


def test_widths_come_in_growing_order():
    """Each dilation goes on from the one before."""
    with pytest.raises(ValueError, match="widths must grow"):
        tolerance_scores(lit((1, 1)), lit((1, 1)), [(3, 3), (2, 5)])


def test_weighted_dice_by_hand():
    """One pixel hit, one predicted 3 columns of 2 m away: 6 m at w = 4 m weigh 2 (sigmoid(1.5) - 0.5)."""
    label, predicted = lit((1, 1), (2, 1)), lit((1, 1), (1, 4))
    far = 2 * (1 / (1 + math.exp(-6 / 4)) - 0.5)
    (dice,) = distance_weighted_dice(predicted, label, [4.0], spacing=(5.0, 2.0))
    assert dice == pytest.approx(2 * 1 / (1 + far + 2))


def test_weighted_dice_as_written_in_the_paper():
    """The whole weight map by a distance transform, times soft probabilities."""
    rng = np.random.default_rng(3)
    label = np.zeros((30, 40), dtype=bool)
    label[np.arange(30), 10 + np.arange(30) // 2] = True
    predicted = np.clip(rng.random((30, 40)) - 0.5, 0, 1)
    distance = ndimage.distance_transform_edt(~label)
    for weight, dice in zip((4, 8, 16), distance_weighted_dice(predicted, label), strict=True):
        weighted = predicted * (2 * (1 / (1 + np.exp(-distance / weight)) - 0.5) + label)
        expected = 2 * (weighted * label).sum() / (weighted.sum() + label.sum())
        assert dice == pytest.approx(expected, rel=1e-9)


def test_larger_weights_forgive_more():
    """As in every row of Table I; without distance the plain Dice is the least."""
    label, predicted = lit(*[(row, 2) for row in range(6)]), lit(*[(row, 2 + row // 2) for row in range(6)])
    scores = distance_weighted_dice(predicted, label)
    assert mask_overlap(predicted, label).dice < scores[0] < scores[1] < scores[2] < 1.0
    assert distance_weighted_dice(label, label) == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("predicted", "label", "expected"),
    [(lit(), lit((1, 1)), 0.0), (lit((1, 1)), lit(), 0.0), (lit(), lit(), math.nan)],
    ids=["no prediction", "no label", "neither"],
)
def test_empty_lines(predicted, label, expected):
    """One line alone scores 0, none at all has no score."""
    (widened,) = tolerance_scores(predicted, label, [(3, 5)])
    np.testing.assert_equal(values(widened), [expected] * 5)
    np.testing.assert_equal(values(mask_overlap(predicted, label)), [expected] * 5)
    (grown,) = label_dilated_ious(predicted, label, [2])
    np.testing.assert_equal([grown.over_dilated_union, grown.over_plain_union], [expected] * 2)
    np.testing.assert_equal(distance_weighted_dice(predicted, label, [4.0]), [expected])


@pytest.mark.parametrize(
    ("thickness_px", "published_m"), [(6.5, 145.40), (8.4, 187.90), (10.6, 237.12), (11.1, 248.30)]
)
def test_the_published_certainties(thickness_px, published_m):
    """Table II at its average pixel of 44.74 m; the paper cuts off the third digit."""
    assert certainty_m(thickness_px, 44.74) == pytest.approx(published_m, abs=0.01)


def test_thickness_is_area_over_length():
    """A band of 3 rows along a line of 10 pixels, in an image of any size; 0 where nothing was predicted."""
    for rows in (3, 100):
        band, line = np.zeros((rows, 10), dtype=bool), np.zeros((rows, 10), dtype=bool)
        band[:3], line[1] = True, True
        assert band_thickness_px(band, line) == pytest.approx(3.0)
        assert band_thickness_px(np.zeros_like(band), line) == 0.0
        assert math.isnan(band_thickness_px(band, np.zeros_like(line)))
