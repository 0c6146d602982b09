"""nnU-Net's own predictor, made of an opened model: finds our trainers by itself and keeps quiet."""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from nnunet_glacier.formats.checkpoints import first_difference
from nnunet_glacier.formats.model import Model
from nnunet_glacier.formats.model_plans import PLANS_JSON
from nnunet_glacier.support.environment import TRAINER_VARIABLE, trainer_path
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

if TYPE_CHECKING:
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

_SUMMARY = "The model cannot be used"


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
    beyond = (device.index or 0) >= (torch.cuda.device_count() if device.type == "cuda" else 1)
    if not available.get(device.type, False) or beyond:
        there = ", ".join(kind for kind, is_there in available.items() if is_there)
        raise GlacierError(f"--device {name}: torch sees no such device here; it sees {there}")
    # nnU-Net does not know "cpu:0" for the CPU.
    return torch.device("cpu") if device.type == "cpu" else device


def load_predictor(model: Model, device: torch.device, *, mirroring: bool, tile_step: float) -> nnUNetPredictor:
    """nnU-Net's predictor with the weights of all folds, on the device.

    The folds' weights stand in `list_of_parameters`, on the device too, so that changing folds is a copy there.

    Raises:
        InputError: If the trainer is not found, or weights do not fit the network of the plans.
    """
    make_trainers_findable()
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    with quiet():
        predictor = nnUNetPredictor(
            tile_step_size=tile_step,
            use_mirroring=mirroring,
            perform_everything_on_device=device.type == "cuda",
            device=device,
            allow_tqdm=False,
        )
        plans = PlansManager(model.plans)
        _refuse_unknown_names(model, plans.get_configuration(model.configuration))
        network = _build_network(model, plans)
        weights = _fitting_weights(model, network)
        network.load_state_dict(weights[0])
        predictor.manual_initialization(
            network,
            plans,
            plans.get_configuration(model.configuration),
            [_on_device(fold, device) for fold in weights],
            model.dataset_json,
            model.trainer,
            model.mirroring_axes,
        )
    return predictor


def _refuse_unknown_names(model: Model, configuration: Any) -> None:
    """Refuse plans that name a preprocessor, a normalisation or a resampling that nnU-Net does not have.

    Raises:
        InputError: With every such name.
    """
    import nnunetv2
    from nnunetv2.utilities.find_class_by_name import recursive_find_python_class

    def normalisation(scheme: str) -> object:
        place = Path(nnunetv2.__path__[0]) / "preprocessing" / "normalization"
        return recursive_find_python_class(str(place), scheme, "nnunetv2.preprocessing.normalization")

    finders: dict[str, Callable[[], object]] = {
        "preprocessor_name": lambda: configuration.preprocessor_class,
        "resampling_fn_data": lambda: configuration.resampling_fn_data,
        "resampling_fn_probabilities": lambda: configuration.resampling_fn_probabilities,
        "normalization_schemes": lambda: all(map(normalisation, configuration.normalization_schemes)),
    }
    problems = []
    for key, find in finders.items():
        try:
            known = find()
        except RuntimeError:
            known = None
        if not known:
            what = f"configurations.{model.configuration}.{key} is {configuration.configuration[key]!r}, but a name in "
            remedy = "Use the plans.json that the model was trained with"
            problems.append(Problem(model.folder / PLANS_JSON, f"{what}nnU-Net is wanted", remedy))
    if problems:
        raise InputError(problems, _SUMMARY)


def find_trainer(name: str) -> type:
    """The trainer of a name: nnU-Net's, ours, or one in the folders of ``nnUNet_extTrainer``.

    Raises:
        GlacierError: If there is none, or a file that is searched for it cannot be imported.
    """
    make_trainers_findable()
    from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name

    try:
        with quiet():
            # To find a trainer nnU-Net imports all of its own, and with the Primus trainers timm, which torch warns of.
            warnings.filterwarnings("ignore", r"`torch\.jit\.interface` is deprecated", FutureWarning)
            trainer: type = recursive_find_trainer_class_by_name(name)
    except RuntimeError:
        raise GlacierError(f"its trainer {name} is not found") from None
    except Exception as error:  # a user's own file of trainers may fail in any way
        raise GlacierError(
            f"its trainer {name} cannot be looked for: a file in {TRAINER_VARIABLE} cannot be imported ({error})"
        ) from None
    return trainer


def _build_network(model: Model, plans: Any) -> torch.nn.Module:
    """The network of a model's plans, as its trainer builds it for prediction."""
    try:
        build = find_trainer(model.trainer).build_network_architecture  # type: ignore[attr-defined]
    except GlacierError as error:
        source = "; its source is in the packed model" if model.trainer_source else ""
        remedy = f"Add the folder of its file to {TRAINER_VARIABLE}, or mend what stands there{source}"
        raise InputError([Problem(model.folder, str(error), remedy)], _SUMMARY) from None
    configuration = plans.get_configuration(model.configuration)
    heads = plans.get_label_manager(model.dataset_json).num_segmentation_heads
    arguments: tuple[Any, ...] = (plans, configuration)
    if "plans_manager" not in inspect.signature(build).parameters:  # trainers written for nnU-Net before 2.7
        arguments = (
            configuration.network_arch_class_name,
            configuration.network_arch_init_kwargs,
            configuration.network_arch_init_kwargs_req_import,
        )
    try:
        network: torch.nn.Module = build(*arguments, model.n_channels, heads, enable_deep_supervision=False)
    except Exception as error:  # whatever the network's class says of its arguments
        what = f"the network of configurations.{model.configuration}.architecture cannot be built ({error})"
        remedy = "Use the plans.json that the model was trained with"
        raise InputError([Problem(model.folder / PLANS_JSON, what, remedy)], _SUMMARY) from None
    return network


def _fitting_weights(model: Model, network: torch.nn.Module) -> list[dict[str, torch.Tensor]]:
    """The weights of every fold, all of which fit the network."""
    wanted = network.state_dict()
    weights, problems = [], []
    for fold in model.folds:
        weights.append(model.weights(fold))
        difference = first_difference(weights[-1], wanted)
        if difference:
            what = f"{difference}, the network of the plans and labels"
            remedy = "Use the plans.json and dataset.json that it was trained with"
            problems.append(Problem(model.weights_path(fold), what, remedy))
    if problems:
        raise InputError(problems, _SUMMARY)
    return weights


def _on_device(weights: dict[str, torch.Tensor], device: torch.device) -> dict[str, torch.Tensor]:
    """Weights on the device; those that nnU-Net's blocks hold under two names are kept once, as in the checkpoint."""
    moved: dict[tuple[int, torch.Size], torch.Tensor] = {}
    for weight in weights.values():
        key = (weight.data_ptr(), weight.shape)
        if key not in moved:
            moved[key] = weight.to(device)
    return {name: moved[weight.data_ptr(), weight.shape] for name, weight in weights.items()}
