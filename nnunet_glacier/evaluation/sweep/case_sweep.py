"""One validation case of the threshold sweep: from its files to a few numbers a threshold, kept between runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.labels import LabelSpace, zones_and_front
from nnunet_glacier.evaluation.results.score_record import code_fingerprint
from nnunet_glacier.evaluation.sweep.threshold_sweep import (
    THRESHOLDS,
    OverlapCounts,
    ValidationMap,
    front_scores,
    overlap_counts,
)
from nnunet_glacier.formats.line_probabilities import WITH_PROBABILITIES, read_line_probability
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.lines.front_lines import box_problems
from nnunet_glacier.measures.front_distances import FrontScore
from nnunet_glacier.support.dataclass_json import from_plain, to_plain
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.files import write_json


@dataclass(frozen=True)
class LineLabels:
    """What the label maps of a dataset mean.

    Attributes:
        space: A label space with a line.
        ignore: The code of pixels that count nowhere, or None.
    """

    space: LabelSpace
    ignore: int | None


@dataclass(frozen=True)
class SweepTask:
    """A case to do; small enough to travel to a worker process.

    Attributes:
        probability: Probabilities of its line (`line_probabilities`).
        reference: The scene with its one-pixel line.
        label: Its label map, or None where there is none: then the one-pixel line is the label.
        labels: What the label map means.
        rules: How the line is found for the MDE.
        kept_in: Where its numbers are kept for the next run.
    """

    probability: Path
    reference: SceneFiles
    label: Path | None
    labels: LineLabels | None
    rules: FrontRules
    kept_in: Path

    @property
    def key(self) -> str:
        """A fingerprint of all that its numbers depend on, SHA-256 in hexadecimal."""
        files = [path for path in (self.probability, self.reference.front, self.label) if path is not None]
        states = [(path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        return hashlib.sha256(repr((self, THRESHOLDS, states, code_fingerprint())).encode()).hexdigest()


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
    """The numbers of a case: those of an earlier run with the same files, or found now and kept.

    Returns:
        The numbers, or every problem of its files.
    """
    found = _kept(task)
    if found is None:
        try:
            maps = read_case(task)
        except InputError as error:
            return list(error.problems)
        found = sweep_maps(maps, task.reference, task.rules)
        write_json(task.kept_in, {"key": task.key, "sweep": to_plain(found)})
    return found


def _kept(task: SweepTask) -> CaseSweep | None:
    try:
        content = json.loads(task.kept_in.read_text(encoding="utf-8"))
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
    problems: list[Problem] = []
    probability, line = np.empty((0, 0), dtype=np.float32), np.empty((0, 0), dtype=bool)
    band, ignored = line, None
    try:
        probability = read_line_probability(task.probability)
    except GlacierError as error:
        problems.append(Problem(task.probability, str(error), f"Predict the case again {WITH_PROBABILITIES}"))
    try:
        line = band = task.reference.read_front()
    except InputError as error:
        problems += error.problems
    try:
        if task.label is not None and task.labels is not None:
            band, ignored = _read_band(task.label, task.labels)
    except GlacierError as error:
        problems.append(Problem(task.label or "", str(error), "Restore the label from the dataset, or convert again"))
    problems = problems or _size_problems(task, probability, band, line)
    if problems:
        raise InputError(problems)
    if ignored is not None:
        probability, line = np.where(ignored, np.float32(0), probability), line & ~ignored
    return CaseMaps(probability, band, line)


def _read_band(path: Path, labels: LineLabels) -> tuple[np.ndarray, np.ndarray]:
    """The line's class in a label map, and the pixels to ignore; bool.

    Raises:
        GlacierError: If it cannot be read or holds a value without a meaning.
    """
    codes = read_raster(path).values
    ignored = np.zeros(codes.shape, dtype=bool) if labels.ignore is None else codes == labels.ignore
    learnt = codes[~ignored]
    if learnt.size and not (learnt.min() >= 0 and learnt.max() < labels.space.n_codes):
        last = labels.space.n_codes - 1
        raise GlacierError(f"it holds values from {learnt.min()} to {learnt.max()}, but its labels are 0 to {last}")
    band = zones_and_front(np.where(ignored, 0, codes).astype(np.uint8), labels.space)[1]
    assert band is not None
    return band, ignored


def _size_problems(task: SweepTask, probability: np.ndarray, band: np.ndarray, line: np.ndarray) -> list[Problem]:
    """Maps of different sizes, and a box outside of them."""
    shapes = {"the probability": probability.shape, "its label": band.shape, "its line": line.shape}
    if len(set(shapes.values())) > 1:
        sizes = ", ".join(f"{name} {rows}x{columns}" for name, (rows, columns) in shapes.items())
        what = f"the maps of the case differ in size (rows x columns): {sizes}"
        return [Problem(task.probability, what, "Predict at the size of the dataset's image")]
    scene = task.reference.scene
    return box_problems(task.reference.described_in, scene.case, scene.box, (line.shape[0], line.shape[1]))
