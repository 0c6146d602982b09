"""From FrontLearning's files to cases: read from their names, and divided into folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nnunet_glacier.dataset_conversion.front_learning.inputs import (
    FRONT_END,
    IMAGE_END,
    parse_product,
    path_row_of,
    stems_below,
)
from nnunet_glacier.dataset_conversion.front_learning.options import FrontLearningOptions
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case
from nnunet_glacier.dataset_conversion.writing.splits import Folds, group_folds, random_folds
from nnunet_glacier.support.errors import GlacierError, Problem

GLACIER_OF_PATH_ROW = {
    **dict.fromkeys(("008011", "009011", "010011"), "Jakobshavn"),
    **dict.fromkeys(("020007", "021006", "021007", "022006", "023006", "024006"), "Sverdrup"),
    **dict.fromkeys(("229012", "230012", "231012"), "Kangerlussuaq"),
    **dict.fromkeys(("231014", "233013"), "Helheim"),
}
"""Which glacier the scenes of a Landsat path/row show."""


def find_cases(root: Path, options: FrontLearningOptions) -> tuple[list[Case], list[Problem]]:
    """Every scene with a readable name, by case, and what is wrong with the names.

    Args:
        root: The folder with ``train`` and ``test``, or one of these.
        options: What can be chosen.

    Returns:
        The cases, each made from an image and a front (which need not exist), and the problems.
    """
    glacier_of = {**GLACIER_OF_PATH_ROW, **options.glaciers}
    cases: list[Case] = []
    problems = []
    first: dict[str, Path] = {}
    unknown: dict[str, Problem] = {}
    for split, folder, stem in stems_below(root):
        image, front = folder / "images" / f"{stem}{IMAGE_END}", folder / "labels_1px" / f"{stem}{FRONT_END}"
        try:
            scene = parse_product(stem, split=split)
        except GlacierError as error:
            problems.append(Problem(image, str(error), "Rename the file or take it out"))
            continue
        if first.setdefault(scene.case, image) != image:
            what = f"the product {scene.case} is there already, as {first[scene.case].relative_to(root)}"
            problems.append(Problem(image, what, "Keep one band, in one of train and test"))
        path_row = path_row_of(scene.case)
        if path_row not in glacier_of:
            what = f"it is not known which glacier path/row {path_row} shows"
            unknown.setdefault(path_row, Problem(image, what, f"Give --glacier {path_row}=NAME"))
        source = image.relative_to(root).as_posix()
        glacier = glacier_of.get(path_row, path_row)
        scene = replace(scene, glacier=glacier, pixel_size_m=options.pixel_size_m, source=source)
        cases.append(Case(scene, (image, front)))
    if not cases and not problems:
        what = "there are no scenes '[train/|test/]images/*_Subset.png' in it"
        remedy = "Give the folder that holds 'train' or 'test', or 'images' and 'labels_1px'"
        problems.append(Problem(root, what, remedy))
    return sorted(cases, key=lambda case: case.scene.case), [*problems, *unknown.values()]


def training_folds(cases: Sequence[Case], scheme: str) -> Folds:
    """The folds of the training cases.

    Raises:
        GlacierError: If there are too few cases or groups for them.
    """
    train = [case.scene for case in cases if case.scene.split == "train"]
    if scheme == "random":
        return random_folds([scene.case for scene in train])
    if scheme == "glacier":
        return group_folds({scene.case: scene.glacier for scene in train}, "glacier")
    return group_folds({scene.case: path_row_of(scene.case) for scene in train}, "path/row")
