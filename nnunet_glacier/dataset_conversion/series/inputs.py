"""The scenes of a series with the zones that a network saw in them: what ``delineate`` or ``predict`` wrote."""

from __future__ import annotations

import datetime
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.scenes.inputs import SceneImage, describe_image
from nnunet_glacier.dataset_conversion.scenes.placed_images import PlacedImage, read_grey
from nnunet_glacier.dataset_conversion.series.options import SeriesOptions
from nnunet_glacier.dataset_conversion.writing.checking import SceneCheck
from nnunet_glacier.domain.grey_values import Values
from nnunet_glacier.domain.scenes import Scene, completed, told_first
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.delineated_folder import RECORDS, DelineatedScene, open_delineated
from nnunet_glacier.formats.grey_png import is_plain_grey, read_grey_png
from nnunet_glacier.formats.map_sizes import Shape, read_shapes, size_problems
from nnunet_glacier.formats.prediction_record import PREDICTION_JSON, read_record
from nnunet_glacier.formats.predictions import open_predictions
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.formats.scene_maps import NODATA
from nnunet_glacier.formats.scene_pixels import nearest_on_grid
from nnunet_glacier.formats.scene_rasters import own_grid, read_header
from nnunet_glacier.formats.scene_table import SMALLEST_COLUMNS, read_scenes
from nnunet_glacier.lines.grids import on_grid
from nnunet_glacier.lines.network_grids import network_grid
from nnunet_glacier.support.archives import is_file
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.files import absent_folder

_GIVE = "Give the OUT of nnunet-glacier delineate, or of nnunet-glacier predict"
_MEND = "Mend it, and delineate or predict the scene again"
_OTHER_SIZE = "Put the image back that the network saw, or delineate or predict the scene again"
_NO_ZONES = "Delineate or predict with a model of zones"


@dataclass(frozen=True)
class SeenScene:
    """A scene and the zones that a network saw in it.

    Attributes:
        scene: What is known of it, on the grid that it is written on.
        image: Its image on the map, with the grid that it is written on; or the image itself, taken as it is.
        zones: The map of its zones.
        values: What its pixels' values are, of an image on the map.
    """

    scene: Scene
    image: PlacedImage | Path
    zones: Path
    values: Values = "auto"

    @property
    def path(self) -> Path:
        """Its image."""
        return self.image if isinstance(self.image, Path) else self.image.raster.path

    def read_image(self) -> np.ndarray | Path:
        """Grey values as the network sees them, uint8, ``(H, W)``; or the file of a PNG, which is taken as it is.

        Raises:
            GlacierError: If the image cannot be read, or is taken as it is and does not hold 8 bits.
        """
        if not isinstance(self.image, Path):
            return read_grey(self.image, self.values)[0]
        if self.image.suffix.lower() == ".png":
            pixels = read_grey_png(self.image)
            return self.image if is_plain_grey(self.image) else pixels
        pixels = read_raster(self.image).values
        if pixels.dtype != np.uint8:
            raise GlacierError(f"its pixels are {pixels.dtype}, and 8 bits are wanted; delineate it instead")
        return pixels

    def zones_on(self, target: SeenScene) -> np.ndarray:
        """Its zones on the grid of another scene of its series: zone ids, uint8, NA where it does not reach.

        Raises:
            GlacierError: If the map cannot be read, or holds something else than zone ids.
        """
        if isinstance(target.image, Path):
            zones = read_raster(self.zones).values
        else:
            zones = nearest_on_grid(self.zones, target.image.grid, NODATA)
            zones = np.where(zones == NODATA, np.uint8(Zone.NA), zones)
        if zones.min() < 0 or zones.max() > max(Zone):
            raise GlacierError(
                f"it holds values from {zones.min()} to {zones.max()}, not zone ids 0 to {int(max(Zone))}"
            )
        return zones.astype(np.uint8, copy=False)


@dataclass(frozen=True)
class SeenCheck(SceneCheck):
    """What was seen in the files of a scene.

    Attributes:
        shape: Rows and columns of its zones, or None if they cannot be read or are not of its image's size.
    """

    shape: tuple[int, ...] | None = None


def check_seen(seen: SeenScene) -> SeenCheck:
    """Read a scene's image and zones and say what is wrong with them; nothing is written."""
    problems, shape = [], None
    try:
        seen.read_image()
    except GlacierError as error:
        problems.append(Problem(seen.path, str(error), _MEND))
    try:
        shape = seen.zones_on(seen).shape
    except GlacierError as error:
        problems.append(Problem(seen.zones, str(error), _MEND))
    unlike = size_problems(seen.zones, _shapes_of(seen), _OTHER_SIZE)
    return SeenCheck((*problems, *unlike), None if unlike else shape)


def _shapes_of(seen: SeenScene) -> dict[Path, Shape]:
    """The sizes of a scene's zones and its image, of those that can be opened.

    None where ground control points alone place the image: its zones lie on a grid of the network's.
    """
    if isinstance(seen.image, Path):
        return read_shapes([seen.zones, seen.image])[0]
    raster = seen.image.raster
    return {} if raster.grid is None else {**read_shapes([seen.zones])[0], raster.path: raster.shape}


def open_series(folder: Path, options: SeriesOptions) -> tuple[list[SeenScene], list[Problem]]:
    """The scenes of a folder and what is wrong with them.

    Raises:
        InputError: If the folder or the table of scenes cannot be used.
    """
    problems = absent_folder(folder, _GIVE)
    if problems:
        raise InputError(problems, "There is no series")
    told = {} if options.table is None else read_scenes(options.table, SMALLEST_COLUMNS)
    if (folder / RECORDS).is_dir():
        return _delineated(folder, told, options)
    if (folder / PREDICTION_JSON).is_file():
        return _predicted(folder, told)
    raise InputError([Problem(folder, f"it holds neither {RECORDS} nor {PREDICTION_JSON}", _GIVE)])


def _delineated(
    folder: Path, told: Mapping[str, Scene], options: SeriesOptions
) -> tuple[list[SeenScene], list[Problem]]:
    opened = open_delineated(folder)
    if opened.maps.zones is None:
        raise InputError([Problem(folder, "its model has no zones", _NO_ZONES)])
    sizes_m = [one.seen_at_m for one in opened.scenes.values() if one.seen_at_m is not None]
    usual_m = options.pixel_size_m or (statistics.median(sizes_m) if sizes_m else None)
    if usual_m is None:
        what = "its records do not tell at which pixel size the network saw the scenes"
        raise InputError([Problem(folder, what, "Give --pixel-size-m, 76 for caffe-256, or delineate again")])
    scenes, problems = [], []
    for case, one in opened.scenes.items():
        if one.image is None or not is_file(one.image):
            where = folder / RECORDS / f"{case}.json"
            what = "it does not tell where its image is" if one.image is None else f"its image {one.image} is gone"
            problems.append(Problem(where, what, "Delineate the scene again from where it is now"))
        elif one.zones is None:
            problems.append(Problem(folder / opened.maps.zones / f"{case}.tif", "it is gone", "Delineate again"))
        else:
            try:
                size_m = options.pixel_size_m or one.seen_at_m or usual_m
                scenes.append(_placed(one, one.image, one.zones, told.get(case), size_m))
            except GlacierError as error:
                problems.append(Problem(one.image, str(error), "Mend it, and delineate again"))
    return scenes, problems


def _placed(one: DelineatedScene, path: Path, zones: Path, told: Scene | None, size_m: float) -> SeenScene:
    """A delineated scene on the grid on which the network saw it, of square pixels of a size."""
    raster = read_header(path, one.case, one.band)
    own = own_grid(raster)
    grid = network_grid(own, (size_m, size_m))
    known, day = one.known, None
    if known is not None and known.date:
        try:
            day = datetime.date.fromisoformat(known.date)
        except ValueError:
            raise GlacierError(f"its record tells the day {known.date!r}, which is none") from None
    scene = Scene(one.case, split="train", glacier="", date=day, source=path.name)
    if known is not None:
        scene = replace(scene, glacier=known.glacier, sensor=known.sensor)
    scene = replace(scene, **told_first(told, scene))
    return SeenScene(on_grid(scene, grid), PlacedImage(raster, scene, grid), zones, one.made_from.get("values", "auto"))


def _predicted(folder: Path, told: Mapping[str, Scene]) -> tuple[list[SeenScene], list[Problem]]:
    """The images of a prediction, each with its zones, pixel by pixel."""
    record, predictions = read_record(folder), open_predictions(folder)
    assert record is not None
    scenes, problems = [], []
    for case, one in predictions.cases.items():
        images = [Path(path) for path in record.cases.get(case, {}).get("images", ())]
        if one.zones is None:
            problems.append(Problem(one.where, "it is no map of zones", _NO_ZONES))
        elif len(images) != 1 or not images[0].is_file():
            what = f"case {case} has {len(images)} images" if len(images) != 1 else f"the image {images[0]} is gone"
            problems.append(Problem(folder / PREDICTION_JSON, what, "Predict images of one channel again"))
        else:
            answer = describe_image((case, images[0]), root=folder, with_nodata=False)
            if isinstance(answer, SceneImage):
                scenes.append(SeenScene(_known(answer, told.get(case)), images[0], one.zones))
            else:
                problems.append(answer)
    return scenes, problems


def _known(image: SceneImage, told: Scene | None) -> Scene:
    """What is known of a predicted image: what the table tells, or else its name and header."""
    return replace(completed(told, image.scene), split="train")


def series_size_problems(scenes: Sequence[SeenScene], checks: Sequence[SeenCheck]) -> list[Problem]:
    """Series of images without a grid whose sizes differ, so that their pixels are not of the same places."""
    by_glacier: dict[str, dict[tuple[int, ...], SeenScene]] = defaultdict(dict)
    for one, check in zip(scenes, checks, strict=True):
        if isinstance(one.image, Path) and check.shape is not None:
            by_glacier[one.scene.glacier].setdefault(check.shape, one)
    problems = []
    for _, shapes in sorted(by_glacier.items()):
        if len(shapes) > 1:
            (first, a), (second, b), *_ = shapes.items()
            what = (
                f"its map has {second[0]}x{second[1]} pixels, that of {a.scene.case} {first[0]}x{first[1]}: predicted "
                "images of a glacier vote pixel by pixel"
            )
            problems.append(Problem(b.zones, what, "Delineate the scenes from their GeoTIFFs, and give that folder"))
    return problems
