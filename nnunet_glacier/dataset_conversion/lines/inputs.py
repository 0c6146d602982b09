"""Anybody's scenes on disk: a folder of GeoTIFFs, or a table that names them, on the grid that they are written on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.lines.options import LinesOptions
from nnunet_glacier.dataset_conversion.scenes.inputs import SceneImage, describe_image, find_images
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.rasters import TIFF_SUFFIXES, bands_of_values, open_tiff
from nnunet_glacier.formats.scene_table import SCENES_CSV, SMALLEST_COLUMNS, read_scenes
from nnunet_glacier.lines.complex_resampling import resample_values
from nnunet_glacier.lines.grids import Grid, common_grid, on_grid
from nnunet_glacier.lines.ground_lengths import on_the_earth
from nnunet_glacier.lines.pixel_sizes import fitting_crs
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.parallel import map_with_progress

GREY_PERCENTILES = (0.5, 99.5)
"""Of the valid pixels of an image that has not 8 bits: what becomes 1 and 255."""


@dataclass(frozen=True)
class PlacedImage:
    """A scene and the grid that it is written on.

    Attributes:
        path: The image.
        scene: What is known of it.
        own: The image's grid.
        grid: The grid that it is written on.
    """

    path: Path
    scene: Scene
    own: Grid
    grid: Grid


def open_images(
    source: Path, options: LinesOptions, workers: int | None = None
) -> tuple[dict[str, PlacedImage], list[Problem]]:
    """The scenes of a folder or of a table by case, and what is wrong with them.

    A table gives the scenes of its rows; a folder gives all of its GeoTIFFs, with what its ``scenes.csv`` says of them
    where there is one.

    Raises:
        InputError: If there are no images, or the table cannot be read.
    """
    is_table = source.is_file() and source.suffix.lower() not in TIFF_SUFFIXES
    root = source.parent if source.is_file() else source
    table = source if is_table else root / SCENES_CSV
    told = read_scenes(table, SMALLEST_COLUMNS) if table.is_file() else {}
    paths, problems = _paths_of_table(told, table) if is_table else (find_images(source, TIFF_SUFFIXES), [])
    describe = partial(describe_image, root=root, with_nodata=False)
    answers = map_with_progress(describe, paths.items(), description="scenes", workers=workers)
    placed = {}
    for case, answer in zip(paths, answers, strict=True):
        try:
            if isinstance(answer, Problem):
                problems.append(answer)
            else:
                placed[case] = place_image(answer, told.get(case), options)
        except InputError as error:
            problems += error.problems
    return placed, problems


def _paths_of_table(told: Mapping[str, Scene], table: Path) -> tuple[dict[str, Path], list[Problem]]:
    """The image of every row: its ``source``, or the one of its name below the table's folder."""
    unnamed = [case for case, scene in told.items() if not scene.source]
    below = find_images(table.parent, TIFF_SUFFIXES) if unnamed else {}
    paths, problems = {}, []
    for case, scene in told.items():
        path = table.parent / scene.source if scene.source else below.get(case)
        if path is None or not path.is_file():
            what = f"case {case} has no image" if path is None else f"the image of case {case}, {path}, is not there"
            problems.append(Problem(table, what, "Correct the column 'source', or take the row out"))
        else:
            paths[case] = path
    if not told:
        problems.append(Problem(table, "it has no rows", "Write it with 'nnunet-glacier scenes FOLDER'"))
    return paths, problems


def place_image(image: SceneImage, told: Scene | None, options: LinesOptions) -> PlacedImage:
    """The scene on the grid that it is written on, with what a table tells of it.

    Raises:
        InputError: If it is on no map, or its pixels are oblong and it is not to be warped.
    """
    scene, own = image.scene, Grid(image.shape, image.scene.crs, image.scene.affine)
    if not own.placed:
        what = "it has no CRS or no affine, so lines on a map cannot be drawn into it"
        remedy = (
            "Give it both; an image with ground control points gets them by 'gdalwarp -t_srs EPSG:3413 IMAGE WARPED'"
        )
        raise InputError([Problem(image.path, what, remedy)])
    grid = own
    if options.pixel_size_m is not None:
        try:
            grid = _square_grid(own, options)
        except GlacierError as error:
            raise InputError([Problem(image.path, str(error), "Give another --crs")]) from None
    elif image.oblong:
        what, _, remedy = image.oblong.partition(". ")
        remedy = f"Give --pixel-size-m N to have it warped. {remedy.replace(' and predict again', '')}"
        raise InputError([Problem(image.path, what, remedy)])
    size_m = scene.pixel_size_m if options.pixel_size_m is None else options.pixel_size_m
    scene = replace(on_grid(scene, grid), pixel_size_m=size_m, split="train")
    if told is not None:
        scene = replace(
            scene,
            split=told.split,
            glacier=told.glacier or scene.glacier,
            date=told.date or scene.date,
            sensor=told.sensor or scene.sensor,
            orbit=told.orbit or scene.orbit,
            quality=told.quality if scene.quality is None else scene.quality,
        )
    return PlacedImage(image.path, scene, own, grid)


def _square_grid(own: Grid, options: LinesOptions) -> Grid:
    from pyproj import CRS

    assert options.pixel_size_m is not None
    place = on_the_earth(own.crs, *own.centre())
    crs = options.crs or (fitting_crs(*place) if place else own.crs)
    return common_grid(own, crs, options.pixel_size_m / CRS.from_user_input(crs).axis_info[0].unit_conversion_factor)


def read_grey(image: PlacedImage, band: int | None) -> tuple[np.ndarray, np.ndarray]:
    """The grey values of a scene on its grid, and where it holds data.

    Images of 8 bits keep their values. Of others `GREY_PERCENTILES` of the valid pixels become 1 and 255, with
    straight lines between and ends cut. Pixels without data are 0.

    Returns:
        uint8 and bool, shape ``image.grid.shape``.

    Raises:
        GlacierError: If the image cannot be read, has several bands that differ, or holds no data.
    """
    with open_tiff(image.path) as source:
        chosen = [band] if band else bands_of_values(source)
        if band and band not in source.indexes:
            raise GlacierError(f"it has no band {band}, but {source.count}")
        values = source.read(chosen[0])
        if any(not np.array_equal(source.read(other), values) for other in chosen[1:]):
            raise GlacierError(f"it has {len(chosen)} bands that differ; choose one with --band")
        valid = source.dataset_mask() != 0
    if np.iscomplexobj(values):
        raise GlacierError("its pixels are complex numbers; write their amplitude or intensity")
    valid &= np.isfinite(values)
    eight_bit = values.dtype == np.uint8
    if image.grid != image.own:
        values, valid = resample_values(values, valid, image.own, image.grid)
    if not valid.any():
        raise GlacierError("none of its pixels holds data")
    if eight_bit:
        grey = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    else:
        low, high = np.percentile(values[valid].astype(np.float64), GREY_PERCENTILES)
        share = np.clip((np.where(valid, values, low) - low) / max(high - low, np.finfo(float).tiny), 0, 1)
        grey = np.rint(1 + 254 * share).astype(np.uint8)
    grey[~valid] = 0
    return grey, valid


def grey_record() -> dict[str, object]:
    """How grey values were made, for ``dataset.json``."""
    low, high = GREY_PERCENTILES
    rule = f"8 bits as they are; others: percentiles {low:g} and {high:g} of the valid pixels are 1 and 255"
    return {"grey_values": {"rule": rule, "nodata": 0}}
