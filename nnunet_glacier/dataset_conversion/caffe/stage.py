"""CaFFe: SAR scenes of seven glaciers with zones and calving fronts, to nnU-Net's raw format.

Gourmelon, Seehaus, Braun, Maier and Christlein (2022), Calving fronts and where to find them: a benchmark dataset and
methodology for automatic glacier calving front extraction from synthetic aperture radar imagery, Earth System Science
Data 14, 4287-4313, doi 10.5194/essd-14-4287-2022; data doi 10.1594/PANGAEA.940950, CC BY 4.0.

681 images of ERS, ENVISAT, RADARSAT-1, ALOS PALSAR, TerraSAR-X, TanDEM-X and Sentinel-1 with pixels of 6 to 20 m.
Train: Crane 69, Jorum 77, DBE 133, SI 121, JAC 159. Test: COL 65, Mapple 57. Zones are missing data (NA), rock,
glacier, and ocean with ice mélange; fronts are one pixel wide. `nnunet_glacier.formats.caffe` knows the layout on disk.

Label variants (Herrmann et al. 2023, Sect. 4):

=========  ===========================================  ==================================================
variant    tasks                                        label map
=========  ===========================================  ==================================================
zones      zones                                        zone ids
front      front                                        front dilated with 5x5, or another width
fused      fused (zones and front as the fifth class)   zone ids, 4 where the dilated front is
multitask  zones, front                                 zone + 4 * front
boundary   zones, front, boundary                       zone + 4 * front + 8 * dilated glacier boundary
ice        ice                                          1 on the glacier (Davari et al. 2021)
=========  ===========================================  ==================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nnunet_glacier.dataset_conversion.caffe.case import load_case
from nnunet_glacier.dataset_conversion.caffe.cases import as_extra, find_cases, training_folds
from nnunet_glacier.dataset_conversion.caffe.channels import SAR, channel_problems
from nnunet_glacier.dataset_conversion.caffe.inputs import CaffeCheck, check_scene
from nnunet_glacier.dataset_conversion.caffe.layout import (
    glaciers_of,
    layout_problems,
    other_datasets,
    shared_glaciers,
)
from nnunet_glacier.dataset_conversion.caffe.options import CaffeOptions
from nnunet_glacier.dataset_conversion.writing.checking import check_all
from nnunet_glacier.dataset_conversion.writing.class_balance import write_front_balance
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, RawDataset
from nnunet_glacier.dataset_conversion.writing.splits import fold_record
from nnunet_glacier.dataset_conversion.writing.stage import DEFAULT_RUN, Plan, Run, carry_out
from nnunet_glacier.dataset_conversion.writing.summary import scenes_by_glacier
from nnunet_glacier.formats.caffe import SPLITS, CaffeFiles, caffe_files, find_caffe_root
from nnunet_glacier.formats.dataset_json import MASKS
from nnunet_glacier.support.errors import InputError, Problem, all_of
from nnunet_glacier.support.wording import counted


def convert(source: Path, out: Path, options: CaffeOptions, run: Run = DEFAULT_RUN) -> str:
    """Check a dataset in CaFFe's layout and write it in nnU-Net's raw format.

    Args:
        source: The folder that holds ``sar_images``, or a folder around it.
        out: The dataset folder, ``DatasetXXX_Name``.
        options: What can be chosen.
        run: How it is run.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    return carry_out(_plan(source, out, options, run.workers), run)


def _plan(source: Path, out: Path, options: CaffeOptions, workers: int | None) -> Plan:
    problems = channel_problems(options.channels)
    read, extra = _read_all(source, out, options, workers, problems)
    cases, checks = read.cases, read.checks
    problems += read.problems
    if extra is not None:
        cases += as_extra(extra.cases)
        checks += extra.checks
        problems += extra.problems
        if extra.root.resolve() == read.root.resolve():
            problems.append(Problem(extra.given, "it is the dataset itself", "Give --extra another folder"))
    dataset = describe_dataset(out, options, checks)
    problems += full_mask_problems(checks, dataset.remarks.get(MASKS, []))
    return Plan(
        read.root,
        dataset,
        cases,
        problems,
        folds=partial(training_folds, cases, options.folds),
        load=partial(load_case, options=options),
        tables=partial(write_front_balance, dataset, cases, workers=workers),
        contents=scenes_by_glacier(cases),
        notes=[*_notes(shared_glaciers(glaciers_of(read.files))), *_resized_notes(out, options)],
    )


@dataclass(frozen=True)
class _Source:
    """A dataset in CaFFe's layout: its folder as given and found, its files, what was seen in them, and the cases."""

    given: Path
    root: Path
    files: list[CaffeFiles]
    checks: list[CaffeCheck]
    cases: list[Case]
    problems: list[Problem]


def _read_all(
    source: Path, out: Path, options: CaffeOptions, workers: int | None, problems: Sequence[Problem]
) -> tuple[_Source, _Source | None]:
    """The dataset and its extra one; what forbids to read either is told with the problems that are known already."""
    # Of a folder that is not there every scene would say that it holds no map.
    options = replace(options, channels=tuple(one for one in options.channels if one.folder.is_dir()))
    # Where extra scenes lie on the map is their own table's matter.
    given = [(source, options)] + ([(options.extra, replace(options, meta_data=None))] if options.extra else [])
    try:
        read, *extra = all_of(*(partial(_read, folder, out, asked, workers) for folder, asked in given))
    except InputError as error:
        raise InputError([*problems, *error.problems], f"{source} cannot be converted to {out}") from None
    return read, extra[0] if extra else None


def _read(source: Path, out: Path, options: CaffeOptions, workers: int | None) -> _Source:
    root = find_caffe_root(source)
    if others := other_datasets(root):
        raise InputError(others, f"{root} cannot be converted to {out}")
    files = [scene for split in SPLITS for scene in caffe_files(root, split)]
    problems = layout_problems(root, files, allow_shared_glaciers=options.allow_shared_glaciers)
    checks, file_problems = check_all(partial(check_scene, channels=options.channels), files, workers=workers)
    cases, scene_problems = find_cases(root, files, checks, options)
    return _Source(source, root, files, checks, cases, [*problems, *file_problems, *scene_problems])


def _notes(shared: Sequence[str]) -> list[str]:
    if not shared:
        return []
    are = counted(len(shared), "glacier trains and tests", "glaciers train and test")
    return [f"{are} ({', '.join(shared)}): scores say nothing of glaciers that were not seen."]


def _resized_notes(out: Path, options: CaffeOptions) -> list[str]:
    if options.preparation.resize_px is None:
        return []
    return [
        "The names of the cases hold the pixel sizes of the original scenes; those of the resized ones stand in "
        f"scenes.csv: give 'nnunet-glacier fronts' and 'lines' --scenes {out}."
    ]


def full_mask_problems(checks: Sequence[CaffeCheck], masks: Sequence[str]) -> list[Problem]:
    """Masks that are set everywhere: brought from their least and greatest value to 0 and 1, they would be empty."""
    what = "the mask is set everywhere, and the network would see it as one that is set nowhere"
    remedy = "Set a pixel of it to 0, at a corner for instance, or take the scene out"
    paths = dict.fromkeys(path for check in checks for name, path in check.full if name in masks)
    return [Problem(path, what, remedy) for path in paths]


def describe_dataset(out: Path, options: CaffeOptions, checks: Sequence[CaffeCheck]) -> RawDataset:
    """What the dataset is that these options make of scenes that were checked."""
    further = [channel.name for channel in options.channels]
    masks = [name for name in further if all(name in check.masks for check in checks)]
    return RawDataset(
        folder=out,
        source="caffe",
        variant=options.labels,
        channels=(SAR, *further),
        file_ending=options.file_ending,
        folds=fold_record(options.folds),
        options=options.record(),
        with_zones=True,
        remarks={MASKS: masks} if masks else {},
    )
