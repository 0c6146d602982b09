"""The way that every converter goes once it has found its cases: check, list all problems, or write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, CaseMaps, RawDataset, write_raw_dataset
from nnunet_glacier.dataset_conversion.writing.splits import Folds
from nnunet_glacier.dataset_conversion.writing.target_folder import clear_target, target_problems
from nnunet_glacier.support.errors import GlacierError, InputError, Problem


def check_and_write(
    dataset: RawDataset,
    cases: Sequence[Case],
    problems: Sequence[Problem],
    folds: Callable[[], Folds],
    load: Callable[[Case], CaseMaps],
    *,
    where: str,
    with_zones: bool,
    finish: Callable[[], Mapping[str, Any]] = dict,
    check_only: bool = False,
    overwrite: bool = False,
    workers: int | None = None,
) -> int | None:
    """Refuse the input with all problems at once, or write the dataset.

    Args:
        dataset: What the dataset is.
        cases: Every case, train and test.
        problems: What the converter found wrong with the source.
        folds: Makes the folds; may refuse with a `GlacierError`.
        load: Makes a case's arrays; must be picklable.
        where: The source, for the errors.
        with_zones: Whether the source has zones.
        finish: As in `write_raw_dataset`.
        check_only: Stop after the checks.
        overwrite: Replace an earlier conversion in the dataset's folder.
        workers: Processes; None for one a core.

    Returns:
        How many cases were written (the others were there already), or None if it only checked.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    found = [*problems, *target_problems(dataset, cases, overwrite=overwrite)]
    splits: Folds = []
    try:
        # Without training scenes there is a problem about that already.
        splits = folds() if any(case.scene.split == "train" for case in cases) else []
    except GlacierError as error:
        found.append(Problem(where, str(error), "Choose other --folds, or complete the dataset"))
    if found:
        raise InputError(found, f"{where} cannot be converted to {dataset.folder}")
    if check_only:
        return None
    if overwrite:
        clear_target(dataset.folder)
    return write_raw_dataset(dataset, cases, splits, load, with_zones=with_zones, finish=finish, workers=workers)
