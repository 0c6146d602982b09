"""Maps of what stays the same at a glacier, and the folds that see two glaciers."""

import numpy as np
import pytest
from pairs_of_glaciers import folds_with_pairs, networks_for
from static_maps import agreement, median_of, rock_of


def test_rock_is_where_most_scenes_with_a_zone_have_it():
    """Columns: rock in two of three; in one of three; in one of two with a zone; in the one that has a zone; none."""
    zones = np.array([[[1, 1, 1, 1, 0]], [[1, 2, 3, 0, 0]], [[3, 3, 0, 0, 0]]])
    rock = rock_of(zones)
    assert rock.tolist() == [[True, False, False, True, False]]
    # Five pixels are rock by a scene, three of them by the mask too; and the mask has one more.
    assert agreement(zones, rock) == pytest.approx(3 / 6)


def test_the_median_leaves_out_each_scene_s_own_brightness():
    """Three scenes of one pattern, brighter and darker by a linear change: its grey values, stretched to 0 to 255."""
    pattern = np.arange(1.0, 101.0).reshape(10, 10)
    median = median_of(np.stack([pattern, 2 * pattern + 20, 0.5 * pattern + 3]))
    low, high = np.percentile(pattern, (0.5, 99.5))
    np.testing.assert_array_equal(median, np.round(255 * np.clip((pattern - low) / (high - low), 0, 1)))


def test_folds_of_pairs_see_two_glaciers_and_predict_the_others():
    scenes = {"A": ["a1", "a2"], "B": ["b1"], "C": ["c1"]}
    cases = [case for own in scenes.values() for case in own]
    own = [{"train": [case for case in cases if case not in left], "val": left} for left in scenes.values()]
    folds, _ = folds_with_pairs(own, scenes)
    assert folds[:3] == own
    assert folds[3:] == [
        {"train": ["a1", "a2", "b1"], "val": ["c1"]},
        {"train": ["a1", "a2", "c1"], "val": ["b1"]},
        {"train": ["b1", "c1"], "val": ["a1", "a2"]},
    ]


def test_the_networks_for_a_glacier_have_not_seen_it():
    """Of four glaciers: one network has seen the other three, and three have seen two of these."""
    glaciers = "ABCD"
    numbers = {tuple(name for name in glaciers if name != left): fold for fold, left in enumerate(glaciers)}
    pairs = [(a, b) for a in glaciers for b in glaciers if a < b]
    numbers |= {pair: 4 + place for place, pair in enumerate(pairs)}
    assert networks_for("A", numbers) == {
        "all three": ("0",),
        "mean of the pairs": ("7", "8", "9"),
        "B and C": ("7",),
        "B and D": ("8",),
        "C and D": ("9",),
    }
