"""``patches.csv``: where patches of scenes lie, so that they can be put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nnunet_glacier.dataset_conversion.writing.raw_dataset import PATCHES_CSV, RawDataset
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.files import write_whole


def scene_columns(grid: Grid) -> dict[str, Any]:
    """The columns that describe the scene of a patch.

    >>> scene_columns(Grid((40, 48), "EPSG:3031", (100.0, 0.0, -5.0, 0.0, -100.0, 9.0)))["scene_affine"]
    '100.0 0.0 -5.0 0.0 -100.0 9.0'
    """
    return {
        "scene_rows": grid.shape[0],
        "scene_columns": grid.shape[1],
        "scene_crs": grid.crs,
        "scene_affine": " ".join(map(repr, grid.affine or ())),
    }


def write_patch_table(dataset: RawDataset, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one row per patch, and nothing where there is none."""
    if rows:
        table = pd.DataFrame(rows)
        write_whole(dataset.folder / PATCHES_CSV, lambda temporary: table.to_csv(temporary, index=False))
