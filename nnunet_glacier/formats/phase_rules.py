"""How a dataset's channels were made of interferograms, as its ``dataset.json`` says, so that others are made alike.

A network that learnt from phases over pi and magnitudes over a constant must be given the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.formats.interferograms import LAYER_COUNT, PHASE_UNITS, Signal, read_signal
from nnunet_glacier.formats.recorded_values import one_of, positive_number
from nnunet_glacier.lines.complex_resampling import resample_signal
from nnunet_glacier.lines.grids import Grid, common_grid, stretch_in
from nnunet_glacier.lines.phase_channels import CHANNELS, phase_channels
from nnunet_glacier.support.errors import GlacierError

MAX_STRETCH = 2
"""A map that draws lengths so many times too long or too short was made for another part of the earth."""

_RECORDED = ("bands", "phase_unit", "channels", "crs", "pixel_size_m")
_CATEGORY = re.compile(r"\s*category\s*=\s*'([^']*)'\s*", re.IGNORECASE)


@dataclass(frozen=True)
class PhaseRules:
    """How a dataset's channels were made.

    Attributes:
        bands: How the interferograms are stored, a key of `interferograms.LAYER_COUNT`.
        phase_unit: A key of `interferograms.PHASE_UNITS`.
        channels: A key of `phase_channels.CHANNELS`.
        crs: CRS of a common grid, or None for each scene's own.
        pixel_size_m: Pixel edge of a common grid in metres, or None for each scene's own grid.
        magnitude_scale: The magnitude that became 1.
        category: What kind of line was labelled, where the lines were chosen by ESA CCI's column; else "".
    """

    bands: str
    phase_unit: str
    channels: str
    crs: str | None
    pixel_size_m: float | None
    magnitude_scale: float
    category: str = ""

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return len(CHANNELS[self.channels])

    def record(self) -> dict[str, Any]:
        """The rules as JSON; the same record means the same channels."""
        chosen = {name: getattr(self, name) for name in _RECORDED}
        return {"source": "dinsar-scenes", **chosen, "magnitude_scale": self.magnitude_scale}

    def read(self, path: Path) -> Signal:
        """The signal of a GeoTIFF on the grid that the channels are made on.

        Raises:
            GlacierError: If it holds no phase, is stored in another way, or cannot be brought to the common grid.
        """
        stored = read_signal(path, bands=self.bands, phase_unit=self.phase_unit)
        return on_common_grid(stored, self.crs, self.pixel_size_m)

    def channels_of(self, signal: Signal) -> np.ndarray:
        """The channels of a signal, float32, ``(C, H, W)`` (`phase_channels`)."""
        return phase_channels(signal.values, signal.valid, self.channels, self.magnitude_scale)


def phase_rules_in(dataset_json: Mapping[str, Any]) -> PhaseRules:
    """The rules that a ``dataset.json`` records.

    Raises:
        KeyError: If it records none; also `TypeError`.
        GlacierError: If a value of them cannot be used; the text names it.
    """
    conversion = dataset_json["conversion"]
    recorded = {name: conversion[name] for name in (*_RECORDED, "magnitude_scale")}
    for name, choices in (("bands", LAYER_COUNT), ("phase_unit", PHASE_UNITS), ("channels", CHANNELS)):
        one_of(f"conversion.{name}", recorded[name], choices)
    positive_number("conversion.magnitude_scale", recorded["magnitude_scale"])
    if recorded["pixel_size_m"] is not None:
        positive_number("conversion.pixel_size_m", recorded["pixel_size_m"])
    if recorded["crs"] is not None and (fault := crs_fault(recorded["crs"], recorded["pixel_size_m"])):
        raise GlacierError(f"its conversion.crs is {recorded['crs']!r}: {fault[0]}")
    category = _CATEGORY.fullmatch(str(conversion.get("where", "")))
    return PhaseRules(**recorded, category=category[1] if category else "")


def recorded_storage(made_from: Mapping[str, Any]) -> tuple[str, str]:
    """How the interferogram of a delineated scene is stored, as its record says: `PhaseRules.bands` and `phase_unit`.

    Raises:
        GlacierError: If it does not say.
    """
    try:
        channels = made_from["channels"]
        bands, phase_unit = channels["bands"], channels["phase_unit"]
        one_of("channels.bands", bands, LAYER_COUNT)
        one_of("channels.phase_unit", phase_unit, PHASE_UNITS)
    except (KeyError, TypeError):
        raise GlacierError("its record does not say how the interferogram is stored") from None
    return bands, phase_unit


def crs_fault(crs: str, pixel_size_m: float | None) -> tuple[str, str] | None:
    """What is wrong with the CRS of a common grid and what to do about it, or None."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        parsed = CRS.from_user_input(crs)
    except CRSError:
        return "there is no such CRS", "Give one such as EPSG:3031"
    if not parsed.is_projected:
        return "it is not measured in metres", "Give a projected one such as EPSG:3031"
    if pixel_size_m is None:
        return "a common grid needs a pixel size", "Give --pixel-size-m, such as 100"
    return None


def on_common_grid(stored: Signal, crs: str | None, pixel_size_m: float | None) -> Signal:
    """A signal on a common grid of pixels, resampled as complex numbers.

    Args:
        stored: As the file holds it.
        crs: CRS of the common grid; None for the signal's own.
        pixel_size_m: Edge of its pixels; None leaves the signal on its own grid.

    Raises:
        GlacierError: If it has no place on the map, the CRS does not fit it, or nothing of it is left.
    """
    if pixel_size_m is None:
        return on_grid(stored, stored.grid)
    grid = _common_grid(stored.grid, crs or stored.grid.crs, pixel_size_m, given=crs)
    placed = on_grid(stored, grid)
    if not placed.valid.any():
        raise GlacierError(f"nothing of its signal is left on a grid of {pixel_size_m:g} m")
    return placed


def on_grid(stored: Signal, grid: Grid) -> Signal:
    """A signal on another grid (`resample_signal`)."""
    values, valid = resample_signal(stored.values, stored.valid, stored.grid, grid)
    return replace(stored, values=values, valid=valid, grid=grid)


def _common_grid(own: Grid, crs: str, pixel_size_m: float, *, given: str | None) -> Grid:
    if not own.placed:
        raise GlacierError("it has no CRS or no affine, so it cannot be brought to a common grid")
    from pyproj import CRS

    parsed = CRS.from_user_input(crs)
    if not parsed.is_projected:
        raise GlacierError("its CRS is in degrees; give --crs with --pixel-size-m")
    if stretch_in(own, crs) > MAX_STRETCH:
        what = f"{given or 'its CRS'} draws the place where it lies more than {MAX_STRETCH} times too large or small"
        raise GlacierError(f"{what}; give a --crs for that part of the earth, such as EPSG:3031 or EPSG:3413")
    return common_grid(own, crs, pixel_size_m / parsed.axis_info[0].unit_conversion_factor)
