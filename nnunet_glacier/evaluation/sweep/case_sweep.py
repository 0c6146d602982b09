"""One validation case of the threshold sweep: from its files to a few numbers per threshold, kept between runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.evaluation.results.score_record import code_fingerprint
from nnunet_glacier.evaluation.sweep.threshold_sweep import (
    THRESHOLDS,
    OverlapCounts,
    ValidationMap,
    front_scores,
    overlap_counts,
)
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.measures.front_distances import FrontScore
from nnunet_glacier.support.dataclass_json import from_plain, to_plain
from nnunet_glacier.support.errors import InputError, Problem, all_of
from nnunet_glacier.support.files import read_text, write_json
from nnunet_glacier.support.resume import key_of


def label_map_of(reference: SceneFiles, against_band: bool) -> Path | None:
    """The label map that is read: the label itself, or what marks pixels to ignore; None where none is needed."""
    return reference.label if against_band else reference.ignored_in


@dataclass(frozen=True)
class SweepTask:
    """A case to do; small enough to travel to a worker process.

    Attributes:
        prediction: Its map with the probabilities of its line.
        reference: The scene with its one-pixel line.
        against_band: Whether its label map is the label; else the one-pixel line is.
        rules: How the line is found for the MDE.
        kept_in: Where its numbers are kept for the next run.
    """

    prediction: Prediction
    reference: SceneFiles
    against_band: bool
    rules: FrontRules
    kept_in: Path

    @property
    def probability(self) -> Path:
        """The file of its probabilities."""
        assert self.prediction.probability is not None
        return self.prediction.probability

    @property
    def key(self) -> str:
        """A fingerprint of all that its numbers depend on, SHA-256 in hexadecimal."""
        label_map = label_map_of(self.reference, self.against_band)
        files = [path for path in (self.probability, self.reference.front, label_map) if path is not None]
        return key_of((self, THRESHOLDS, code_fingerprint()), files)


@dataclass(frozen=True)
class CaseSweep:
    """What a case adds to the curves.

    Attributes:
        overlaps: Overlap of its masks with its label.
        fronts: Distances of its line at each threshold.
    """

    overlaps: OverlapCounts
    fronts: tuple[FrontScore, ...]


@dataclass(frozen=True)
class CaseMaps:
    """The arrays of a case, all of shape ``(H, W)``.

    Attributes:
        probability: Probability of the line, float32 in [0, 1].
        band: Its label as it was learnt, bool.
        line: Its label one pixel wide, bool.
    """

    probability: np.ndarray
    band: np.ndarray
    line: np.ndarray


def sweep_case(task: SweepTask) -> CaseSweep | list[Problem]:
    """The numbers of a case: those of an earlier run with the same files, or computed now and kept.

    Returns:
        The numbers, or every problem of its files.
    """
    sweep = _kept(task)
    if sweep is None:
        try:
            maps = read_case(task)
        except InputError as error:
            return list(error.problems)
        sweep = sweep_maps(maps, task.reference, task.rules)
        write_json(task.kept_in, {"key": task.key, "sweep": to_plain(sweep)})
    return sweep


def _kept(task: SweepTask) -> CaseSweep | None:
    try:
        content = json.loads(read_text(task.kept_in))
        return from_plain(CaseSweep, content["sweep"]) if content["key"] == task.key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def sweep_maps(maps: CaseMaps, reference: SceneFiles, rules: FrontRules) -> CaseSweep:
    """The numbers of a case from its maps: Dice against the band, distances against the one-pixel line."""
    scene = reference.scene
    against_line = ValidationMap(maps.probability, maps.line, scene.pixel_size_m, scene.box)
    return CaseSweep(
        overlap_counts(ValidationMap(maps.probability, maps.band)),
        front_scores(against_line, rules=rules),
    )


def read_case(task: SweepTask) -> CaseMaps:
    """The maps of a case. Pixels to ignore are in neither label and have probability 0, which no threshold passes.

    Raises:
        InputError: With every file that cannot be read, is of another size or holds other values than it should.
    """
    reference = task.reference
    if task.against_band:
        probability, line, (band, ignored) = all_of(
            task.prediction.read_probability, reference.read_front, reference.read_band
        )
    else:
        probability, line, ignored = all_of(
            task.prediction.read_probability, reference.read_front, reference.read_ignored
        )
        band = line
    problems = _size_problems(task, probability, band if ignored is None else ignored, line)
    if problems:
        raise InputError(problems)
    if ignored is not None:
        probability, band, line = np.where(ignored, np.float32(0), probability), band & ~ignored, line & ~ignored
    return CaseMaps(probability, band, line)


def _size_problems(task: SweepTask, probability: np.ndarray, label: np.ndarray, line: np.ndarray) -> list[Problem]:
    """Maps of different sizes, and a box outside of them."""
    shapes = {"the probability": probability.shape, "its label": label.shape, "its line": line.shape}
    if len(set(shapes.values())) > 1:
        sizes = ", ".join(f"{name} {rows}x{columns}" for name, (rows, columns) in shapes.items())
        what = f"the maps of the case differ in size (rows x columns): {sizes}"
        return [Problem(task.probability, what, "Predict at the size of the dataset's image")]
    return task.reference.box_problems((line.shape[0], line.shape[1]))
