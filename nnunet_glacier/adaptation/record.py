"""``adaptation.json``: what a model was adapted from, on what and how, so that a run goes on only with the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.formats.model_plans import PLANS_JSON
from nnunet_glacier.formats.prediction_layout import FOLD
from nnunet_glacier.formats.trained_folders import UNFINISHED
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.files import folder_problems, read_text, write_json
from nnunet_glacier.support.partial_files import holds_anything
from nnunet_glacier.support.resume import differences
from nnunet_glacier.support.wording import counted, some_of

ADAPTATION_JSON = "adaptation.json"

HELD_OUT = "held_out.txt"
"""Images of the labelled scenes that were not trained on, in the form that ``predict`` takes."""

_OTHER_OUT = "Choose another OUT, or replace it with --overwrite"


@dataclass(frozen=True)
class Record:
    """What stands in ``adaptation.json``.

    Attributes:
        settings: All that decides the weights beside the checkpoints that are adapted.
        checkpoints: SHA-256 of the checkpoint that each fold starts from; further folds may be added later.
        model: What was adapted.
        dataset: Where the scenes lie.
    """

    settings: Mapping[str, Any]
    checkpoints: Mapping[str, str]
    model: str
    dataset: str


def check_record(out: Path, record: Record, *, overwrite: bool) -> list[Problem]:
    """Why an output folder cannot take an adaptation: it holds another one, or something else.

    Args:
        out: The folder, which need not exist.
        record: What the adaptation is made of.
        overwrite: Whether another adaptation may be replaced.
    """
    problems = folder_problems(out)
    if problems or not holds_anything(out):
        return problems
    path, settings = out / ADAPTATION_JSON, record.settings
    if not path.is_file():
        return [Problem(out, f"it is not empty and holds no {ADAPTATION_JSON}", "Choose another OUT")]
    if overwrite:
        return []
    try:
        earlier = json.loads(read_text(path))
        before = earlier["settings"]
        differing = _scenes_that_differ(before["scenes"], settings["scenes"])
        differing += differences(_one_by_one(before), _one_by_one(settings))
        others = [fold for fold, sha in record.checkpoints.items() if earlier["checkpoints"].get(fold, sha) != sha]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [Problem(path, f"it cannot be read ({error})", _OTHER_OUT)]
    if differing or others:
        what = "; ".join([*differing, *(f"the weights of the model's fold {fold} were others" for fold in others)])
        return [Problem(out, f"it holds another adaptation: {what}", _OTHER_OUT)]
    return []


def _one_by_one(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings but the scenes, those of the schedule each by its own name."""
    others = {name: value for name, value in settings.items() if name not in ("scenes", "schedule")}
    return {**others, **settings["schedule"]}


def _scenes_that_differ(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is told of training scenes that are others, or whose image or label is another."""
    parts = (
        ("trained on before and not now", [case for case in before if case not in now]),
        ("trained on now and not before", [case for case in now if case not in before]),
        ("with another image or label than before", [case for case in now if before.get(case, now[case]) != now[case]]),
    )
    return [f"{counted(len(cases), 'scene')} {words} ({some_of(cases)})" for words, cases in parts if cases]


def write_adaptation(out: Path, record: Record, *, overwrite: bool) -> None:
    """Write the record, whole or not at all; folds of earlier runs stay in it, unless their adaptation is replaced.

    Then what the earlier runs wrote goes, and nothing else that lies in the folder.
    """
    path, earlier = out / ADAPTATION_JSON, {}
    if overwrite:
        _remove_all_but_the_record(out)
    elif path.is_file():
        earlier = json.loads(read_text(path))["checkpoints"]
    write_json(path, {**asdict(record), "checkpoints": {**earlier, **record.checkpoints}})


def _remove_all_but_the_record(out: Path) -> None:
    """Remove what adaptations have written beside the record; what cannot be removed is told.

    A fold that is there counts as done, so that it goes whole: it is moved away before its files are deleted.
    """
    work = out / UNFINISHED
    if work.is_dir():
        shutil.rmtree(work)
    moved = work / "replaced"
    moved.mkdir(parents=True)
    for fold in out.glob("fold_*"):
        if FOLD.fullmatch(fold.name):
            fold.rename(moved / fold.name)
    for name in (PLANS_JSON, DATASET_JSON, HELD_OUT):
        (out / name).unlink(missing_ok=True)
    shutil.rmtree(work)
