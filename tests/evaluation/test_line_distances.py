"""Measures of lines: lit pixels by hand, monai and scipy, empty lines by name."""

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance
from scipy import stats
from scipy.spatial.distance import cdist

from nnunet_glacier.measures import line_distances as lines
from nnunet_glacier.measures.front_distances import FrontDistances, front_distances, front_score
from nnunet_glacier.measures.means import (
    front_length_mean,
    mean_of_known,
    pooled_mean,
    share_without_front,
)

MEASURES = {
    "mean": lambda distances: front_score(distances).mean_distance_px,
    "median": lines.median_distance,
    "MAD": lines.mad_distance,
    "HD95 pooled": lines.hd95_pooled,
    "HD95 larger direction": lines.hd95_larger_direction,
    "PoLiS": lines.polis,
    "predicted to label": lines.predicted_to_label_mean,
    "label to predicted": lines.label_to_predicted_mean,
}


def lit(*pixels: tuple[int, int], shape: tuple[int, int] = (6, 6)) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    for pixel in pixels:
        mask[pixel] = True
    return mask


# Rows are 30 m high, columns 40 m wide: (0, 0) and (1, 1) lie 50 m apart.
SPACING_M = (30.0, 40.0)
PREDICTED = lit((0, 0), (0, 1))
LABEL = lit((1, 1), (2, 1), (3, 1))


@pytest.fixture
def distances_m() -> FrontDistances:
    """Predicted pixels lie 50 and 30 m from the label, labelled pixels 30, 60 and 90 m from the prediction."""
    return front_distances(PREDICTED, LABEL, SPACING_M)


def test_spacing_counts_along_its_own_axis(distances_m):
    """Rows by their height, columns by their width."""
    np.testing.assert_allclose(distances_m.predicted_to_label, [50, 30])
    np.testing.assert_allclose(distances_m.label_to_predicted, [30, 60, 90])


@pytest.mark.parametrize(
    ("name", "expected_m"),
    [
        ("mean", 260 / 5),
        ("median", 50.0),
        ("MAD", 20.0),  # deviations 20, 20, 0, 10, 40
        ("HD95 pooled", 60 + 0.8 * 30),  # 30 30 50 60 90: place 3.8 of 0..4
        ("HD95 larger direction", 60 + 0.9 * 30),  # 30 60 90: place 1.9 of 0..2
        ("PoLiS", (40 + 60) / 2),
        ("predicted to label", 40.0),
        ("label to predicted", 60.0),
    ],
)
def test_measures_by_hand(distances_m, name, expected_m):
    """Five distances: 50 and 30, then 30, 60 and 90 m."""
    assert MEASURES[name](distances_m) == pytest.approx(expected_m)


@pytest.mark.parametrize(
    ("tolerance_m", "correct", "covered"), [(29, 0, 0), (30, 1 / 2, 1 / 3), (60, 1, 2 / 3), (90, 1, 1)]
)
def test_shares_within_a_tolerance_by_hand(distances_m, tolerance_m, correct, covered):
    """A distance equal to the tolerance is within it; the F-score is the harmonic mean of the two shares."""
    assert lines.correctness(distances_m, tolerance_m) == pytest.approx(correct)
    assert lines.coverage(distances_m, tolerance_m) == pytest.approx(covered)
    expected = stats.hmean([correct, covered]) if correct else 0.0
    assert lines.boundary_f_score(distances_m, tolerance_m) == pytest.approx(expected)


def test_a_tolerance_of_whole_pixels_is_met_whatever_the_pixel_size():
    """Three pixels of 0.1 m are 0.30000000000000004 m in floating point, and yet within 0.3 m."""
    distances = front_distances(lit((0, 0)), lit((3, 0)), (0.1, 0.1))
    assert distances.label_to_predicted[0] > 0.3 and lines.coverage(distances, 0.3) == 1.0


def test_twice_the_pixel_size_is_twice_the_distance():
    """Shares do not change when the tolerance grows too; every measure scales."""
    once, twice = front_distances(PREDICTED, LABEL, (3, 4)), front_distances(PREDICTED, LABEL, (6, 8))
    for measure in MEASURES.values():
        assert measure(twice) == pytest.approx(2 * measure(once))
    assert lines.boundary_f_score(twice, 12) == lines.boundary_f_score(once, 6)


def wandering_lines(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two lines of one pixel a row, the second without its last rows."""
    rng = np.random.default_rng(seed)
    masks = []
    for start, length in ((20, 40), (26, 31)):
        columns = start + np.clip(np.cumsum(rng.integers(-1, 2, length)), -15, 15)
        masks.append(lit(*zip(range(length), columns, strict=True), shape=(40, 64)))
    return masks[0], masks[1]


@pytest.mark.parametrize("seed", range(4))
def test_monai_agrees_with_unequal_spacing(seed):
    """Its HD95 is the larger direction's, its directed means make PoLiS, its symmetric mean is ours."""
    predicted, label = wandering_lines(seed)
    spacing_m = (7.0, 12.0)
    distances = front_distances(predicted, label, spacing_m)
    batch = [torch.tensor(mask[None, None]) for mask in (predicted, label)]
    hd95 = compute_hausdorff_distance(*batch, include_background=True, percentile=95, spacing=spacing_m)
    assert lines.hd95_larger_direction(distances) == pytest.approx(float(hd95), rel=1e-6)
    forth = compute_average_surface_distance(*batch, include_background=True, spacing=spacing_m)
    back = compute_average_surface_distance(*batch[::-1], include_background=True, spacing=spacing_m)
    assert lines.polis(distances) == pytest.approx((float(forth) + float(back)) / 2, rel=1e-6)
    both = compute_average_surface_distance(*batch, include_background=True, symmetric=True, spacing=spacing_m)
    assert MEASURES["mean"](distances) == pytest.approx(float(both), rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.tuples(*[arrays(bool, (5, 7))] * 2), st.floats(0.5, 40), st.floats(0.5, 40), st.floats(0, 100))
def test_scipy_agrees_on_any_masks(pair, height_m, width_m, tolerance_m):
    """All pairs of pixels, then scipy's statistics."""
    predicted, label = pair
    assume(predicted.any() and label.any())
    table = cdist(np.argwhere(predicted) * (height_m, width_m), np.argwhere(label) * (height_m, width_m))
    forth, back = table.min(axis=1), table.min(axis=0)
    both = np.concatenate([forth, back])
    assume(np.abs(both - tolerance_m).min() > 1e-6)
    distances = front_distances(predicted, label, (height_m, width_m))
    assert lines.mad_distance(distances) == pytest.approx(stats.median_abs_deviation(both))
    assert lines.hd95_pooled(distances) == pytest.approx(stats.scoreatpercentile(both, 95))
    assert lines.coverage(distances, tolerance_m) == pytest.approx(stats.percentileofscore(back, tolerance_m) / 100)


@pytest.mark.parametrize(
    ("predicted", "label", "covered", "correct", "f_score"),
    [
        (lit(), LABEL, 0.0, math.nan, 0.0),
        (PREDICTED, lit(), math.nan, 0.0, 0.0),
        (lit(), lit(), math.nan, math.nan, math.nan),
    ],
    ids=["no prediction", "no label", "neither"],
)
def test_without_a_line_there_is_no_distance_but_a_miss_counts(predicted, label, covered, correct, f_score):
    """A label that nothing was predicted of is covered to 0; two empty masks are no perfect match."""
    distances = front_distances(predicted, label, SPACING_M)
    assert all(math.isnan(measure(distances)) for measure in MEASURES.values())
    means = (
        lines.coverage(distances, 1e9),
        lines.correctness(distances, 1e9),
        lines.boundary_f_score(distances, 1e9),
    )
    np.testing.assert_equal(means, (covered, correct, f_score))


def test_the_three_means_over_images_weigh_differently():
    """Images of 2, 8 and no distances with means 10 and 20: by pixel 18, by image 15, by labelled front 12."""
    sums, counts, means = [20.0, 160.0, math.nan], [2, 8, 0], [10.0, 20.0, math.nan]
    assert pooled_mean(sums, counts) == 18.0
    assert mean_of_known(means).value == 15.0
    assert front_length_mean(means, [400, 100, 999]) == pytest.approx(12.0)


def test_no_image_has_no_mean():
    """NaN for each of them, and no share of nothing."""
    assert math.isnan(pooled_mean([], [])) and math.isnan(pooled_mean([math.nan], [0]))
    assert math.isnan(mean_of_known([math.nan]).value) and math.isnan(front_length_mean([math.nan], [5]))
    assert math.isnan(share_without_front([]))
    assert share_without_front([False]) == 1.0
