"""Sentinel-1 scenes of sea ice on disk: found by their time, checked for their units, and standardised.

A scene is one GeoTIFF of three float bands, HH in dB, HV in dB and the incidence angle in degrees, or three GeoTIFFs
that end in ``_HH``, ``_HV`` and ``_IA``. The first ``yyyymmddThhmmss`` in a name is the time of acquisition, as it is
in ESA's product names. Fill values (declared, not finite, an angle of 0, or 0 in both HH and HV) are invalid.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.formats.image_files import tiffs_below
from nnunet_glacier.formats.rasters import bands_of_values, grid_of, hidden_pixels, open_tiff
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.errors import GlacierError, Problem
from nnunet_glacier.support.wording import counted

CHANNELS = ("HH", "HV", "IA")
MEANINGS = ("HH, dB", "HV, dB", "incidence angle, degrees")
MEANS = (-13.41794195, -27.00508461, 34.10005417)
DEVIATIONS = (5.42232225, 5.09901729, 7.83123517)
"""Of the three channels over the training scenes of Pires de Lima et al. (2023), from their published code."""

_TIME = re.compile(r"(?<!\d)(\d{8}t\d{6})(?!\d)", re.IGNORECASE)
_CHANNEL = re.compile(r".+[_-](HH|HV|IA)", re.IGNORECASE)
_DECIBELS, _DEGREES = (-100.0, 50.0), (0.0, 90.0)
"""What a band may hold; other values are fills, or another quantity."""

_STEEPEST = 3.2
"""Angles of a whole scene that do not reach this are radians."""


@dataclass(frozen=True)
class SarScene:
    """The channels of a scene.

    Attributes:
        values: HH and HV in dB, incidence angle in degrees; float32, shape ``(3, H, W)``.
        valid: Where all three hold data, bool, shape ``(H, W)``.
        grid: Where it lies.
    """

    values: np.ndarray
    valid: np.ndarray
    grid: Grid


def time_of(stem: str) -> datetime.datetime | None:
    """The first time that a file name holds, or None.

    >>> time_of("S1A_EW_GRDM_1SDH_20180116T075430_20180116T075530_020182")
    datetime.datetime(2018, 1, 16, 7, 54, 30)
    """
    for text in _TIME.findall(stem):
        try:
            return datetime.datetime.strptime(text.upper(), "%Y%m%dT%H%M%S")
        except ValueError:
            continue
    return None


def find_scenes(folder: Path) -> tuple[dict[str, tuple[Path, ...]], list[Problem]]:
    """Scenes below a folder, by time (``20180116t075430``): one file, or three in the order of `CHANNELS`.

    Returns:
        The scenes, and what is wrong with the names: no time in one, a channel missing or there twice.
    """
    paths, problems = tiffs_below(folder)
    parts: dict[str, dict[str, list[Path]]] = {}
    for path in paths:
        time, channel = time_of(path.stem), _CHANNEL.fullmatch(path.stem)
        if time is None:
            what = "its name holds no time of acquisition, which charts are matched by"
            problems.append(Problem(path, what, "Name it <yyyymmdd>t<hhmmss>.tif, or take it out"))
            continue
        name = time.strftime("%Y%m%dt%H%M%S")
        parts.setdefault(name, {}).setdefault(channel[1].upper() if channel else "", []).append(path)
    scenes: dict[str, tuple[Path, ...]] = {}
    for name, of_channel in sorted(parts.items()):
        files = tuple(path for channel in sorted(of_channel) for path in of_channel[channel])
        if (len(files) == 1 and "" in of_channel) or (len(files) == len(CHANNELS) and set(of_channel) == set(CHANNELS)):
            scenes[name] = files
            continue
        said = ", ".join(path.name for path in files)
        remedy = f"Keep one file of three bands, or three that end in {', '.join('_' + end for end in CHANNELS)}"
        problems.append(Problem(files[0].parent, f"of {name} there is {said}", remedy))
    if not parts:
        problems.append(Problem(folder, "there are no scenes in it", "Give a folder of GeoTIFFs as SCENES"))
    return scenes, problems


def read_scene(paths: tuple[Path, ...]) -> SarScene:
    """The channels of a scene.

    Raises:
        GlacierError: If a file cannot be read, channels do not fit together, or are not in dB and degrees.
    """
    read = [_read(path) for path in paths]
    if len({grid for _, _, grid in read}) > 1:
        raise GlacierError("its three files lie on different grids; bring them to one")
    values = np.concatenate([bands for bands, _, _ in read])
    holds = np.concatenate([holding for _, holding, _ in read])
    if len(values) != len(CHANNELS):
        raise GlacierError(f"it has {counted(len(values), 'band')}; asked for are three: {', '.join(MEANINGS)}")
    hh, hv, angle = values
    valid = holds.all(axis=0) & (angle != 0) & ((hh != 0) | (hv != 0))
    if not valid.any():
        raise GlacierError("none of its pixels holds data in all three bands")
    _check_units(hh[valid], hv[valid], angle[valid])
    return SarScene(values, valid, _checked(read[0][2]))


def _read(path: Path) -> tuple[np.ndarray, np.ndarray, Grid]:
    """Bands, float32 of shape ``(bands, H, W)``, where they hold data, and the grid."""
    with open_tiff(path) as source:
        bands = bands_of_values(source)
        kinds = {source.dtypes[band - 1] for band in bands if not source.dtypes[band - 1].startswith("float")}
        if kinds:
            raise GlacierError(f"its pixels are {', '.join(sorted(kinds))}; dB and degrees are floats")
        values, fills, grid = source.read(bands), [source.nodatavals[band - 1] for band in bands], grid_of(source)
        holds = np.isfinite(values) & ~hidden_pixels(source, bands)
    for band, fill in enumerate(fills):
        if fill is not None:
            # The header holds a fill value as a double, the pixels a rounded one, which may be infinite.
            with np.errstate(over="ignore"):
                holds[band] &= values[band] != values.dtype.type(fill)
    return values.astype(np.float32), holds, grid


def _checked(grid: Grid) -> Grid:
    if not grid.placed:
        raise GlacierError("it has no CRS or no affine, so areas on a map cannot be drawn into it")
    from pyproj import CRS

    if not (CRS.from_user_input(grid.crs).is_projected and grid.pixel_size_m > 0):
        remedy = "bring it to a projected CRS, e.g. gdalwarp -t_srs EPSG:3413 -tr 80 80"
        raise GlacierError(f"its pixels are not of one size in metres; {remedy}")
    return grid


def _check_units(hh: np.ndarray, hv: np.ndarray, angle: np.ndarray) -> None:
    """Refuse valid pixels that cannot be dB and degrees in this order."""
    undeclared = "is it a fill value that the file does not declare?"
    for name, values, (lowest, highest) in (("HH", hh, _DECIBELS), ("HV", hv, _DECIBELS), ("angle", angle, _DEGREES)):
        low, high = float(values.min()), float(values.max())
        span = f"its {name} reaches from {low:.4g} to {high:.4g}"
        if low < lowest or high > highest:
            raise GlacierError(f"{span}, beyond {lowest:g} to {highest:g}; {undeclared}")
        if name != "angle" and low >= 0:
            raise GlacierError(f"{span}: it is linear, not in dB")
        if name == "angle" and high < _STEEPEST:
            raise GlacierError(f"{span}: these are radians, not degrees")
    if np.median(hv) > np.median(hh):
        raise GlacierError("its second band is brighter than its first: HH and HV are in the wrong order")


def standardised(
    values: np.ndarray, valid: np.ndarray, means: Sequence[float] = MEANS, deviations: Sequence[float] = DEVIATIONS
) -> np.ndarray:
    """The channels that a network sees.

    Args:
        values: As in `SarScene`.
        valid: Bool, shape ``(H, W)``.
        means: Taken off the channels.
        deviations: What they are divided by.

    Returns:
        float32, same shape as `values`; 0, the mean, where invalid.
    """
    centre, spread = (np.asarray(numbers, np.float32)[:, None, None] for numbers in (means, deviations))
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(valid, (values - centre) / spread, 0).astype(np.float32)


def described_channels(pixel_size_m: float | None = None) -> dict[str, Any]:
    """The entry ``channels`` of ``dataset.json``, with the pixel size that scenes were brought to, if they were."""
    size = {"pixel_size_m": pixel_size_m} if pixel_size_m else {}
    constants = {"mean": list(MEANS), "standard_deviation": list(DEVIATIONS)}
    return {"meanings": list(MEANINGS), **constants, "invalid": 0, **size}
