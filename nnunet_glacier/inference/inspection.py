"""Looking at all input before anything is predicted: images, and what an earlier run left in the output folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.formats.json_files import read_json
from nnunet_glacier.formats.prediction_record import Earlier
from nnunet_glacier.formats.predictions import PREDICTION_JSON
from nnunet_glacier.inference.cases import Case
from nnunet_glacier.inference.images import Checked, ImageFormat, check_case
from nnunet_glacier.inference.outputs import OutputPlan
from nnunet_glacier.inference.predictor import quiet
from nnunet_glacier.inference.prefetch import read_ahead
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.foreign_files import foreign_problems
from nnunet_glacier.support.parallel import default_workers
from nnunet_glacier.support.resume import contents_of, differences
from nnunet_glacier.support.whole_files import is_whole


@dataclass(frozen=True)
class Inspected:
    """What is known of a case before it is predicted.

    Attributes:
        case: The case.
        sha256: Of its image files.
        checked: What decoding it told; nothing of a case that was complete.
    """

    case: Case
    sha256: tuple[str, ...]
    checked: Checked


def inspect_cases(cases: Sequence[Case], done: frozenset[str], image_format: ImageFormat) -> list[Inspected]:
    """Decode every image that is to be predicted and take the checksum of all, with a progress bar.

    Args:
        cases: The cases.
        done: Names of the cases that are complete and need not be decoded.
        image_format: What the model takes.
    """
    look = partial(_inspect, done=done, image_format=image_format)
    with quiet():
        results = read_ahead(look, cases, default_workers())
        return list(tqdm(results, total=len(cases), desc="checking images", unit="image"))


def _inspect(case: Case, done: frozenset[str], image_format: ImageFormat) -> Inspected:
    checked = Checked() if case.name in done else check_case(case, image_format)
    readable = checked.problem is None and all(path.is_file() for path in case.files)
    return Inspected(case, tuple(contents_of(case.files)) if readable else (), checked)


def resume_problems(
    plan: OutputPlan,
    cases: Sequence[Case],
    earlier: Earlier | None,
    settings: Mapping[str, Any],
) -> list[Problem]:
    """Why a run cannot go on in this output folder: it holds a prediction made otherwise, or by something else."""
    start_anew = "Choose another OUT, or redo it with --overwrite"
    record = plan.out / PREDICTION_JSON
    if earlier is None:
        files = (path for case in cases for path in plan.files(case).values())
        return foreign_problems(plan.out, files, record, start_anew)
    return [Problem(record, line, start_anew) for line in differences(earlier.settings, settings)]


def description_problems(out: Path, dataset_json: Mapping[str, Any]) -> list[Problem]:
    """A ``dataset.json`` in the output folder that no prediction wrote, as in a dataset of nnU-Net's.

    Args:
        out: The output folder.
        dataset_json: The model's, which is to be written there; where it is there already, nothing is lost.
    """
    path = out / DATASET_JSON
    if not path.exists() or (out / PREDICTION_JSON).exists() or read_json(path, "")[0] == dataset_json:
        return []
    what = f"it is there without a {PREDICTION_JSON}, so no prediction wrote it, and would be written over"
    return [Problem(path, what, "Choose another OUT, such as a new folder")]


def image_problems(
    inspected: Sequence[Inspected], done: frozenset[str], plan: OutputPlan, earlier: Earlier | None
) -> list[Problem]:
    """Images that cannot be predicted, and complete cases that were predicted from another image.

    Args:
        inspected: The cases.
        done: Names of those that are complete.
        plan: Which files a case gets.
        earlier: What an earlier run with the same settings recorded, whose maps are to stay; None if they are not.
    """
    problems = [entry.checked.problem for entry in inspected if entry.checked.problem is not None]
    if earlier is None:
        return problems
    for entry in inspected:
        before = earlier.cases.get(entry.case.name, {})
        complete = entry.case.name in done or _is_complete_otherwise(plan, entry.case, before)
        if complete and tuple(before.get("sha256", ())) != entry.sha256:
            was = ", ".join(before.get("images", ("an unknown image",)))
            what = f"OUT holds a case {entry.case.name} that was predicted from another image ({was})"
            remedy = "Choose another OUT, or redo it with --overwrite"
            problems.append(Problem(", ".join(map(str, entry.case.files)), what, remedy))
    return problems


def _is_complete_otherwise(plan: OutputPlan, case: Case, before: Mapping[str, Any]) -> bool:
    """Whether a case is complete under other names than it would get now: those of an image of another ending."""
    recorded = [plan.out / name for name in before.get("files", ())]
    return bool(recorded) and set(recorded) != set(plan.files(case).values()) and all(map(is_whole, recorded))


def remove_earlier(out: Path, earlier: Earlier, cases: Iterable[str]) -> None:
    """Delete the files that an earlier run recorded of cases in its output folder, and nothing else."""
    for case in cases:
        for name in earlier.cases.get(case, {}).get("files", ()):
            path = (out / name).resolve()
            if path.is_relative_to(out.resolve()):
                path.unlink(missing_ok=True)
