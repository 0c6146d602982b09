"""What of a prediction is scored where label maps mark pixels to ignore."""

from types import SimpleNamespace

import numpy as np

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.predicted_maps import PredictedMaps
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.scored_maps import ScoredMaps, scored_fronts


def scene_with_an_arm(*, ignored: bool) -> ScoredMaps:
    """A perfect left half, and a right half of which nothing is known, with an arm of the glacier along its right."""
    zones = np.full((60, 80), Zone.GLACIER, dtype=np.uint8)
    zones[10:, 20:] = Zone.OCEAN
    predicted = zones.copy()
    predicted[:, 60:] = Zone.GLACIER
    label = np.zeros(zones.shape, dtype=bool)
    label[10:, 20] = True
    right = np.zeros(zones.shape, dtype=bool)
    right[:, 40:] = True
    return ScoredMaps(label, zones, PredictedMaps(predicted, None), ignored=right if ignored else None)


def front_of(maps: ScoredMaps) -> np.ndarray:
    files = SimpleNamespace(scene=Scene("a", "test", "", pixel_size_m=20.0), grounding_line=False)
    return scored_fronts(maps, ("zones",), FrontRules(0), files)["zones"].front


def test_a_front_among_ignored_pixels_counts_nowhere():
    """Of the zones as of the front class: the arm's edge is beyond column 50, and counts only without ignoring."""
    with_arm, without = (front_of(scene_with_an_arm(ignored=ignored)) for ignored in (False, True))
    assert np.flatnonzero(with_arm.any(axis=0)).max() > 50
    assert np.flatnonzero(without.any(axis=0)).tolist() == list(range(20, 40))
    np.testing.assert_array_equal(without[:, :40], with_arm[:, :40])


def test_ignored_pixels_are_in_no_zone_score():
    predicted, label = scene_with_an_arm(ignored=True).zones_scored()
    assert predicted.size == label.size == 60 * 40
    np.testing.assert_array_equal(predicted, label)
    assert scene_with_an_arm(ignored=False).zones_scored()[0].size == 60 * 80
