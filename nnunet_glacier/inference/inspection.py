"""Looking at all input before anything is predicted: images, and what an earlier run left in the output folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

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
    if earlier is None:
        files = (path for case in cases for path in plan.files(case).values())
        return foreign_problems(plan.out, files, plan.out / PREDICTION_JSON, start_anew)
    record = plan.out / PREDICTION_JSON
    return [Problem(record, line, start_anew) for line in differences(earlier.settings, settings)]


def image_problems(inspected: Sequence[Inspected], done: frozenset[str], earlier: Earlier | None) -> list[Problem]:
    """Images that cannot be predicted, and complete cases that were predicted from another image."""
    problems = [entry.checked.problem for entry in inspected if entry.checked.problem is not None]
    for entry in inspected:
        name = entry.case.name
        if (
            earlier is not None
            and name in done
            and tuple(earlier.cases.get(name, {}).get("sha256", ())) != entry.sha256
        ):
            was = ", ".join(earlier.cases.get(name, {}).get("images", ("an unknown image",)))
            what = f"OUT holds a case {name} that was predicted from another image ({was})"
            remedy = "Choose another OUT, or redo it with --overwrite"
            problems.append(Problem(", ".join(map(str, entry.case.files)), what, remedy))
    return problems


def remove_earlier(out: Path, earlier: Earlier) -> None:
    """Delete the files that an earlier run recorded in its output folder, and nothing else."""
    for case in earlier.cases.values():
        for name in case.get("files", ()):
            path = (out / name).resolve()
            if path.is_relative_to(out.resolve()):
                path.unlink(missing_ok=True)
