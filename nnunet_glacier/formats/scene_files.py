"""What files a scene of a dataset has: a converted dataset, or CaFFe as published, read alike.

Post-processing takes the scenes from here, evaluation scores against their labels, reports draw on their images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.domain.labels import GROUNDING_LINE, LabelSpace
from nnunet_glacier.domain.scenes import Scene, parse_caffe_stem
from nnunet_glacier.domain.zones import Zone, zones_from_grey
from nnunet_glacier.formats.caffe import SPLITS, CaffeFiles, caffe_files, find_caffe_root, read_box
from nnunet_glacier.formats.dataset_json import DATASET_JSON, description_if_any
from nnunet_glacier.formats.rasters import mask_from_values, raster_stem, raster_suffix, read_raster
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

FOLDER_ENDING = {"train": "Tr", "test": "Ts"}
"""How the folders of a split end in a converted dataset."""

_CHANNEL = "_0000"


@dataclass(frozen=True)
class SceneFiles:
    """One scene of a dataset and where its files are, which need not exist; nothing is read before it is asked for.

    Attributes:
        scene: What is known of it.
        image: SAR image.
        front: One-pixel front line, where everything but 0 is front.
        zones: Zone map, or None where the source has none.
        grey: Whether `zones` holds CaFFe's grey values and not zone ids.
        described_in: The file that holds the scene's box: the scene table, or CaFFe's box file.
        grounding_line: Whether its line is a grounding line, which may close, and no calving front.
        label: Label map of a dataset with an ignore label, or None.
        ignore: Its value of pixels without a label, which count nowhere; None without a label map.
    """

    scene: Scene
    image: Path
    front: Path
    zones: Path | None
    grey: bool
    described_in: Path
    grounding_line: bool = False
    label: Path | None = None
    ignore: int | None = None

    def read_image(self) -> np.ndarray:
        """The SAR image, dtype of the file, shape ``(H, W)``.

        Raises:
            InputError: If the file cannot be read.
        """
        return _read(self.image, "image")

    def read_front(self) -> np.ndarray:
        """The labelled front, bool, shape ``(H, W)``.

        Raises:
            InputError: If the file cannot be read or is no mask.
        """
        values = _read(self.front, "label")
        try:
            return mask_from_values(values)
        except GlacierError as error:
            raise InputError([Problem(self.front, str(error), "Write the labelled front as a mask")]) from None

    def read_ignored(self) -> np.ndarray | None:
        """Pixels without a label, bool, shape ``(H, W)``, or None where every pixel has one.

        Raises:
            InputError: If the label map cannot be read.
        """
        return None if self.label is None else _read(self.label, "label") == self.ignore

    def read_zones(self) -> np.ndarray | None:
        """Zone ids, uint8, shape ``(H, W)``, or None where the source has no zones.

        Raises:
            InputError: If the file cannot be read or holds a value that is no zone.
        """
        if self.zones is None:
            return None
        values = _read(self.zones, "label")
        try:
            zones = zones_from_grey(values) if self.grey else values
        except GlacierError as error:
            raise InputError([Problem(self.zones, str(error), "Correct the label")]) from None
        if zones.min() < 0 or zones.max() >= len(Zone):
            what = f"it holds values from {zones.min()} to {zones.max()}, not zone ids 0 to {len(Zone) - 1}"
            raise InputError([Problem(self.zones, what, "Convert the dataset again")])
        return zones.astype(np.uint8, copy=False)


def _read(path: Path, kind: str) -> np.ndarray:
    try:
        return read_raster(path).values
    except GlacierError as error:
        raise InputError([Problem(path, str(error), f"Restore the {kind} from the dataset")]) from None


def find_scene_table(source: Path) -> Path | None:
    """The scene table of a source: the source itself if it is a file, or its ``scenes.csv``; None if it has none."""
    table = source if source.is_file() else source / SCENES_CSV
    return table if table.is_file() else None


def dataset_folder(source: Path) -> Path:
    """The folder of a source, which may be given by its scene table."""
    table = find_scene_table(source)
    return source if table is None else table.parent


def read_scene_files(source: Path) -> dict[str, SceneFiles]:
    """Every scene by case, in the order of the source.

    Args:
        source: A converted dataset, its ``scenes.csv``, or CaFFe's ``data_raw``.

    Raises:
        InputError: If the source is none of them, or a scene of it cannot be told; all at once.
    """
    table = find_scene_table(source)
    if table is not None:
        return _converted(table)
    try:
        root = find_caffe_root(source)
    except InputError as error:
        what = f", and no {SCENES_CSV}" if source.is_dir() else ""
        remedy = f"Give a converted dataset, which holds {SCENES_CSV}, or CaFFe's data_raw, which holds 'sar_images'"
        found = [replace(problem, what=problem.what + what, remedy=remedy) for problem in error.problems]
        raise InputError(found, "The dataset cannot be read") from None
    return _published(root)


def _converted(table: Path) -> dict[str, SceneFiles]:
    maps_in = cache(_maps_by_stem)
    description = description_if_any(table.parent / DATASET_JSON)
    grounding_line, ignore = _has_grounding_lines(description), _ignore_label(description)
    found = {}
    for case, scene in read_scenes(table).items():
        ending = FOLDER_ENDING.get(scene.split, "")
        folders = (table.parent / f"{kind}{ending}" for kind in ("images", "fronts", "zones", "labels"))
        images, fronts, zones, labels = folders
        image = f"{case}{_CHANNEL}"
        found[case] = SceneFiles(
            scene,
            image=maps_in(images).get(image, images / f"{image}.png"),
            front=maps_in(fronts).get(case, fronts / f"{case}.png"),
            zones=maps_in(zones).get(case),
            grey=False,
            described_in=table,
            grounding_line=grounding_line,
            label=None if ignore is None else maps_in(labels).get(case),
            ignore=ignore,
        )
    return found


def _has_grounding_lines(description: Mapping[str, Any]) -> bool:
    """Whether a converted dataset says that its lines are grounding lines; not where it does not say what they are."""
    try:
        return GROUNDING_LINE.name in LabelSpace.from_dataset_json(description).names
    except (GlacierError, TypeError, AttributeError):
        return False


def _ignore_label(description: Mapping[str, Any]) -> int | None:
    """The value of pixels without a label in a converted dataset; None where there is none."""
    labels = description.get("labels")
    value = labels.get("ignore") if isinstance(labels, dict) else None
    return value if isinstance(value, int) else None


def _maps_by_stem(folder: Path) -> dict[str, Path]:
    paths = folder.iterdir() if folder.is_dir() else ()
    return {raster_stem(path): path for path in paths if raster_suffix(path) and not path.name.startswith(".")}


def _published(root: Path) -> dict[str, SceneFiles]:
    found: dict[str, SceneFiles] = {}
    problems = []
    for files in (files for split in SPLITS for files in caffe_files(root, split)):
        try:
            scene = _scene(files)
        except (GlacierError, OSError) as error:
            remedy = "Restore the file from the published dataset, or remove the scene"
            problems.append(Problem(files.box if files.box.is_file() else files.image, str(error), remedy))
            continue
        found[files.stem] = SceneFiles(scene, files.image, files.front, files.zones, True, files.box)
    if problems:
        raise InputError(problems, "The dataset cannot be read")
    return found


def _scene(files: CaffeFiles) -> Scene:
    scene = parse_caffe_stem(files.stem, split=files.split)
    return replace(scene, box=read_box(files.box) if files.box.is_file() else None)
