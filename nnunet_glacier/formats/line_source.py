"""What the lines of a case are made from: its probability above a threshold, or its label map as it was predicted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nnunet_glacier.domain.line_threshold import above
from nnunet_glacier.formats.line_probabilities import WITH_PROBABILITIES, read_spread
from nnunet_glacier.formats.predicted_maps import MEND_MAP, Prediction
from nnunet_glacier.formats.rasters import read_shape
from nnunet_glacier.lines.measured_lines import LineKind, LineMaps
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

_AGAIN = "Predict the case again, with --probabilities and --spread into one folder"


def line_kind(prediction: Prediction) -> LineKind:
    """What the line of a case is: a calving front unless the model's task says otherwise."""
    return "grounding line" if prediction.is_grounding_line else "calving front"


def line_problems(prediction: Prediction, threshold: float | None) -> list[Problem]:
    """What a case lacks, told without reading a map.

    Args:
        prediction: What was predicted of it.
        threshold: Above which its probability is line; None for the class that was predicted.
    """
    where = prediction.where
    if threshold is not None and prediction.probability is None:
        remedy = f"Predict {WITH_PROBABILITIES}; or leave --threshold out to take the label maps as they are"
        return [Problem(where, "there are no probabilities beside it, which --threshold needs", remedy)]
    if threshold is None and not prediction.has_front:
        remedy = "Make fronts of zones with 'nnunet-glacier fronts'"
        if prediction.grey:
            remedy += "; if these are nnU-Net's label maps, copy the model's dataset.json into the folder"
        return [Problem(where, f"case {prediction.case} has zones, and no predicted line", remedy)]
    return []


def read_line_maps(prediction: Prediction, threshold: float | None) -> LineMaps:
    """The maps of a case without `line_problems`, the line as it was predicted or above the threshold.

    Raises:
        InputError: With every file that cannot be read, or is of another size.
    """
    problems: list[Problem] = []

    def read(there: object, reader: Callable[[], np.ndarray]) -> np.ndarray | None:
        try:
            return None if there is None else reader()
        except InputError as error:
            problems.extend(error.problems)
        return None

    probability = read(prediction.probability, prediction.read_probability)
    spread = read(prediction.spread, lambda: _read_spread(prediction))
    if threshold is None:
        mask = read(prediction, lambda: _predicted_line(prediction))
    else:
        mask = None if probability is None else above(probability, threshold)
    return _same_shape(prediction, LineMaps(_or_empty(mask), probability, spread), problems)


def _or_empty(mask: np.ndarray | None) -> np.ndarray:
    return np.empty((0, 0), dtype=bool) if mask is None else mask


def _predicted_line(prediction: Prediction) -> np.ndarray:
    front = replace(prediction, threshold=None).read(zones=False).front
    assert front is not None
    return front


def _read_spread(prediction: Prediction) -> np.ndarray:
    assert prediction.spread is not None
    try:
        return read_spread(prediction.spread)
    except GlacierError as error:
        raise InputError([Problem(prediction.spread, str(error), _AGAIN)]) from None


def _same_shape(prediction: Prediction, maps: LineMaps, problems: list[Problem]) -> LineMaps:
    """The maps, unless there are problems or they, or the label map beside them, differ in size."""
    where = prediction.where
    named = {"its probability": maps.probability, "its spread": maps.spread}
    shapes = {name: values.shape for name, values in named.items() if values is not None}
    try:
        shapes = {"the map": read_shape(where), **shapes}
    except GlacierError as error:
        # Of a map that the line is made of this was said when it was decoded.
        problems = problems or [Problem(where, str(error), MEND_MAP)]
    if not problems and len(set(shapes.values())) > 1:
        sizes = ", ".join(f"{name} {rows}x{columns}" for name, (rows, columns) in shapes.items())
        problems = [Problem(where, f"its maps differ in size (rows x columns): {sizes}", _AGAIN)]
    if problems:
        raise InputError(problems)
    return maps
