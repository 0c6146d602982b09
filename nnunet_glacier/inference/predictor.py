"""nnU-Net's own predictor, made from a trained folder: finds our trainers by itself and keeps quiet."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch

from nnunet_glacier.formats.model import Model
from nnunet_glacier.support.environment import TRAINER_VARIABLE, trainer_path
from nnunet_glacier.support.errors import GlacierError

if TYPE_CHECKING:
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor


def make_trainers_findable() -> None:
    """Put our plugin folder first where nnU-Net looks for trainers, in this process and its children."""
    os.environ[TRAINER_VARIABLE] = trainer_path(os.environ)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Swallow what nnU-Net prints, which would tear the progress bar; errors still raise."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def choose_device(name: str = "auto") -> torch.device:
    """The device to predict on.

    Args:
        name: ``cpu``, ``cuda``, ``cuda:1``, ``mps``, or ``auto`` for cuda if there is one, else mps, else cpu.

    Raises:
        GlacierError: If there is no such device here.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, there in available.items() if there))
    try:
        device = torch.device(name)
    except RuntimeError:
        raise GlacierError(f"--device {name!r} is no device; give cuda, cuda:1, mps or cpu") from None
    beyond = device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count()
    if not available.get(device.type, False) or beyond:
        there = ", ".join(kind for kind, is_there in available.items() if is_there)
        raise GlacierError(f"--device {name}: torch sees no such device here; it sees {there}")
    return device


def load_predictor(model: Model, device: torch.device, *, mirroring: bool, tile_step: float) -> nnUNetPredictor:
    """nnU-Net's predictor with the weights of all folds, on the device.

    The folds' weights stand in `list_of_parameters`, on the device too, so that changing folds is a copy there.

    Raises:
        GlacierError: If the trainer is not found or the weights do not fit the network of the plans.
    """
    make_trainers_findable()
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    with quiet():
        # To find a trainer nnU-Net imports all of its own, and with the Primus trainers timm, which torch warns of.
        warnings.filterwarnings("ignore", r"`torch\.jit\.interface` is deprecated", FutureWarning)
        predictor = nnUNetPredictor(
            tile_step_size=tile_step,
            use_mirroring=mirroring,
            perform_everything_on_device=device.type == "cuda",
            device=device,
            allow_tqdm=False,
        )
        try:
            predictor.initialize_from_trained_model_folder(str(model.folder), model.folds, model.checkpoint)
        except RuntimeError as error:
            raise GlacierError(f"{model.folder}: nnU-Net cannot build the trained network: {error}") from error
    predictor.list_of_parameters = [_on_device(weights, device) for weights in predictor.list_of_parameters]
    return predictor


def _on_device(weights: dict[str, torch.Tensor], device: torch.device) -> dict[str, torch.Tensor]:
    """Weights on the device; those that nnU-Net's blocks hold under two names are kept once, as in the checkpoint."""
    moved: dict[tuple[int, torch.Size], torch.Tensor] = {}
    for weight in weights.values():
        key = (weight.data_ptr(), weight.shape)
        if key not in moved:
            moved[key] = weight.to(device)
    return {name: moved[weight.data_ptr(), weight.shape] for name, weight in weights.items()}
