"""Made-up scenes on disk, in CaFFe's layout and grammar, so that everything made for CaFFe works on them."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from nnunet_glacier.demo.noise import generator
from nnunet_glacier.demo.scene import SENSORS, Acquisition, MadeUpScene, Sensor, make_scene
from nnunet_glacier.demo.sites import SITES, Site
from nnunet_glacier.domain.scenes import Box
from nnunet_glacier.domain.zones import zones_to_grey
from nnunet_glacier.formats.caffe import SPLITS, CaffeFiles, files_of_stem
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import folder_problems, read_text, write_json, write_text_whole, write_whole
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.partial_files import holds_anything
from nnunet_glacier.support.whole_files import is_whole

SETTINGS_JSON = "made_up.json"
"""What a folder of made-up scenes was made with."""

META_DATA_CSV = "meta_data.csv"

_ONE_PROCESS_PIXELS = 10_000_000
"""Fewer pixels are made sooner than a pool of processes starts."""

_META_HEADER = 'Image name;Glacier"; Date ;Sensor;"Resolution [m]";Orbit;Polarisation ;Bounding Box";CRS'


@dataclass(frozen=True)
class PlannedScene:
    """A scene that is to be made.

    Attributes:
        split: ``train`` or ``test``.
        acquisition: What is seen, when and by whom.
        shape: Rows and columns.
        quality: CaFFe's grade, 1 (best) to 6.
    """

    split: str
    acquisition: Acquisition
    shape: tuple[int, int]
    quality: int

    @property
    def pixel_size_m(self) -> int:
        """Edge of a pixel in whole metres, as CaFFe's stems give it."""
        return max(1, round(self.acquisition.site.extent_km * 1000 / max(self.shape)))

    @property
    def stem(self) -> str:
        """File stem in CaFFe's grammar."""
        seen = self.acquisition
        return (
            f"{seen.site.name}_{seen.date.isoformat()}_{seen.sensor.name}_{self.pixel_size_m}"
            f"_{self.quality}_{seen.orbit:03d}"
        )


def _first_day_and_days(sensor: Sensor) -> tuple[datetime.date, int]:
    """The first day of a sensor's images, and from how many days on they are drawn; the last day is none of them."""
    first = datetime.date(sensor.years[0], 1, 1)
    return first, (datetime.date(sensor.years[1], 12, 31) - first).days


def days_with_images() -> int:
    """How many days there are on which any of the sensors takes images, each of which a site has once at most."""
    spans = map(_first_day_and_days, SENSORS.values())
    return len({first.toordinal() + number for first, days in spans for number in range(days)})


def _planned_site(site: Site, count: int, size: int, seed: int) -> list[PlannedScene]:
    """Scenes of one site: sensors and dates by chance, no day twice, each sensor on two orbits."""
    rng = generator(seed, site.name, "plan")
    names = sorted(SENSORS)
    planned: dict[datetime.date, PlannedScene] = {}
    while len(planned) < count:
        sensor = SENSORS[names[rng.integers(len(names))]]
        first, days = _first_day_and_days(sensor)
        date = first + datetime.timedelta(days=int(rng.integers(days)))
        orbit = int(generator(seed, site.name, sensor.name, int(rng.integers(2)), "orbit").integers(1, 470))
        quality = int(np.clip(round(6 - sensor.looks / 1.5 + rng.normal(0, 0.7)), 1, 6))
        acquisition = Acquisition(site, sensor, date, orbit)
        planned.setdefault(date, PlannedScene(site.split, acquisition, site.shape(size), quality))
    return list(planned.values())


def plan_scenes(n_train: int, n_test: int, size: int, seed: int) -> list[PlannedScene]:
    """Which scenes to make: the sites of a split take turns.

    Args:
        n_train: Number of training scenes, of CaFFe's five training glaciers.
        n_test: Number of test scenes, of its two test glaciers.
        size: Pixels of the longest side; the other side follows from the site.
        seed: Seed.

    Returns:
        The scenes, training first; stems are unique.
    """
    result = []
    for split, count in zip(SPLITS, (n_train, n_test), strict=True):
        sites = [site for site in SITES.values() if site.split == split]
        for number, site in enumerate(sites):
            result += _planned_site(site, len(range(number, count, len(sites))), size, seed)
    return result


def front_box(front: np.ndarray, margin_px: float) -> Box:
    """The window around a front, with a margin, inside the image.

    Args:
        front: Bool, with at least one pixel set.
        margin_px: Pixels to leave on every side.
    """
    rows, columns = np.nonzero(front)
    margin = round(margin_px)
    return Box(
        row_start=max(0, int(rows.min()) - margin),
        row_stop=min(front.shape[0], int(rows.max()) + 1 + margin),
        column_start=max(0, int(columns.min()) - margin),
        column_stop=min(front.shape[1], int(columns.max()) + 1 + margin),
    )


def box_text(box: Box) -> str:
    """A bounding box file as CaFFe writes it: a header and four corners; "upper" is the larger row."""
    left, right, lower, upper = box.column_start, box.column_stop, box.row_start, box.row_stop
    corners = ((left, upper), (left, lower), (right, lower), (right, upper))
    return "\n".join(["x,y", *(f"{x:.3f},{y:.3f}" for x, y in corners)]) + "\n"


def meta_data_row(planned: PlannedScene) -> str:
    """The scene's line of ``meta_data.csv``: where the scene would lie, were it real."""
    seen, (rows, columns) = planned.acquisition, planned.shape
    x, y = seen.site.centre_m
    half_width, half_height = columns * planned.pixel_size_m / 2, rows * planned.pixel_size_m / 2
    bounds = f"left={x - half_width}, bottom={y - half_height}, right={x + half_width}, top={y + half_height}"
    cells = [f"{planned.stem}_geo.tif", seen.site.name, seen.date.strftime("%d.%m.%Y"), seen.sensor.name]
    cells += [str(planned.pixel_size_m), str(seen.orbit), "HH", f"BoundingBox({bounds})", seen.site.crs]
    return ";".join(cells)


def _write_png(path: Path, grey: np.ndarray) -> None:
    write_whole(path, lambda temporary: Image.fromarray(grey).save(temporary))


def write_scene(files: CaffeFiles, scene: MadeUpScene) -> None:
    """Write a scene's four files; each whole or not at all."""
    box = front_box(scene.front, 0.06 * max(scene.front.shape))
    write_text_whole(files.box, box_text(box))
    _write_png(files.zones, zones_to_grey(scene.zones))
    _write_png(files.front, scene.front.astype(np.uint8) * 255)
    _write_png(files.image, scene.image)


def _make_and_write(planned: PlannedScene, folder: Path, seed: int) -> bool:
    """Make a scene unless it is there; whether it was made."""
    files = files_of_stem(folder, planned.split, planned.stem)
    if all(map(is_whole, (files.image, files.zones, files.front, files.box))):
        return False
    write_scene(files, make_scene(planned.acquisition, planned.shape, seed))
    return True


def write_caffe_like(
    folder: Path, n_train: int, n_test: int, size: int, seed: int, *, workers: int | None = None
) -> list[PlannedScene]:
    """Write made-up scenes with their truth in CaFFe's layout; scenes that are there are left as they are.

    Args:
        folder: The folder that will hold ``sar_images``, ``zones``, ``fronts`` and ``bounding_boxes``.
        n_train: Number of training scenes.
        n_test: Number of test scenes.
        size: Pixels of the longest side of every scene.
        seed: Seed; recorded in ``made_up.json``.
        workers: Processes; None for one per core, or a single one where there is little to do.

    Returns:
        The scenes, in the order in which they were planned.

    Raises:
        InputError: If a number is out of range, or the folder holds scenes that were made otherwise.
    """
    settings = {"n_train": n_train, "n_test": n_test, "size": size, "seed": seed}
    _check(folder, settings)
    planned = plan_scenes(n_train, n_test, size, seed)
    write_json(folder / SETTINGS_JSON, {"about": "Made-up SAR scenes; the glaciers' names are borrowed.", **settings})
    rows = "\n".join([_META_HEADER, *(meta_data_row(scene) for scene in planned)]) + "\n"
    write_whole(folder / META_DATA_CSV, lambda temporary: temporary.write_text(rows, encoding="latin-1"))
    if workers is None and len(planned) * size**2 < _ONE_PROCESS_PIXELS:
        workers = 1
    # Scenes of one site follow each other, so that a process works out its ground once.
    make = partial(_make_and_write, folder=folder, seed=seed)
    for _ in map_with_progress(make, planned, description="Making scenes", workers=workers):
        pass
    return planned


def _check(folder: Path, settings: dict[str, int]) -> None:
    problems = folder_problems(folder) or earlier_problems(folder, settings)
    problems += [
        Problem(name, f"is {settings[name]}", f"Give at least {least}")
        for name, least in (("n_train", 0), ("n_test", 0), ("size", 96), ("seed", 0))
        if settings[name] < least
    ]
    for name, split in zip(("n_train", "n_test"), SPLITS, strict=True):
        sites = sum(site.split == split for site in SITES.values())
        most = sites * days_with_images()
        if settings[name] > most:
            remedy = f"Give at most {most}: no two of a glacier are of one day, and there are {sites} glaciers"
            problems.append(Problem(name, f"is {settings[name]}", remedy))
    if problems:
        raise InputError(problems, "The scenes cannot be made")


def earlier_problems(folder: Path, settings: dict[str, int]) -> list[Problem]:
    """Whether the folder holds scenes that were made otherwise, or something else."""
    path = folder / SETTINGS_JSON
    if not path.is_file():
        if holds_anything(folder):
            return [Problem(folder, "the folder holds other things", "Give a new or empty folder")]
        return []
    try:
        earlier = json.loads(read_text(path))
    except ValueError as error:
        return [Problem(path, f"it is no JSON ({error})", "Give another folder")]
    if not isinstance(earlier, dict) or {name: earlier.get(name) for name in settings} != settings:
        return [Problem(path, f"the scenes here were made with {earlier}", "Give another folder")]
    return []
