"""The threshold chosen on validation maps: by hand, against trying every one, ties, empty images, wrong input."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.line_threshold import above
from nnunet_glacier.evaluation.sweep.threshold_sweep import (
    THRESHOLDS,
    ThresholdChoice,
    ValidationMap,
    choose_by_dice,
    choose_by_mde,
    dice_curve,
    front_scores,
    mde_curve,
    overlap_counts,
)
from nnunet_glacier.measures.tolerance_scores import mask_overlap

RULES = FrontRules(min_front_length_m=100.0)


def best_by_dice(maps: list[ValidationMap]) -> ThresholdChoice:
    return choose_by_dice(dice_curve(overlap_counts(image) for image in maps))


def best_by_mde(maps: list[ValidationMap]) -> ThresholdChoice:
    return choose_by_mde(
        mde_curve([front_scores(image, rules=RULES) for image in maps], [m.pixel_size_m for m in maps])
    )


def test_there_are_seventeen_thresholds():
    """As Gattolin spaces them."""
    np.testing.assert_allclose(THRESHOLDS, np.linspace(0.1, 0.9, 17))


def test_the_best_by_hand():
    """Two labelled pixels at 0.6 and 0.8, others at 0.5 and 0.2: from 0.5 to below 0.6 the mask is the label."""
    label = np.array([[True, True, False, False]])
    choice = best_by_dice([ValidationMap(np.array([[0.6, 0.8, 0.5, 0.2]]), label)])
    assert (choice.threshold, choice.criterion, choice.images) == (0.5, "dice", 1)
    scores = dict(zip(choice.thresholds, choice.scores, strict=True))
    assert (scores[0.1], scores[0.2], scores[0.5], scores[0.6], scores[0.8]) == (4 / 6, 4 / 5, 1.0, 2 / 3, 0.0)
    assert dict(zip(choice.thresholds, choice.without_line, strict=True))[0.75] == 0
    assert choice.without_line[-1] == 1
    np.testing.assert_array_equal(above(np.array([0.5, 0.51]), choice.threshold), [False, True])


probabilities = arrays(np.float32, (6, 6), elements=st.sampled_from([0.0, 0.1, 0.3, 0.325, 0.45, 0.75, 0.9, 1.0]))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(probabilities, arrays(bool, (6, 6))), min_size=1, max_size=3))
def test_one_pass_finds_what_every_threshold_finds(images):
    """Dice of each mask by itself, also where float32 probabilities equal a threshold."""
    maps = [ValidationMap(probability, label) for probability, label in images]
    expected = [
        [mask_overlap(above(image.probability, threshold), image.label).dice for image in maps]
        for threshold in THRESHOLDS
    ]
    means = [np.nanmean(row) if not np.isnan(row).all() else math.nan for row in expected]
    if np.isnan(means).all():
        with pytest.raises(ValueError, match="no threshold can be chosen"):
            best_by_dice(maps)
        return
    choice = best_by_dice(maps)
    np.testing.assert_allclose(choice.scores, means)
    assert choice.threshold == THRESHOLDS[int(np.nanargmax(choice.scores))]


def test_images_without_any_line_do_not_decide():
    """Nothing labelled, nothing predicted: no Dice, where counting 1 would favour high thresholds."""
    label = np.array([[True, False]])
    line = ValidationMap(np.array([[0.3, 0.0]]), label)
    nothing = ValidationMap(np.array([[0.7, 0.0]]), np.zeros((1, 2), dtype=bool))
    choice = best_by_dice([line, nothing, nothing, nothing])
    assert choice.threshold == 0.1 and choice.scores[0] == pytest.approx(1 / 4)
    assert choice.without_line[:5] == (0, 0, 0, 0, 1)


def front_map(labelled: int, columns: dict[int, float], pixel_size_m: float = 10.0) -> ValidationMap:
    """A straight labelled front and predicted columns with their probabilities."""
    label, probability = np.zeros((40, 60), dtype=bool), np.zeros((40, 60))
    label[:, labelled] = True
    for column, value in columns.items():
        probability[:, column] = value
    return ValidationMap(probability, label, pixel_size_m)


def test_the_lowest_mde_by_hand():
    """A second line 20 columns off is there below 0.4: one of three lines errs, by 20 pixels of 10 m."""
    choice = best_by_mde([front_map(10, {10: 0.7, 30: 0.4})])
    assert choice.threshold == 0.4 and choice.criterion == "mde"
    scores = dict(zip(choice.thresholds, choice.scores, strict=True))
    assert scores[0.1] == pytest.approx(200 / 3) and scores[0.4] == 0.0 and math.isnan(scores[0.9])


def test_predicting_nothing_where_it_is_difficult_does_not_win():
    """Above 0.5 the bad image has no front and the MDE of the rest is 0; the choice stays where all have one."""
    good, bad = front_map(10, {10: 0.8}), front_map(10, {40: 0.5})
    choice = best_by_mde([good, bad])
    assert choice.threshold == 0.1
    scores = dict(zip(choice.thresholds, choice.scores, strict=True))
    assert scores[0.1] == pytest.approx(150.0) and scores[0.6] == 0.0
    assert choice.without_line[choice.thresholds.index(0.6)] == 1


def test_an_image_without_a_line_asks_for_none():
    """Its faint false alarm at 0.2 is no front that higher thresholds would miss."""
    nothing = replace(front_map(10, {50: 0.2}), label=np.zeros((40, 60), dtype=bool))
    choice = best_by_mde([front_map(10, {10: 0.8, 30: 0.25}), nothing])
    assert choice.threshold == 0.25 and choice.without_line[: choice.thresholds.index(0.25)] == (0, 0, 0)
    assert choice.without_line[choice.thresholds.index(0.8)] == 1


@pytest.mark.parametrize("bad", [math.nan, 1.5, -0.1])
def test_what_is_no_probability_is_refused(bad):
    """NaN of a broken model, or logits."""
    maps = [ValidationMap(np.array([[0.5, bad]]), np.array([[True, False]]), 10.0)]
    with pytest.raises(ValueError, match="must be in"):
        best_by_dice(maps)
    with pytest.raises(ValueError, match="must be in"):
        best_by_mde(maps)


def test_nothing_to_choose_from_is_refused():
    """No image, no distance."""
    with pytest.raises(ValueError, match="from 0 images"):
        best_by_dice([])
    with pytest.raises(ValueError, match="without any distance"):
        best_by_mde([front_map(10, {})])
