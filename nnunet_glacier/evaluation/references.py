"""What predictions are scored against: the labelled scenes of a converted dataset or of CaFFe as published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nnunet_glacier.caffe import SPLITS, CaffeFiles, caffe_files, find_caffe_root, read_box
from nnunet_glacier.errors import GlacierError, InputError, Problem
from nnunet_glacier.labels import Zone, zones_from_grey
from nnunet_glacier.rasters import raster_stem, raster_suffix, read_raster
from nnunet_glacier.scenes import SCENES_CSV, Scene, parse_caffe_stem, read_scenes, with_hemisphere

_FOLDER_ENDING = {"train": "Tr", "test": "Ts"}


@dataclass(frozen=True)
class Reference:
    """One labelled scene; nothing is read before it is asked for.

    Attributes:
        scene: What is known of it.
        front: One-pixel front line, where everything but 0 is front.
        zones: Zone map, or None where the source has none.
        grey: Whether `zones` holds CaFFe's grey values and not zone ids.
        described_in: The file that holds the scene's box: the scene table, or CaFFe's box file.
    """

    scene: Scene
    front: Path
    zones: Path | None
    grey: bool
    described_in: Path

    def read_front(self) -> np.ndarray:
        """The labelled front, bool, shape ``(H, W)``.

        Raises:
            InputError: If the file cannot be read.
        """
        return _read(self.front) != 0

    def read_zones(self) -> np.ndarray | None:
        """Zone ids, uint8, shape ``(H, W)``, or None where the source has no zones.

        Raises:
            InputError: If the file cannot be read or holds a value that is no zone.
        """
        if self.zones is None:
            return None
        values = _read(self.zones)
        try:
            zones = zones_from_grey(values) if self.grey else values
        except GlacierError as error:
            raise InputError([Problem(self.zones, str(error), "Correct the label")]) from None
        if zones.min() < 0 or zones.max() >= len(Zone):
            what = f"it holds values from {zones.min()} to {zones.max()}, not zone ids 0 to {len(Zone) - 1}"
            raise InputError([Problem(self.zones, what, "Convert the dataset again")])
        return zones.astype(np.uint8, copy=False)


def _read(path: Path) -> np.ndarray:
    try:
        return read_raster(path).values
    except GlacierError as error:
        raise InputError([Problem(path, str(error), "Restore the label from the dataset")]) from None


def read_references(dataset: Path) -> dict[str, Reference]:
    """Every scene of a dataset by case: a converted one (with ``scenes.csv``) or CaFFe's ``data_raw``.

    Label files need not exist; `check_references` says which of those that are needed do not.

    Raises:
        InputError: If the folder is neither, or a scene of it cannot be told; all at once.
    """
    if (dataset / SCENES_CSV).is_file():
        return _converted(dataset)
    try:
        root = find_caffe_root(dataset)
    except InputError as error:
        what = f", and no {SCENES_CSV}" if dataset.is_dir() else ""
        remedy = f"Give a converted dataset, which holds {SCENES_CSV}, or CaFFe's data_raw, which holds 'sar_images'"
        found = [replace(problem, what=problem.what + what, remedy=remedy) for problem in error.problems]
        raise InputError(found, "The dataset to score against cannot be read") from None
    return _published(root)


def is_published_layout(dataset: Path) -> bool:
    """Whether the folder is read as CaFFe's ``data_raw``, not as a converted dataset."""
    return not (dataset / SCENES_CSV).is_file()


def _converted(dataset: Path) -> dict[str, Reference]:
    references = {}
    listings = {
        (kind, split): _maps_by_stem(dataset / f"{kind}{ending}")
        for kind in ("fronts", "zones")
        for split, ending in _FOLDER_ENDING.items()
    }
    problems = []
    for case, scene in read_scenes(dataset / SCENES_CSV).items():
        if scene.split not in _FOLDER_ENDING:
            what = f"case {case} is in split {scene.split!r}"
            problems.append(Problem(dataset / SCENES_CSV, what, "Write 'train' or 'test'"))
            continue
        missing = dataset / f"fronts{_FOLDER_ENDING[scene.split]}" / f"{case}.png"
        front = listings["fronts", scene.split].get(case, missing)
        zones = listings["zones", scene.split].get(case)
        references[case] = Reference(scene, front, zones, grey=False, described_in=dataset / SCENES_CSV)
    if problems:
        raise InputError(problems, "The scene table cannot be used")
    return references


def _maps_by_stem(folder: Path) -> dict[str, Path]:
    paths = folder.iterdir() if folder.is_dir() else ()
    return {raster_stem(path): path for path in paths if raster_suffix(path) and not path.name.startswith(".")}


def _published(root: Path) -> dict[str, Reference]:
    references: dict[str, Reference] = {}
    problems = []
    for split in SPLITS:
        for files in caffe_files(root, split):
            try:
                scene = _scene(files)
                references[files.stem] = Reference(scene, files.front, files.zones, grey=True, described_in=files.box)
            except (GlacierError, OSError) as error:
                remedy = "Restore the file from the published dataset, or remove the scene"
                problems.append(Problem(files.box if files.box.is_file() else files.image, str(error), remedy))
    if problems:
        raise InputError(problems, "The dataset to score against cannot be read")
    return references


def _scene(files: CaffeFiles) -> Scene:
    scene = parse_caffe_stem(files.stem, split=files.split)
    return replace(scene, box=read_box(files.box) if files.box.is_file() else None)


def check_references(references: Iterable[Reference], *, published: bool) -> list[Problem]:
    """Label files that the scenes need and that are not there.

    Args:
        references: The scenes that will be scored.
        published: Whether they are CaFFe's as published, where every scene has zones and a box.
    """
    problems = []
    for reference in references:
        needed = [reference.front]
        if published and reference.zones is not None:
            needed.append(reference.zones)
        problems += [Problem(path, "there is no such label", "Restore it") for path in needed if not path.is_file()]
        if published and reference.scene.box is None:
            what = f"scene {reference.scene.case} has no bounding box file"
            problems.append(Problem(reference.front.parents[2] / "bounding_boxes", what, "Restore it"))
    return problems


def with_hemispheres(
    references: Iterable[Reference], given: dict[str, str], *, published: bool
) -> tuple[list[Reference], list[Problem]]:
    """The scenes with their hemispheres, which seasons need, and one problem a glacier whose hemisphere is unknown.

    Scenes without a date have no season and need no hemisphere.

    Args:
        references: The scenes that will be scored.
        given: Glacier to ``north`` or ``south``, from the user.
        published: Whether the dataset is CaFFe's as published, which has no scene table to mend.
    """
    placed = []
    problems: dict[str, Problem] = {}
    for reference in references:
        scene = reference.scene
        try:
            placed.append(reference if scene.date is None else replace(reference, scene=with_hemisphere(scene, given)))
        except GlacierError as error:
            what = "its hemisphere is not known, so seasons cannot be told"
            if scene.crs and scene.affine is not None:
                what += f" ({error})"
            column = f", or write it into the column 'hemisphere' of {SCENES_CSV}"
            remedy = f"Give --hemisphere {scene.glacier}=north or {scene.glacier}=south{'' if published else column}"
            problems.setdefault(scene.glacier, Problem(scene.glacier, what, remedy))
    return placed, list(problems.values())
