"""CaFFe's layout on disk: where the files of a stem are, its bounding boxes, its georeferencing table.

Conversion reads CaFFe to train on it, evaluation to score against it; both find the files here.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.files import absent_folder
from nnunet_glacier.support.names import name_problems
from nnunet_glacier.support.wording import counted

SPLITS = ("train", "test")
META_DATA_CSV = "meta_data.csv"

Bounds = tuple[str, tuple[float, float, float, float]]
"""CRS, and left, bottom, right and top in it."""

_BOX_SUFFIX = "_front_extent_coord.txt"
_BOUNDS = re.compile(r"left=([-\d.eE+]+), bottom=([-\d.eE+]+), right=([-\d.eE+]+), top=([-\d.eE+]+)")


@dataclass(frozen=True)
class CaffeFiles:
    """The four files of one CaFFe scene; they need not exist.

    Attributes:
        stem: File stem, shared by all four.
        split: ``train`` or ``test``.
        image: SAR image, 8-bit grey PNG.
        zones: Zone image in CaFFe's grey values.
        front: Front image, 0 and 255.
        box: Bounding box, text.
    """

    stem: str
    split: str
    image: Path
    zones: Path
    front: Path
    box: Path


def find_caffe_root(folder: Path) -> Path:
    """The folder that holds ``sar_images``: the given one, or one below it (the published zip may wrap it).

    Raises:
        InputError: If there is none, or more than one.
    """
    absent = absent_folder(folder, "Give CaFFe's data_raw folder")
    if absent:
        raise InputError(absent)
    if (folder / "sar_images").is_dir():
        return folder
    below = {path.parent for depth in ("*", "*/*") for path in folder.glob(f"{depth}/sar_images")}
    roots = sorted(path for path in below if not _is_of_the_desktop(path.relative_to(folder)))
    if len(roots) != 1:
        several = f"several datasets in it: {', '.join(map(str, roots))}"
        what = several if roots else "no folder 'sar_images' in it"
        raise InputError([Problem(folder, what, "Give the folder that holds 'sar_images' and 'zones'")])
    return roots[0]


def _is_of_the_desktop(path: Path) -> bool:
    """Whether a path leads through a hidden folder, or through the one that macOS puts into its zip files."""
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def files_of_stem(root: Path, split: str, stem: str) -> CaffeFiles:
    """Where the four files of a stem are; they need not exist."""
    return _files_in(_folders(root, split), split, stem)


def caffe_files(root: Path, split: str) -> list[CaffeFiles]:
    """The files of every stem that has an image, a zone image or a front image in the split, sorted by stem.

    Args:
        root: The folder that holds ``sar_images``.
        split: ``train`` or ``test``.

    Raises:
        InputError: If names of files are not in UTF-8.
    """
    folders = images, zones, fronts, _ = _folders(root, split)
    stems = {path.name.removesuffix(".png") for path in images.glob("[!.]*.png")}
    stems |= {path.name.removesuffix("_zones.png") for path in zones.glob("[!.]*_zones.png")}
    stems |= {path.name.removesuffix("_front.png") for path in fronts.glob("[!.]*_front.png")}
    unreadable = name_problems(images / stem for stem in sorted(stems))
    if unreadable:
        raise InputError(unreadable, "The dataset cannot be read")
    return [_files_in(folders, split, stem) for stem in sorted(stems)]


def _folders(root: Path, split: str) -> tuple[Path, Path, Path, Path]:
    """The folders of a split's images, zones and fronts, and of the boxes of both splits."""
    return root / "sar_images" / split, root / "zones" / split, root / "fronts" / split, root / "bounding_boxes"


def _files_in(folders: tuple[Path, Path, Path, Path], split: str, stem: str) -> CaffeFiles:
    images, zones, fronts, boxes = folders
    return CaffeFiles(
        stem=stem,
        split=split,
        image=images / f"{stem}.png",
        zones=zones / f"{stem}_zones.png",
        front=fronts / f"{stem}_front.png",
        box=boxes / f"{stem}{_BOX_SUFFIX}",
    )


def read_box(path: Path) -> Box:
    """The window of a bounding box file.

    The file has a header ``x,y`` and four corners in pixels: left upper, left lower, right lower, right upper, where
    "upper" is the larger row. The window keeps rows ``[right lower y, left upper y)`` and columns
    ``[left upper x, right lower x)``, each rounded; corners may lie outside the image.

    Raises:
        GlacierError: If the file is not of this form.
    """
    lines = [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    try:
        corners = [(round(float(x)), round(float(y))) for x, y in (line.split(",") for line in lines[1:])]
        (left, upper), _, (right, lower), _ = corners
    except (ValueError, OverflowError):
        raise GlacierError(
            f"{path.name} is not a header and four lines 'x,y' but {counted(len(lines), 'line')}: {lines[:6]}"
        ) from None
    return Box(lower, upper, left, right)


def read_meta_data(path: Path) -> dict[str, Bounds]:
    """CRS and bounds of every stem in CaFFe's ``meta_data.csv``.

    The table is separated by semicolons, in latin-1, with stray quotes and blanks in its header; columns are found by
    what their cells hold, not by their names.

    Returns:
        Stem to ``(CRS, (left, bottom, right, top))`` in the CRS's units.

    Raises:
        InputError: If a row names an image but has no readable bounds or CRS, or a CRS that does not exist; all such
            rows at once.
    """
    places: dict[str, Bounds] = {}
    problems = []
    with path.open(encoding="latin-1", newline="") as handle:
        # Quotes are not paired in the published table: taken as such, one would swallow the rows after it.
        for number, cells in enumerate(csv.reader(handle, delimiter=";", quoting=csv.QUOTE_NONE), start=1):
            cells = [cell.strip().strip("\"'").strip() for cell in cells]
            name = next((cell for cell in cells if cell.endswith("_geo.tif")), None)
            if name is None:
                continue
            bounds = _bounds(cells)
            crs = next((match[0] for cell in cells if (match := re.search(r"EPSG:\d+", cell))), None)
            if bounds is None or crs is None:
                what = f"{name} has no readable {'BoundingBox(...)' if bounds is None else 'EPSG code'}"
                problems.append(Problem(f"{path}, line {number}", what, "Correct the line or leave the file out"))
                continue
            places[name.removesuffix("_geo.tif")] = (crs, bounds)
    problems += _crs_problems(path, {stem: crs for stem, (crs, _) in places.items()})
    if problems:
        raise InputError(problems, "The georeferencing table cannot be read")
    return places


def _crs_problems(path: Path, crs_of: Mapping[str, str]) -> list[Problem]:
    """CRSs of the table that do not exist, each once with a scene that has it."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    problems = []
    for crs, stem in {crs: stem for stem, crs in reversed(list(crs_of.items()))}.items():
        try:
            CRS.from_user_input(crs)
        except CRSError:
            count = sum(other == crs for other in crs_of.values())
            rows = counted(count, "of its rows names", "of its rows name")
            what = f"there is no CRS {crs}, which {rows}, such as that of {stem}"
            problems.append(Problem(path, what, "Correct the rows, or leave them out"))
    return problems


def _bounds(cells: list[str]) -> tuple[float, float, float, float] | None:
    """Left, bottom, right and top from the cell that holds them; None if there is none or a number is no number."""
    match = next((match for cell in cells if (match := _BOUNDS.search(cell))), None)
    if match is None:
        return None
    try:
        left, bottom, right, top = (float(number) for number in match.groups())
    except ValueError:
        return None
    bounds = (left, bottom, right, top)
    return bounds if all(map(math.isfinite, bounds)) else None


def georeferenced(scene: Scene, crs: str, bounds: tuple[float, float, float, float], shape: tuple[int, int]) -> Scene:
    """The scene with CRS and affine, from the bounds of a north-up image of ``shape = (rows, columns)``."""
    left, bottom, right, top = bounds
    rows, columns = shape
    affine = ((right - left) / columns, 0.0, left, 0.0, -(top - bottom) / rows, top)
    return replace(scene, crs=crs, affine=affine)


def bounds_problems(scene: Scene) -> list[Problem]:
    """A problem if the bounds of a scene (`georeferenced`) give other pixels than its name, in whole metres."""
    assert scene.affine is not None
    across, down = scene.affine[0], -scene.affine[4]
    if abs(across - scene.pixel_size_m) <= 0.5 and abs(down - scene.pixel_size_m) <= 0.5:
        return []
    what = f"its bounds give pixels of {across:.2f} x {down:.2f} m, its name {scene.pixel_size_m:g} m"
    return [Problem(f"{META_DATA_CSV}, {scene.case}", what, "Correct the bounds, or leave the row out")]
