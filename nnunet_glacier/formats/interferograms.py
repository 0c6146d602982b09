"""Interferograms on disk: found, and read as a complex signal whichever way it is stored; what is no phase is refused.

=================  ==========================================================  =======================
bands              what a file holds                                           published by
=================  ==========================================================  =======================
complex            one complex band (floats, or 16-bit integers)               Mohajerani et al. 2021
real-imaginary     two float bands                                             the Getz study
phase-magnitude    two float bands, phase in radians first
phase              one float band, radians                                     DLR / AIS_cci
=================  ==========================================================  =======================

An alpha band is none of these: as a mask does, in the file or beside it, it says where the others hold data.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.formats.image_files import tiffs_below
from nnunet_glacier.formats.rasters import bands_of_values, grid_of, hidden_pixels, open_tiff
from nnunet_glacier.lines.complex_resampling import block_means
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.phase_channels import signal_from_phase, signal_validity
from nnunet_glacier.support.errors import GlacierError, Problem
from nnunet_glacier.support.wording import counted

PHASE_UNITS = {"radians": 1.0, "pi": np.pi}
"""What a phase of 1 is, in radians."""

DELINEATION_PREFIX, TILE_PREFIX = "delineation_", "coco_"
"""How label rasters and complex tiles start in the layout of Mohajerani et al. 2021."""

LAYER_COUNT = {"complex": 1, "real-imaginary": 2, "phase-magnitude": 2, "phase": 1}
"""How many bands each way of storing a signal takes."""

_WINDOW_PX = 96
"""Edge of each window of a sample."""

_ENOUGH = 1000
"""Pixels with data from which a sample says something."""

_STRIP_ROWS = 128
"""Rows that are read at once where a signal is not held whole."""

_TOLERANCE = 1e-3
"""Float32's pi is larger than pi, and products are rounded to a few digits."""


@dataclass(frozen=True)
class Signal:
    """The complex signal of a scene.

    Attributes:
        values: complex64, shape ``grid.shape``; the magnitude is 1 where the file holds phase alone.
        valid: Where it holds data, bool, same shape.
        grid: Where it lies, as the file says it.
        bands: How the file stores it, a way of the table above.
    """

    values: np.ndarray
    valid: np.ndarray
    grid: Grid
    bands: str


def find_scenes(folder: Path) -> tuple[dict[str, Path], list[Problem]]:
    """Interferograms below a folder, or the one file that is given, by file stem; and what is wrong with the names."""
    if folder.is_file():
        return {folder.stem: folder}, []
    paths, problems = tiffs_below(folder)
    scenes: dict[str, Path] = {}
    first: dict[str, Path] = {}
    for path in paths:
        if path.stem.startswith(DELINEATION_PREFIX):
            continue
        # Some file systems take upper and lower case as the same.
        earlier = first.setdefault(path.stem.casefold(), path)
        if earlier is not path:
            problems.append(Problem(path, f"the name is there already, as {earlier}", "Keep one of them"))
        scenes[path.stem] = path
    if not scenes:
        problems.append(Problem(folder, "there are no interferograms in it", "Give a folder of GeoTIFFs as SCENES"))
    return scenes, problems


def read_signal(path: Path, *, bands: str = "auto", phase_unit: str | None = None) -> Signal:
    """The complex signal of a GeoTIFF.

    Args:
        path: The file.
        bands: A way of the table above, or ``auto`` to go by number, type and values of the bands.
        phase_unit: A key of `PHASE_UNITS`, or None for radians, where a phase within [-1, 1] is refused since it may
            have been divided by pi.

    Raises:
        GlacierError: If the file cannot be read or holds no phase; the message says what it seems to hold.
    """
    layers, grid, nodata = _read(path)
    signal, valid, storage = _signal(layers, nodata, bands, phase_unit)
    if not valid.any():
        raise GlacierError("none of its pixels holds a signal: all are 0, not finite, or the fill value")
    if storage in ("complex", "real-imaginary") and not signal.imag[valid].any():
        raise GlacierError("its imaginary part is 0 everywhere, so it has no phase")
    return Signal(np.where(valid, signal, 0).astype(np.complex64), valid, grid, storage)


def read_reduced_signal(path: Path, *, bands: str, phase_unit: str, longest_px: int) -> Signal:
    """The complex signal of a GeoTIFF in means of blocks of pixels, read in strips.

    Args:
        path: The file.
        bands: A way of the table above.
        phase_unit: A key of `PHASE_UNITS`.
        longest_px: The longer side of the result has at least as many pixels and less than twice as many, or those of
            the file where it has less.

    Raises:
        GlacierError: If the file cannot be read or holds no phase.
    """
    from rasterio.windows import Window

    with open_tiff(path) as source:
        _check_kind(source)
        grid = grid_of(source)
        rows, columns = grid.shape
        edge = max(1, max(rows, columns) // longest_px)
        strip = edge * max(1, _STRIP_ROWS // edge)
        parts = []
        for start in range(0, rows, strip):
            window = Window(0, start, columns, min(strip, rows - start))
            signal, valid, _ = _signal(_layers(source, window), source.nodata, bands, phase_unit)
            parts.append(block_means(signal, valid, edge))
    values, valid = (np.concatenate(halves) for halves in zip(*parts, strict=True))
    return Signal(values, valid, grid.in_blocks(edge), bands)


def _signal(
    layers: np.ndarray, nodata: float | None, bands: str, phase_unit: str | None
) -> tuple[np.ndarray, np.ndarray, str]:
    """The complex signal of some bands, where it holds data, and how they store it; any shape, also without data."""
    storage = _storage(layers) if bands == "auto" else bands
    if LAYER_COUNT[storage] != len(layers) or (storage == "complex") != np.iscomplexobj(layers):
        raise GlacierError(f"it has {counted(len(layers), 'band')} of {layers.dtype}, which is not {storage}")
    if storage == "complex":
        signal = layers[0]
    elif storage == "real-imaginary":
        signal = layers[0] + 1j * layers[1]
    else:
        phase = _in_radians(layers[0], nodata, phase_unit)
        signal = signal_from_phase(phase, None if storage == "phase" else _magnitude(layers[1]))
    valid = signal_validity(signal, nodata if storage in ("complex", "real-imaginary") else None)
    return signal, valid, storage


def check_sample(path: Path, *, bands: str, phase_unit: str | None) -> None:
    """Look at a sample of a GeoTIFF's pixels, as `read_signal` reads all of them, and at what no interferogram has.

    Raises:
        GlacierError: If it holds no phase, as far as the sample shows, or phases of less than half a turn.
    """
    layers, nodata = _sample(path)
    signal, valid, storage = _signal(layers, nodata, bands, phase_unit)
    phases = np.mod(np.angle(signal[valid]), 2 * np.pi)
    if phases.size >= _ENOUGH and (turn := _turn_of(phases)) < np.pi:
        raise GlacierError(
            f"read as {storage}, all of its phases lie within {np.degrees(turn):.0f} degrees: it seems to hold "
            "amplitudes, and an interferogram has every phase"
        )


def _turn_of(phases: np.ndarray) -> float:
    """The smallest part of the circle that holds all phases, in radians; phases in [0, 2 pi)."""
    around = np.sort(phases)
    gaps = np.diff(np.append(around, around[0] + 2 * np.pi))
    return float(2 * np.pi - gaps.max())


def interferogram_signs(path: Path) -> str:
    """What makes a raster an interferogram in the place of an image, in words; "" where nothing does, or it is several.

    Complex numbers, two float bands of both signs, or a first float band whose values fill one turn of phase and no
    more, as far as a sample of the pixels shows.
    """
    with open_tiff(path) as source:
        if source.subdatasets:
            return ""
        types = _types(source)
        if any(name.startswith("complex") for name in types):
            return "its pixels are complex numbers"
        if len(bands_of_values(source)) > 2 or not types <= {"float32", "float64"}:
            return ""
    layers, nodata = _sample(path)
    holds = np.isfinite(layers).all(axis=0) & (layers != 0).any(axis=0)
    if nodata is not None:
        holds &= (layers != nodata).all(axis=0)
    values = layers[:, holds]
    if values.shape[1] < _ENOUGH:
        return ""
    low, high = values.min(axis=1), values.max(axis=1)
    if len(layers) == 2 and (low < 0).all() and (high > 0).all():
        return "its two bands are of both signs, as a real and an imaginary part are"
    fills = low[0] < -0.99 * np.pi and high[0] > 0.99 * np.pi
    if fills and max(-low[0], high[0]) <= np.pi + _TOLERANCE:
        return "its values fill just one turn of phase, from -3.14 to 3.14"
    return ""


def _sample(path: Path) -> tuple[np.ndarray, float | None]:
    """Pixels of nine windows over a GeoTIFF, ``(bands, n, 1)``, and the fill value."""
    from rasterio.windows import Window

    with open_tiff(path) as source:
        _check_kind(source)
        parts = []
        for row in (1, 3, 5):
            for column in (1, 3, 5):
                middle = (source.height * row // 6, source.width * column // 6)
                size = (min(_WINDOW_PX, source.height), min(_WINDOW_PX, source.width))
                start = [
                    max(0, min(at - edge // 2, full - edge))
                    for at, edge, full in zip(middle, size, source.shape, strict=True)
                ]
                window = Window(start[1], start[0], size[1], size[0])
                layers = _layers(source, window)
                parts.append(layers.reshape(len(layers), -1))
        return np.concatenate(parts, axis=1)[:, :, None], source.nodata


def _read(path: Path) -> tuple[np.ndarray, Grid, float | None]:
    """Bands of shape ``(bands, H, W)`` as `_layers` reads them; the grid; and the fill value."""
    with open_tiff(path) as source:
        _check_kind(source)
        return _layers(source), grid_of(source), source.nodata


def _layers(source: Any, window: Any = None) -> np.ndarray:
    """Bands without alpha, ``(bands, H, W)``: as they are stored, but 0 where a mask says that there is no data."""
    bands = bands_of_values(source)
    layers: np.ndarray = source.read(bands, window=window)
    layers[:, hidden_pixels(source, bands, window)] = 0
    return layers


def _types(source: Any) -> set[str]:
    return {source.dtypes[band - 1] for band in bands_of_values(source)}


def _check_kind(source: Any) -> None:
    if source.subdatasets:
        raise GlacierError(f"it is a TIFF of {len(source.subdatasets)} pages; one interferogram is asked for")
    types = _types(source)
    if types & {"uint8", "int8"}:
        raise GlacierError("it is an 8-bit picture: colours and grey values of a quick-look are no phase")
    integers = {name for name in types if "int" in name and "complex" not in name}
    if integers:
        raise GlacierError(f"its pixels are whole numbers ({', '.join(sorted(integers))}), which are no phase")


def _storage(layers: np.ndarray) -> str:
    """How the bands store a signal, by their number, type and values."""
    if np.iscomplexobj(layers) and len(layers) == 1:
        return "complex"
    if len(layers) == 1:
        return "phase"
    if len(layers) == 2 and not np.iscomplexobj(layers):
        # Half of all phases have a negative imaginary part; no magnitude is negative, but a fill value may be.
        negative = layers[1][np.nan_to_num(layers[1]) < 0]
        return "real-imaginary" if negative.size and negative.min() < negative.max() else "phase-magnitude"
    raise GlacierError(
        f"it has {counted(len(layers), 'band')} of {layers.dtype}; one complex, one or two float bands are taken"
    )


def _magnitude(layer: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.where(layer > 0, layer, 0)


def _in_radians(layer: np.ndarray, nodata: float | None, unit: str | None) -> np.ndarray:
    """Phase in radians; NaN where the file holds none."""
    holds = np.isfinite(layer) & (layer != 0)
    if nodata is not None:
        holds &= layer != nodata
    if holds.any():
        _check_range(layer[holds], unit)
    return np.where(holds, layer * PHASE_UNITS[unit or "radians"], np.where(layer == 0, 0, np.nan))


def _check_range(phase: np.ndarray, unit: str | None) -> None:
    low, high = float(phase.min()), float(phase.max())
    turn = 2 * np.pi / PHASE_UNITS[unit or "radians"]
    span = f"its phase reaches from {low:.4g} to {high:.4g}"
    symmetric = low >= -turn / 2 - _TOLERANCE and high <= turn / 2 + _TOLERANCE
    if symmetric or (low >= 0 and high <= turn + _TOLERANCE):
        if unit is None and low >= -1 - _TOLERANCE and high <= 1 + _TOLERANCE:
            raise GlacierError(
                f"{span}: it may have been divided by pi. Give --phase-unit pi, or --phase-unit radians if it was not"
            )
        return
    if low >= 0 and high <= 255 and np.array_equal(phase, np.round(phase)):
        raise GlacierError(f"{span} in whole numbers: it is a ramp of grey values, not radians")
    if max(-low, high) <= 360 + _TOLERANCE:
        raise GlacierError(f"{span}: it is in degrees or not wrapped, not {unit or 'radians'} of one turn")
    raise GlacierError(f"{span}: it is not the wrapped phase of an interferogram in {unit or 'radians'}")
