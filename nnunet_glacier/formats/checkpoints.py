"""nnU-Net's checkpoints: ``checkpoint_final.pth`` and its like, read without running code where that is possible."""

from __future__ import annotations

import contextlib
import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnunet_glacier.formats.json_files import shortened
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.support.wording import no_file

if TYPE_CHECKING:
    import torch

CHECKPOINT_FILES: dict[str, str] = {"final": "checkpoint_final.pth", "best": "checkpoint_best.pth"}

_CLASS_NAME = re.compile(r"[A-Za-z_]\w*")
_MISSING = object()
_UNREADABLE = "it is no checkpoint that torch could load ({})"


@dataclass(frozen=True)
class Checkpoint:
    """What prediction takes from a checkpoint.

    Attributes:
        trainer: Class name of the trainer.
        configuration: Name of the configuration in the plans.
        mirroring_axes: Axes along which tiles may be mirrored at prediction, of 0 (rows) and 1 (columns); None for
            none.
        epochs: Epochs that were trained; None if it does not say.
        weights: The network's tensors by name, on the CPU; those that a network holds under two names share memory.
        plans: The plans that it was trained with; empty if it does not say.
        unpickled: Why it had to be loaded in the way that can run code; "" if it was not.
    """

    trainer: str
    configuration: str
    mirroring_axes: tuple[int, ...] | None
    epochs: int | None
    weights: dict[str, torch.Tensor]
    plans: Mapping[str, Any] = field(default_factory=dict)
    unpickled: str = ""


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; its weights stay in the file until they are used.

    It is loaded with ``weights_only``, with numpy's scalars allowed, which nnU-Net logs. A checkpoint that holds other
    objects is unpickled as nnU-Net does it, which can run code.

    Raises:
        GlacierError: If it is none, or one of its values is not what prediction needs, weights that are no finite
            numbers included; the text tells what, not which file.
    """
    content, unpickled = _load(path)
    if not isinstance(content, dict):
        raise GlacierError(f"it holds {_kind(content)}, but a checkpoint is a dict with network_weights")
    weights = _weights(content.get("network_weights", _MISSING))
    trainer = _name(content.get("trainer_name", _MISSING), "trainer_name", "the class name of a trainer")
    arguments = content.get("init_args", _MISSING)
    if not isinstance(arguments, dict):
        raise GlacierError(f"init_args is {_kind(arguments)}, but a dict with the configuration is wanted")
    configuration = arguments.get("configuration", _MISSING)
    if not isinstance(configuration, str):
        raise GlacierError(f"init_args.configuration is {_kind(configuration)}, but a name of the plans is wanted")
    epochs, plans = content.get("current_epoch"), arguments.get("plans")
    return Checkpoint(
        trainer,
        configuration,
        _axes(content.get("inference_allowed_mirroring_axes")),
        epochs if isinstance(epochs, int) else None,
        weights,
        plans if isinstance(plans, dict) else {},
        unpickled,
    )


def _load(path: Path) -> tuple[Any, str]:
    import numpy as np
    import torch

    if not path.is_file():
        raise GlacierError(no_file(path))
    core = np._core if hasattr(np, "_core") else np.core
    numbers = [core.multiarray.scalar, np.dtype, np.dtypes.Float32DType, np.dtypes.Float64DType, np.dtypes.Int64DType]
    # Before torch 2.5 nothing can be allowed beyond tensors, so that a log of numpy's numbers has to be unpickled.
    allow = getattr(torch.serialization, "safe_globals", contextlib.nullcontext)
    try:
        with allow(numbers):
            return torch.load(path, map_location="cpu", mmap=True, weights_only=True), ""
    except pickle.UnpicklingError as error:
        match = re.search(r"Unsupported global: GLOBAL (\S+)", str(error))
        reason = f"it holds {match[1]}" if match else "it holds more than tensors and plain values"
    except Exception as error:  # torch raises whatever the damage leads to
        raise GlacierError(_UNREADABLE.format(_first_line(error))) from None
    try:
        return torch.load(path, map_location="cpu", mmap=True, weights_only=False), reason
    except Exception as error:  # unpickling runs whatever the file says
        raise GlacierError(_UNREADABLE.format(_first_line(error))) from None


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _kind(value: Any) -> str:
    if value is _MISSING:
        return "missing"
    if value is None or isinstance(value, (str, int, float)):
        return shortened(value)
    return f"a {type(value).__name__}"


def _weights(weights: Any) -> dict[str, torch.Tensor]:
    import torch

    if not isinstance(weights, Mapping):
        raise GlacierError(f"network_weights is {_kind(weights)}, but a dict of tensors is wanted")
    if not weights:
        raise GlacierError("network_weights is empty, but the network's tensors are wanted")
    for name, weight in weights.items():
        if not isinstance(name, str) or not isinstance(weight, torch.Tensor):
            raise GlacierError(f"network_weights.{name} is {_kind(weight)}, but a tensor is wanted")
        if weight.layout != torch.strided or weight.is_meta or weight.is_quantized or weight.is_complex():
            raise GlacierError(f"network_weights.{name} is no tensor of plain numbers, one for each element")
    check_finite(weights)
    return dict(weights)


def check_finite(weights: Mapping[str, torch.Tensor]) -> None:
    """Refuse weights of which one is no finite number.

    Raises:
        GlacierError: With the name of the first such tensor.
    """
    import torch

    seen = set()
    for name, weight in weights.items():
        if weight.data_ptr() in seen or not weight.is_floating_point():
            continue
        seen.add(weight.data_ptr())
        wrong = weight.numel() - int(torch.isfinite(weight).sum())
        if wrong:
            raise GlacierError(
                f"network_weights.{name} has {wrong} of {weight.numel()} values that are NaN or infinite, but finite "
                "numbers are wanted"
            )


def _name(value: Any, key: str, wanted: str) -> str:
    if not isinstance(value, str) or not _CLASS_NAME.fullmatch(value):
        raise GlacierError(f"{key} is {_kind(value)}, but {wanted} is wanted")
    return value


def _axes(axes: Any) -> tuple[int, ...] | None:
    if axes is None:
        return None
    plain = isinstance(axes, Sequence) and all(isinstance(axis, int) and axis in (0, 1) for axis in axes)
    if not plain or len(set(axes)) < len(axes):
        raise GlacierError(f"inference_allowed_mirroring_axes is {axes!r}, but axes of 0 and 1 are wanted")
    return tuple(int(axis) for axis in axes)


def first_difference(weights: Mapping[str, torch.Tensor], others: Mapping[str, torch.Tensor]) -> str:
    """How the names and shapes of weights differ from others', as the end of a sentence; "" if they do not.

    Args:
        weights: The weights in question.
        others: What they should be like.
    """
    missing = [name for name in others if name not in weights]
    extra = [name for name in weights if name not in others]
    if missing or extra:
        named = f"lack {missing[0]}" if missing else f"have {extra[0]}, which is not among those"
        return f"its weights {named}"
    for name, weight in weights.items():
        if weight.shape != others[name].shape:
            return f"{name} has the shape {tuple(weight.shape)} in place of {tuple(others[name].shape)}"
    return ""


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint with what ``nnUNetv2_predict`` reads, whole or not at all; equal ones give equal bytes.

    It has no state of an optimizer: training starts from it with ``-pretrained_weights`` and does not go on with
    ``--c``.
    """
    import torch

    content = {
        "network_weights": checkpoint.weights,
        "init_args": {"configuration": checkpoint.configuration},
        "trainer_name": checkpoint.trainer,
        "inference_allowed_mirroring_axes": checkpoint.mirroring_axes,
        "current_epoch": checkpoint.epochs,
    }

    def save(temporary: Path) -> None:
        # Given a path, torch would write the temporary name, which holds the process, into the file.
        with temporary.open("wb") as file:
            torch.save(content, file)

    write_whole(path, save)


def checkpoint_path(folder: Path, fold: str, file_name: str) -> Path:
    """A fold's checkpoint in a trained folder."""
    return folder / f"fold_{fold}" / file_name
