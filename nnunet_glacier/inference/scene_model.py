"""A model that is loaded once and then asked for one scene after the other: an array in, zone probabilities out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from nnunet_glacier.domain.labels import FUSED, ZONES
from nnunet_glacier.domain.zones import FUSED_FRONT, Zone
from nnunet_glacier.formats.model import Model, open_model
from nnunet_glacier.inference.ensemble import FoldEnsemble
from nnunet_glacier.inference.fold_pass import preprocess
from nnunet_glacier.inference.images import image_format_of
from nnunet_glacier.inference.maps import Placement
from nnunet_glacier.inference.predictor import choose_device, load_predictor, quiet
from nnunet_glacier.inference.valid_pixels import normalisations_of
from nnunet_glacier.support.errors import InputError, Problem

if TYPE_CHECKING:
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

WINDOW_PX = 3072
"""Largest edge of what is predicted at once: beyond it nnU-Net's resampling of all classes takes gigabytes."""


class SceneModel:
    """A loaded model of zones.

    Args:
        model: The opened model, of one channel, with a task of zones.
        predictor: nnU-Net's predictor with the weights of all folds.
    """

    def __init__(self, model: Model, predictor: nnUNetPredictor) -> None:
        self.model = model
        self.predictor = predictor
        self.mirroring = bool(predictor.use_mirroring)
        self.tile_step = float(predictor.tile_step_size)
        self.in_pixels = image_format_of(model).in_pixels
        self._ensemble = FoldEnsemble(predictor, model.space, folds=model.folds)

    def zone_probabilities(
        self,
        pixels: np.ndarray,
        valid: np.ndarray | None = None,
        *,
        pixel_size_m: float = 1.0,
        progress: Callable[[int], object] = lambda folds: None,
    ) -> np.ndarray:
        """Each fold's probabilities of the four zones.

        A front class is a band along the edge between glacier and ocean: half of its probability is counted as
        glacier and half as ocean, which leaves the edge where it is.

        Args:
            pixels: In the model's normal form, float32, ``(H, W)``.
            valid: Which pixels hold data, bool, ``(H, W)``, at least one; None for all.
            pixel_size_m: Edge of a pixel; only a model that works at a pixel size asks for it.
            progress: Gets 1 for each fold of each window.

        Returns:
            float16, ``(folds, 4, H, W)``, in [0, 1], in the order of `Zone`; certainly NA without data.

        Raises:
            GlacierError: If a fold's outputs are no finite numbers.
        """
        self._ensemble.progress = progress
        everywhere = np.ones(pixels.shape, dtype=bool) if valid is None else valid
        zones = np.zeros((len(self.model.folds), len(Zone), *pixels.shape), dtype=np.float16)
        zones[:, Zone.NA] = 1
        statistics = _Statistics.of(pixels[everywhere])
        windows = windows_of(pixels.shape, WINDOW_PX, self._margin_px())
        for outer, inner, of_outer in windows:
            if everywhere[outer].any():
                alone = None if len(windows) == 1 else statistics
                of_window = self._window(pixels[outer], everywhere[outer], pixel_size_m, alone)
                zones[(..., *inner)] = of_window[(..., *of_outer)]
        zones[:, :, ~everywhere] = 0
        zones[:, Zone.NA, ~everywhere] = 1
        return zones

    def _margin_px(self) -> int:
        """Pixels round a window that its result depends on: one tile of the network."""
        configuration = self.predictor.configuration_manager
        spacing = max(configuration.spacing) if self.in_pixels else 1
        return int(max(configuration.patch_size) * spacing)

    def _window(
        self, pixels: np.ndarray, valid: np.ndarray, pixel_size_m: float, statistics: _Statistics | None
    ) -> np.ndarray:
        edge = 1.0 if self.in_pixels else pixel_size_m
        with quiet():
            data, properties = preprocess(
                np.ascontiguousarray(pixels[None, None], dtype=np.float32),
                None if valid.all() else valid,
                {"spacing": (edge * 999, edge, edge)},
                self.predictor,
            )
        if statistics is not None and self._normalised_by_itself():
            data = _Statistics.of(pixels[valid]).replaced_by(statistics, data)
        placement = Placement.noted(properties, self.predictor.plans_manager.transpose_backward)
        return np.stack([self._zones(marginals, placement) for marginals in self._ensemble.each_fold(data, properties)])

    def _normalised_by_itself(self) -> bool:
        (normalisation,) = normalisations_of(self.predictor.configuration_manager, self.predictor.plans_manager)
        return normalisation.scheme == "ZScoreNormalization"

    def _zones(self, marginals: Sequence[torch.Tensor], placement: Placement) -> np.ndarray:
        """The zones' probabilities of one fold at full size, float16, ``(4, H, W)``."""
        assert self.model.space is not None
        by_task = dict(zip(self.model.space.names, marginals, strict=True))
        classes = by_task[ZONES.name] if ZONES.name in by_task else _without_front(by_task[FUSED.name])
        planes = classes.half().numpy()
        return np.stack([placement.restore(plane, float(zone == Zone.NA)) for zone, plane in enumerate(planes)])


class _Statistics:
    """Mean and standard deviation of a scene's valid pixels, by which all of its windows are normalised."""

    def __init__(self, mean: float, deviation: float) -> None:
        self.mean = mean
        self.deviation = max(deviation, 1e-8)

    @classmethod
    def of(cls, values: np.ndarray) -> _Statistics:
        return cls(float(values.mean(dtype=np.float64)), float(values.std(dtype=np.float64)))

    def replaced_by(self, other: _Statistics, data: torch.Tensor) -> torch.Tensor:
        """Data that was normalised by this, normalised by another."""
        return (data * self.deviation + (self.mean - other.mean)) / other.deviation


def _without_front(fused: torch.Tensor) -> torch.Tensor:
    """Probabilities of the four zones from those of the five fused classes, ``(4, 1, H, W)``."""
    zones = fused[:FUSED_FRONT].clone()
    zones[Zone.GLACIER : Zone.OCEAN + 1] += fused[FUSED_FRONT] / 2
    return zones


Slices = tuple[slice, slice]


def windows_of(shape: tuple[int, ...], edge_px: int, margin_px: int) -> list[tuple[Slices, Slices, Slices]]:
    """Windows that cover an image, each with a margin that reaches into its neighbours.

    Args:
        shape: Rows and columns.
        edge_px: Largest edge of a window without its margin.
        margin_px: Width of the margin, which ends at the image's edge.

    Returns:
        For each window itself with its margin, without it, and without it as seen from the window with its margin.

    >>> [inner for _, inner, _ in windows_of((2, 5), 3, 1)]
    [(slice(0, 2, None), slice(0, 3, None)), (slice(0, 2, None), slice(3, 5, None))]
    """
    return [
        ((rows[0], columns[0]), (rows[1], columns[1]), (rows[2], columns[2]))
        for rows in _along(shape[0], edge_px, margin_px)
        for columns in _along(shape[1], edge_px, margin_px)
    ]


def _along(length: int, edge_px: int, margin_px: int) -> Iterator[tuple[slice, slice, slice]]:
    for start in range(0, length, edge_px):
        stop = min(start + edge_px, length)
        first, last = max(0, start - margin_px), min(length, stop + margin_px)
        yield slice(first, last), slice(start, stop), slice(start - first, stop - first)


def zone_model_problems(model: Model) -> list[Problem]:
    """Why a model cannot delineate fronts: it has no zones, or takes several channels."""
    problems = []
    if model.space is None or not {ZONES.name, FUSED.name} & set(model.space.names):
        tasks = "no tasks" if model.space is None else f"the tasks {', '.join(model.space.names)}"
        remedy = "Give a model of zones, or take 'nnunet-glacier predict' and then 'lines'"
        problems.append(Problem(model.folder, f"it has {tasks}, and zones are wanted", remedy))
    if model.n_channels != 1:
        what = f"it takes {model.n_channels} channels, and a scene has one"
        problems.append(Problem(model.folder, what, "Give a model of one channel, or take 'nnunet-glacier predict'"))
    return problems


def load_scene_model(
    path_or_name: Path | str | Model = "caffe-256",
    *,
    folds: Sequence[str] | None = None,
    device: str = "auto",
    mirroring: bool = True,
    tile_step: float = 0.5,
) -> SceneModel:
    """Load a model once, for any number of scenes.

    Args:
        path_or_name: A model as `open_model` takes it, or one that is open.
        folds: Folds to use; None for all.
        device: ``auto``, ``cuda``, ``cuda:1``, ``mps`` or ``cpu``.
        mirroring: Whether to average over mirrored tiles, along the axes the model was trained to mirror.
        tile_step: Step of the sliding window as a fraction of the tile, in ``(0, 1]``.

    Raises:
        InputError: If it cannot be used, or is no model of zones of one channel.
    """
    model = path_or_name if isinstance(path_or_name, Model) else open_model(path_or_name, folds)
    problems = zone_model_problems(model)
    if problems:
        raise InputError(problems, "The model cannot be used")
    predictor: Any = load_predictor(model, choose_device(device), mirroring=mirroring, tile_step=tile_step)
    return SceneModel(model, predictor)
