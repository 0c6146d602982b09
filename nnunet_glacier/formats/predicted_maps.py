"""What was predicted of one case: its zone map, its front band, or both, and the routes from them to a front line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from nnunet_glacier.domain.front_rules import FrontRules, Route, RouteChoice
from nnunet_glacier.domain.labels import FRONT, FUSED, GROUNDING_LINE, ZONES, LabelSpace, zones_and_front
from nnunet_glacier.domain.line_threshold import above
from nnunet_glacier.domain.predicted_maps import PredictedMaps
from nnunet_glacier.domain.zones import Zone, zones_from_grey
from nnunet_glacier.formats.line_probabilities import WITH_PROBABILITIES, read_line_probability
from nnunet_glacier.formats.rasters import Raster, mask_from_values, read_raster, unknown_pixels
from nnunet_glacier.support.errors import GlacierError, InputError, Problem, all_of

MEND_MAP = "Predict the case again or mend the file"
"""What to do about a map that cannot be read."""

_LARGEST_LABEL_CODE = 15
"""Maps without a description whose values are all so small hold codes; the grey values of zones lie above."""


@dataclass(frozen=True)
class Prediction:
    """The files that were predicted for one case; nothing is read before `read`.

    Attributes:
        case: Name of the case.
        zones: Zone map, or None.
        front: Front mask, or None.
        codes: Label map with codes of `space`, or None.
        space: What `codes` mean.
        grey: Whether `zones` holds CaFFe's grey values and not zone ids.
        probability: Probabilities of the front or grounding line, or None where none were kept.
        spread: Their spread over folds, or None.
        threshold: Above which `probability` is line; its mask takes the place of the predicted one. None for the class
            that was predicted.
        published_decoding: How zones of fused labels are made (`zones_from_fused`).
    """

    case: str
    zones: Path | None = None
    front: Path | None = None
    codes: Path | None = None
    space: LabelSpace | None = None
    grey: bool = False
    probability: Path | None = None
    spread: Path | None = None
    threshold: float | None = None
    published_decoding: bool = False

    @property
    def has_zones(self) -> bool:
        """Whether there is a zone map."""
        return self.zones is not None or bool(self._tasks & {ZONES.name, FUSED.name})

    @property
    def has_front(self) -> bool:
        """Whether the front itself was predicted, or the grounding line."""
        tasks = {FRONT.name, FUSED.name, GROUNDING_LINE.name}
        return self.front is not None or self._from_probability or bool(self._tasks & tasks)

    @property
    def is_grounding_line(self) -> bool:
        """Whether the model's task says that the line is a grounding line; else it counts as a calving front."""
        return GROUNDING_LINE.name in self._tasks

    @property
    def _from_probability(self) -> bool:
        """Whether the front is taken from the probabilities."""
        return self.threshold is not None and self.probability is not None

    @property
    def _tasks(self) -> set[str]:
        return set() if self.space is None else set(self.space.names)

    @property
    def where(self) -> Path:
        """The file to name when something is wrong."""
        path = self.codes or self.zones or self.front
        assert path is not None
        return path

    @property
    def files(self) -> list[Path]:
        """Every file that the maps are read from."""
        probability = self.probability if self._from_probability else None
        return [path for path in (self.codes, self.zones, self.front, probability) if path is not None]

    def read(self, *, zones: bool = True, front: bool = True) -> PredictedMaps:
        """Read and decode the maps that are asked for and there.

        Raises:
            InputError: With every file that cannot be read or holds values that mean nothing.
        """
        if front and self._from_probability:
            return self._with_thresholded_front(zones=zones)
        if self.codes is not None and self.space is not None:
            return _read_codes(self.codes, self.space, self.published_decoding)
        zone_map, front_map = all_of(
            partial(_read_zones, self.zones if zones else None, self.grey),
            partial(_read_front, self.front if front else None),
        )
        place = zone_map or front_map
        if place is None:
            raise InputError([Problem(self.where, "it does not hold what is asked for", "Choose another --route")])
        return PredictedMaps(
            zones=None if zone_map is None else zone_map.values,
            front=None if front_map is None else front_map.values,
            crs=place.crs,
            affine=place.affine,
        )

    def read_probability(self) -> np.ndarray:
        """The probability of the line, float32 in [0, 1], shape ``(H, W)``; only where there is a file of it.

        Raises:
            InputError: If the file cannot be read or holds something else.
        """
        assert self.probability is not None
        try:
            return read_line_probability(self.probability, self.space)
        except GlacierError as error:
            remedy = f"Predict the case again {WITH_PROBABILITIES}"
            raise InputError([Problem(self.probability, str(error), remedy)]) from None

    def _with_thresholded_front(self, *, zones: bool) -> PredictedMaps:
        """The maps with the front band that the threshold makes of the probabilities."""
        assert self.probability is not None and self.threshold is not None
        maps, probability = all_of(partial(replace(self, threshold=None).read, zones=zones), self.read_probability)
        if probability.shape != maps.shape:
            what = f"it is {probability.shape[0]}x{probability.shape[1]}, the map {maps.shape[0]}x{maps.shape[1]}"
            raise InputError([Problem(self.probability, what, "Predict the case again")])
        return replace(maps, front=above(probability, self.threshold))


def _read(path: Path) -> Raster:
    try:
        raster = read_raster(path)
    except GlacierError as error:
        raise InputError([Problem(path, str(error), MEND_MAP)]) from None
    unknown = unknown_pixels(raster.values)
    if unknown:
        what = f"{unknown} of its {raster.values.size} pixels are NaN or infinite"
        remedy = "Predict the case again; if the probabilities are NaN too, the network is and was trained in vain"
        raise InputError([Problem(path, what, remedy)])
    return raster


def _read_front(path: Path | None) -> Raster | None:
    if path is None:
        return None
    raster = _read(path)
    try:
        return replace(raster, values=mask_from_values(raster.values))
    except GlacierError as error:
        remedy = "Write a mask, 0 and 255: the pixels whose probability is above a threshold"
        raise InputError([Problem(path, str(error), remedy)]) from None


def _read_zones(path: Path | None, grey: bool) -> Raster | None:
    if path is None:
        return None
    raster = _read(path)
    return replace(raster, values=_zone_ids(path, raster.values, grey))


def _zone_ids(path: Path, values: np.ndarray, grey: bool) -> np.ndarray:
    problem = None
    if grey:
        try:
            ids = zones_from_grey(values)
        except GlacierError as error:
            what, remedy = str(error), "Zone maps hold 0 NA, 64 rock, 127 glacier and 254 ocean"
            if values.min() >= 0 and values.max() <= _LARGEST_LABEL_CODE:
                what += f"; values from {values.min()} to {values.max()} look like nnU-Net's label codes"
                remedy = "Copy the dataset.json of the dataset that the model was trained on into the folder"
            raise InputError([Problem(path, what, remedy)]) from None
        if values.max() == 255 and not np.any((values > 0) & (values < 255)) and not values.all():
            problem = "it holds 0 and 255 only, as a front mask does"
            remedy = "Name front masks <case>_front.png; in a zone map write ocean as 254"
    else:
        ids = values
        if not np.issubdtype(values.dtype, np.integer) or values.min() < 0 or values.max() >= len(Zone):
            problem = f"it holds values from {values.min()} to {values.max()}, not zone ids 0 to {len(Zone) - 1}"
            remedy = "Write the folder again with 'nnunet-glacier predict'"
    if problem is not None:
        raise InputError([Problem(path, problem, remedy)])
    return ids.astype(np.uint8, copy=False)


def _read_codes(path: Path, space: LabelSpace, published_decoding: bool) -> PredictedMaps:
    raster = _read(path)
    codes = raster.values
    whole = np.issubdtype(codes.dtype, np.integer) or np.all(codes % 1 == 0)
    if not whole or codes.min() < 0 or codes.max() >= space.n_codes:
        what = f"it holds values from {codes.min()} to {codes.max()}, but its labels are 0 to {space.n_codes - 1}"
        raise InputError([Problem(path, what, "Check that dataset.json belongs to these predictions")])
    zones, front = zones_and_front(codes.astype(np.uint8), space, published_decoding=published_decoding)
    return PredictedMaps(zones, front, raster.crs, raster.affine)


def decoded(prediction: Prediction, rules: FrontRules) -> Prediction:
    """The prediction with the zones of its fused labels made as the rules say."""
    return replace(prediction, published_decoding=rules.published_decoding)


def decoding_problems(predictions: Sequence[Prediction], rules: FrontRules) -> list[Problem]:
    """A problem if fused labels are to be decoded as published and there are none: zones that were made already."""
    if not rules.published_decoding or all(FUSED.name in one._tasks for one in predictions):
        return []
    where = next(one.where for one in predictions if FUSED.name not in one._tasks)
    what = "it is no fused label map, which --fused-decoding published is for"
    return [Problem(where, what, "Leave the option out, or give the label maps that nnUNetv2_predict writes")]


def choose_routes(choice: RouteChoice, predictions: Sequence[Prediction]) -> tuple[tuple[Route, ...], list[Problem]]:
    """The routes to the front line, the main one first, and the predictions that do not offer them.

    ``auto`` takes the zones, as published, unless only the front itself was predicted.
    """
    if choice == "both":
        routes: tuple[Route, ...] = ("zones", "front")
    elif choice == "auto":
        routes = ("zones",) if any(prediction.has_zones for prediction in predictions) else ("front",)
    else:
        routes = (choice,)
    return routes, [problem for prediction in predictions for problem in route_problems(prediction, routes)]


def route_problems(prediction: Prediction, routes: Sequence[Route]) -> list[Problem]:
    """The routes that a prediction does not offer."""
    remedy = "Choose another --route or complete the predictions"
    return [
        Problem(prediction.where, f"case {prediction.case} has no predicted {route}", remedy)
        for route in routes
        if not (prediction.has_zones if route == "zones" else prediction.has_front)
    ]
