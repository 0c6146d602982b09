"""Beside a case's predicted map: the probability of its line, and the spread over folds.

``nnunet-glacier predict`` writes both, a file per task. Of nnU-Net's own commands ``nnUNetv2_predict
--save_probabilities``, ``nnUNetv2_train --npz`` and ``nnUNetv2_ensemble --save_npz`` write joint probabilities of all
codes, ``<case>.npz``, whose meaning the ``dataset.json`` tells.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile, is_zipfile

import numpy as np

from nnunet_glacier.domain.labels import FRONT, FUSED, GROUNDING_LINE, LabelSpace
from nnunet_glacier.formats.prediction_layout import PROBABILITIES, SPREAD
from nnunet_glacier.formats.raster_checks import check_regular, open_tiff, open_whole_tiff
from nnunet_glacier.formats.rasters import TIFF_SUFFIXES, read_raster, unknown_pixels
from nnunet_glacier.support.errors import GlacierError

LINE_TASKS = (GROUNDING_LINE, FRONT, FUSED)
"""Tasks with a line among their classes, the last of them."""

WITH_PROBABILITIES = (
    "with 'predict --probabilities uint8', 'nnUNetv2_predict --save_probabilities' or 'nnUNetv2_train --npz'"
)
"""How a user predicts so that probabilities are kept."""

_MAX_ROUNDING = 1e-3
"""By how much probabilities that are summed over codes may exceed 1; half precision errs by half of it."""

_SPREAD_SCALE = 1 / 510
"""Standard deviation of one step of a spread map without a scale of its own."""


def find_probability(predictions: Path, case: str, space: LabelSpace | None = None) -> Path | None:
    """The file of a case's probabilities in which a line is among the classes, or None.

    Args:
        predictions: A folder that ``nnunet-glacier predict`` or one of nnU-Net's own commands wrote, a fold's
            ``validation`` folder among them.
        case: Name of the case.
        space: What the codes of label maps in the folder mean, and so the joint probabilities of nnU-Net's commands.
    """
    of_task = _find(predictions / PROBABILITIES, case, (".tif", ".npz"))
    joint = predictions / f"{case}.npz"
    if of_task is None and space is not None and joint.is_file() and _line_codes(space) is not None:
        return joint
    return of_task


def find_spread(predictions: Path, case: str) -> Path | None:
    """The file of the spread of a case's line over folds, or None."""
    return _find(predictions / SPREAD, case, (".tif", ".png"))


def _find(folder: Path, case: str, endings: Sequence[str]) -> Path | None:
    paths = (folder / f"{case}_{task.name}{ending}" for task in LINE_TASKS for ending in endings)
    return next((path for path in paths if path.is_file()), None)


def read_line_probability(path: Path, space: LabelSpace | None = None) -> np.ndarray:
    """The probability of the line, float32 in [0, 1], shape ``(H, W)``.

    Args:
        path: What `find_probability` found: with names of its classes and a scale of 8-bit steps, or joint
            probabilities of nnU-Net, shape ``(codes, 1, H, W)``, of which those of all codes with the line are summed.
        space: What the codes of joint probabilities mean.

    Raises:
        GlacierError: If it cannot be read, is of another shape, has no class of a line, or holds other values than
            probabilities.
    """
    check_regular(path)
    probability = _read_npz(path, space) if path.suffix == ".npz" else _read_band(path)
    if probability.ndim != 2 or probability.size == 0:
        raise GlacierError(f"it holds no map of probabilities: the shape of its line is {probability.shape}")
    low, high = float(probability.min()), float(probability.max())
    if not (low >= 0 and high <= 1):
        unknown = unknown_pixels(probability)
        if unknown:
            raise GlacierError(f"{unknown} of its {probability.size} pixels are NaN or infinite: no probabilities")
        raise GlacierError(f"probabilities must be in [0, 1], but its go from {low:g} to {high:g}")
    return probability


def _line_class(classes: Sequence[str | None]) -> int:
    lines = {task.classes[-1] for task in LINE_TASKS}
    line_classes = [index for index, name in enumerate(classes) if name in lines]
    if len(line_classes) != 1:
        raise GlacierError(f"its classes are {list(classes)}: not one of them is {' or '.join(sorted(lines))}")
    return line_classes[0]


def _scaled(values: np.ndarray, scale: float) -> np.ndarray:
    """Values in float32; whole steps are divided, so that the last of 255 is 1 exactly."""
    if not np.issubdtype(values.dtype, np.number):
        raise GlacierError(f"it holds {values.dtype}, not numbers")
    if not 0 < scale <= 1:
        raise GlacierError(f"the scale of its steps is {scale:g}; it must be above 0 and at most 1")
    return values.astype(np.float32) / np.float32(round(1 / scale)) if scale != 1 else values.astype(np.float32)


def _read_npz(path: Path, space: LabelSpace | None) -> np.ndarray:
    try:
        # Of anything else numpy says how to load it unsafely.
        if not is_zipfile(path):
            raise GlacierError("it cannot be read as probabilities: it is no .npz file, or not the whole of one")
        with np.load(path, allow_pickle=False) as content:
            if "classes" not in content:
                return _marginal(content["probabilities"], None if space is None else _line_codes(space))
            line = _line_class(content["classes"].tolist())
            return _scaled(content["probabilities"][line], float(content["scale"].item()))
    except (OSError, EOFError, ValueError, KeyError, IndexError, MemoryError, BadZipFile, zlib.error) as error:
        raise GlacierError(f"it cannot be read as probabilities ({type(error).__name__}: {error})") from None


def _line_codes(space: LabelSpace) -> np.ndarray | None:
    """Which codes of label maps have the line, bool, one for each code; None where none has."""
    names = [task.name for task in LINE_TASKS]
    decoded = zip(space.tasks, space.decode(np.arange(space.n_codes)), strict=True)
    return next((classes == task.size - 1 for task, classes in decoded if task.name in names), None)


def _marginal(joint: np.ndarray, line_codes: np.ndarray | None) -> np.ndarray:
    """The probability of the line, float32, from nnU-Net's probabilities of all codes.

    The sum over the codes with the line, without the other tasks' marginals (`LabelSpace.marginals`), which are many
    times as large.
    """
    if line_codes is None:
        raise GlacierError("no dataset.json beside it says which of its classes is a line")
    if joint.ndim != 4 or joint.shape[:2] != (len(line_codes), 1) or not np.issubdtype(joint.dtype, np.floating):
        expected = f"floats of shape ({len(line_codes)}, 1, rows, columns)"
        raise GlacierError(f"it holds {joint.dtype} of shape {joint.shape}, but dataset.json asks for {expected}")
    if joint.size == 0:
        raise GlacierError(f"it holds no pixel: its shape is {joint.shape}")
    probability = joint[line_codes, 0].sum(axis=0, dtype=np.float32)
    return np.where((probability > 1) & (probability <= 1 + _MAX_ROUNDING), np.float32(1), probability)


def _read_band(path: Path) -> np.ndarray:
    with open_whole_tiff(path) as source:
        line = _line_class(source.descriptions)
        return _scaled(source.read(line + 1), source.scales[line])


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
    with open_tiff(path) as source:
        return float(source.scales[0])
