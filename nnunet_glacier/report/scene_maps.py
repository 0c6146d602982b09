"""The maps behind the scores: images, labels and predictions of scored scenes, read again where they still are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from nnunet_glacier.domain.front_rules import FrontRules, Route
from nnunet_glacier.formats.dataset import open_dataset
from nnunet_glacier.formats.predicted_maps import Prediction, decoded
from nnunet_glacier.formats.prediction_layout import validation_folders
from nnunet_glacier.formats.predictions import open_line_predictions
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.formats.scored_maps import read_scored_maps, scored_fronts
from nnunet_glacier.report.evaluations import Evaluation
from nnunet_glacier.support.errors import GlacierError, InputError


@dataclass(frozen=True)
class SceneSource:
    """Where one scored scene's maps are; small enough to travel to a worker process.

    Attributes:
        files: The scene, its image and its labels.
        prediction: The scored prediction.
        route: Route from it to its front.
        rules: How its front was found.
    """

    files: SceneFiles
    prediction: Prediction
    route: Route
    rules: FrontRules


@dataclass(frozen=True)
class SceneMaps:
    """One scene as it was scored; arrays of shape ``(H, W)``.

    Attributes:
        label_front: Bool.
        front: Predicted front as scored, bool.
        label_zones: Zone ids, or None.
        zones: Predicted zone ids, or None.
    """

    label_front: np.ndarray
    front: np.ndarray
    label_zones: np.ndarray | None
    zones: np.ndarray | None


def read_scene_maps(source: SceneSource) -> SceneMaps:
    """Read a scene's label and prediction and find its front by the rules that it was scored with.

    Raises:
        GlacierError: If a file is missing or cannot be read, or the maps differ in size.
    """
    read = read_scored_maps(source.files, decoded(source.prediction, source.rules))
    predicted = read.predicted
    if (predicted.zones if source.route == "zones" else predicted.front) is None:
        raise GlacierError(f"{source.prediction.where}: no predicted {source.route}")
    front = scored_fronts(read, (source.route,), source.rules, source.files)[source.route].front
    return SceneMaps(read.label_front, front, read.label_zones, predicted.zones)


def read_grey(source: SceneSource, shape: tuple[int, int]) -> np.ndarray:
    """The scene's SAR image for the eye: uint8, shape ``(H, W)``, stretched between its 1st and 99th percentile.

    Raises:
        GlacierError: If the image is missing, cannot be read, or is not of the size of its label.
    """
    image = source.files.read_image()
    if image.shape != shape:
        raise GlacierError(f"{source.files.image}: its size is not that of its label")
    return stretched(image)


def stretched(image: np.ndarray) -> np.ndarray:
    """Grey values, uint8: the 1st percentile of the finite values becomes 0, the 99th 255; others are 0.

    An image of one value becomes mid-grey.
    """
    values = image.astype(np.float32)
    known = np.isfinite(values)
    low, high = np.percentile(values[known], (1, 99)) if known.any() else (0.0, 0.0)
    if high <= low:
        return np.full(image.shape, 127, dtype=np.uint8)
    values = np.where(known, values, low)
    return (np.clip((values - low) / (high - low), 0, 1) * 255).round().astype(np.uint8)


@dataclass
class SceneFinder:
    """Finds the maps of an evaluation's scenes, and remembers what is not there any more.

    Attributes:
        evaluation: The evaluation.
        scenes: Scenes of its dataset by case; empty where it cannot be read.
        sets: Set of predictions to case to prediction.
        notes: What could not be read, for the page.
        unreadable: Sets of predictions that `notes` name.
    """

    evaluation: Evaluation
    scenes: Mapping[str, SceneFiles] = field(default_factory=dict)
    sets: Mapping[str, Mapping[str, Prediction]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)

    def find(self, row: pd.Series) -> SceneSource | None:
        """Where the maps of a row of ``scores.csv`` are, or None where they are not known."""
        files = self.scenes.get(row["case"])
        prediction = self.sets.get(row["prediction"], {}).get(row["case"])
        if files is None or prediction is None:
            return None
        return SceneSource(files, prediction, row["route"], self.evaluation.rules)

    def why_lost(self, row: pd.Series) -> str:
        """Why the maps of a row are not known; "" where `notes` say it of all scenes of its set."""
        if not self.scenes or row["prediction"] in self.unreadable:
            return ""
        known = row["case"] in self.scenes
        if known and self.evaluation.delivered:
            return "it is of delivered lines, which are not drawn here"
        return "the prediction is not there any more" if known else "the dataset does not list it any more"

    @property
    def grounding_lines(self) -> set[bool]:
        """Whether the lines of the scored scenes are grounding lines: of some, of others, or not known of any."""
        cases = self.evaluation.table["case"].unique()
        return {self.scenes[case].grounding_line for case in cases if case in self.scenes}


def open_scenes(evaluation: Evaluation) -> SceneFinder:
    """List the dataset and the predictions that an evaluation names; no map is read."""
    finder = SceneFinder(evaluation)
    try:
        finder.scenes = open_dataset(evaluation.dataset).scenes
    except GlacierError as error:
        what = f"its dataset {evaluation.dataset} cannot be read any more"
        finder.notes.append(f"{evaluation.name}: {what} ({_why(error)}).")
        return finder
    sets = {}
    for name, folder in _set_folders(evaluation).items():
        try:
            sets[name] = _as_scored(folder, evaluation.threshold)
        except GlacierError as error:
            what = f"the predictions in {folder} cannot be read any more"
            finder.notes.append(f"{evaluation.name}: {what} ({_why(error)}).")
            finder.unreadable.add(name)
    finder.sets = sets
    return finder


def _why(error: GlacierError) -> str:
    """What is wrong, without what to do about it: a report goes on without these maps."""
    problems = error.problems if isinstance(error, InputError) else ()
    return "; ".join(f"{problem.where}: {problem.what}" for problem in problems) or str(error)


def _as_scored(folder: Path, threshold: float | None) -> Mapping[str, Prediction]:
    """The predictions of a folder as they were scored, without those whose probabilities are gone."""
    predictions = open_line_predictions(folder)
    if threshold is None:
        return predictions.cases
    return {case: one for case, one in predictions.at(threshold).cases.items() if one.probability is not None}


def _set_folders(evaluation: Evaluation) -> dict[str, Path]:
    """Set name in ``scores.csv`` to its folder: a fold of a trained model, or the end of the folder's path."""
    if len(evaluation.predictions) == 1 and (folds := validation_folders(evaluation.predictions[0])):
        return folds
    folders = {}
    for name in evaluation.table["prediction"].unique():
        ending = Path(name).parts
        for folder in evaluation.predictions:
            if folder.parts[-len(ending) :] == ending:
                folders[name] = folder
    return folders
