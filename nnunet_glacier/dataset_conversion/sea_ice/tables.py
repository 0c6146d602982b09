"""What stands beside the cases of a sea ice dataset: the place of every window, and the pixels of every class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nnunet_glacier.dataset_conversion.sea_ice.case import IceCase, IceCheck
from nnunet_glacier.dataset_conversion.sea_ice.codes import IGNORE
from nnunet_glacier.dataset_conversion.writing.patch_table import scene_columns, write_patch_table
from nnunet_glacier.dataset_conversion.writing.raw_dataset import BALANCE_CSV, RawDataset, case_files
from nnunet_glacier.domain.labels import ICE_TYPE
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.support.parallel import map_with_progress

_CLASSES = (*ICE_TYPE.classes, "ignored")


def class_pixels(path: Path) -> np.ndarray:
    """Pixels of every class of a label map on disk, and of those that are ignored; int, one entry a code."""
    return np.bincount(read_raster(path).values.ravel(), minlength=IGNORE + 1)


def window_rows(cases: Sequence[IceCase], checks: Mapping[str, IceCheck]) -> list[dict[str, Any]]:
    """Where every half and every crop lies: one row per case, nothing for whole scenes.

    Columns: ``case``, ``scene``; ``row``, ``column``, ``height`` and ``width`` of the window in the scene's pixels;
    ``scene_rows``, ``scene_columns``, ``scene_crs`` and ``scene_affine`` (six numbers separated by blanks).
    """
    rows = []
    for case in cases:
        window, grid = case.part.window, checks[case.ice.time].grid
        if window is not None and grid is not None:
            place = {name: getattr(window, name) for name in ("row", "column", "height", "width")}
            rows.append({"case": case.scene.case, "scene": case.ice.time, **place, **scene_columns(grid)})
    return rows


def write_tables(
    dataset: RawDataset,
    cases: Sequence[IceCase],
    checks: Mapping[str, IceCheck],
    *,
    workers: int | None = None,
) -> dict[str, Any]:
    """Write ``class_balance.csv`` of all cases and, where scenes were cut, ``patches.csv``.

    Returns:
        The entry ``class_pixels`` of ``dataset.json``: pixels by class over the cases that train, and over those that
        validate; crops that overlap count a pixel several times.
    """
    labels = [case_files(dataset, case.scene)["labels"] for case in cases]
    counts = np.array(list(map_with_progress(class_pixels, labels, description="Counting", workers=workers)))
    table = pd.DataFrame(counts, columns=list(_CLASSES))
    table.insert(0, "case", [case.scene.case for case in cases])
    write_whole(dataset.folder / BALANCE_CSV, lambda temporary: table.to_csv(temporary, index=False))
    write_patch_table(dataset, window_rows(cases, checks))
    purposes = np.array([case.part.purpose for case in cases])
    sums = {purpose: counts[purposes == purpose].sum(axis=0) for purpose in ("train", "validation")}
    return {
        "class_pixels": {
            purpose: dict(zip(_CLASSES, map(int, of_purpose), strict=True)) for purpose, of_purpose in sums.items()
        }
    }
