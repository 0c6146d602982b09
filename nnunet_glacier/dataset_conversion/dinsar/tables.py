"""What stands beside the cases of a grounding line dataset: the place of every patch, and how rare the line is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nnunet_glacier.dataset_conversion.dinsar.case import IGNORE, DinsarCase, DinsarCheck
from nnunet_glacier.dataset_conversion.writing.class_balance import write_balance
from nnunet_glacier.dataset_conversion.writing.patch_table import scene_columns, write_patch_table
from nnunet_glacier.dataset_conversion.writing.raw_dataset import RawDataset
from nnunet_glacier.lines.grids import Grid


def patch_rows(cases: Sequence[DinsarCase], checks: Mapping[str, DinsarCheck]) -> list[dict[str, Any]]:
    """Where every patch lies: one row per case, nothing for whole scenes.

    Columns: ``case``, ``scene``; ``row``, ``column`` and ``size`` of the window in the scene's pixels; ``with_line``;
    ``scene_rows``, ``scene_columns``, ``scene_crs`` and ``scene_affine`` (six numbers separated by blanks) of the grid
    that the patches are put back on.
    """
    rows = []
    for case in cases:
        if case.patch is None:
            continue
        grid = checks[case.interferogram.name].grid or Grid((0, 0))
        rows.append(
            {
                "case": case.scene.case,
                "scene": case.interferogram.name,
                "row": case.patch.row,
                "column": case.patch.column,
                "size": case.patch.size,
                "with_line": case.patch.with_line,
                **scene_columns(grid),
            }
        )
    return rows


def write_tables(
    dataset: RawDataset,
    cases: Sequence[DinsarCase],
    checks: Mapping[str, DinsarCheck],
    *,
    workers: int | None = None,
) -> dict[str, Any]:
    """Write ``class_balance.csv`` of all cases and, for patches, ``patches.csv``.

    Returns:
        The entry ``class_balance`` of ``dataset.json``: that of the training cases.
    """
    balance = write_balance(dataset, [case.scene for case in cases], ignore=IGNORE, workers=workers)
    write_patch_table(dataset, patch_rows(cases, checks))
    return balance
