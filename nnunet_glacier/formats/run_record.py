"""``fronts.json`` and ``lines.json``: how a folder was made and what of, so that a run goes on only with the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.files import read_text
from nnunet_glacier.support.resume import content_of, differences

FRONTS_JSON, LINES_JSON = "fronts.json", "lines.json"

_OUTCOME = ("made_from", "layers", "cases")
"""Keys that stand beside the settings and tell what came of them."""

ANEW = "Give another folder, or --overwrite to do everything anew"
"""What to do about a folder that this run cannot go on in."""


def made_from(prediction: Prediction, scene: Scene, box: Box | None, others: Iterable[Path] = ()) -> dict[str, Any]:
    """What decides a case's result beside the settings of the run, as JSON: its maps, their meaning, its scene.

    Args:
        prediction: The case's maps, which are read for their SHA-256.
        scene: Its scene; only what the result depends on is kept.
        box: Window that its front is cut to, or None.
        others: Files beside its maps that it is made from too.
    """
    files = [path for path in (*prediction.files, *others) if path.is_file()]
    return {
        "sha256": {f"{path.parent.name}/{path.name}": content_of(path) for path in files},
        "tasks": None if prediction.space is None else prediction.space.to_json(),
        "grey": prediction.grey,
        "pixel_size_m": scene.pixel_size_m,
        "box": None if box is None else list(astuple(box)),
        "crs": scene.crs,
        "affine": None if scene.affine is None else list(scene.affine),
    }


def recorded_cases(path: Path) -> tuple[str, ...]:
    """The cases that an earlier run wrote files of, whatever its settings; none without a readable record.

    Args:
        path: The record.
    """
    try:
        cases = json.loads(read_text(path))["made_from"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    # A name that leaves the folder is none that was written.
    return tuple(case for case in cases if Path(case).name == case) if isinstance(cases, dict) else ()


def read_earlier(path: Path, settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """What an earlier run made each case from, and a problem if it was made otherwise than these settings say.

    Args:
        path: The record; without it there was no earlier run.
        settings: What decides the result of this run, as JSON.

    Returns:
        `made_from` by case, and the problems.
    """
    if not path.is_file():
        return {}, []
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        before = None
    if not isinstance(before, dict):
        return {}, [Problem(path, "it does not tell how the files beside it were made", ANEW)]
    cases = before.get("made_from")
    changed = differences({name: value for name, value in before.items() if name not in _OUTCOME}, settings)
    return cases if isinstance(cases, dict) else {}, [Problem(path, "; ".join(changed), ANEW)] if changed else []
