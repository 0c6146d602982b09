"""Anybody's scenes on disk: a folder of rasters, or a table that names them, on the grid that they are written on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from nnunet_glacier.dataset_conversion.lines.options import LinesOptions
from nnunet_glacier.dataset_conversion.scenes.inputs import SceneImage, describe_image
from nnunet_glacier.dataset_conversion.scenes.placed_images import PlacedImage
from nnunet_glacier.domain.grey_values import GREY_RULE, Values
from nnunet_glacier.domain.scenes import Scene, told_first
from nnunet_glacier.formats.scene_rasters import read_header
from nnunet_glacier.formats.scene_sources import LIST_ENDING, PLACED_ENDINGS, find_scenes
from nnunet_glacier.formats.scene_table import SCENES_CSV, SMALLEST_COLUMNS, read_scenes
from nnunet_glacier.lines.grids import Grid, common_grid, on_grid
from nnunet_glacier.lines.network_grids import network_grid
from nnunet_glacier.support.archives import ZIP_ENDING, as_path, is_file
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.parallel import map_with_progress


def open_images(
    source: Path, options: LinesOptions, workers: int | None = None
) -> tuple[dict[str, PlacedImage], list[Problem]]:
    """The scenes of a source (`find_scenes`) or of a table by case, and what is wrong with them.

    A table gives the scenes of its rows; a folder gives all that lie in it or below, with what its ``scenes.csv`` says
    of them where there is one.

    Raises:
        InputError: If the table cannot be read.
    """
    source = as_path(source)
    is_table = source.is_file() and source.suffix.lower() not in (*PLACED_ENDINGS, LIST_ENDING, ZIP_ENDING)
    root = source if source.is_dir() else source.parent
    table = source if is_table else root / SCENES_CSV
    told = read_scenes(table, SMALLEST_COLUMNS) if table.is_file() else {}
    paths, problems = _paths_of_table(told, table) if is_table else find_scenes([source], below=True)
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
    below, problems = find_scenes([table.parent], below=True) if unnamed else ({}, [])
    paths = {}
    for case, scene in told.items():
        path = table.parent / scene.source if scene.source else below.get(case)
        if path is None or not is_file(path):
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
    if image.oblong and options.pixel_size_m is None:
        remedy = f"Give --pixel-size-m N to have it warped, or warp it: {image.oblong.warp()}"
        raise InputError([Problem(image.path, str(image.oblong), remedy)])
    try:
        raster = read_header(image.path, scene.case, options.band)
    except GlacierError as error:
        raise InputError([Problem(image.path, str(error), "Mend it, or take it out")]) from None
    try:
        grid = own if options.pixel_size_m is None else _square_grid(own, options.pixel_size_m, options.crs)
    except GlacierError as error:
        raise InputError([Problem(image.path, str(error), "Give another --crs")]) from None
    size_m = scene.pixel_size_m if options.pixel_size_m is None else options.pixel_size_m
    scene = replace(on_grid(scene, grid), pixel_size_m=size_m, split="train")
    if told is not None:
        scene = replace(
            scene,
            **told_first(told, scene),
            split=told.split,
            orbit=told.orbit or scene.orbit,
            quality=told.quality if scene.quality is None else scene.quality,
        )
    return PlacedImage(raster, scene, grid)


def _square_grid(own: Grid, pixel_size_m: float, crs: str | None) -> Grid:
    """The network's grid at a pixel size, or the common grid of a CRS that the user names."""
    if crs is None:
        return network_grid(own, (pixel_size_m, pixel_size_m))
    from pyproj import CRS

    return common_grid(own, crs, pixel_size_m / CRS.from_user_input(crs).axis_info[0].unit_conversion_factor)


def grey_record(values: Values) -> dict[str, object]:
    """How grey values were made, for ``dataset.json``."""
    return {"grey_values": {"rule": GREY_RULE, "values": values, "nodata": 0}}
