"""CaFFe: SAR scenes of seven glaciers with zones and calving fronts, to nnU-Net's raw format.

Gourmelon, Seehaus, Braun, Maier and Christlein (2022), Calving fronts and where to find them: a benchmark dataset and
methodology for automatic glacier calving front extraction from synthetic aperture radar imagery, Earth System Science
Data 14, 4287-4313, doi 10.5194/essd-14-4287-2022; data doi 10.1594/PANGAEA.940950, CC BY 4.0.

681 images of ERS, ENVISAT, RADARSAT-1, ALOS PALSAR, TerraSAR-X, TanDEM-X and Sentinel-1 with pixels of 6 to 20 m.
Train: Crane 69, Jorum 77, DBE 133, SI 121, JAC 159. Test: COL 65, Mapple 57. Zones are missing data (NA), rock,
glacier, and ocean with ice mélange; fronts are one pixel wide. `nnunet_glacier.formats.caffe` knows the layout on disk.

Label variants (paper 001, Sect. 4):

=========  ===========================================  ==================================================
variant    tasks                                        label map
=========  ===========================================  ==================================================
zones      zones                                        zone ids
front      front                                        front dilated with 5x5
fused      fused (zones and front as the fifth class)   zone ids, 4 where the dilated front is
multitask  zones, front                                 zone + 4 * front
boundary   zones, front, boundary                       zone + 4 * front + 8 * dilated glacier boundary
=========  ===========================================  ==================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from nnunet_glacier.dataset_conversion.caffe_checks import SceneCheck, check_scene, layout_problems
from nnunet_glacier.dataset_conversion.class_balance import write_front_balance
from nnunet_glacier.dataset_conversion.grey_png import is_plain_grey, read_grey_png
from nnunet_glacier.dataset_conversion.label_maps import BOUNDARY_KINDS, FRONT_WIDTH, label_map
from nnunet_glacier.dataset_conversion.raw_dataset import Case, CaseMaps, RawDataset
from nnunet_glacier.dataset_conversion.splits import (
    NNUNET_SEED,
    OFFICIAL_SEED,
    Folds,
    group_folds,
    official_folds,
    random_folds,
)
from nnunet_glacier.dataset_conversion.stage import check_and_write
from nnunet_glacier.domain.scenes import Scene, parse_caffe_stem, with_hemisphere
from nnunet_glacier.domain.zones import zones_from_grey
from nnunet_glacier.formats.caffe import SPLITS, CaffeFiles, caffe_files, find_caffe_root, georeferenced, read_meta_data
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.wording import counted

META_DATA_CSV = "meta_data.csv"
FOLD_SCHEMES = ("random", "glacier", "official")
_SEED_OF_SCHEME = {"random": NNUNET_SEED, "official": OFFICIAL_SEED}


@dataclass(frozen=True)
class CaffeOptions:
    """What can be chosen.

    Attributes:
        labels: Label variant, a key of `nnunet_glacier.domain.labels.LABEL_SPACES`.
        folds: One of `FOLD_SCHEMES`.
        file_ending: ``.png`` or ``.nii.gz``.
        boundary: One of `BOUNDARY_KINDS`; matters for the variant ``boundary`` alone.
        hemispheres: ``north`` or ``south`` of glaciers that are not CaFFe's own.
        meta_data: The georeferencing table, or None to take ``meta_data.csv`` of the dataset where there is one.
    """

    labels: str = "fused"
    folds: str = "random"
    file_ending: str = ".png"
    boundary: str = BOUNDARY_KINDS[0]
    hemispheres: Mapping[str, str] = field(default_factory=dict)
    meta_data: Path | None = None


def convert_caffe(
    data_raw: Path,
    out: Path,
    options: CaffeOptions,
    *,
    check_only: bool = False,
    overwrite: bool = False,
    workers: int | None = None,
) -> tuple[list[Case], int | None]:
    """Check a dataset in CaFFe's layout and write it in nnU-Net's raw format.

    Args:
        data_raw: The folder that holds ``sar_images``, or a folder around it.
        out: The dataset folder, ``DatasetXXX_Name``.
        options: What can be chosen.
        check_only: Stop after the checks.
        overwrite: Replace an earlier conversion in `out`.
        workers: Processes; None for one a core.

    Returns:
        The cases, and how many of them were written (the others were there already), or None if it only checked.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    root = find_caffe_root(data_raw)
    files = [scene for split in SPLITS for scene in caffe_files(root, split)]
    problems = layout_problems(root, files)
    checks = list(map_with_progress(check_scene, files, description="Checking", workers=workers))
    problems += [problem for check in checks for problem in check.problems]
    cases, scene_problems = _cases(root, files, checks, options)
    dataset = raw_dataset(out, options)
    written = check_and_write(
        dataset,
        cases,
        [*problems, *scene_problems],
        partial(_folds, cases, options.folds),
        partial(load_case, variant=options.labels, boundary=options.boundary),
        where=str(root),
        with_zones=True,
        finish=partial(write_front_balance, dataset, cases, workers=workers),
        check_only=check_only,
        overwrite=overwrite,
        workers=workers,
    )
    return cases, written


def raw_dataset(out: Path, options: CaffeOptions) -> RawDataset:
    """What the dataset is that these options make."""
    folds: dict[str, object] = {"scheme": options.folds}
    if options.folds in _SEED_OF_SCHEME:
        folds["seed"] = _SEED_OF_SCHEME[options.folds]
    parameters: dict[str, object] = {"front_width": FRONT_WIDTH}
    if options.labels == "boundary":
        parameters["boundary"] = options.boundary
    return RawDataset(out, "caffe", options.labels, ("SAR",), options.file_ending, folds, parameters)


def _cases(
    root: Path, files: Sequence[CaffeFiles], checks: Sequence[SceneCheck], options: CaffeOptions
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
            problems += _pixel_size_problems(scene)
        try:
            scene = with_hemisphere(scene, dict(options.hemispheres))
        except GlacierError as error:
            remedy = f"Or give the dataset's {META_DATA_CSV} with --meta-data"
            unplaced.setdefault(scene.glacier, Problem(scene_files.image, str(error), remedy))
        cases.append(Case(scene, (scene_files.image, scene_files.zones, scene_files.front)))
    return sorted(cases, key=lambda case: case.scene.case), [*problems, *unplaced.values()]


def _read_places(
    root: Path, options: CaffeOptions
) -> tuple[dict[str, tuple[str, tuple[float, float, float, float]]], list[Problem]]:
    """CRS and bounds by stem, and what is wrong with their table."""
    path = options.meta_data or root / META_DATA_CSV
    if not path.is_file():
        what = "it is no regular file" if path.exists() else "there is no such file"
        missing = Problem(path, what, "Give the path of meta_data.csv, or leave --meta-data out")
        return {}, [missing] if options.meta_data or path.exists() else []
    try:
        places = read_meta_data(path)
    except InputError as error:
        return {}, list(error.problems)
    return places, _crs_problems(path, {stem: crs for stem, (crs, _) in places.items()})


def _crs_problems(path: Path, crs_of: dict[str, str]) -> list[Problem]:
    """CRSs of the table that do not exist, each once with a scene that has it."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    problems = []
    for crs, stem in {crs: stem for stem, crs in reversed(crs_of.items())}.items():
        try:
            CRS.from_user_input(crs)
        except CRSError:
            count = sum(other == crs for other in crs_of.values())
            rows = counted(count, "of its rows names", "of its rows name")
            what = f"there is no CRS {crs}, which {rows}, such as that of {stem}"
            problems.append(Problem(path, what, "Correct the rows, or leave them out"))
    return problems


def _pixel_size_problems(scene: Scene) -> list[Problem]:
    """A stem gives the pixel size in whole metres; the bounds must agree with that."""
    across, down = scene.affine[0], -scene.affine[4]
    if abs(across - scene.pixel_size_m) <= 0.5 and abs(down - scene.pixel_size_m) <= 0.5:
        return []
    what = f"its bounds give pixels of {across:.2f} x {down:.2f} m, its name {scene.pixel_size_m:g} m"
    return [Problem(f"{META_DATA_CSV}, {scene.case}", what, "Correct the bounds, or leave the row out")]


def _folds(cases: Sequence[Case], scheme: str) -> Folds:
    train = [case.scene for case in cases if case.scene.split == "train"]
    names = [scene.case for scene in train]
    if scheme == "random":
        return random_folds(names)
    if scheme == "glacier":
        return group_folds({scene.case: scene.glacier for scene in train}, "glacier")
    return official_folds(names)


def load_case(case: Case, *, variant: str, boundary: str) -> CaseMaps:
    """The arrays of a case; PNGs that are as nnU-Net wants them are handed on as they are."""
    image, zones, front = case.inputs
    zone_ids = zones_from_grey(read_grey_png(zones))
    line = read_grey_png(front)
    return CaseMaps(
        image=image if is_plain_grey(image) else read_grey_png(image),
        labels=label_map(variant, zone_ids, line == 255, boundary=boundary),
        front=front if is_plain_grey(front) else line,
        zones=zone_ids,
    )
