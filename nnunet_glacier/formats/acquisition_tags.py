"""Day and sensor of a scene from the tags of its TIFF."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path, PurePath

from nnunet_glacier.domain.scene_names import SceneName, read_scene_name
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.rasters import TIFF_SUFFIXES, open_tiff, raster_suffix
from nnunet_glacier.support.archives import is_file
from nnunet_glacier.support.errors import GlacierError

_DAYS = (
    "acquisitiondate",
    "acquisitiondatetime",
    "acquisitiontime",
    "acquisitionstarttime",
    "dateacquired",
    "sensingtime",
    "datatake1datatakesensingstart",
)
"""Tags of the acquisition. TIFF's own DateTime is none: programs write the time at which they made the file into it."""

_SENSORS = ("satelliteid", "satelliteidentifier", "satellite", "spacecraftid", "platform", "mission")


def read_acquisition_tags(path: Path) -> SceneName:
    """Day and sensor that a TIFF's tags tell; None and "" where none does, or two disagree, or it is no TIFF."""
    if raster_suffix(path) not in TIFF_SUFFIXES or not is_file(path):
        return SceneName(None, "")
    try:
        with open_tiff(path) as source:
            tags = {**source.tags(ns="IMAGERY"), **source.tags()}
    except GlacierError:
        return SceneName(None, "")
    plain = {re.sub(r"[^a-z0-9]", "", name.lower()): str(value) for name, value in tags.items()}
    told = [read_scene_name(plain[name].replace(":", "-").replace("T", " ")) for name in _DAYS if name in plain]
    days = {one.date for one in told if one.date is not None}
    sensors = {read_scene_name(plain[name]).sensor for name in _SENSORS if name in plain} - {""}
    return SceneName(days.pop() if len(days) == 1 else None, sensors.pop() if len(sensors) == 1 else "")


def with_acquisition(scene: Scene, tiffs: Iterable[Path]) -> Scene:
    """The scene with day and sensor where they are not known but names or tags tell them; never a guess.

    Args:
        scene: The scene; the names are its case and the file name of its source.
        tiffs: Files whose tags are read, the likeliest first.
    """
    known = SceneName(scene.date, scene.sensor)
    told = acquisition(known, (scene.case, PurePath(scene.source).name), tiffs)
    return replace(scene, date=told.date, sensor=told.sensor)


def acquisition(known: SceneName, names: Iterable[str], tiffs: Iterable[Path]) -> SceneName:
    """Day and sensor that are known already, or else what names tell, or else the tags of TIFFs; never a guess.

    Args:
        known: What is known.
        names: Names, the likeliest first.
        tiffs: Files whose tags are read where something is still lacking, the likeliest first.
    """
    told = chain(map(read_scene_name, names), map(read_acquisition_tags, tiffs))
    while not (known.date is not None and known.sensor) and (more := next(told, None)) is not None:
        known = SceneName(known.date or more.date, known.sensor or more.sensor)
    return known
