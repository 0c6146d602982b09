"""Images on disk as scenes: described by what names, tags and headers tell."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nnunet_glacier.domain.scenes import Scene, parse_caffe_stem
from nnunet_glacier.formats.acquisition_tags import with_acquisition
from nnunet_glacier.formats.rasters import (
    PNG_SUFFIXES,
    VOLUME_SUFFIXES,
    bands_of_values,
    georeference,
    holds_data,
    open_tiff,
    raster_suffix,
    read_shape,
)
from nnunet_glacier.formats.scene_rasters import grid_in
from nnunet_glacier.lines.pixel_sizes import OblongPixels, OblongPixelsError, ground_pixel_size_m
from nnunet_glacier.support.errors import GlacierError, Problem

_STRIP_PIXELS = 4_000_000
"""Pixels that are read at a time."""


@dataclass(frozen=True)
class SceneImage:
    """An image of a scene and what it tells.

    Attributes:
        path: The image; of several channels the first.
        scene: What is known of it: case, CRS, affine, pixel size, and glacier, date and sensor where they are told.
        shape: Rows and columns.
        nodata_share: Share of pixels without data in [0, 1], by nodata value, mask, alpha and NaN; NaN for images
            that cannot say.
        oblong: Its pixels where they are not square on the ground.
        refusal: Why it has no place on the map, and ``delineate`` would refuse it; "" where it has one, or none is
            looked for.
    """

    path: Path
    scene: Scene
    shape: tuple[int, int]
    nodata_share: float
    oblong: OblongPixels | None = None
    refusal: str = ""


def describe_image(image: tuple[str, Path], *, root: Path, with_nodata: bool = True) -> SceneImage | Problem:
    """What an image tells of its scene, or why it cannot be read.

    Args:
        image: Case and path.
        root: Folder that the scene's ``source`` is relative to.
        with_nodata: Whether the share of nodata is wanted, for which all pixels are read.
    """
    case, path = image
    try:
        described = _described(case, path, root, with_nodata)
        return replace(described, refusal=_refusal(path)) if with_nodata else described
    except GlacierError as error:
        return Problem(path, str(error), "Replace it by an intact copy, or take it out")


def _refusal(path: Path) -> str:
    """What is said of a raster that has no place on the map; "" of one that has, or is of a kind that never has."""
    if raster_suffix(path) in (*PNG_SUFFIXES, *VOLUME_SUFFIXES):
        return ""
    try:
        with open_tiff(path) as source:
            grid_in(source)
    except GlacierError as error:
        return str(error)
    return ""


def _described(case: str, path: Path, root: Path, with_nodata: bool) -> SceneImage:
    try:
        scene = parse_caffe_stem(case)
    except GlacierError:
        scene = Scene(case, split="", glacier="")
    scene = replace(scene, source=Path(os.path.relpath(path, root)).as_posix())
    scene = with_acquisition(scene, [path])
    if raster_suffix(path) in (*PNG_SUFFIXES, *VOLUME_SUFFIXES):
        return SceneImage(path, scene, read_shape(path), math.nan)
    with open_tiff(path) as source:
        bands_of_values(source)
        crs, affine = georeference(source)
        shape, share = source.shape, nodata_share(source) if with_nodata else math.nan
    scene = replace(scene, crs=crs, affine=affine)
    if affine is None or not math.isnan(scene.pixel_size_m):
        return SceneImage(path, scene, shape, share)
    try:
        size_m = ground_pixel_size_m(crs, affine, shape)
    except OblongPixelsError as error:
        return SceneImage(path, scene, shape, share, error.pixels)
    return SceneImage(path, replace(scene, pixel_size_m=size_m), shape, share)


def nodata_share(source: Any) -> float:
    """Share of the pixels of an open GeoTIFF that hold no data in some band; read in strips."""
    bands = bands_of_values(source)
    rows = max(1, _STRIP_PIXELS // source.width)
    strips = (slice(first, min(first + rows, source.height)) for first in range(0, source.height, rows))
    without = sum(int((~holds_data(source, bands, strip)).sum()) for strip in strips)
    return without / (source.height * source.width)
