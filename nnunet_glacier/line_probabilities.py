"""Beside a case's map in what ``nnunet-glacier predict`` writes: its line's probability, and the spread over folds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnunet_glacier.errors import GlacierError
from nnunet_glacier.labels import FRONT, FUSED, GROUNDING_LINE
from nnunet_glacier.rasters import TIFF_SUFFIXES, read_raster, without_georeference_warning

PROBABILITIES, SPREAD = "probabilities", "spread"
"""Folders of the probabilities, ``<case>_<task>.tif`` or ``.npz``, and of their spread, ``.tif`` or ``.png``."""

LINE_TASKS = (GROUNDING_LINE, FRONT, FUSED)
"""Tasks with a line among their classes, the last of them."""

_SPREAD_SCALE = 1 / 510
"""Standard deviation of one step of a spread map without a scale of its own."""


def find_probability(predictions: Path, case: str) -> Path | None:
    """The file of a case's probabilities in which a line is among the classes, or None."""
    return _find(predictions / PROBABILITIES, case, (".tif", ".npz"))


def find_spread(predictions: Path, case: str) -> Path | None:
    """The file of the spread of a case's line over folds, or None."""
    return _find(predictions / SPREAD, case, (".tif", ".png"))


def _find(folder: Path, case: str, endings: Sequence[str]) -> Path | None:
    paths = (folder / f"{case}_{task.name}{ending}" for task in LINE_TASKS for ending in endings)
    return next((path for path in paths if path.is_file()), None)


def read_line_probability(path: Path) -> np.ndarray:
    """The probability of the line, float32 in [0, 1], shape ``(H, W)``.

    Args:
        path: What `find_probability` found: its classes have names, and 8-bit steps a scale.

    Raises:
        GlacierError: If it cannot be read, has no class of a line, or holds other values than probabilities.
    """
    probability = _read_npz(path) if path.suffix == ".npz" else _read_band(path)
    low, high = float(probability.min()), float(probability.max())
    if not (low >= 0 and high <= 1):
        raise GlacierError(f"probabilities must be in [0, 1], but its go from {low:g} to {high:g}")
    return probability


def _line_class(classes: Sequence[str | None]) -> int:
    lines = {task.classes[-1] for task in LINE_TASKS}
    found = [index for index, name in enumerate(classes) if name in lines]
    if len(found) != 1:
        raise GlacierError(f"its classes are {list(classes)}: not one of them is {' or '.join(sorted(lines))}")
    return found[0]


def _scaled(values: np.ndarray, scale: float) -> np.ndarray:
    """Values in float32; whole steps are divided, so that the last of 255 is 1 exactly."""
    return values.astype(np.float32) / np.float32(round(1 / scale)) if scale != 1 else values.astype(np.float32)


def _read_npz(path: Path) -> np.ndarray:
    try:
        with np.load(path, allow_pickle=False) as content:
            line = _line_class(content["classes"].tolist())
            return _scaled(content["probabilities"][line], float(content["scale"]))
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise GlacierError(f"it cannot be read as probabilities ({type(error).__name__}: {error})") from None


def _read_band(path: Path) -> np.ndarray:
    import rasterio
    from rasterio.errors import RasterioError

    try:
        with without_georeference_warning(), rasterio.open(path) as source:
            line = _line_class(source.descriptions)
            return _scaled(source.read(line + 1), source.scales[line])
    except RasterioError as error:
        raise GlacierError(f"it cannot be read as a GeoTIFF ({error})") from None


def read_spread(path: Path) -> np.ndarray:
    """The standard deviation over folds of the predicted class's probability, float32 in [0, 0.5], ``(H, W)``.

    Raises:
        GlacierError: If it cannot be read or is no 8-bit map.
    """
    raster = read_raster(path)
    if raster.values.dtype != np.uint8:
        raise GlacierError(f"a map of the spread has 8 bits, this one is {raster.values.dtype}")
    return _scaled(raster.values, _spread_scale(path))


def _spread_scale(path: Path) -> float:
    if path.suffix.lower() not in TIFF_SUFFIXES:
        return _SPREAD_SCALE
    import rasterio

    with without_georeference_warning(), rasterio.open(path) as source:
        return float(source.scales[0])
