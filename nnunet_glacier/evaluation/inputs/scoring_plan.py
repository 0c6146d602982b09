"""What will be scored: predictions matched with labelled scenes and checked; pixels are decoded for a refusal only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nnunet_glacier.domain.front_rules import Route, RouteChoice
from nnunet_glacier.evaluation.inputs.faults import Fault
from nnunet_glacier.evaluation.inputs.headers import header_problems
from nnunet_glacier.evaluation.inputs.pixel_problems import pixel_problems
from nnunet_glacier.evaluation.inputs.predicting_models import mixed_models
from nnunet_glacier.evaluation.inputs.prediction_sets import (
    Listing,
    MissingPrediction,
    PredictionSet,
    Scheme,
    choose_split,
    missing_predictions,
    read_prediction_sets,
    strangers,
    with_probabilities,
    without_probabilities,
)
from nnunet_glacier.evaluation.inputs.references import (
    is_published_layout,
    label_problems,
    read_references,
    with_hemispheres,
)
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.evaluation.scene_scores import ScoringTask
from nnunet_glacier.formats.predicted_maps import choose_routes, route_problems
from nnunet_glacier.formats.predictions import list_predictions
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.wording import counted


@dataclass(frozen=True)
class ScoringPlan:
    """What will be scored.

    Attributes:
        scheme: How the sets of predictions belong together.
        split: The split that is scored.
        routes: Routes to the front, the main one first.
        tasks: One a set and scene.
        missing: Scenes of the split that were not predicted.
        not_in_split: Number of predicted scenes that are outside of the split.
        faults: Scenes that are left out because of bad input; empty unless that was asked for.
    """

    scheme: Scheme
    split: str
    routes: tuple[Route, ...]
    tasks: list[ScoringTask]
    missing: list[MissingPrediction]
    not_in_split: int
    faults: list[Fault]


def make_plan(predictions: Sequence[Path], dataset: Path, options: Options) -> ScoringPlan:
    """Match predictions and labels and check them.

    Raises:
        InputError: With all problems at once; with `Options.skip_bad` those of single scenes become faults of the
            plan, as long as each set keeps a scene.
    """
    (scheme, sets), known = read_both(predictions, dataset)
    published = is_published_layout(dataset)
    cases = {case for found in sets for case in found.cases}
    split = choose_split(options.split, scheme, published, cases, known)
    wanted = [case for case, reference in known.items() if split in ("all", reference.scene.split)]
    covered = {case: known[case] for case in wanted if case in cases}
    missing = missing_predictions(sets, scheme, wanted)
    scored = [found.cases[case] for found in sets for case in covered if case in found.cases]
    routes, _ = choose_routes(_route_choice(options), scored)
    faults = strangers(sets, known, dataset)
    if options.threshold is not None:
        sets = [with_probabilities(found, options.threshold) for found in sets]
        faults += [fault for fault in without_probabilities(sets) if fault.case in covered]
    if options.skip_bad or not options.allow_missing:
        faults += [lacking.fault for lacking in missing]
    faults += _label_faults(covered.values(), published)
    faults += _file_faults(sets, [reference for case, reference in covered.items() if not _lost(faults, case)], routes)
    usable = [reference for case, reference in covered.items() if not _lost(faults, case)]
    placed, problems = with_hemispheres(usable, dict(options.hemispheres), published=published)
    if not options.skip_bad:
        problems = [fault.problem for fault in faults] + problems
        faults = []
        if problems:
            problems += pixel_problems(_tasks(sets, covered.values(), routes, options, []), problems, options.workers)
    tasks = _tasks(sets, placed, routes, options, faults)
    if not problems:
        problems = without_scenes(sets, {task.set_name for task in tasks}, split, dataset)
    if problems:
        everything = [*problems, *(fault.problem for fault in faults)]
        raise InputError(list(dict.fromkeys(everything)), "The predictions cannot be scored")
    return ScoringPlan(scheme, split, routes, tasks, missing, len(cases & known.keys() - covered.keys()), faults)


def read_both(
    predictions: Sequence[Path], dataset: Path, listing: Listing = list_predictions
) -> tuple[tuple[Scheme, list[PredictionSet]], dict[str, SceneFiles]]:
    """Predictions (`read_prediction_sets`) and labelled scenes (`read_references`).

    Raises:
        InputError: With what is wrong with either, at once; sets of different models are (`mixed_models`).
    """
    problems: list[Problem] = []
    try:
        sets = read_prediction_sets(predictions, listing)
        remedy = (
            "Several folders are scored as repeated trainings of one model, with mean and standard deviation: evaluate "
            "each model apart, and compare them with 'nnunet-glacier report'"
        )
        problems += mixed_models(sets[1], remedy)
    except InputError as error:
        problems += error.problems
    try:
        references = read_references(dataset)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems, "The predictions cannot be scored")
    return sets, references


def _route_choice(options: Options) -> RouteChoice:
    """The route that was asked for; with a threshold ``auto`` goes by the front.

    Raises:
        InputError: If there is a threshold and no front is scored.
    """
    if options.threshold is None:
        return options.route
    if options.route == "zones":
        remedy = "Leave one of the two out"
        raise InputError([Problem("--threshold", "it is for the front, and --route zones takes none", remedy)])
    return "front" if options.route == "auto" else options.route


def _label_faults(references: Iterable[SceneFiles], published: bool) -> list[Fault]:
    return [
        Fault(None, reference.scene.case, problem)
        for reference in references
        for problem in label_problems(reference, published=published)
    ]


def _lost(faults: Iterable[Fault], case: str) -> bool:
    """Whether a scene can be scored by no set."""
    return any(fault.case == case and fault.prediction is None for fault in faults)


def _file_faults(
    sets: Sequence[PredictionSet], references: Sequence[SceneFiles], routes: tuple[Route, ...]
) -> list[Fault]:
    """Predictions without what a route needs, and files whose headers tell that they cannot be used."""
    faults = []
    for found in sets:
        for reference in references:
            prediction = found.cases.get(reference.scene.case)
            if prediction is not None:
                problems = route_problems(prediction, routes) + header_problems(prediction, reference, routes)
                faults += [Fault(found.name, prediction.case, problem) for problem in problems]
    return faults


def _tasks(
    sets: Sequence[PredictionSet],
    references: Collection[SceneFiles],
    routes: tuple[Route, ...],
    options: Options,
    faults: Sequence[Fault],
) -> list[ScoringTask]:
    skipped = {(fault.prediction, fault.case) for fault in faults}
    return [
        ScoringTask(found.name, found.cases[case], reference, routes, options.rules)
        for found in sets
        for reference in references
        if (case := reference.scene.case) in found.cases and (found.name, case) not in skipped
    ]


def without_scenes(sets: Sequence[PredictionSet], scored: Collection[str], split: str, dataset: Path) -> list[Problem]:
    """Nothing to score, or a set among several with nothing to score.

    Args:
        sets: The sets of predictions.
        scored: Names of those with a scene that can be scored.
        split: The split that is scored.
        dataset: The dataset's folder, for the message.
    """
    remedy = "Choose another --split or other predictions"
    if not scored:
        return [Problem(dataset, f"no scene of split {split!r} was predicted", remedy)]
    what = f"no scene of split {split!r} that can be scored was predicted here"
    return [Problem(found.folder, what, remedy) for found in sets if found.name not in scored]


def coverage_remarks(
    scheme: Scheme, split: str, missing: Sequence[MissingPrediction], not_in_split: int, options: Options
) -> list[str]:
    """Sentences for the screen: what several folders are, scenes without a prediction, predictions out of the split."""
    lines = []
    if scheme == "repeated":
        lines.append("The folders are taken for repeated trainings of one model: means and deviations are over them.")
    if missing:
        scenes = len({lacking.case for lacking in missing})
        how = "by every folder" if scheme == "repeated" else "and in no figure"
        asked = "--skip-bad" if options.skip_bad else "--allow-missing"
        lines.append(f"{counted(scenes, 'scene was', 'scenes were')} not predicted {how} ({asked}).")
    if not_in_split:
        outside = counted(not_in_split, "predicted scene is", "predicted scenes are")
        lines.append(f"{outside} outside split {split!r}: not scored.")
    return lines
