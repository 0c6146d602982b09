"""Which scenes the numbers of an evaluation leave out, and why, in words: bad input, no prediction, no pixel size."""

from __future__ import annotations

from collections.abc import Sequence

from nnunet_glacier.formats.score_summary import LeftOut
from nnunet_glacier.report.evaluations import METRES, PIXELS, Evaluation, Unit
from nnunet_glacier.report.remarks import listed
from nnunet_glacier.support.wording import counted

LONGEST_LIST = 20
"""Skipped scenes whose reasons the page names, and others that it names."""


def left_out_notes(evaluation: Evaluation) -> list[str]:
    """A sentence on the skipped scenes and one on those without a prediction; none where every scene was scored."""
    return [
        f"{evaluation.name}: {_share(evaluation, len(names))} {what}: {listed(names)}."
        for what, names in (
            ("skipped because of bad input (evaluate --skip-bad)", _names(evaluation, evaluation.skipped)),
            ("not predicted (evaluate --allow-missing)", _names(evaluation, evaluation.missing)),
        )
        if names
    ]


def left_out_text(evaluation: Evaluation) -> str:
    """The numbers of scenes that were left out, for a table: ``1 skipped, 2 not predicted``, or ``none``."""
    skipped, missing = left_out_numbers(evaluation).values()
    parts = [f"{skipped} skipped"] if skipped else []
    parts += [f"{missing} not predicted"] if missing else []
    return ", ".join(parts) or "none"


def left_out_numbers(evaluation: Evaluation) -> dict[str, int]:
    """How many scenes were skipped, and how many not predicted, by one set of predictions or more."""
    return {
        "skipped_scenes": len(_names(evaluation, evaluation.skipped)),
        "scenes_without_prediction": len(_names(evaluation, evaluation.missing)),
    }


def left_out_entries(evaluation: Evaluation) -> list[tuple[str, str]]:
    """How many scenes were scored, and every one that was not, with the reason, as named values."""
    entries = [("scenes scored", f"{_scored(evaluation)} of {_all_scenes(evaluation)}")]
    for scene in evaluation.skipped[:LONGEST_LIST]:
        by = f" ({scene.prediction})" if scene.prediction and evaluation.scheme != "single" else ""
        entries.append(("skipped", f"{scene.case}{by}: {scene.why}"))
    more = len(evaluation.skipped) - LONGEST_LIST
    entries += [("skipped", f"{more} more: 'skipped' in summary.json")] if more > 0 else []
    names = _names(evaluation, evaluation.missing)
    entries += [("not predicted", listed(names, LONGEST_LIST))] if names else []
    return entries


def without_metres_notes(evaluation: Evaluation, unit: Unit) -> list[str]:
    """A sentence on scenes whose distances are known in pixels alone, where the report is in metres."""
    rows = evaluation.main
    n_scenes = rows[rows[METRES.column].isna() & rows[PIXELS.column].notna()]["case"].nunique()
    if unit != METRES or not n_scenes:
        return []
    have = "has" if n_scenes == 1 else "have"
    why = "no distance in metres, because the size of their pixels is unknown"
    told = f"{n_scenes} of {counted(_scored(evaluation), 'scene')} {have} {why}"
    return [f"{evaluation.name}: {told}; numbers in metres leave them out or are dashes."]


def different_scenes_text(evaluations: Sequence[Evaluation]) -> str:
    """A sentence where the experiments were not all scored on the same scenes, "" where they were."""
    cases = [set(evaluation.main["case"]) for evaluation in evaluations]
    together = set.intersection(*cases)
    if all(own == together for own in cases):
        return ""
    counts = ", ".join(str(len(own)) for own in cases)
    return (
        f"The experiments were not scored on the same scenes ({counts}; {len(together)} in common): their numbers "
        "compare only as far as the scenes are the same."
    )


def _names(evaluation: Evaluation, left_out: Sequence[LeftOut]) -> list[str]:
    """The scenes, each once, with the sets of predictions that lack them where others do not."""
    scored = set(evaluation.main["case"])
    names = []
    for case in dict.fromkeys(one.case for one in left_out):
        sets = dict.fromkeys(one.prediction for one in left_out if one.case == case and one.prediction)
        names.append(f"{case} (by {', '.join(sets)} alone)" if case in scored and sets else case)
    return names


def _share(evaluation: Evaluation, count: int) -> str:
    return f"{count} of {counted(_all_scenes(evaluation), 'scene')} {'was' if count == 1 else 'were'}"


def _scored(evaluation: Evaluation) -> int:
    return evaluation.main["case"].nunique()


def _all_scenes(evaluation: Evaluation) -> int:
    others = {scene.case for scene in (*evaluation.skipped, *evaluation.missing)}
    return len(others | set(evaluation.main["case"]))
