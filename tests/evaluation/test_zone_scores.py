"""Zone scores: a matrix by hand, scikit-learn as the second opinion, absent zones."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.measures.zone_scores import zone_confusion, zone_scores

maps = st.tuples(st.integers(1, 7), st.integers(1, 7)).flatmap(
    lambda shape: st.tuples(*[arrays(np.uint8, shape, elements=st.integers(0, 3))] * 2)
)


def test_a_matrix_by_hand():
    """Labels in rows: one rock pixel was taken for glacier, one glacier pixel for ocean."""
    label = np.array([[0, 1, 1], [2, 2, 3]], dtype=np.uint8)
    predicted = np.array([[0, 1, 2], [2, 3, 3]], dtype=np.uint8)
    confusion = zone_confusion(predicted, label)
    np.testing.assert_array_equal(confusion, [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1]])
    scores = zone_scores(confusion)
    np.testing.assert_allclose(scores.precision, [1, 1, 1 / 2, 1 / 2])
    np.testing.assert_allclose(scores.recall, [1, 1 / 2, 1 / 2, 1])
    np.testing.assert_allclose(scores.f1, [1, 2 / 3, 1 / 2, 2 / 3])
    np.testing.assert_allclose(scores.iou, [1, 1 / 2, 1 / 3, 1 / 2])
    assert scores.with_macro("iou") == pytest.approx([7 / 12, 1, 1 / 2, 1 / 3, 1 / 2])


def test_the_matrix_counts_every_pixel_of_a_large_map():
    """More than fit into 8 bits."""
    label = np.full((300, 300), 3, dtype=np.uint8)
    assert zone_confusion(label, label)[3, 3] == 90_000


@settings(deadline=None, max_examples=40)
@given(maps)
def test_scikit_learn_agrees_on_the_zones_that_are_there(pair):
    """Zones in the label or the prediction; a zone in one of them alone scores 0."""
    predicted, label = pair
    present = sorted({*np.unique(predicted).tolist(), *np.unique(label).tolist()})
    scores = zone_scores(zone_confusion(predicted, label))
    assert scores.absent == tuple(zone for zone in Zone if zone not in present)
    for report, score in (
        (precision_score, scores.precision),
        (recall_score, scores.recall),
        (f1_score, scores.f1),
        (jaccard_score, scores.iou),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = report(label.ravel(), predicted.ravel(), average=None)
        np.testing.assert_allclose(score[present], expected, rtol=1e-12)


def test_a_zone_in_neither_map_has_no_score():
    """NaN, not 1 and not 0, and the plain mean of four is then unknown."""
    scores = zone_scores(zone_confusion(np.array([[2, 3]], np.uint8), np.array([[2, 2]], np.uint8)))
    assert scores.absent == (Zone.NA, Zone.ROCK)
    assert math.isnan(scores.iou[Zone.NA]) and math.isnan(scores.with_macro("iou")[0])
    assert scores.iou[Zone.OCEAN] == 0.0 and scores.precision[Zone.GLACIER] == 1.0
