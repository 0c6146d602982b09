"""The door of a dataset: a converted one, a raw dataset of nnU-Net, or CaFFe as published; opened once, checked whole.

A dataset in nnU-Net's raw format holds

* ``imagesTr``, ``labelsTr``, ``imagesTs``, ``labelsTs``, and a ``dataset.json`` that says what they mean;
* of ours ``frontsTr``, ``frontsTs``: the one-pixel fronts or grounding lines, since wider labels cannot be scored
  against; ``zonesTr``, ``zonesTs``: zone ids where the source has zones; ``scenes.csv`` and ``splits_final.json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from nnunet_glacier.domain.labels import LabelSpace
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.caffe import SPLITS, find_caffe_root, read_caffe_scenes
from nnunet_glacier.formats.dataset_json import DATASET_JSON, DatasetDescription, read_description
from nnunet_glacier.formats.folds import SPLITS_JSON, Folds, read_folds
from nnunet_glacier.formats.rasters import raster_stem, raster_suffix
from nnunet_glacier.formats.raw_layout import FRONTS, IMAGES, LABELS, ZONES, image_name, map_folder
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.formats.scene_table import DATASET_COLUMNS, SCENES_CSV, SMALLEST_COLUMNS, read_scenes
from nnunet_glacier.support.errors import InputError, Problem, all_of


@dataclass(frozen=True)
class Dataset:
    """A dataset; of its images and labels none is read, and none need exist.

    Attributes:
        source: What was opened, as it was given.
        folder: The folder that everything lies in.
        scenes: Every scene by case, in the order of the source; empty for a raw dataset without a scene table.
        described_in: What to name when something is wrong with what is known of the scenes.
        published: Whether it is CaFFe as published, with zones in grey values and a box file for each scene.
        description: Its ``dataset.json``; None for CaFFe as published, and for a scene table that stands alone.
        folds: The folds of its training cases, or None where it has no ``splits_final.json``.
    """

    source: Path
    folder: Path
    scenes: Mapping[str, SceneFiles]
    described_in: Path
    published: bool = False
    description: DatasetDescription | None = None
    folds: Folds | None = field(default=None, repr=False)

    @property
    def space(self) -> LabelSpace | None:
        """What its label maps hold, or None where it has no ``dataset.json`` or that does not say."""
        return None if self.description is None else self.description.space

    @property
    def has_classes_alone(self) -> bool:
        """Whether its label maps hold ice types, areas without a line between them."""
        return self.description is not None and self.description.has_classes_alone

    @property
    def validating(self) -> set[str] | None:
        """The cases that validate in any fold, or None where there are no folds."""
        return None if self.folds is None else {case for fold in self.folds for case in fold["val"]}

    def split_problems(self) -> list[Problem]:
        """Scenes that are in neither split."""
        return [
            Problem(files.described_in, f"case {case} is in split {files.scene.split!r}", "Write 'train' or 'test'")
            for case, files in self.scenes.items()
            if files.scene.split not in SPLITS
        ]

    def training_files(self) -> tuple[list[Path], list[Path]]:
        """The first channel of every training image, and the label maps, that lie where nnU-Net looks for them."""
        assert self.description is not None
        ending = self.description.file_ending
        images = map_folder(self.folder, IMAGES, "train").glob(image_name("*", 0, ending))
        return sorted(images), sorted(map_folder(self.folder, LABELS, "train").glob(f"*{ending}"))


def open_dataset(source: Path | str, *, with_scenes: bool = True) -> Dataset:
    """Open a dataset.

    Args:
        source: A converted dataset, its ``scenes.csv``, a raw dataset of nnU-Net, or CaFFe's ``data_raw``.
        with_scenes: Whether its scenes must be known, which a raw dataset of nnU-Net's own does not tell; if not, the
            source is a raw dataset, converted or not.

    Raises:
        InputError: With everything that is wrong with what describes it: it is no dataset, ``dataset.json``,
            ``scenes.csv``, ``splits_final.json``, ``meta_data.csv`` or a box file cannot be used, a scene cannot be
            told.
    """
    source = Path(source)
    folder = source.parent if source.is_file() else source
    table = source if source.is_file() else folder / SCENES_CSV
    if table.is_file() or (not with_scenes and folder.is_dir()):
        return _open_raw(source, folder, table if table.is_file() else None)
    try:
        root = find_caffe_root(source)
    except InputError as error:
        what = f", and no {SCENES_CSV}" if source.is_dir() else ""
        remedy = f"Give a converted dataset, which holds {SCENES_CSV}, or CaFFe's data_raw, which holds 'sar_images'"
        problems = [replace(problem, what=problem.what + what, remedy=remedy) for problem in error.problems]
        raise InputError(problems, "The dataset cannot be read") from None
    return Dataset(source, root, read_caffe_scenes(root), source, published=True)


def _open_raw(source: Path, folder: Path, table: Path | None) -> Dataset:
    """A dataset in nnU-Net's raw format, with a scene table where it is a converted one."""
    described, folds = folder / DATASET_JSON, folder / SPLITS_JSON
    # A table that a user wrote for predictions of scenes without a dataset need not tell splits.
    columns = DATASET_COLUMNS if described.exists() else SMALLEST_COLUMNS
    scenes, description, of_folds = all_of(
        partial(read_scenes, table, columns) if table is not None else dict,
        partial(read_description, described) if described.exists() or table is None else lambda: None,
        partial(read_folds, folds) if folds.exists() else lambda: None,
    )
    files = {} if table is None else _converted_scenes(table, scenes, description)
    return Dataset(source, folder, files, table or described, description=description, folds=of_folds)


def _converted_scenes(
    table: Path, scenes: Mapping[str, Scene], description: DatasetDescription | None
) -> dict[str, SceneFiles]:
    maps_in = cache(_maps_by_stem)
    folders_of = {
        split: [map_folder(table.parent, kind, split) for kind in (IMAGES, FRONTS, ZONES, LABELS)]
        for split in {scene.split for scene in scenes.values()}
    }
    files_of = {}
    for case, scene in scenes.items():
        images, fronts, zones, labels = folders_of[scene.split]
        image = image_name(case, 0, ".png")
        has_label = labels.is_dir()
        files_of[case] = SceneFiles(
            scene,
            image=maps_in(images).get(image.removesuffix(".png"), images / image),
            front=maps_in(fronts).get(case, fronts / f"{case}.png"),
            zones=maps_in(zones).get(case),
            grey=False,
            described_in=table,
            label=labels / f"{case}{description.file_ending}" if description is not None and has_label else None,
            space=None if description is None else description.space,
            ignore=None if description is None else description.ignore,
        )
    return files_of


def _maps_by_stem(folder: Path) -> dict[str, Path]:
    paths = folder.iterdir() if folder.is_dir() else ()
    return {raster_stem(path): path for path in paths if raster_suffix(path) and not path.name.startswith(".")}
