"""The stage ``evaluate``: predictions and a labelled dataset in, ``scores.csv`` and ``summary.json`` out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from nnunet_glacier.evaluation.classes.class_tables import confusion_table
from nnunet_glacier.evaluation.classes.evaluate_classes import evaluate_classes
from nnunet_glacier.evaluation.inputs.faults import Fault, skipped_text, with_skipped
from nnunet_glacier.evaluation.inputs.references import line_of
from nnunet_glacier.evaluation.inputs.scoring_input import ScoringInput, open_input
from nnunet_glacier.evaluation.inputs.scoring_plan import ScoringPlan, coverage_remarks, make_plan
from nnunet_glacier.evaluation.lines.evaluate_lines import evaluate_lines
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.evaluation.results.output_folder import check_out, summary_head
from nnunet_glacier.evaluation.results.result import Result, pooled_zones
from nnunet_glacier.evaluation.results.score_record import SCORED_SCENES
from nnunet_glacier.evaluation.results.tables import scores_table, screen_tables
from nnunet_glacier.evaluation.scene_scores import SceneScore
from nnunet_glacier.evaluation.scoring import score_all
from nnunet_glacier.formats.delivered_lines import scorable_lines
from nnunet_glacier.formats.scores import CONFUSION_CSV, SCORES_CSV, SUMMARY_JSON, write_scores
from nnunet_glacier.measures.deleted_pieces import NEAR_M, total
from nnunet_glacier.measures.measure import Measure
from nnunet_glacier.measures.registry import chosen_measures
from nnunet_glacier.support.bootstrap import Bootstrap
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.files import paths_of
from nnunet_glacier.support.wording import counted, quoted


def evaluate(
    predictions: Path | str | Iterable[Path | str], dataset: Path | str, out: Path | str, options: Options | None = None
) -> str:
    """Score predictions against a dataset's labels and write the scores; those of ice types by `evaluate_classes`.

    Args:
        predictions: A folder of predictions, or several, one per trained fold; or one trained model's folder, whose
            cross-validation is scored (`open_input`); or one file of lines, scored as they are (`evaluate_lines`).
        dataset: A converted dataset, or CaFFe's ``data_raw``.
        out: Folder for ``scores.csv``, ``summary.json`` and, of zones, ``confusion.csv``. Of several folders
            ``summary.json`` holds means at its top level; each folder's ``images`` and ``images_in_zone_mean`` stand
            under ``folds`` (`Result.to_json`).
        options: What to score and how.

    Returns:
        The text for the screen: tables, remarks, what was written and what comes next.

    Raises:
        InputError: With everything that is wrong with the predictions, the labels or the output folder. No scores are
            written then; those of single scenes are kept in ``scored_scenes.jsonl``, from where the next run goes on.
    """
    options, folders, dataset, out = options or Options(), paths_of(predictions), Path(dataset), Path(out)
    check_out(out, folders, options)
    if len(folders) == 1 and (lines := scorable_lines(folders[0])) is not None:
        return evaluate_lines(lines, dataset, out, options)
    given = open_input(folders, dataset)
    if given.dataset.has_classes_alone:
        return evaluate_classes(given, out, options)
    plan = make_plan(given, options)
    scores, faults = _score(plan, out, options)
    measures = chosen_measures(options.measures, cut_ends=options.cut_ends_m is not None)
    results = _results(plan, scores, measures, Bootstrap(options.bootstrap_seed))
    head = summary_head(
        given.folders, given.dataset.source, plan.scheme, plan.split, plan.missing, faults, plan.routes[0], options
    )
    deletion = total(score.deletion for score in results[0].scores)
    summary = {**head, **results[0].to_json(), "short_pieces": {"near_m": NEAR_M, **asdict(deletion)}}
    if len(results) > 1:
        summary["other_routes"] = {result.route: result.to_json() for result in results[1:]}
    zones = pooled_zones(plan.scheme, results[0].sets)
    if zones is not None:
        summary["zones"] = zones.to_json()
    table = with_skipped(scores_table([score for result in results for score in result.scores], measures), faults)
    write_scores(out, table, summary, None if zones is None else confusion_table(zones))
    line = line_of(given.dataset.scenes[score.scene.case] for score in results[0].scores)
    tables = [screen_tables(result, options.cut_ends_m, line) for result in results]
    closing = _closing(given, plan, results[0].scores, out, options, line)
    return "\n\n".join(filter(None, [*tables, skipped_text(faults), closing]))


def _score(plan: ScoringPlan, out: Path, options: Options) -> tuple[list[SceneScore], list[Fault]]:
    """The scores, and the scenes that are left out.

    Raises:
        InputError: With every file that could not be scored, unless such scenes are skipped and others remain.
    """
    scores, faults = score_all(plan.tasks, out / SCORED_SCENES, options)
    left = {score.prediction for score in scores} == {task.set_name for task in plan.tasks}
    if faults and not (options.skip_bad and left):
        problems = list(dict.fromkeys(fault.problem for fault in [*plan.faults, *faults]))
        outcome = "nothing was written"
        if scores:
            outcome = (
                f"no scores were written; scenes that were scored are kept in {out / SCORED_SCENES} for the next run"
            )
        raise InputError(problems, "The predictions cannot be scored", outcome)
    return scores, [*plan.faults, *faults]


def _results(
    plan: ScoringPlan, scores: Sequence[SceneScore], measures: Sequence[Measure], bootstrap: Bootstrap
) -> list[Result]:
    """One result per route."""
    names = dict.fromkeys(task.set_name for task in plan.tasks)
    return [
        Result(
            route,
            plan.scheme,
            {name: [s for s in scores if s.route == route and s.prediction == name] for name in names},
            measures,
            bootstrap,
        )
        for route in plan.routes
    ]


def _closing(
    given: ScoringInput, plan: ScoringPlan, scores: Sequence[SceneScore], out: Path, options: Options, line: str
) -> str:
    """Remarks on what was scored, what was written and what comes next."""
    rules = options.rules
    side = f", front on the {rules.front_side} side" if "zones" in plan.routes else ""
    lines = [
        "MDE: mean distance error over all front pixels of all images; 'image mean' and 'image median': of the images' "
        f"own mean distances. {line.capitalize()}s of up to {rules.min_front_length_m:g} m deleted{side}, predictions "
        f"cut to the scene's box where it has one; split {plan.split!r}."
    ]
    if rules.published_decoding:
        lines.append("Zones of fused labels decoded as published: the glacier also grows over rock, NA and open ocean.")
    deletion = total(score.deletion for score in scores)
    if deletion.pieces:
        were = counted(deletion.pieces, "short piece was", "short pieces were")
        lines.append(
            f"{were} deleted ({deletion.deleted_m:.0f} m): {deletion.false_pieces} of them false, further than "
            f"{NEAR_M:g} m from the label ({deletion.false_m:.0f} m); {deletion.label_lost_m:.0f} m of label lost."
        )
    if options.threshold is not None:
        lines.append(f"A pixel is {line} where its probability is above {options.threshold:g}.")
    lines += coverage_remarks(given, plan.split, plan.missing, plan.not_in_split, options)
    undated = len({score.scene.case for score in scores if not score.season})
    if undated:
        lines.append(f"{counted(undated, 'scene has', 'scenes have')} no date: in no season.")
    unscaled = len({score.scene.case for score in scores if math.isnan(score.scene.pixel_size_m)})
    if unscaled:
        scenes_without = counted(unscaled, "scene has", "scenes have")
        lines.append(f"{scenes_without} no pixel size: errors in pixels only, and short {line}s stay.")
    zones = any(score.zone_confusion is not None for score in scores)
    confusion = f"{out / CONFUSION_CSV} (labelled by predicted zone), " if zones else ""
    lines.append(
        f"Written: {out / SCORES_CSV} (a row per image), {confusion}{out / SUMMARY_JSON} (also glacier by season, ...)."
    )
    for_a_gis = "'nnunet-glacier fronts PREDICTIONS FRONTS' writes the fronts as lines for a GIS"
    if options.threshold is not None or line != "front":
        threshold = "" if options.threshold is None else f" --threshold {options.threshold:g}"
        for_a_gis = f"'nnunet-glacier lines PREDICTIONS LINES{threshold}' makes lines for a GIS"
    lines.append(f"Next: 'nnunet-glacier report {quoted(out)} REPORT' draws the scores, {for_a_gis}.")
    return "\n".join(lines)
