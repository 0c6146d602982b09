"""FrontLearning's scenes on disk: found, read from their names, and checked."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case
from nnunet_glacier.domain.scenes import NORTH, Scene
from nnunet_glacier.formats.grey_png import read_grey_png
from nnunet_glacier.support.errors import GlacierError, Problem

_PRODUCT = re.compile(
    r"(?P<case>(?P<sensor>L[CEMOT]\d{2})_[A-Z0-9]{4}_(?P<path_row>\d{6})_(?P<date>\d{8})_\d{8}_\d{2}_(?:T1|T2|RT))"
    r"_B\d+"
)
_GRAMMAR = "a Landsat product and a band, e.g. LE07_L1TP_008011_20000323_20170212_01_T1_B2"
_IMAGE_END, _FRONT_END = "_Subset.png", "_Front.png"


def path_row_of(case: str) -> str:
    """The path/row of a Landsat product, six digits.

    >>> path_row_of("LE07_L1TP_008011_20000323_20170212_01_T1")
    '008011'
    """
    return case.split("_")[2]


def parse_product(stem: str, *, split: str = "") -> Scene:
    """The scene that a file stem such as ``LE07_L1TP_008011_20000323_20170212_01_T1_B2`` describes.

    The case is the product without the band; the date is that of acquisition. Glacier and pixel size are left open.

    Raises:
        GlacierError: If the stem is no Landsat product with a band, or its date is no date.
    """
    match = _PRODUCT.fullmatch(stem)
    if match is None:
        raise GlacierError(f"{stem!r} is not {_GRAMMAR}")
    try:
        date = datetime.datetime.strptime(match["date"], "%Y%m%d").date()
    except ValueError:
        raise GlacierError(f"{stem!r} has the impossible date {match['date']}") from None
    return Scene(match["case"], split, glacier="", date=date, sensor=match["sensor"], hemisphere=NORTH)


def _stems(root: Path) -> Iterator[tuple[str, Path, str]]:
    """Split, its folder and file stem of every scene that has an image or a front, in order.

    A folder without ``train`` and ``test`` is a training set of its own.
    """
    folders = {split: root / split for split in ("train", "test") if (root / split / "images").is_dir()}
    for split, folder in (folders or {"train": root}).items():
        stems = {path.name.removesuffix(_IMAGE_END) for path in (folder / "images").glob(f"[!.]*{_IMAGE_END}")}
        stems |= {path.name.removesuffix(_FRONT_END) for path in (folder / "labels_1px").glob(f"[!.]*{_FRONT_END}")}
        for stem in sorted(stems):
            yield split, folder, stem


def find_cases(root: Path, glacier_of: Mapping[str, str], pixel_size_m: float) -> tuple[list[Case], list[Problem]]:
    """Every scene with a readable name, by case, and what is wrong with the names.

    Args:
        root: The folder with ``train`` and ``test``, or one of these.
        glacier_of: Path/row to glacier.
        pixel_size_m: Edge of a pixel in metres.

    Returns:
        The cases, each made from an image and a front (which need not exist), and the problems.
    """
    cases: list[Case] = []
    problems = []
    first: dict[str, Path] = {}
    unknown: dict[str, Problem] = {}
    for split, folder, stem in _stems(root):
        image, front = folder / "images" / f"{stem}{_IMAGE_END}", folder / "labels_1px" / f"{stem}{_FRONT_END}"
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
        scene = replace(scene, glacier=glacier, pixel_size_m=pixel_size_m, source=source)
        cases.append(Case(scene, (image, front)))
    if not any(case.scene.split == "train" for case in cases) and not problems:
        what = "there are no training scenes '[train/]images/*_Subset.png' in it"
        problems.append(Problem(root, what, "Give the folder that holds 'train', or 'images' and 'labels_1px'"))
    return sorted(cases, key=lambda case: case.scene.case), [*problems, *unknown.values()]


def case_problems(case: Case) -> list[Problem]:
    """What is wrong with the image and the front of a case; both are decoded."""
    image, front = case.inputs
    problems: list[Problem] = []
    shapes = {}
    for path in (image, front):
        try:
            values = read_grey_png(path)
        except GlacierError as error:
            problems.append(Problem(path, str(error), "Restore the file from the published dataset"))
            continue
        shapes[path.name] = values.shape
        if path == front:
            problems += _front_problems(path, values)
    if len(set(shapes.values())) > 1:
        found = ", ".join(f"{name} {rows}x{columns}" for name, (rows, columns) in shapes.items())
        what = f"image and front differ in size (rows x columns): {found}"
        problems.append(Problem(case.scene.case, what, "Restore the files from the published dataset"))
    return problems


def _front_problems(path: Path, values: np.ndarray) -> list[Problem]:
    others = sorted(set(np.unique(values).tolist()) - {0, 255})
    if others:
        what = f"values beside 0 and 255: {', '.join(map(str, others[:8]))}{', ...' if len(others) > 8 else ''}"
        return [Problem(path, what, "A front is a black line on white")]
    share = np.count_nonzero(values == 0) / values.size
    if share == 0:
        return [Problem(path, "it has no front", "Draw one, or take the scene out")]
    if share > 0.5:
        return [Problem(path, f"{share:.0%} of it is black", "A front is a black line on white: invert it")]
    return []
