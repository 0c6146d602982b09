"""How rare the line is: counted in the label maps that were written, so that no loss needs a weight set by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nnunet_glacier.dataset_conversion.geodata.patches import counts_in_windows
from nnunet_glacier.dataset_conversion.writing.raw_dataset import BALANCE_CSV, Case, RawDataset, case_files
from nnunet_glacier.domain.labels import FRONT, LABEL_SPACES
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.support.parallel import map_with_progress

PATCH_SIZES = (128, 256, 512)
"""Edges of the windows for which the balance inside of whole scenes is measured (Gattolin, and Mohajerani et al.)."""


@dataclass(frozen=True)
class CaseBalance:
    """Pixels of one label map.

    Attributes:
        positives: On the line.
        negatives: Beside it.
        ignored: Not learnt from.
        windows: By edge of a window: how many windows a line runs through, and the positives and negatives in them.
    """

    positives: int
    negatives: int
    ignored: int
    windows: Mapping[int, tuple[int, int, int]]


def case_balance(labels: np.ndarray, ignore: int, sizes: Sequence[int] | None = None) -> CaseBalance:
    """Count the classes of a label map.

    Args:
        labels: 0, 1 on the line, or `ignore`; shape ``(H, W)``.
        ignore: The code of pixels that are not learnt from.
        sizes: Edges of the windows; `PATCH_SIZES` if None.
    """
    line, learnt = labels == 1, labels != ignore
    windows = {}
    for size in (size for size in (PATCH_SIZES if sizes is None else sizes) if size <= min(labels.shape)):
        in_line, in_learnt = counts_in_windows(line, size), counts_in_windows(learnt, size)
        hit = in_line > 0
        positives = int(in_line.sum(dtype=np.int64))
        windows[size] = (int(hit.sum()), positives, int(in_learnt[hit].sum(dtype=np.int64)) - positives)
    positives = int(line.sum())
    return CaseBalance(positives, int(learnt.sum()) - positives, int(labels.size - learnt.sum()), windows)


def _read_case_balance(path: Path, *, ignore: int, sizes: Sequence[int] | None) -> CaseBalance:
    return case_balance(read_raster(path).values, ignore, sizes)


def write_balance(
    dataset: RawDataset,
    scenes: Sequence[Scene],
    *,
    ignore: int,
    sizes: Sequence[int] | None = None,
    workers: int | None = None,
) -> dict[str, Any]:
    """Count the label maps of a dataset with one line and write ``class_balance.csv`` of all cases.

    Args:
        dataset: The dataset, its label maps written.
        scenes: Those of all its cases.
        ignore: The code of pixels that are not learnt from.
        sizes: Edges of the windows, see `case_balance`.
        workers: Processes; None for one a core.

    Returns:
        The entry ``class_balance`` of ``dataset.json``: that of the training cases.
    """
    labels = [case_files(dataset, scene)["labels"] for scene in scenes]
    count = partial(_read_case_balance, ignore=ignore, sizes=sizes)
    balances = list(map_with_progress(count, labels, description="Counting", workers=workers))
    table = balance_table(dict(zip((scene.case for scene in scenes), balances, strict=True)))
    write_whole(dataset.folder / BALANCE_CSV, lambda temporary: table.to_csv(temporary, index=False))
    training = [balance for scene, balance in zip(scenes, balances, strict=True) if scene.split == "train"]
    return {"class_balance": balance_summary(training)}


def write_front_balance(dataset: RawDataset, cases: Sequence[Case], *, workers: int | None = None) -> dict[str, Any]:
    """`write_balance` where the front is the only task; nothing for other labels.

    Whole scenes are learnt from, so no windows are counted.
    """
    if dataset.variant != FRONT.name:
        return {}
    scenes = [case.scene for case in cases]
    return write_balance(dataset, scenes, ignore=LABEL_SPACES[dataset.variant].n_codes, sizes=(), workers=workers)


def _weight(positives: int, negatives: int) -> float | None:
    """Negatives per positive, or None without a positive: JSON has no infinity."""
    return round(negatives / positives, 4) if positives else None


def balance_summary(balances: Sequence[CaseBalance]) -> dict[str, Any]:
    """The entry ``class_balance`` of ``dataset.json``.

    Args:
        balances: Those of the training cases, test cases left out.

    Returns:
        Counts over all cases; ``positives_per_patch``, the mean over the cases with a line; ``positive_weight``,
        negatives per positive; and under ``windows`` the same for windows of some sizes that a line runs through, at
        every place, as a network sees them that is trained on such patches. None stands for "no line at all".
    """
    positives, negatives, ignored = (sum(getattr(case, name) for case in balances) for name in _COUNTS)
    with_line = [case.positives for case in balances if case.positives]
    windows = {}
    for size in sorted({size for case in balances for size in case.windows}):
        count, inside, beside = np.sum([case.windows[size] for case in balances if size in case.windows], axis=0)
        if count:
            windows[str(size)] = {
                "positives_per_patch": round(float(inside / count), 4),
                "positive_weight": _weight(int(inside), int(beside)),
            }
    return {
        "cases": len(balances),
        "cases_with_line": len(with_line),
        "positives": positives,
        "negatives": negatives,
        "ignored": ignored,
        "positives_per_patch": round(float(np.mean(with_line)), 4) if with_line else None,
        "positive_weight": _weight(positives, negatives),
        "windows": windows,
    }


_COUNTS = ("positives", "negatives", "ignored")


def balance_table(balances: Mapping[str, CaseBalance]) -> pd.DataFrame:
    """One row per case: ``case``, ``positives``, ``negatives`` and ``ignored``, in pixels."""
    rows = [{"case": case, **{name: getattr(balance, name) for name in _COUNTS}} for case, balance in balances.items()]
    return pd.DataFrame(rows, columns=["case", *_COUNTS])
