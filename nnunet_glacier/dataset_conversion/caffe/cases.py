"""From CaFFe's files to cases: read from their names, placed on the map where a table says so, divided into folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nnunet_glacier.dataset_conversion.caffe.inputs import CaffeCheck
from nnunet_glacier.dataset_conversion.caffe.options import CaffeOptions
from nnunet_glacier.dataset_conversion.caffe.preparation import Preparation
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case
from nnunet_glacier.dataset_conversion.writing.splits import Folds, group_folds, official_folds, random_folds
from nnunet_glacier.domain.scenes import EXTRA, parse_caffe_stem, with_hemisphere
from nnunet_glacier.formats.caffe import CaffeFiles
from nnunet_glacier.formats.caffe_places import (
    META_DATA_CSV,
    Bounds,
    bounds_problems,
    georeferenced,
    read_meta_data,
)
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.wording import no_file


def find_cases(
    root: Path, files: Sequence[CaffeFiles], checks: Sequence[CaffeCheck], options: CaffeOptions
) -> tuple[list[Case], list[Problem]]:
    """The cases of all scenes with a readable stem, and what is wrong with hemispheres and map coordinates."""
    places, problems = _read_places(root, options)
    unplaced: dict[str, Problem] = {}
    cases = []
    for scene_files, check in zip(files, checks, strict=True):
        try:
            scene = parse_caffe_stem(scene_files.stem, split=scene_files.split)
        except GlacierError:
            continue
        scene = replace(scene, box=check.box, source=scene_files.image.relative_to(root).as_posix())
        if scene.case in places and check.shape is not None:
            scene = georeferenced(scene, *places[scene.case], check.shape)
            problems += bounds_problems(scene)
        if check.shape is not None:
            problems += _squash_problems(scene_files, check.shape, options.preparation)
            scene = options.preparation.scene(scene, check.shape)
        try:
            scene = with_hemisphere(scene, dict(options.hemispheres))
        except GlacierError as error:
            remedy = f"Or give the dataset's {META_DATA_CSV} with --meta-data"
            unplaced.setdefault(scene.glacier, Problem(scene_files.image, str(error), remedy))
        cases.append(Case(scene, (scene_files.image, scene_files.zones, scene_files.front, *check.channels)))
    return sorted(cases, key=lambda case: case.scene.case), [*problems, *unplaced.values()]


def _read_places(root: Path, options: CaffeOptions) -> tuple[dict[str, Bounds], list[Problem]]:
    """CRS and bounds by stem, and what is wrong with their table."""
    path = options.meta_data or root / META_DATA_CSV
    if not path.is_file():
        what = no_file(path)
        missing = Problem(path, what, "Give the path of meta_data.csv, or leave --meta-data out")
        return {}, [missing] if options.meta_data or path.exists() else []
    try:
        return read_meta_data(path), []
    except InputError as error:
        return {}, list(error.problems)


def _squash_problems(files: CaffeFiles, shape: tuple[int, int], preparation: Preparation) -> list[Problem]:
    """An image whose pixels would be squashed: they would have no single size in metres."""
    if preparation.keeps_square_pixels(shape):
        return []
    what = f"it has {shape[0]}x{shape[1]} pixels (rows x columns), which --resize alone would squash to a square"
    return [Problem(files.image, what, "Give --pad-square too")]


def as_extra(cases: Sequence[Case]) -> list[Case]:
    """The training cases among some, for training alone: their names tell it, and differ from those of the others."""
    return [
        replace(
            case,
            scene=replace(case.scene, case=EXTRA + case.scene.case, glacier=EXTRA + case.scene.glacier),
            extra=True,
        )
        for case in cases
        if case.scene.split == "train"
    ]


def training_folds(cases: Sequence[Case], scheme: str) -> Folds:
    """The folds of the training cases; extra ones train in all but those that their glacier's namesake is left out of.

    Raises:
        GlacierError: If there are too few cases or glaciers for them.
    """
    train = [case.scene for case in cases if case.scene.split == "train" and not case.extra]
    glacier_of = {scene.case: scene.glacier for scene in train}
    extra = {case.scene.case: case.scene.glacier.removeprefix(EXTRA) for case in cases if case.extra}
    folds = _folds_of([scene.case for scene in train], glacier_of, scheme)
    return [{"train": [*fold["train"], *_trained_on(extra, fold, glacier_of)], "val": fold["val"]} for fold in folds]


def _trained_on(
    extra: Mapping[str, str], fold: Mapping[str, Sequence[str]], glacier_of: Mapping[str, str]
) -> list[str]:
    """Extra cases of a fold: not those that are named for a glacier which it validates on and has not seen."""
    seen, validated = ({glacier_of[case] for case in fold[part]} for part in ("train", "val"))
    return [case for case, glacier in extra.items() if glacier not in validated - seen]


def _folds_of(names: Sequence[str], glacier_of: Mapping[str, str], scheme: str) -> Folds:
    if scheme == "random":
        return random_folds(names)
    if scheme == "glacier":
        return group_folds(glacier_of, "glacier")
    return official_folds(names)
