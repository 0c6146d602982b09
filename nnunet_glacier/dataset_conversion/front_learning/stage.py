"""FrontLearning: Landsat scenes of Greenland's outlet glaciers with hand-drawn calving fronts, to nnU-Net's raw format.

Mohajerani, Wood, Velicogna and Rignot (2019), Detection of Glacier Calving Margins with Convolutional Neural
Networks: A Case Study, Remote Sensing 11(1), 74, doi 10.3390/rs11010074; CC BY 4.0.

Layout: ``[train|test]/images/<product>_<band>_Subset.png`` (300 rows x 200 columns, grey, stored as RGBA) and
``[train|test]/labels_1px/<product>_<band>_Front.png`` (a dark one-pixel line on white). A case is a Landsat product,
e.g. ``LE07_L1TP_008011_20000323_20170212_01_T1``. Scenes are turned so that the glacier flows up the image; pixels
measure about 49 m, and map coordinates are not published.

Neighbouring Landsat paths overlap at these latitudes: all scenes of a glacier show the same window of ground, whichever
path/row they come from (compared by eye, all 123 training scenes; names from the paper).

=============  ====================================================  ==========
glacier        path/row                                              scenes
=============  ====================================================  ==========
Jakobshavn     008/011, 009/011, 010/011                             30 (train)
Sverdrup       020/007, 021/006, 021/007, 022/006, 023/006, 024/006  70 (train)
Kangerlussuaq  229/012, 230/012, 231/012                             23 (train)
Helheim        231/014, 233/013                                      10 (test)
=============  ====================================================  ==========

So folds by path/row have the same glacier on both sides; only folds by glacier test a network on ice it has not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.front_learning.inputs import case_problems, find_cases, path_row_of
from nnunet_glacier.dataset_conversion.writing.class_balance import write_front_balance
from nnunet_glacier.dataset_conversion.writing.label_maps import FRONT_WIDTH, label_map
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, CaseMaps, RawDataset
from nnunet_glacier.dataset_conversion.writing.splits import NNUNET_SEED, Folds, group_folds, random_folds
from nnunet_glacier.dataset_conversion.writing.stage import check_and_write
from nnunet_glacier.formats.grey_png import read_grey_png
from nnunet_glacier.support.parallel import map_with_progress

PIXEL_SIZE_M = 49.0
"""Edge of a pixel in metres, about (Mohajerani et al. 2019)."""

GLACIER_OF_PATH_ROW = {
    **dict.fromkeys(("008011", "009011", "010011"), "Jakobshavn"),
    **dict.fromkeys(("020007", "021006", "021007", "022006", "023006", "024006"), "Sverdrup"),
    **dict.fromkeys(("229012", "230012", "231012"), "Kangerlussuaq"),
    **dict.fromkeys(("231014", "233013"), "Helheim"),
}
"""Which glacier the scenes of a Landsat path/row show."""

FOLD_SCHEMES = ("random", "glacier", "path-row")


@dataclass(frozen=True)
class FrontLearningOptions:
    """What can be chosen.

    Attributes:
        folds: One of `FOLD_SCHEMES`.
        file_ending: ``.png`` or ``.nii.gz``.
        front_width: Edge of the kernel that fronts are dilated with, in pixels, odd; 1 keeps the one-pixel line.
        pixel_size_m: Edge of a pixel in metres.
        glaciers: Glaciers of further path/rows, e.g. ``{"232014": "Helheim"}``.
    """

    folds: str = "random"
    file_ending: str = ".png"
    front_width: int = FRONT_WIDTH
    pixel_size_m: float = PIXEL_SIZE_M
    glaciers: Mapping[str, str] = field(default_factory=dict)


def convert_front_learning(
    root: Path,
    out: Path,
    options: FrontLearningOptions,
    *,
    check_only: bool = False,
    overwrite: bool = False,
    workers: int | None = None,
) -> tuple[list[Case], int | None]:
    """Check the published dataset and write it in nnU-Net's raw format.

    Args:
        root: The folder with ``train`` and ``test``, or one of these.
        out: The dataset folder, ``DatasetXXX_Name``.
        options: What can be chosen.
        check_only: Stop after the checks.
        overwrite: Replace an earlier conversion in `out`.
        workers: Processes; None for one a core.

    Returns:
        The cases, and how many of them were written (the others were there already), or None if it only checked.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    cases, problems = find_cases(root, {**GLACIER_OF_PATH_ROW, **options.glaciers}, options.pixel_size_m)
    for found in map_with_progress(case_problems, cases, description="Checking", workers=workers):
        problems += found
    dataset = _raw_dataset(out, options)
    written = check_and_write(
        dataset,
        cases,
        problems,
        partial(_folds, cases, options.folds),
        partial(_load, front_width=options.front_width),
        where=str(root),
        with_zones=False,
        finish=partial(write_front_balance, dataset, cases, workers=workers),
        check_only=check_only,
        overwrite=overwrite,
        workers=workers,
    )
    return cases, written


def _raw_dataset(out: Path, options: FrontLearningOptions) -> RawDataset:
    folds = {"scheme": options.folds}
    if options.folds == "random":
        folds["seed"] = NNUNET_SEED
    return RawDataset(
        folder=out,
        source="front-learning",
        variant="front",
        channels=("Landsat",),
        file_ending=options.file_ending,
        folds=folds,
        options={
            "front_width": options.front_width,
            "pixel_size_m": options.pixel_size_m,
            "glaciers": dict(options.glaciers),
        },
    )


def _folds(cases: list[Case], scheme: str) -> Folds:
    train = [case.scene for case in cases if case.scene.split == "train"]
    if scheme == "random":
        return random_folds([scene.case for scene in train])
    if scheme == "glacier":
        return group_folds({scene.case: scene.glacier for scene in train}, "glacier")
    return group_folds({scene.case: path_row_of(scene.case) for scene in train}, "path/row")


def _load(case: Case, *, front_width: int) -> CaseMaps:
    image, front = (read_grey_png(path) for path in case.inputs)
    line = front == 0
    return CaseMaps(
        image=image,
        labels=label_map("front", None, line, front_width=front_width),
        front=np.where(line, np.uint8(255), np.uint8(0)),
    )
