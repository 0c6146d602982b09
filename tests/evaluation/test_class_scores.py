"""Scores of classes: a 6x6 map by hand, scikit-learn and monai, ignored pixels, absent classes."""

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from monai.metrics import compute_iou, get_confusion_matrix
from sklearn import metrics

from nnunet_glacier.measures.class_scores import ClassScores, confusion_matrix

# Three ice types and land (9), which is not scored.
LABEL = np.array(
    [
        [0, 0, 0, 1, 1, 9],
        [0, 0, 0, 1, 1, 9],
        [0, 0, 0, 1, 1, 9],
        [0, 0, 0, 1, 1, 9],
        [2, 2, 2, 2, 2, 9],
        [9, 9, 9, 9, 9, 9],
    ]
)
# One row of class 1 was taken for 0, and two pixels of class 2 for 1; on land whatever came.
PREDICTED = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 1],
        [0, 0, 0, 1, 1, 2],
        [0, 0, 0, 1, 1, 2],
        [2, 2, 2, 1, 1, 2],
        [0, 1, 2, 0, 1, 2],
    ]
)


def class_scores(predicted, label, classes, ignore=None):
    """The scores of a prediction."""
    return ClassScores.from_confusion(confusion_matrix(predicted, label, classes, ignore))


@pytest.fixture
def scores():
    """Of 25 scored pixels."""
    return class_scores(PREDICTED, LABEL, classes=3, ignore=9)


def test_the_matrix_by_hand():
    """Rows are the label, ignored pixels are nowhere."""
    matrix = confusion_matrix(PREDICTED, LABEL, classes=3, ignore=9)
    np.testing.assert_array_equal(matrix, [[12, 0, 0], [2, 6, 0], [0, 2, 3]])


def test_scores_by_hand(scores):
    """12, 8 and 5 labelled pixels."""
    np.testing.assert_allclose(scores.precision, [12 / 14, 6 / 8, 1])
    np.testing.assert_allclose(scores.recall, [1, 6 / 8, 3 / 5])
    np.testing.assert_allclose(scores.f1, [24 / 26, 12 / 16, 6 / 8])
    np.testing.assert_allclose(scores.iou, [12 / 14, 6 / 10, 3 / 5])
    # Class 2: TP 3, TN 20, FP 0, FN 2.
    assert scores.mcc[2] == pytest.approx((3 * 20) / math.sqrt(3 * 5 * 20 * 22))
    np.testing.assert_array_equal(scores.support, [12, 8, 5])
    assert scores.macro("recall").value == pytest.approx((1 + 6 / 8 + 3 / 5) / 3)
    assert scores.weighted_f1 == pytest.approx((12 * 24 / 26 + 8 * 12 / 16 + 5 * 6 / 8) / 25)


maps = st.integers(2, 20).flatmap(
    lambda classes: st.tuples(st.just(classes), *[arrays(np.int16, (6, 6), elements=st.integers(0, classes - 1))] * 2)
)


@settings(deadline=None, max_examples=40)
@given(maps)
def test_scikit_learn_agrees_for_any_number_of_classes(case):
    """Matrix, weighted F1, and each class's MCC against the rest."""
    classes, predicted, label = case
    scores = class_scores(predicted, label, classes)
    truth, guess = label.ravel(), predicted.ravel()
    expected = metrics.confusion_matrix(truth, guess, labels=range(classes))
    np.testing.assert_array_equal(confusion_matrix(predicted, label, classes), expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weighted = metrics.f1_score(truth, guess, average="weighted")
        for ice in range(classes):
            if not math.isnan(scores.mcc[ice]):
                assert scores.mcc[ice] == pytest.approx(metrics.matthews_corrcoef(truth == ice, guess == ice), abs=1e-9)
    assert scores.weighted_f1 == pytest.approx(weighted)


def test_monai_agrees_on_a_line_and_its_background():
    """Its confusion matrix and IoU of one-hot maps."""
    rng = np.random.default_rng(2)
    predicted, label = (rng.random((2, 30, 40)) < 0.2).astype(np.uint8)
    one_hot = [torch.tensor(np.stack([1 - mask, mask])[None]) for mask in (predicted, label)]
    tp, fp, tn, fn = get_confusion_matrix(*one_hot)[0, 1].tolist()
    assert confusion_matrix(predicted, label, 2).ravel().tolist() == [tn, fp, fn, tp]
    scores = class_scores(predicted, label, 2)
    np.testing.assert_allclose(scores.iou, compute_iou(*one_hot, include_background=True)[0].numpy(), rtol=1e-6)


def test_large_maps_are_counted_to_the_last_pixel():
    """Counted in several portions, with an odd pixel left over, against numpy's two-dimensional histogram."""
    rng = np.random.default_rng(4)
    predicted, label = rng.integers(0, 4, (2, 701, 703)).astype(np.uint8)
    expected = np.histogram2d(label.ravel(), predicted.ravel(), bins=4, range=((0, 4), (0, 4)))[0]
    np.testing.assert_array_equal(confusion_matrix(predicted, label, 4), expected)


def test_bool_masks_are_two_classes():
    """Background and line."""
    mask = np.array([True, True, False, False])
    assert class_scores(mask, ~mask, 2).iou.tolist() == [0.0, 0.0]
    assert class_scores(mask, ~mask, 2).mcc.tolist() == [-1.0, -1.0]


def test_large_counts_keep_their_digits():
    """A billion pixels a class: the products of MCC are beyond 64-bit integers."""
    scores = class_scores(np.zeros(1, np.uint8), np.zeros(1, np.uint8), 2).from_confusion(
        np.array([[3, 1], [1, 3]]) * 10**9
    )
    np.testing.assert_allclose(scores.mcc, 0.5, rtol=1e-12)


def test_a_class_in_neither_map_has_no_score():
    """NaN, left out of the macro mean and counted."""
    scores = class_scores(np.array([0, 1]), np.array([0, 0]), classes=3)
    assert math.isnan(scores.f1[2]) and math.isnan(scores.mcc[2])
    macro = scores.macro("f1")
    assert macro.value == pytest.approx((2 / 3 + 0) / 2) and (macro.count, macro.left_out) == (2, 1)
    assert scores.precision[1] == 0.0 and scores.recall[1] == 0.0
    assert scores.to_json()["f1"] == [pytest.approx(2 / 3), 0.0, None]


def test_a_class_that_fills_both_maps_has_no_mcc():
    """Swapping class and rest must not turn no score into one; IoU is perfect."""
    scores = class_scores(np.ones(4, int), np.ones(4, int), classes=2)
    assert np.isnan(scores.mcc).all() and scores.iou[1] == 1.0


def test_nothing_scored_has_no_score():
    """All ignored: a matrix of zeros, NaN everywhere."""
    scores = class_scores(np.zeros(3, int), np.full(3, 255), classes=2, ignore=255)
    assert np.isnan(scores.f1).all() and math.isnan(scores.weighted_f1) and math.isnan(scores.macro("iou").value)


@pytest.mark.parametrize(
    ("predicted", "label", "what"),
    [
        ([0, 3], [0, 1], "prediction holds values from 0 to 3"),
        ([0, 1], [0, -1], "label holds values from -1 to 0"),
        ([0, 1], [0], "differ in shape"),
    ],
)
def test_values_that_are_no_class_are_refused(predicted, label, what):
    """They would be counted as other pairs."""
    with pytest.raises(ValueError, match=what):
        confusion_matrix(np.array(predicted), np.array(label), classes=3)
