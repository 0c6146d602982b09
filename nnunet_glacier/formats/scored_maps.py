"""A scene's labels and prediction as they are compared: what `evaluate` measures and `report` draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from nnunet_glacier.domain.front_rules import FrontRules, Route
from nnunet_glacier.domain.predicted_maps import PredictedMaps
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.lines.front_lines import clean_zones, inside_box, remove_short_pieces, whole_front
from nnunet_glacier.support.errors import InputError, Problem, all_of


@dataclass(frozen=True)
class ScoredMaps:
    """One scene's labels and prediction; arrays of shape ``(H, W)``.

    Attributes:
        label_front: Labelled front without the pixels to ignore, bool.
        label_zones: Zone ids, uint8, or None.
        predicted: The prediction as it came, its front band without the pixels to ignore.
        label_band: The line class of the label map, bool, or None where the dataset has none or it is not needed.
        ignored: The pixels to ignore, bool, or None where the label map marks none.
    """

    label_front: np.ndarray
    label_zones: np.ndarray | None
    predicted: PredictedMaps
    label_band: np.ndarray | None = None
    ignored: np.ndarray | None = None

    def zones_scored(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Predicted and labelled zones without the pixels to ignore; None where one of them is not known."""
        if self.predicted.zones is None or self.label_zones is None:
            return None
        if self.ignored is None:
            return self.predicted.zones, self.label_zones
        return self.predicted.zones[~self.ignored], self.label_zones[~self.ignored]


def read_scored_maps(files: SceneFiles, prediction: Prediction, *, front: bool = True) -> ScoredMaps:
    """Read a scene's labels and its prediction; a pixel to ignore counts in no front and no zone.

    Args:
        files: The scene and its labels.
        prediction: The scene's prediction.
        front: Whether its front band is needed.

    Raises:
        InputError: With every file that cannot be read or holds values that mean nothing, or if the maps differ in
            size.
    """
    label_front, label_zones, predicted, ignored, label_band = all_of(
        files.read_front,
        files.read_zones,
        partial(prediction.read, front=front),
        files.read_ignored,
        partial(_label_band, files, wanted=front),
    )
    present = (label_front, label_zones, predicted.zones, predicted.front, ignored, label_band)
    if len({array.shape for array in present if array is not None}) > 1:
        raise InputError([Problem(prediction.where, "its maps and labels differ in size", "Predict the scene again")])
    if ignored is not None:
        label_front = label_front & ~ignored
        if predicted.front is not None:
            predicted = replace(predicted, front=predicted.front & ~ignored)
    return ScoredMaps(label_front, label_zones, predicted, label_band, ignored)


def _label_band(files: SceneFiles, *, wanted: bool) -> np.ndarray | None:
    """The line class of the scene's label map, or None without such a map."""
    return files.read_band()[0] if wanted and files.has_band else None


@dataclass(frozen=True)
class ScoredFront:
    """A predicted front by one route, each array inside of the scene's box and without the pixels to ignore.

    Arrays are bool, of shape ``(H, W)``.

    Attributes:
        front: As it is scored.
        deleted: The short pieces that were deleted from it.
        uncleaned: What was predicted before that: the front band as it is, or the edge of the cleaned zones. Davari et
            al. (2021) score it.
    """

    front: np.ndarray
    deleted: np.ndarray
    uncleaned: np.ndarray


def scored_fronts(
    maps: ScoredMaps, routes: tuple[Route, ...], rules: FrontRules, files: SceneFiles
) -> dict[Route, ScoredFront]:
    """The predicted front by each route.

    Args:
        maps: The scene (`read_scored_maps`), whose prediction has the maps that the routes start from.
        routes: Routes from it to its front.
        rules: How a front is found; where the scene's line is a grounding line its rings stay whole.
        files: The scene, with its box and the size of its pixels.
    """
    predicted = maps.predicted
    if "zones" in routes and predicted.zones is not None:
        predicted = replace(predicted, zones=clean_zones(predicted.zones))
    rules, scene = replace(rules, keep_rings=files.grounding_line), files.scene
    fronts = {}
    for route in routes:
        whole = whole_front(predicted, route, rules, scene.pixel_size_m)
        kept = remove_short_pieces(whole, rules.min_front_length_m, scene.pixel_size_m)
        uncleaned = predicted.front if route == "front" else whole
        assert uncleaned is not None
        found = (inside_box(each, scene.box) for each in (kept, whole & ~kept, uncleaned))
        # Zones are cleaned, and pieces measured, on the whole map.
        fronts[route] = ScoredFront(*(each if maps.ignored is None else each & ~maps.ignored for each in found))
    return fronts
