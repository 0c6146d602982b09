"""What the lines of a case are made from: its probability above a threshold, or its label map as it was predicted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from nnunet_glacier.domain.line_threshold import above
from nnunet_glacier.formats.line_probabilities import (
    WITH_PROBABILITIES,
    find_probability,
    find_spread,
    read_line_probability,
    read_spread,
)
from nnunet_glacier.formats.predicted_maps import MEND_MAP, Prediction
from nnunet_glacier.formats.rasters import read_shape
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

LineKind = Literal["grounding line", "calving front"]

_AGAIN = "Predict the case again, with --probabilities and --spread into one folder"


@dataclass(frozen=True)
class LineMaps:
    """The maps of a case, all of one shape ``(H, W)``.

    Attributes:
        mask: Where the line is, bool.
        probability: Probability of the line, float32 in [0, 1], or None.
        spread: Its standard deviation over folds, float32, or None.
    """

    mask: np.ndarray
    probability: np.ndarray | None
    spread: np.ndarray | None


@dataclass(frozen=True)
class LineSource:
    """The files of a case; nothing is read before `read`.

    Attributes:
        prediction: Its map.
        probability: Probabilities of its line, or None.
        spread: Their spread over folds, or None.
    """

    prediction: Prediction
    probability: Path | None
    spread: Path | None

    @classmethod
    def found(cls, predictions: Path, prediction: Prediction) -> LineSource:
        """The source of a case in a folder of predictions."""
        case = prediction.case
        return cls(prediction, find_probability(predictions, case), find_spread(predictions, case))

    @property
    def kind(self) -> LineKind:
        """What its line is: a calving front unless the model's task says otherwise."""
        return "grounding line" if self.prediction.is_grounding_line else "calving front"

    def problems(self, threshold: float | None) -> list[Problem]:
        """What the case lacks, told without reading a map."""
        where = self.prediction.where
        if threshold is not None and self.probability is None:
            remedy = f"Predict {WITH_PROBABILITIES}; or leave --threshold out to take the label maps as they are"
            return [Problem(where, "there are no probabilities beside it, which --threshold needs", remedy)]
        if threshold is None and not self.prediction.has_front:
            remedy = "Make fronts of zones with 'nnunet-glacier fronts'"
            return [Problem(where, f"case {self.prediction.case} has zones, and no predicted line", remedy)]
        return []

    def read(self, threshold: float | None) -> LineMaps:
        """The maps: of the probability above the threshold or, without one, of the class that was predicted.

        Raises:
            InputError: With every file that cannot be read, or is of another size.
        """
        maps, problems = LineMaps(np.empty((0, 0), dtype=bool), None, None), []
        for path, read, name in (
            (self.probability, read_line_probability, "probability"),
            (self.spread, read_spread, "spread"),
        ):
            try:
                maps = maps if path is None else replace(maps, **{name: read(path)})
            except GlacierError as error:
                problems.append(Problem(path or "", str(error), _AGAIN))
        try:
            maps = replace(maps, mask=self._mask(maps.probability, threshold))
        except InputError as error:
            problems += error.problems
        return _same_shape(self, maps, problems)

    def _mask(self, probability: np.ndarray | None, threshold: float | None) -> np.ndarray:
        if threshold is not None:
            return above(probability, threshold) if probability is not None else np.empty((0, 0), dtype=bool)
        front = self.prediction.read(zones=False).front
        assert front is not None
        return front


def _same_shape(source: LineSource, maps: LineMaps, problems: list[Problem]) -> LineMaps:
    """The maps, unless there are problems or they, or the label map beside them, differ in size."""
    where = source.prediction.where
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
