"""The stage ``evaluate``: predictions and a labelled dataset in, ``scores.csv`` and ``summary.json`` out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nnunet_glacier.errors import InputError, Problem
from nnunet_glacier.evaluation.prediction_sets import (
    MissingPrediction,
    PredictionSet,
    Scheme,
    SplitChoice,
    check_cases,
    choose_split,
    read_prediction_sets,
)
from nnunet_glacier.evaluation.references import (
    check_references,
    is_published_layout,
    read_references,
    with_hemispheres,
)
from nnunet_glacier.evaluation.result import Result
from nnunet_glacier.evaluation.scene_scores import SceneScore, ScoringTask, score_scene
from nnunet_glacier.evaluation.tables import scores_table, screen_tables
from nnunet_glacier.files import folder_problems, write_json, write_whole
from nnunet_glacier.front_lines import FrontRules
from nnunet_glacier.parallel import map_with_progress
from nnunet_glacier.predicted_maps import Route, RouteChoice, choose_routes
from nnunet_glacier.scene_files import SceneFiles

SCORES_CSV = "scores.csv"
SUMMARY_JSON = "summary.json"


@dataclass(frozen=True)
class Options:
    """What a user may choose; the defaults score CaFFe as published.

    Attributes:
        split: Split to score; ``auto`` see `choose_split`.
        route: Route from a prediction to its front; ``auto`` see `choose_routes`.
        rules: How the front is found.
        allow_missing: Score what was predicted when scenes of the split were not.
        hemispheres: Glacier to ``north`` or ``south``, where the dataset does not know it.
        workers: Processes; None for one a core.
        overwrite: Replace scores of other predictions in the output folder.
    """

    split: SplitChoice = "auto"
    route: RouteChoice = "auto"
    rules: FrontRules = field(default_factory=FrontRules)
    allow_missing: bool = False
    hemispheres: Mapping[str, str] = field(default_factory=dict)
    workers: int | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class _Plan:
    """What will be scored, after every check that needs no pixels."""

    scheme: Scheme
    split: str
    routes: tuple[Route, ...]
    tasks: list[ScoringTask]
    missing: list[MissingPrediction]
    not_in_split: int


def evaluate(predictions: Sequence[Path], dataset: Path, out: Path, options: Options | None = None) -> str:
    """Score predictions against a dataset's labels and write the scores.

    Args:
        predictions: Folders of predictions (`list_predictions`), one a trained fold; or one trained model's folder,
            whose cross-validation is scored.
        dataset: A converted dataset, or CaFFe's ``data_raw``.
        out: Folder for ``scores.csv`` and ``summary.json``. Of several folders ``summary.json`` holds means at its
            top level; each folder's ``images`` and ``images_in_zone_mean`` stand under ``folds`` (`Result.to_json`).
        options: What to score and how.

    Returns:
        The text for the screen: tables, remarks, what was written and what comes next.

    Raises:
        InputError: With everything that is wrong with the predictions, the labels or the output folder; nothing is
            written then.
    """
    options = options or Options()
    _check_out(out, predictions, options.overwrite)
    plan = _plan(predictions, dataset, options)
    results = _score(plan, options.workers)
    summary = {**_settings(predictions, dataset, plan, options), **results[0].to_json()}
    if len(results) > 1:
        summary["other_routes"] = {result.route: result.to_json() for result in results[1:]}
    table = scores_table([score for result in results for score in result.scores])
    write_whole(out / SCORES_CSV, lambda temporary: table.to_csv(temporary, index=False))
    write_json(out / SUMMARY_JSON, summary)
    return "\n\n".join(
        [*(screen_tables(result) for result in results), _closing(out, plan, results[0].scores, options)]
    )


def _check_out(out: Path, predictions: Sequence[Path], overwrite: bool) -> None:
    """Refuse a folder that cannot be written to or that holds the scores of other predictions.

    Scores are always computed anew; those of other predictions are not replaced by accident.
    """
    unusable = folder_problems(out)
    if unusable:
        raise InputError(unusable)
    summary = out / SUMMARY_JSON
    if overwrite or not summary.is_file():
        return
    try:
        content = json.loads(summary.read_text(encoding="utf-8"))
    except ValueError:
        content = None
    before = content.get("predictions") if isinstance(content, dict) else None
    if before != _names(predictions):
        what = f"it holds the scores of other predictions: {before}"
        raise InputError([Problem(summary, what, "Give another folder, or --overwrite")])


def _names(predictions: Sequence[Path]) -> list[str]:
    return [str(folder.absolute()) for folder in predictions]


def _plan(predictions: Sequence[Path], dataset: Path, options: Options) -> _Plan:
    """Check everything that needs no pixels, all problems at once."""
    scheme, sets = read_prediction_sets(predictions)
    known = read_references(dataset)
    published = is_published_layout(dataset)
    cases = {case for found in sets for case in found.cases}
    split = choose_split(options.split, scheme, published, cases, known)
    wanted = [case for case, reference in known.items() if split in ("all", reference.scene.split)]
    problems, missing = check_cases(sets, scheme, wanted, known, dataset)
    if not options.allow_missing:
        problems += [lacking.problem for lacking in missing]
    covered = {case: known[case] for case in wanted if case in cases}
    problems += check_references(covered.values(), published=published)
    placed, unplaced = with_hemispheres(covered.values(), dict(options.hemispheres), published=published)
    scored = [found.cases[case] for found in sets for case in covered if case in found.cases]
    routes, unrouted = choose_routes(options.route, scored)
    problems += unplaced + unrouted
    if not problems and not scored:
        what = f"no scene of split {split!r} was predicted"
        problems.append(Problem(dataset, what, "Choose another --split or other predictions"))
    if problems:
        raise InputError(problems, "The predictions cannot be scored")
    outside = len(cases - covered.keys())
    return _Plan(scheme, split, routes, _tasks(sets, placed, routes, options.rules), missing, outside)


def _tasks(
    sets: Sequence[PredictionSet], references: Sequence[SceneFiles], routes: tuple[Route, ...], rules: FrontRules
) -> list[ScoringTask]:
    return [
        ScoringTask(found.name, found.cases[reference.scene.case], reference, routes, rules)
        for found in sets
        for reference in references
        if reference.scene.case in found.cases
    ]


def _score(plan: _Plan, workers: int | None) -> list[Result]:
    """One result a route.

    Raises:
        InputError: With every file that could not be scored.
    """
    scores: list[SceneScore] = []
    problems: list[Problem] = []
    for found in map_with_progress(score_scene, plan.tasks, description="score", workers=workers):
        for item in found:
            if isinstance(item, Problem):
                problems.append(item)
            else:
                scores.append(item)
    if problems:
        raise InputError(list(dict.fromkeys(problems)), "The predictions cannot be scored")
    names = dict.fromkeys(task.set_name for task in plan.tasks)
    return [
        Result(
            route,
            plan.scheme,
            {name: [s for s in scores if s.route == route and s.prediction == name] for name in names},
        )
        for route in plan.routes
    ]


def _settings(predictions: Sequence[Path], dataset: Path, plan: _Plan, options: Options) -> dict[str, Any]:
    """What was scored and how: the head of ``summary.json``."""
    return {
        "predictions": _names(predictions),
        "dataset": str(dataset.absolute()),
        "scheme": plan.scheme,
        "split": plan.split,
        "route": plan.routes[0],
        "min_front_length_m": options.rules.min_front_length_m,
        "front_side": options.rules.front_side,
        "missing_predictions": [lacking.to_json() for lacking in plan.missing],
        "version": version("nnunet-glacier"),
    }


def _closing(out: Path, plan: _Plan, scores: Sequence[SceneScore], options: Options) -> str:
    """Remarks on what was scored, what was written and what comes next."""
    rules = options.rules
    side = f", front on the {rules.front_side} side" if "zones" in plan.routes else ""
    lines = [
        "MDE: mean distance error over all front pixels of all images; 'image mean' and 'image median': of the images' "
        f"own mean distances. Fronts of up to {rules.min_front_length_m:g} m deleted{side}, predictions cut to the "
        f"scene's box where it has one; split {plan.split!r}."
    ]
    if plan.missing:
        scenes = len({lacking.case for lacking in plan.missing})
        how = "by every folder" if plan.scheme == "repeated" else "and are in no figure"
        lines.append(f"{scenes} scenes were not predicted {how} (--allow-missing).")
    if plan.not_in_split:
        lines.append(f"{plan.not_in_split} predicted scenes are outside split {plan.split!r} and were not scored.")
    undated = len({score.scene.case for score in scores if not score.season})
    if undated:
        lines.append(f"{undated} scenes have no date and are in no season.")
    unscaled = len({score.scene.case for score in scores if math.isnan(score.scene.pixel_size_m)})
    if unscaled:
        lines.append(f"{unscaled} scenes have no pixel size: their errors are in pixels only, and short fronts stay.")
    lines.append(f"Written: {out / SCORES_CSV} (a row an image), {out / SUMMARY_JSON} (also glacier by season, ...).")
    lines.append("Next: 'nnunet-glacier fronts PREDICTIONS OUT' writes the fronts as lines for a GIS.")
    return "\n".join(lines)
