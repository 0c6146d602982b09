"""A model that is loaded once and then asked for one scene after the other: an array in, probabilities out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from nnunet_glacier.domain.labels import FRONT, FUSED, GROUNDING_LINE, ZONES
from nnunet_glacier.domain.zones import FUSED_FRONT, Zone
from nnunet_glacier.formats.model import Model, open_model
from nnunet_glacier.inference.ensemble import FoldEnsemble, Strip
from nnunet_glacier.inference.fold_pass import preprocess
from nnunet_glacier.inference.images import image_format_of
from nnunet_glacier.inference.maps import Placement
from nnunet_glacier.inference.predictor import choose_device, load_predictor, quiet
from nnunet_glacier.inference.settings import tile_step_problems
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

if TYPE_CHECKING:
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor


class SceneModel:
    """A loaded model of zones, fronts or grounding lines.

    Args:
        model: The opened model: of one channel with a task of zones or fronts, or with the task of grounding lines.
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
        progress: Callable[[int], object] = lambda tiles: None,
    ) -> np.ndarray:
        """Each fold's probabilities of the four zones.

        The network's tiles lie where nnU-Net lays them in the whole scene, whatever its size. A front class is a band
        along the edge between glacier and ocean: half of its probability is counted as glacier and half as ocean,
        which leaves the edge where it is.

        Args:
            pixels: In the model's normal form, float32, ``(H, W)``.
            valid: Which pixels hold data, ``(H, W)``, at least one: bool, or a mask as rasterio gives it, where 0 is no
                data; None for all.
            pixel_size_m: Edge of a pixel; only a model that works at a pixel size asks for it.
            progress: Gets 1 for each tile that the network has seen, for mirrored ones too.

        Returns:
            float16, ``(folds, 4, H, W)``, in [0, 1], in the order of `Zone`; certainly NA without data.

        Raises:
            GlacierError: For other shapes, no valid pixel, or if a fold's outputs are no finite numbers.
        """
        return self._each_fold(pixels[None], valid, pixel_size_m, progress, _zones_in, _BEYOND)

    def zone_and_front_probabilities(
        self,
        pixels: np.ndarray,
        valid: np.ndarray | None = None,
        *,
        pixel_size_m: float = 1.0,
        progress: Callable[[int], object] = lambda tiles: None,
    ) -> np.ndarray:
        """Each fold's probabilities of the four zones, as `zone_probabilities`, and of the front by its own class.

        Args:
            pixels: As for `zone_probabilities`.
            valid: Likewise.
            pixel_size_m: Likewise.
            progress: Likewise.

        Returns:
            float16, ``(folds, 5, H, W)``, in [0, 1]; the front's comes last, and is 0 without data.

        Raises:
            GlacierError: For other shapes, no valid pixel, or if a fold's outputs are no finite numbers.
        """
        return self._each_fold(pixels[None], valid, pixel_size_m, progress, zones_and_front_in, [*_BEYOND, 0.0])

    def line_probabilities(
        self,
        channels: np.ndarray,
        valid: np.ndarray | None = None,
        *,
        pixel_size_m: float = 1.0,
        progress: Callable[[int], object] = lambda tiles: None,
    ) -> np.ndarray:
        """Each fold's probability of the grounding line, or of the front by a model without zones.

        Args:
            channels: As the model's dataset has them, float32, ``(C, H, W)``: of interferograms
                `PhaseRules.channels_of`, of images the normal form.
            valid: As for `zone_probabilities`.
            pixel_size_m: Likewise.
            progress: Likewise.

        Returns:
            float16, ``(folds, H, W)``, in [0, 1]; 0 without data.

        Raises:
            GlacierError: For other shapes, no valid pixel, or if a fold's outputs are no finite numbers.
        """
        return self._each_fold(channels, valid, pixel_size_m, progress, _line_in, [0.0])[:, 0]

    def _each_fold(
        self,
        channels: np.ndarray,
        valid: np.ndarray | None,
        pixel_size_m: float,
        progress: Callable[[int], object],
        classes_in: Callable[[Mapping[str, torch.Tensor]], torch.Tensor],
        beyond: Sequence[float],
    ) -> np.ndarray:
        """Each fold's probabilities of some classes, float16, ``(folds, classes, H, W)``; `beyond` without data."""
        valid = _checked_mask(channels, valid)
        edge = 1.0 if self.in_pixels else pixel_size_m
        with quiet():
            data, properties = preprocess(
                np.ascontiguousarray(channels[:, None], dtype=np.float32),
                None if valid is None or valid.all() else valid,
                {"spacing": (edge * 999, edge, edge)},
                self.predictor,
            )
        placement = Placement.noted(properties, self.predictor.plans_manager.transpose_backward)
        folds = np.empty((len(self.model.folds), len(beyond), *channels.shape[1:]), dtype=np.float16)

        # What a hook returns would replace what the network said, and a bar's update returns something.
        def note(*tile: object) -> None:
            progress(1)

        seen = self.predictor.network.register_forward_hook(note)
        try:
            for fold, strips in zip(folds, self._ensemble.each_fold(data, properties), strict=True):
                shape = (len(beyond), *properties["shape_after_cropping_and_before_resampling"])
                cropped = self._classes(strips, classes_in, shape)
                for plane, part, outside in zip(fold, cropped, beyond, strict=True):
                    plane[:] = placement.restore(part, outside)
        finally:
            seen.remove()
        if valid is not None:
            folds[:, :, ~valid] = np.asarray(beyond, dtype=np.float16)[:, None]
        return folds

    def _classes(
        self,
        strips: Iterator[Strip],
        classes_in: Callable[[Mapping[str, torch.Tensor]], torch.Tensor],
        shape: Sequence[int],
    ) -> np.ndarray:
        """The probabilities of one fold, float16, of shape ``(classes, 1, h, w)``: the size of the cropped scene."""
        assert self.model.space is not None
        classes = np.empty(tuple(map(int, shape)), dtype=np.float16)
        for rows, marginals in strips:
            by_task = dict(zip(self.model.space.names, marginals, strict=True))
            classes[:, :, rows] = classes_in(by_task).half().numpy()
        return classes


_BEYOND = tuple(float(zone == Zone.NA) for zone in Zone)
"""Probabilities of the four zones where there is no data."""


def _zones_in(by_task: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Probabilities of the four zones, ``(4, 1, h, w)``."""
    return by_task[ZONES.name] if ZONES.name in by_task else _without_front(by_task[FUSED.name])


def zones_and_front_in(by_task: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Probabilities of the four zones, with a front class halved between them, and of the front, ``(5, 1, h, w)``.

    Args:
        by_task: Probabilities of each task's classes by its name, ``(classes, 1, h, w)``: of zones and front, or fused.
    """
    front = by_task[FUSED.name][FUSED_FRONT:] if FUSED.name in by_task else by_task[FRONT.name][1:]
    return torch.cat([_zones_in(by_task), front])


def _line_in(by_task: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Probability of the line, ``(1, 1, h, w)``."""
    return by_task[GROUNDING_LINE.name if GROUNDING_LINE.name in by_task else FRONT.name][1:]


def _without_front(fused: torch.Tensor) -> torch.Tensor:
    """Probabilities of the four zones from those of the five fused classes, ``(4, 1, H, W)``."""
    zones = fused[:FUSED_FRONT].clone()
    zones[Zone.GLACIER : Zone.OCEAN + 1] += fused[FUSED_FRONT] / 2
    return zones


_WANTED = "zones, fronts or grounding lines"


def scene_model_problems(model: Model) -> list[Problem]:
    """Why a model cannot delineate: it has no zones and no line, or of images it takes several channels."""
    if model.draws_grounding_lines:
        return []
    problems = []
    if model.space is None or not {ZONES.name, FUSED.name, FRONT.name} & set(model.space.names):
        tasks = "no tasks" if model.space is None else f"the tasks {', '.join(model.space.names)}"
        remedy = f"Give a model of {_WANTED}"
        problems.append(Problem(model.folder, f"it has {tasks}, and {_WANTED} are wanted", remedy))
    if model.n_channels != 1:
        what = f"it takes {model.n_channels} channels, and a scene has one"
        problems.append(Problem(model.folder, what, "Give a model of one channel, or take 'nnunet-glacier predict'"))
    return problems


def _checked_mask(channels: np.ndarray, valid: np.ndarray | None) -> np.ndarray | None:
    """Which pixels hold data, as bool.

    Raises:
        GlacierError: If pixels or mask have another shape than the methods say, or none holds data.
    """
    if channels.ndim != 3:
        raise GlacierError("the pixels have another shape than (H, W), or (C, H, W) for lines")
    if valid is None:
        return None
    if valid.shape != channels.shape[1:]:
        raise GlacierError(f"the mask of valid pixels has the shape {valid.shape}, the pixels {channels.shape[1:]}")
    if not valid.any():
        raise GlacierError("no pixel holds data; nothing can be predicted")
    return valid.astype(bool)


def load_scene_model(
    path_or_name: Path | str | Model = "caffe-256",
    *,
    folds: str | int | Iterable[str | int] | None = None,
    device: str = "auto",
    mirroring: bool = True,
    tile_step: float = 0.5,
) -> SceneModel:
    """Load a model once, for any number of scenes.

    Args:
        path_or_name: A model as `open_model` takes it, or one that is open.
        folds: Fold or folds to use, such as 0 or ``(0, 4, 5)``; None for all.
        device: ``auto``, ``cuda``, ``cuda:1``, ``mps`` or ``cpu``.
        mirroring: Whether to average over mirrored tiles, along the axes the model was trained to mirror.
        tile_step: Step of the sliding window as a fraction of the tile, in ``(0, 1]``.

    Raises:
        InputError: If it cannot be used, or is no model of zones or fronts of one channel, or of grounding lines.
    """
    if wrong := tile_step_problems(tile_step, "tile_step"):
        raise InputError(wrong)
    if isinstance(folds, str | int):
        folds = [folds]
    chosen = None if folds is None else [str(fold) for fold in folds]
    model = path_or_name if isinstance(path_or_name, Model) else open_model(path_or_name, chosen)
    problems = scene_model_problems(model)
    if problems:
        raise InputError(problems, "The model cannot be used")
    predictor: Any = load_predictor(model, choose_device(device), mirroring=mirroring, tile_step=tile_step)
    return SceneModel(model, predictor)
