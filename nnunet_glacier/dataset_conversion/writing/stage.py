"""The way that every converter goes: what it plans to write is refused with all problems at once, or written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, CaseMaps, RawDataset, write_raw_dataset
from nnunet_glacier.dataset_conversion.writing.splits import Folds
from nnunet_glacier.dataset_conversion.writing.summary import closing_words
from nnunet_glacier.dataset_conversion.writing.target_folder import clear_target, target_problems
from nnunet_glacier.support.errors import GlacierError, InputError, Problem


@dataclass(frozen=True)
class Run:
    """How a conversion is run; it decides nothing of what a dataset holds.

    Attributes:
        check_only: Stop after the checks.
        overwrite: Replace an earlier conversion in the dataset's folder.
        workers: Processes; None for one a core.
    """

    check_only: bool = False
    overwrite: bool = False
    workers: int | None = None


DEFAULT_RUN = Run()


@dataclass(frozen=True)
class Plan:
    """What a converter will write.

    Attributes:
        where: The source, for the errors.
        dataset: What the dataset is.
        cases: Every case, train and test.
        problems: What is wrong with the source.
        folds: Makes the folds; may refuse with a `GlacierError`.
        load: Makes a case's arrays; must be picklable.
        tables: Called when every case is written; writes tables of the converter's own and returns further entries of
            ``dataset.json``.
        contents: The cases in words, such as "6 scenes".
        notes: What the user may not expect, one sentence each.
    """

    where: Path
    dataset: RawDataset
    cases: Sequence[Case]
    problems: Sequence[Problem]
    folds: Callable[[], Folds]
    load: Callable[[Any], CaseMaps]
    tables: Callable[[], Mapping[str, Any]]
    contents: str
    notes: Sequence[str] = ()


def carry_out(plan: Plan, run: Run) -> str:
    """Refuse the source with all problems at once, or write the dataset, or what is missing of it.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    dataset, cases = plan.dataset, plan.cases
    problems = [*plan.problems, *target_problems(dataset, cases, overwrite=run.overwrite)]
    splits: Folds = []
    trains = any(case.scene.split == "train" for case in cases)
    try:
        splits = plan.folds() if trains else []
    except GlacierError as error:
        problems.append(Problem(plan.where, str(error), "Choose other --folds, or complete the dataset"))
    if problems:
        raise InputError(problems, f"{plan.where} cannot be converted to {dataset.folder}")
    if run.check_only:
        return closing_words(dataset.folder, plan.contents, plan.notes, len(cases), None)
    if run.overwrite:
        clear_target(dataset.folder)
    written = write_raw_dataset(dataset, cases, splits, plan.load, finish=plan.tables, workers=run.workers)
    return closing_words(dataset.folder, plan.contents, plan.notes, len(cases), written, trains=trains)
