"""FrontLearning's scenes on disk: found, read from their names, and checked."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.writing.checking import SceneCheck
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case
from nnunet_glacier.domain.scenes import NORTH, Scene
from nnunet_glacier.formats.grey_png import read_grey_png
from nnunet_glacier.support.errors import GlacierError, Problem

_PRODUCT = re.compile(
    r"(?P<case>(?P<sensor>L[CEMOT]\d{2})_[A-Z0-9]{4}_(?P<path_row>\d{6})_(?P<date>\d{8})_\d{8}_\d{2}_(?:T1|T2|RT))"
    r"_B\d+"
)
_GRAMMAR = "a Landsat product and a band, e.g. LE07_L1TP_008011_20000323_20170212_01_T1_B2"
IMAGE_END, FRONT_END = "_Subset.png", "_Front.png"


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


def stems_below(root: Path) -> Iterator[tuple[str, Path, str]]:
    """Split, its folder and file stem of every scene that has an image or a front, in order.

    A folder without ``train`` and ``test`` is a set of its own: of test scenes if its name is ``test``, or else of
    training scenes.
    """
    folders = {split: root / split for split in ("train", "test") if (root / split / "images").is_dir()}
    alone = "test" if root.absolute().name == "test" else "train"
    for split, folder in (folders or {alone: root}).items():
        stems = {path.name.removesuffix(IMAGE_END) for path in (folder / "images").glob(f"[!.]*{IMAGE_END}")}
        stems |= {path.name.removesuffix(FRONT_END) for path in (folder / "labels_1px").glob(f"[!.]*{FRONT_END}")}
        for stem in sorted(stems):
            yield split, folder, stem


def check_case(case: Case) -> SceneCheck:
    """Decode the image and the front of a case and say what is wrong with them; nothing is written."""
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
        sizes = ", ".join(f"{name} {rows}x{columns}" for name, (rows, columns) in shapes.items())
        what = f"image and front differ in size (rows x columns): {sizes}"
        problems.append(Problem(case.scene.case, what, "Restore the files from the published dataset"))
    return SceneCheck(tuple(problems))


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
