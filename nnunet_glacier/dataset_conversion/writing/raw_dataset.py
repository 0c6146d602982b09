"""The only writer of nnU-Net's raw format: images, labels, lines and zones for scoring, dataset.json, scenes, folds.

A dataset folder holds

* ``imagesTr``, ``labelsTr``, ``imagesTs``, ``labelsTs``: as nnU-Net wants them;
* ``frontsTr``, ``frontsTs``: the one-pixel fronts or grounding lines (0 and 255, PNG), since wider labels cannot be
  scored against; none where the source has areas alone;
* ``zonesTr``, ``zonesTs``: zone ids (PNG) where the source has zones;
* ``scenes.csv``, ``splits_final.json``, ``conversion.json`` (the options), ``converted.jsonl`` (what each case was made
  from), and tables of a converter's own;
* ``dataset.json``, written last: a folder without it is half converted.
"""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.dataset_json import DATASET_JSON, PIXEL_SIZE_M
from nnunet_glacier.formats.folds import SPLITS_JSON, Folds, write_folds
from nnunet_glacier.formats.rasters import read_shape, write_raster
from nnunet_glacier.formats.raw_layout import (
    CONVERSION_JSON,
    FOLDERS,
    FRONTS,
    IMAGES,
    LABELS,
    ZONES,
    image_name,
    map_folder,
)
from nnunet_glacier.formats.scene_table import SCENES_CSV, write_scenes
from nnunet_glacier.support.files import write_json, write_whole
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.partial_files import remove_leftovers
from nnunet_glacier.support.resume import LineRecord, contents_of
from nnunet_glacier.support.whole_files import is_whole

READERS = {".png": "NaturalImage2DIO", ".tif": "NaturalImage2DIO", ".nii.gz": "SimpleITKIO"}
"""nnU-Net's reader of each file ending that can be written."""

_IMAGE = "image"
CONVERTED = "converted.jsonl"
"""SHA-256 of the files that each case was made from, in their order."""

PATCHES_CSV, BALANCE_CSV = "patches.csv", "class_balance.csv"
_DATASET_NAME = re.compile(r"Dataset(\d{3})_[A-Za-z0-9][A-Za-z0-9_\-]*")


def dataset_number(name: str) -> int | None:
    """The number in a dataset folder's name; None where it is not of nnU-Net's form.

    >>> dataset_number("Dataset501_Caffe")
    501
    """
    match = _DATASET_NAME.fullmatch(name)
    return int(match[1]) if match else None


@dataclass(frozen=True)
class CaseMaps:
    """The arrays of one case, uint8 of shape ``(H, W)`` if nothing else is said.

    Attributes:
        image: Grey values, or the path of an 8-bit single-channel PNG that is taken as it is; or the channels of the
            dataset, float32 of shape ``(C, H, W)``, for ``.tif``.
        labels: Codes of the label space.
        front: One-pixel front, 0 and 255; or the path of such a PNG; or None where the source has none.
        zones: Zone ids, or None where the source has none.
    """

    image: np.ndarray | Path
    labels: np.ndarray
    front: np.ndarray | Path | None = None
    zones: np.ndarray | None = None


@dataclass(frozen=True)
class RawDataset:
    """What a dataset is, beside its cases.

    Attributes:
        folder: The dataset folder, named ``DatasetXXX_Name``.
        source: Name of the published dataset, as in ``convert``'s command.
        variant: A key of `LABEL_SPACES`.
        channels: Names of the channels; nnU-Net chooses each one's normalisation by its name.
        file_ending: A key of `READERS`.
        folds: The scheme of the folds and its parameters, e.g. ``{"scheme": "random", "seed": 12345}``.
        options: The other options that decide what is written, as JSON.
        ignore: Whether label maps mark pixels that are not to be learnt from, with the code after the last one.
        with_fronts: Whether the source has lines to be scored against.
        with_zones: Whether the source has zones.
        remarks: Further entries of ``dataset.json``.
    """

    folder: Path
    source: str
    variant: str
    channels: tuple[str, ...]
    file_ending: str
    folds: Mapping[str, Any]
    options: Mapping[str, Any]
    ignore: bool = False
    with_fronts: bool = True
    with_zones: bool = False
    remarks: Mapping[str, Any] = field(default_factory=dict)

    def conversion(self) -> dict[str, Any]:
        """The record of how the dataset was made; the same record means the same files."""
        return {
            "source": self.source,
            "labels": self.variant,
            "file_ending": self.file_ending,
            "folds": dict(self.folds),
            **self.options,
        }


@dataclass(frozen=True)
class Case:
    """A scene to convert.

    Attributes:
        scene: Its row of ``scenes.csv``.
        inputs: The files that it is made from; with other content it is made again.
        chosen: What of them belongs to it, as `key_of`, where that depends on other scenes or on a table; with another
            choice it is made again. "" where the files alone decide.
        extra: Whether it is there to be trained on alone: no fold validates on it, and it has no part in what is said
            of the scenes' pixel sizes.
    """

    scene: Scene
    inputs: tuple[Path, ...]
    chosen: str = field(default="", kw_only=True)
    extra: bool = field(default=False, kw_only=True)

    def made_from(self) -> list[str]:
        """What decides its files: the content of its inputs, and what of them was chosen."""
        return [*contents_of(self.inputs), *filter(None, [self.chosen])]


def case_files(dataset: RawDataset, scene: Scene) -> dict[str, Path]:
    """The files of a case by what they hold: ``image_0000`` and so on, ``labels``, ``front`` and ``zones``."""
    images, labels, fronts, zones = (
        map_folder(dataset.folder, kind, scene.split) for kind in (IMAGES, LABELS, FRONTS, ZONES)
    )
    files = {}
    for channel in range(len(dataset.channels)):
        files[f"{_IMAGE}_{channel:04}"] = images / image_name(scene.case, channel, dataset.file_ending)
    files["labels"] = labels / f"{scene.case}{dataset.file_ending}"
    if dataset.with_fronts:
        files["front"] = fronts / f"{scene.case}.png"
    if dataset.with_zones:
        files["zones"] = zones / f"{scene.case}.png"
    return files


def is_done(files: Iterable[Path], now: Callable[[], list[str]], made_from: list[str] | None) -> bool:
    """Whether all files are there, whole and of one size, and were made from the same.

    Args:
        files: What is written.
        now: Tells what they would be made from; asked last, since it may read all inputs.
        made_from: What they were made from, of `CONVERTED`; None where nothing is known.
    """
    files = list(files)
    if made_from is None or not all(is_whole(path) for path in files):
        return False
    return len({read_shape(path) for path in files}) == 1 and now() == made_from


def _map_of(maps: CaseMaps, name: str) -> np.ndarray | Path:
    """The map that a name of `case_files` stands for."""
    if not name.startswith(_IMAGE):
        return getattr(maps, name)
    if isinstance(maps.image, np.ndarray) and maps.image.ndim == 3:
        return maps.image[int(name.removeprefix(f"{_IMAGE}_"))]
    return maps.image


def _write_map(path: Path, values: np.ndarray | Path, scene: Scene) -> None:
    if isinstance(values, Path) and path.suffix == ".png":
        write_whole(path, lambda temporary: shutil.copyfile(values, temporary))
        return
    array = np.asarray(Image.open(values)) if isinstance(values, Path) else values
    if path.suffix == ".png":
        write_whole(path, lambda temporary: Image.fromarray(array).save(temporary))
    elif path.suffix == ".tif":
        write_raster(path, array, crs=scene.crs, affine=scene.affine)
    else:
        write_whole(path, lambda temporary: _write_volume(temporary, array, scene.pixel_size_m))


def _write_volume(path: Path, values: np.ndarray, pixel_size_m: float) -> None:
    import SimpleITK as sitk  # noqa: N813

    image = sitk.GetImageFromArray(values)
    image.SetSpacing((pixel_size_m, pixel_size_m))
    sitk.WriteImage(image, str(path), useCompression=True)


def write_case(case: Case, *, dataset: RawDataset, load: Callable[[Case], CaseMaps]) -> list[str]:
    """Write the files of a case, each whole or not at all; the parameters are those of `write_raw_dataset`.

    Returns:
        What the case was made from, as it was before it was read.
    """
    made_from = case.made_from()
    maps = load(case)
    for name, path in case_files(dataset, case.scene).items():
        _write_map(path, _map_of(maps, name), case.scene)
    return made_from


def write_raw_dataset(
    dataset: RawDataset,
    cases: Sequence[Case],
    splits: Folds,
    load: Callable[[Case], CaseMaps],
    *,
    finish: Callable[[], Mapping[str, Any]] = dict,
    workers: int | None = None,
) -> int:
    """Write the dataset, or what is missing of it.

    Args:
        dataset: What the dataset is.
        cases: Every case, train and test.
        splits: The folds of the training cases.
        load: Makes a case's arrays; runs in worker processes, so it must be picklable.
        finish: Called when every case is written; writes tables of the converter's own and returns further entries
            of ``dataset.json``.
        workers: Processes; None for one a core.

    Returns:
        The number of cases that were written; the others were there already.
    """
    folder = dataset.folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*FOLDERS, "."):
        # nnU-Net would take what a killed conversion left for cases.
        remove_leftovers(folder / name)
    write_json(folder / CONVERSION_JSON, {"nnunet_glacier": version("nnunet-glacier"), **dataset.conversion()})
    write = partial(write_case, dataset=dataset, load=load)
    with closing(LineRecord(folder / CONVERTED)) as record:
        known = record.read()
        missing = [
            case
            for case in cases
            if not is_done(case_files(dataset, case.scene).values(), case.made_from, known.get(case.scene.case))
        ]
        if missing:
            (folder / DATASET_JSON).unlink(missing_ok=True)
        answers = map_with_progress(write, missing, description=f"Writing {folder.name}", workers=workers)
        for case, made_from in zip(missing, answers, strict=True):
            known[case.scene.case] = made_from
            record.add(case.scene.case, made_from)
        record.finish({case.scene.case: known[case.scene.case] for case in cases})
    write_scenes(folder / SCENES_CSV, [case.scene for case in cases])
    write_folds(folder / SPLITS_JSON, splits)
    training = [case for case in cases if case.scene.split == "train"]
    write_json(folder / DATASET_JSON, {**dataset_json(dataset, training), **finish()})
    return len(missing)


def dataset_json(dataset: RawDataset, training: Sequence[Case]) -> dict[str, Any]:
    """nnU-Net's ``dataset.json`` with what our stages need to know beside.

    That is tasks, variant, source, folds, options, and the pixel sizes of the training scenes where all are known.
    """
    space = LABEL_SPACES[dataset.variant]
    sizes_m = [case.scene.pixel_size_m for case in training if not case.extra]
    return {
        "channel_names": {str(index): name for index, name in enumerate(dataset.channels)},
        "labels": {**space.nnunet_labels(), **({"ignore": space.n_codes} if dataset.ignore else {})},
        "numTraining": len(training),
        "file_ending": dataset.file_ending,
        "overwrite_image_reader_writer": READERS[dataset.file_ending],
        "name": dataset.folder.name,
        "tasks": space.to_json(),
        "label_variant": dataset.variant,
        "source": dataset.source,
        "folds": dict(dataset.folds),
        **({PIXEL_SIZE_M: [min(sizes_m), max(sizes_m)]} if sizes_m and not any(map(math.isnan, sizes_m)) else {}),
        "conversion": {"nnunet_glacier": version("nnunet-glacier"), **dataset.conversion()},
        **dataset.remarks,
    }
