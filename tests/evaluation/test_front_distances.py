"""Distances between fronts: two lit pixels, other implementations, empty fronts."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from monai.metrics import compute_average_surface_distance
from scipy.spatial.distance import cdist

from nnunet_glacier.measures.front_distances import front_distances, front_score

masks = st.tuples(st.integers(1, 8), st.integers(1, 8)).flatmap(
    lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape))
)


def lit(shape: tuple[int, int], *pixels: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[tuple(np.transpose(pixels))] = True
    return mask


def test_two_lit_pixels_are_their_distance_apart():
    """3 rows and 4 columns are 5 pixels, in both directions."""
    score = front_score(front_distances(lit((6, 6), (1, 1)), lit((6, 6), (4, 5))))
    assert score.mean_distance_px == 5.0 and score.distance_count == 2


def test_both_directions_are_pooled_over_pixels():
    """One predicted pixel 1 from the label, three labelled pixels sqrt(2), 1 and sqrt(2) from it: a mean of four."""
    predicted, label = lit((6, 6), (2, 2)), lit((6, 6), (3, 1), (3, 2), (3, 3))
    distances = front_distances(predicted, label)
    np.testing.assert_allclose(distances.predicted_to_label, [1.0])
    np.testing.assert_allclose(distances.label_to_predicted, [math.sqrt(2), 1.0, math.sqrt(2)])
    assert front_score(distances).mean_distance_px == pytest.approx((2 + 2 * math.sqrt(2)) / 4)


@settings(deadline=None)
@given(masks)
def test_the_tree_finds_what_all_pairs_find(pair):
    """Bit for bit."""
    predicted, label = pair
    distances = front_distances(predicted, label)
    if predicted.any() and label.any():
        table = cdist(np.argwhere(predicted), np.argwhere(label))
        np.testing.assert_array_equal(distances.predicted_to_label, table.min(axis=1))
        np.testing.assert_array_equal(distances.label_to_predicted, table.min(axis=0))


def test_monai_agrees_on_lines_one_pixel_wide():
    """Its symmetric average surface distance, per image."""
    rng = np.random.default_rng(1)
    for _ in range(5):
        lines = []
        for start in (20, 26):
            columns = start + np.clip(np.cumsum(rng.integers(-1, 2, 40)), -15, 15)
            lines.append(lit((40, 64), *zip(range(40), columns, strict=True)))
        predicted, label = lines
        expected = compute_average_surface_distance(
            torch.tensor(predicted[None, None]),
            torch.tensor(label[None, None]),
            include_background=True,
            symmetric=True,
        )
        distance_px = front_score(front_distances(predicted, label)).mean_distance_px
        assert distance_px == pytest.approx(float(expected), rel=1e-6)


def test_swapping_prediction_and_label_changes_nothing():
    """The measure is symmetric."""
    one, other = lit((6, 6), (0, 0), (0, 1)), lit((6, 6), (5, 5))
    forth, back = front_score(front_distances(one, other)), front_score(front_distances(other, one))
    assert forth.mean_distance_px == back.mean_distance_px


@pytest.mark.parametrize(("predicted", "label"), [(0, 3), (3, 0), (0, 0)], ids=["no prediction", "no label", "neither"])
def test_without_a_front_there_is_no_distance(predicted, label):
    """Neither zero nor infinite: NaN, and no distances to count."""
    line = [(0, column) for column in range(3)]
    score = front_score(front_distances(lit((2, 3), *line) & (predicted > 0), lit((2, 3), *line) & (label > 0)))
    assert (score.predicted_pixels, score.label_pixels, score.has_both_lines) == (predicted, label, False)
    assert math.isnan(score.mean_distance_px) and score.distance_count == 0
