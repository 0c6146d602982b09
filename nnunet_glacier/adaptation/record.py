"""``adaptation.json``: what a model was adapted from, on what and how, so that a run goes on only with the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.files import folder_problems, read_text, write_json
from nnunet_glacier.support.partial_files import holds_anything
from nnunet_glacier.support.resume import differences
from nnunet_glacier.support.wording import counted, some_of

ADAPTATION_JSON = "adaptation.json"
_OTHER_OUT = "Choose another OUT, or replace it with --overwrite"


def check_record(out: Path, settings: Mapping[str, Any], checkpoints: Mapping[str, str]) -> list[Problem]:
    """Why an output folder cannot take an adaptation: it holds another one, or something else.

    Args:
        out: The folder, which need not exist.
        settings: All that decides the weights beside the checkpoints that are adapted.
        checkpoints: SHA-256 of the checkpoint that each fold starts from; further folds may be added later.
    """
    problems = folder_problems(out)
    if problems or not holds_anything(out):
        return problems
    path = out / ADAPTATION_JSON
    try:
        earlier = json.loads(read_text(path))
        before = earlier["settings"]
        differing = _scenes_that_differ(before["scenes"], settings["scenes"])
        differing += differences(_one_by_one(before), _one_by_one(settings))
        others = [fold for fold, sha in checkpoints.items() if earlier["checkpoints"].get(fold, sha) != sha]
    except FileNotFoundError:
        return [Problem(out, f"it is not empty and holds no {ADAPTATION_JSON}", "Choose another OUT")]
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


def remove_adaptation(out: Path) -> None:
    """Remove an output folder if it holds an adaptation, and leave any other alone."""
    if (out / ADAPTATION_JSON).is_file():
        shutil.rmtree(out)


def write_adaptation(out: Path, settings: Mapping[str, Any], checkpoints: Mapping[str, str], **notes: Any) -> None:
    """Write the record, whole or not at all; folds of earlier runs stay in it."""
    path = out / ADAPTATION_JSON
    earlier = json.loads(read_text(path))["checkpoints"] if path.is_file() else {}
    write_json(path, {"settings": dict(settings), "checkpoints": {**earlier, **checkpoints}, **notes})
