"""What is known of each predicted case: from a scene table, the map's own georeference, its name, or the user."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnunet_glacier.domain.scenes import Scene, parse_caffe_stem
from nnunet_glacier.formats.dataset import open_dataset
from nnunet_glacier.formats.predicted_maps import MEND_MAP, Prediction
from nnunet_glacier.formats.rasters import read_georeference
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

if TYPE_CHECKING:
    from pyproj import CRS

_SQUARE_WITHIN = 0.01


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
            _projection(crs)
        except GlacierError as error:
            remedy = "Write EPSG:nnnn or WKT into the column 'crs', or nothing"
            problems.append(Problem(dataset.described_in, str(error), remedy))
    if problems:
        raise InputError(problems, "The scenes cannot be read")
    return dataset.scenes


def _projection(crs: str) -> CRS:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(crs)
    except CRSError:
        raise GlacierError(f"there is no CRS {crs!r}") from None


def place_cases(
    predictions: Iterable[Prediction], known: Mapping[str, Scene], pixel_size_m: float | None
) -> tuple[dict[str, Scene], list[Problem]]:
    """A scene for every case, with a pixel size, and a problem for every case without one.

    The scene is that of the table, or else read from a name in CaFFe's grammar. CRS and affine are those of a GeoTIFF,
    or else the table's. The pixel size is the table's, the GeoTIFF's, the name's, or else `pixel_size_m`.

    Args:
        predictions: The cases.
        known: Scenes by case.
        pixel_size_m: Pixel size of cases for which nothing else tells it, in metres, or None.
    """
    scenes = {}
    problems = []
    for prediction in predictions:
        try:
            place = read_georeference(prediction.where)
        except GlacierError as error:
            problems.append(Problem(prediction.where, str(error), MEND_MAP))
            continue
        try:
            scenes[prediction.case] = _placed(known.get(prediction.case), prediction.case, *place, pixel_size_m)
        except GlacierError as error:
            remedy = "Give --pixel-size-m, or --scenes with the dataset or its scenes.csv"
            problems.append(Problem(prediction.where, str(error), remedy))
    return scenes, problems


def _placed(
    known: Scene | None, case: str, crs: str, affine: tuple[float, ...] | None, pixel_size_m: float | None
) -> Scene:
    scene = known or _from_name(case)
    if affine is not None:
        scene = replace(scene, crs=crs or scene.crs, affine=affine)
        if known is None or math.isnan(scene.pixel_size_m):
            measured = ground_pixel_size_m(scene.crs, affine)
            scene = scene if math.isnan(measured) else replace(scene, pixel_size_m=measured)
    if math.isnan(scene.pixel_size_m) and pixel_size_m is not None:
        scene = replace(scene, pixel_size_m=pixel_size_m)
    if math.isnan(scene.pixel_size_m):
        raise GlacierError("its pixel size is not known, so short fronts cannot be told from long ones")
    return scene


def _from_name(case: str) -> Scene:
    try:
        return parse_caffe_stem(case)
    except GlacierError:
        return Scene(case=case, split="", glacier="")


def ground_pixel_size_m(crs: str, affine: tuple[float, ...]) -> float:
    """Edge of a pixel in metres from its affine in a projected CRS; NaN in degrees or without a CRS.

    Raises:
        GlacierError: If there is no such CRS, or if pixels are not square within 1 %.
    """
    if not crs:
        return math.nan
    projection = _projection(crs)
    if not projection.is_projected:
        return math.nan
    a, b, _, d, e, _ = affine
    width, height = math.hypot(a, d), math.hypot(b, e)
    if abs(width - height) > _SQUARE_WITHIN * max(width, height):
        raise GlacierError(f"its pixels are not square: {width:g} by {height:g} units of {crs}")
    return math.sqrt(width * height) * projection.axis_info[0].unit_conversion_factor
