"""CaFFe's layout on disk: where the files of a stem are, its bounding boxes, and its scenes as published.

Conversion reads CaFFe to train on it, evaluation to score against it; both find the files here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nnunet_glacier.domain.scenes import Box, parse_caffe_stem
from nnunet_glacier.formats.caffe_places import META_DATA_CSV, placed, read_meta_data
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.support.errors import GlacierError, InputError, Problem, all_of
from nnunet_glacier.support.files import absent_folder, read_text
from nnunet_glacier.support.names import name_problems
from nnunet_glacier.support.wording import counted

SPLITS = ("train", "test")
_BOX_SUFFIX = "_front_extent_coord.txt"


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
    lines = [line for line in read_text(path, "latin-1").splitlines() if line.strip()]
    try:
        corners = [(round(float(x)), round(float(y))) for x, y in (line.split(",") for line in lines[1:])]
        (left, upper), _, (right, lower), _ = corners
    except (ValueError, OverflowError):
        raise GlacierError(
            f"{path.name} is not a header and four lines 'x,y' but {counted(len(lines), 'line')}: {lines[:6]}"
        ) from None
    return Box(lower, upper, left, right)


def read_caffe_scenes(root: Path) -> dict[str, SceneFiles]:
    """Every scene of CaFFe as published by its stem, those that ``meta_data.csv`` lists with their place on the map.

    Args:
        root: The folder that holds ``sar_images``.

    Raises:
        InputError: With every stem, box file and row of the table that cannot be used.
    """
    table = root / META_DATA_CSV
    places, listed = all_of(
        partial(read_meta_data, table) if table.is_file() else dict,
        lambda: [files for split in SPLITS for files in caffe_files(root, split)],
    )
    files_of: dict[str, SceneFiles] = {}
    problems: list[Problem] = []
    for files in listed:
        try:
            box = read_box(files.box) if files.box.is_file() else None
            scene = replace(parse_caffe_stem(files.stem, split=files.split), box=box)
            scene = placed(scene, [files.image, files.zones, files.front], places)
        except InputError as error:
            problems += error.problems
            continue
        except (GlacierError, OSError) as error:
            remedy = "Restore the file from the published dataset, or remove the scene"
            problems.append(Problem(files.box if files.box.is_file() else files.image, str(error), remedy))
            continue
        files_of[files.stem] = SceneFiles(scene, files.image, files.front, files.zones, True, files.box)
    if problems:
        raise InputError(problems, "The dataset cannot be read")
    return files_of
