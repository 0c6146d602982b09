"""What is known of each predicted case: from a scene table, the map's own georeference, its name, or the user."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pyproj import CRS
from pyproj.exceptions import CRSError

from nnunet_glacier.domain.scenes import Scene, parse_caffe_stem
from nnunet_glacier.formats.acquisition_tags import with_acquisition
from nnunet_glacier.formats.dataset import open_dataset
from nnunet_glacier.formats.predicted_maps import MEND_MAP, Prediction
from nnunet_glacier.formats.rasters import read_georeference, read_shape
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.lines.pixel_sizes import OblongPixelsError, ground_pixel_size_m
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.wording import counted


def open_scenes(source: Path | None) -> Mapping[str, SceneFiles]:
    """The scenes of a dataset (`open_dataset`) by case, or none without one.

    Raises:
        InputError: If the source is no dataset or cannot be read, or a CRS in it is none.
    """
    if source is None:
        return {}
    dataset = open_dataset(source)
    problems = []
    for crs in dict.fromkeys(files.scene.crs for files in dataset.scenes.values() if files.scene.crs):
        try:
            CRS.from_user_input(crs)
        except CRSError:
            remedy = "Write EPSG:nnnn or WKT into the column 'crs', or nothing"
            problems.append(Problem(dataset.described_in, f"there is no CRS {crs!r}", remedy))
    if problems:
        raise InputError(problems, "The scenes cannot be read")
    return dataset.scenes


def place_cases(
    predictions: Iterable[Prediction], known: Mapping[str, SceneFiles], pixel_size_m: float | None
) -> tuple[dict[str, Scene], list[Problem]]:
    """A scene for every case, with a pixel size, and a problem for every case without one.

    The scene is that of the table, or else read from a name in CaFFe's grammar. CRS and affine are those of a GeoTIFF,
    or else the table's. The pixel size is the table's, the map's, the name's, or else `pixel_size_m`. Date and sensor
    are the table's, those of the case's or source's name (`read_scene_name`), or of the tags of a TIFF.

    Args:
        predictions: The cases.
        known: Scenes by case.
        pixel_size_m: Pixel size of cases for which nothing else tells it, in metres, or None.
    """
    scenes = {}
    problems = []
    for prediction in predictions:
        files = known.get(prediction.case)
        of_table = None if files is None else files.scene
        tiffs = [prediction.where] if files is None else [files.image, prediction.where]
        try:
            scene = _on_the_map(prediction, of_table)
        except GlacierError as error:
            problems.append(Problem(prediction.where, str(error), MEND_MAP))
            continue
        try:
            scene = _with_pixel_size(scene, prediction, of_table, pixel_size_m)
        except OblongPixelsError as error:
            problems.append(Problem(prediction.where, str(error), error.remedy))
        except GlacierError as error:
            remedy = "Give --pixel-size-m, or --scenes with the dataset or its scenes.csv"
            problems.append(Problem(prediction.where, str(error), remedy))
        else:
            scenes[prediction.case] = with_acquisition(scene, tiffs)
    return scenes, problems


def _on_the_map(prediction: Prediction, known: Scene | None) -> Scene:
    """The scene of the table or of the name, at the place that a GeoTIFF tells."""
    crs, affine = read_georeference(prediction.where)
    scene = known or _from_name(prediction.case)
    return scene if affine is None else replace(scene, crs=crs or scene.crs, affine=affine)


def _with_pixel_size(scene: Scene, prediction: Prediction, known: Scene | None, otherwise_m: float | None) -> Scene:
    """The scene with its pixel size: the table's, the map's, the name's, or else what the user gave."""
    if known is not None and not math.isnan(known.pixel_size_m):
        return scene
    if scene.crs and scene.affine is not None:
        measured_m = ground_pixel_size_m(scene.crs, scene.affine, read_shape(prediction.where))
        scene = scene if math.isnan(measured_m) else replace(scene, pixel_size_m=measured_m)
    if math.isnan(scene.pixel_size_m) and otherwise_m is not None:
        scene = replace(scene, pixel_size_m=otherwise_m)
    if math.isnan(scene.pixel_size_m):
        raise GlacierError("its pixel size is not known, so short fronts cannot be told from long ones")
    return scene


def undated_remarks(dates: Sequence[datetime.date | None]) -> list[str]:
    """A sentence on cases without a date and how they get one; none if all have theirs.

    >>> undated_remarks([None, None, datetime.date(2015, 10, 20)])
    ['2 of 3 cases have no date: a table --scenes with the columns case and date gives it.']
    """
    unknown = sum(date is None for date in dates)
    if not unknown:
        return []
    have = "has" if unknown == 1 else "have"
    of_all = f"{unknown} of {counted(len(dates), 'case')}"
    return [f"{of_all} {have} no date: a table --scenes with the columns case and date gives it."]


def _from_name(case: str) -> Scene:
    try:
        return parse_caffe_stem(case)
    except GlacierError:
        return Scene(case=case, split="", glacier="")
