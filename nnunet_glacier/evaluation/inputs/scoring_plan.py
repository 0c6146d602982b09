"""What will be scored: predictions matched with labelled scenes and checked; pixels are decoded for a refusal only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from nnunet_glacier.domain.front_rules import Route, RouteChoice
from nnunet_glacier.evaluation.inputs.faults import Fault
from nnunet_glacier.evaluation.inputs.map_problems import header_problems, pixel_problems
from nnunet_glacier.evaluation.inputs.prediction_sets import (
    MissingPrediction,
    PredictionSet,
    Scheme,
    at_threshold,
    choose_split,
    strangers,
    without_probabilities,
)
from nnunet_glacier.evaluation.inputs.references import label_problems, with_hemispheres, without_pixel_size
from nnunet_glacier.evaluation.inputs.scoring_input import ScoringInput
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.evaluation.scene_scores import ScoringTask
from nnunet_glacier.formats.predicted_maps import choose_routes, decoded, decoding_problems, route_problems
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
        tasks: One per set and scene.
        missing: Scenes that should have been predicted and were not.
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


def make_plan(given: ScoringInput, options: Options) -> ScoringPlan:
    """Match predictions and labels and check them.

    Raises:
        InputError: With all problems at once; with `Options.skip_bad` those of single scenes become faults of the
            plan, as long as each set keeps a scene.
    """
    scheme, sets, dataset = given.scheme, given.sets, given.dataset
    known, published = dataset.scenes, dataset.published
    cases = {case for one in sets for case in one.cases}
    split = choose_split(options.split, scheme, dataset, cases)
    wanted = [case for case, reference in known.items() if split in ("all", reference.scene.split)]
    covered = {case: known[case] for case in wanted if case in cases}
    missing = given.missing_predictions(wanted)
    scored = [one.cases[case] for one in sets for case in covered if case in one.cases]
    routes, _ = choose_routes(_route_choice(options), scored)
    if wrong := decoding_problems(scored, options.rules):
        raise InputError(wrong, "The predictions cannot be scored")
    faults = strangers(sets, dataset)
    if options.threshold is not None:
        sets = at_threshold(sets, options.threshold)
        faults += [fault for fault in without_probabilities(sets) if fault.case in covered]
    if options.skip_bad or not options.allow_missing:
        faults += [lacking.fault for lacking in missing]
    faults += _label_faults(covered.values(), published)
    faults += _file_faults(sets, [reference for case, reference in covered.items() if not _lost(faults, case)], routes)
    usable = [reference for case, reference in covered.items() if not _lost(faults, case)]
    placed, problems = with_hemispheres(usable, dict(options.hemispheres), published=published)
    problems += without_pixel_size(usable, options.cut_ends_m)
    if not options.skip_bad:
        problems = [fault.problem for fault in faults] + problems
        faults = []
        if problems:
            problems += pixel_problems(_tasks(sets, covered.values(), routes, options, []), problems, options.workers)
    tasks = _tasks(sets, placed, routes, options, faults)
    if not problems:
        problems = without_scenes(given, {task.set_name for task in tasks}, split)
    if problems:
        everything = [*problems, *(fault.problem for fault in faults)]
        raise InputError(list(dict.fromkeys(everything)), "The predictions cannot be scored")
    return ScoringPlan(scheme, split, routes, tasks, missing, len(cases & known.keys() - covered.keys()), faults)


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
    for one in sets:
        for reference in references:
            prediction = one.cases.get(reference.scene.case)
            if prediction is not None:
                problems = route_problems(prediction, routes) + header_problems(prediction, reference, routes)
                faults += [Fault(one.name, prediction.case, problem) for problem in problems]
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
        ScoringTask(
            one.name, decoded(one.cases[case], options.rules), reference, routes, options.rules, options.cut_ends_m
        )
        for one in sets
        for reference in references
        if (case := reference.scene.case) in one.cases and (one.name, case) not in skipped
    ]


def without_scenes(given: ScoringInput, scored: Collection[str], split: str) -> list[Problem]:
    """Nothing to score, or a set among several with nothing to score.

    Args:
        given: Predictions and dataset.
        scored: Names of the sets with a scene that can be scored.
        split: The split that is scored.
    """
    remedy = "Choose another --split or other predictions"
    if not scored:
        return [Problem(given.dataset.source, f"no scene of split {split!r} was predicted", remedy)]
    what = f"no scene of split {split!r} that can be scored was predicted here"
    return [Problem(one.folder, what, remedy) for one in given.sets if one.name not in scored]


def coverage_remarks(
    given: ScoringInput, split: str, missing: Sequence[MissingPrediction], not_in_split: int, options: Options
) -> list[str]:
    """Sentences for the screen: what several folders are, scenes without a prediction, predictions out of the split."""
    lines = []
    scheme = given.scheme
    if scheme == "repeated":
        lines.append("The folders are taken for repeated trainings of one model: means and deviations are over them.")
    elif len(given.folders) > 1:
        lines.append("The folders have no scene in common: they are taken for the parts of a cross-validation.")
    if missing:
        scenes = len({lacking.case for lacking in missing})
        how = "by every folder" if scheme == "repeated" else "and left out of all figures"
        asked = "--skip-bad" if options.skip_bad else "--allow-missing"
        lines.append(f"{counted(scenes, 'scene was', 'scenes were')} not predicted {how} ({asked}).")
    if not_in_split:
        outside = counted(not_in_split, "predicted scene is", "predicted scenes are")
        lines.append(f"{outside} outside split {split!r}: not scored.")
    return lines
