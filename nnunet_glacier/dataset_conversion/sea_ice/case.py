"""A scene of sea ice checked and cut into windows, and the maps of a case."""

from __future__ import annotations

import datetime
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.geodata.area_burning import BurnedAreas, burn_areas
from nnunet_glacier.dataset_conversion.geodata.scene_windows import Window, cut_in_halves, sample_crops
from nnunet_glacier.dataset_conversion.sea_ice.charts import Chart, chart_files, read_chart
from nnunet_glacier.dataset_conversion.sea_ice.codes import IGNORE
from nnunet_glacier.dataset_conversion.sea_ice.inputs import SarScene, read_scene, standardised
from nnunet_glacier.dataset_conversion.sea_ice.options import SeaIceOptions
from nnunet_glacier.dataset_conversion.sea_ice.resampling import resampled
from nnunet_glacier.dataset_conversion.writing.checking import SceneCheck
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, CaseMaps
from nnunet_glacier.domain.labels import ICE_TYPE
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.wording import counted

TEST_MONTHS = (1, 7)
HALVED_MONTHS = (2, 6, 8, 12)
"""Scenes of these months test, and validate with a half (Pires de Lima et al. 2023, Sect. 3)."""

MIN_MAPPED_SHARE = 0.7
"""Of a crop's pixels, so many have a class and data, as in the published code."""

MAX_OVERLAP_SHARE = 0.01
"""Slivers between areas are common; a chart in which more than this lies in two classes was drawn in layers."""


@dataclass(frozen=True)
class IceScene:
    """A scene and its chart.

    Attributes:
        time: When it was acquired, as in the chart's name: ``20180116t075430``.
        paths: The GeoTIFFs of the channels.
        chart: The chart.
    """

    time: str
    paths: tuple[Path, ...]
    chart: Path

    @property
    def date(self) -> datetime.date:
        """The day of acquisition."""
        return datetime.datetime.strptime(self.time[:8], "%Y%m%d").date()

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that it is made from."""
        return (*self.paths, *chart_files(self.chart))


@dataclass(frozen=True)
class Part:
    """What becomes a case.

    Attributes:
        purpose: ``train``, ``validation`` or ``test``.
        window: Its pixels, or None for the whole scene.
        crop: Whether it is one of many from the scene.
    """

    purpose: str
    window: Window | None = None
    crop: bool = False


@dataclass(frozen=True)
class IceCase(Case):
    """A case: a scene or a part of it.

    Attributes:
        ice: What it is made from.
        part: Which part.
    """

    ice: IceScene
    part: Part


@dataclass(frozen=True)
class IceCheck(SceneCheck):
    """What was seen in a scene.

    Attributes:
        grid: Where it lies as it is converted, or None if it cannot be read.
        parts: What becomes cases.
        n_empty: Features of its chart without geometry.
        overlap_pixels: Pixels in areas of two classes.
        unmapped_pixels: Pixels with data that no area gives a class.
        data_pixels: Pixels with data.
        own_pixel_size_m: Edge of a pixel as the scene came, NaN if it cannot be read.
    """

    grid: Grid | None = None
    parts: tuple[Part, ...] = ()
    n_empty: int = 0
    overlap_pixels: int = 0
    unmapped_pixels: int = 0
    data_pixels: int = 0
    own_pixel_size_m: float = math.nan


def check_scene(scene: IceScene, *, options: SeaIceOptions) -> IceCheck:
    """Read a scene and its chart as they will be converted and say what is wrong with them; nothing is written."""
    problems: list[Problem] = []
    sar: SarScene | None = None
    chart: Chart | None = None
    own_pixel_size_m = math.nan
    try:
        own = read_scene(scene.paths)
        own_pixel_size_m = own.grid.pixel_size_m
        sar = resampled(own, options.pixel_size_m)
    except GlacierError as error:
        problems.append(Problem(scene.paths[0], str(error), "Correct it, or take the scene out"))
    try:
        chart = read_chart(scene.chart, options)
    except InputError as error:
        problems += error.problems
    if sar is None or chart is None:
        return IceCheck(tuple(problems), sar.grid if sar else None, own_pixel_size_m=own_pixel_size_m)
    burned = burn_areas(chart.areas, chart.crs, sar.grid, IGNORE)
    mapped = sar.valid & (burned.labels != IGNORE)
    problems += _area_problems(scene, burned, mapped)
    parts: tuple[Part, ...] = ()
    if not problems:
        try:
            parts = tuple(_parts(scene, mapped, options))
        except GlacierError as error:
            remedy = "Give a smaller --patch-size or none, or take the scene out"
            problems.append(Problem(scene.paths[0], str(error), remedy))
    return IceCheck(
        tuple(problems),
        sar.grid,
        parts,
        chart.n_empty,
        sum(burned.overlaps.values()),
        int((sar.valid & ~mapped).sum()),
        int(sar.valid.sum()),
        own_pixel_size_m,
    )


def _area_problems(scene: IceScene, burned: BurnedAreas, mapped: np.ndarray) -> list[Problem]:
    overlap = sum(burned.overlaps.values())
    if overlap > MAX_OVERLAP_SHARE * (mapped.sum() + overlap):
        pair = max(burned.overlaps, key=lambda key: burned.overlaps[key])
        names = " and ".join(ICE_TYPE.classes[class_id] for class_id in pair)
        what = f"{counted(overlap, 'pixel lies', 'pixels lie')} in areas of two classes, most in {names}"
        return [Problem(scene.chart, what, "Cut the areas apart: which of them counts is not known")]
    if not mapped.any():
        what = f"none of its areas with a class lies on data of {scene.paths[0].name}"
        return [Problem(scene.chart, what, "Check the CRS of both, or take the scene out")]
    return []


def _parts(scene: IceScene, mapped: np.ndarray, options: SeaIceOptions) -> list[Part]:
    """What becomes of a scene by its month.

    Raises:
        GlacierError: If nothing can be cut from it.
    """
    if scene.date.month in TEST_MONTHS:
        return [Part("test")]
    if scene.date.month not in HALVED_MONTHS:
        return _training_parts(scene, mapped, None, options)
    if min(mapped.shape) < 2 or mapped.sum() < 2:
        raise GlacierError("it is too small to be cut in halves")
    training, validation = cut_in_halves(mapped)
    return [*_training_parts(scene, mapped, training, options), Part("validation", validation)]


def _training_parts(scene: IceScene, mapped: np.ndarray, half: Window | None, options: SeaIceOptions) -> list[Part]:
    if options.patch_size is None:
        return [Part("train", half)]
    # Its own generator, so that a scene's crops do not depend on which other scenes there are.
    rng = np.random.default_rng([options.seed, zlib.crc32(scene.time.encode())])
    size = options.patch_size
    crops = _crops_inside(mapped, half, size, options.patches_per_scene, rng)
    if not crops:
        what = "its training half" if half else "it"
        raise GlacierError(f"{what} holds no {size}x{size} pixels of which {MIN_MAPPED_SHARE:.0%} are mapped")
    return [Part("train", crop, crop=True) for crop in crops]


def _crops_inside(
    mapped: np.ndarray, half: Window | None, size: int, count: int, rng: np.random.Generator
) -> Sequence[Window]:
    """Crops of a half, or of the whole scene, in the scene's pixels."""
    row, column = (half.row, half.column) if half else (0, 0)
    seen = mapped[half.slices] if half else mapped
    crops = sample_crops(seen, size, count, rng, min_mapped_share=MIN_MAPPED_SHARE)
    return [Window(crop.row + row, crop.column + column, size, size) for crop in crops]


@lru_cache(maxsize=1)
def _scene_maps(
    scene: IceScene, options: SeaIceOptions, _written_ns: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Channels, validity and labels of a scene, kept: its crops are written one after the other."""
    sar, chart = resampled(read_scene(scene.paths), options.pixel_size_m), read_chart(scene.chart, options)
    return sar.values, sar.valid, burn_areas(chart.areas, chart.crs, sar.grid, IGNORE).labels


def load_case(case: IceCase, *, options: SeaIceOptions) -> CaseMaps:
    """The channels and the label map of a case; where there is no data: 0 and ignore."""
    values, valid, labels = _scene_maps(case.ice, options, tuple(path.stat().st_mtime_ns for path in case.inputs))
    rows, columns = case.part.window.slices if case.part.window else (slice(None), slice(None))
    valid = valid[rows, columns]
    return CaseMaps(
        image=standardised(values[:, rows, columns], valid),
        labels=np.where(valid, labels[rows, columns], IGNORE).astype(np.uint8),
    )
