"""The checkpoints whose attention is drawn: one fold of a model, or a checkpoint file inside a fold."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from nnunet_glacier.architectures.attention_unet import GatedDecoder
from nnunet_glacier.domain.choices import CheckpointName
from nnunet_glacier.formats.checkpoints import CHECKPOINT_FILES, read_checkpoint
from nnunet_glacier.formats.model import Model, open_model
from nnunet_glacier.formats.packed_model import is_packed
from nnunet_glacier.support.errors import InputError, Problem

GATED_TRAINER = "nnUNetTrainerGlacierAttentionUNet"
_PREFIX = "nnUNetTrainerGlacier"
_LINE_LENGTH = 18


def open_checkpoint(path_or_name: Path | str, fold: str | None = None, checkpoint: CheckpointName = "final") -> Model:
    """A trained model with a single fold.

    Args:
        path_or_name: A model as `open_model` takes it, or a checkpoint in one of the ``fold_*`` of a trained folder.
        fold: The fold of a model; None for the first that has the checkpoint.
        checkpoint: The checkpoint of a trained folder.

    Raises:
        InputError: With everything that is wrong with it.
    """
    path = Path(path_or_name)
    if not path.exists() and len(path.parts) > 1:
        remedy = "Give a trained folder <Trainer>__<plans>__<configuration>, or a checkpoint in one of its folds"
        raise InputError([Problem(path, "there is no such folder or file", remedy)])
    if not path.is_file() or is_packed(path):
        model = open_model(path_or_name, None if fold is None else (fold,), checkpoint)
        return replace(model, folds=model.folds[:1])
    folder = path.absolute().parent
    if not folder.name.startswith("fold_"):
        what = f"it lies in {folder.name!r} and not in the folder of a fold, so its network is not known"
        raise InputError([Problem(path, what, "Put it into a fold_* of its trained folder")])
    return open_model(folder.parent, (folder.name.removeprefix("fold_"),), path.name)


def describe(model: Model) -> str:
    """What a row of the picture is called: trainer, fold, and the epoch of the checkpoint or its name.

    The trainer's name is broken into lines, without the part that all of this package's have.
    """
    (fold,) = model.folds
    epoch = _trained_epochs(model, fold)
    name = model.name if model.packed else model.checkpoint.removeprefix("checkpoint_").removesuffix(".pth")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.trainer.removeprefix(_PREFIX) or model.trainer)
    when = name if epoch is None else f"{name}, epoch {epoch}"
    return "\n".join([textwrap.fill(words, _LINE_LENGTH), f"fold {fold}", when])


def _trained_epochs(model: Model, fold: str) -> int | None:
    """Epochs that the weights of a fold were trained for.

    Early stopping puts the best epoch's into the final checkpoint, whose own count goes on to the end.
    """
    path = model.weights_path(fold)
    best = path.with_name(CHECKPOINT_FILES["best"])
    if model.packed is None and best.is_file() and best != path:
        weights, other = model.weights(fold), read_checkpoint(best)
        if weights.keys() == other.weights.keys() and all(
            torch.equal(weights[name], other.weights[name]) for name in weights
        ):
            return other.epochs
    return model.epochs.get(fold)


def gated_decoder(
    network: nn.Module, tasks: Sequence[str], task: str | None, model: Path
) -> tuple[GatedDecoder | None, list[Problem]]:
    """The decoder whose attention is asked for.

    Args:
        network: The trained network.
        tasks: The model's tasks; empty for a model with one task that has no name.
        task: A task, None for the first. With late branching all tasks share a decoder.
        model: What problems are said of.

    Returns:
        The decoder, or None and what is wrong.
    """
    if task is not None and task not in tasks:
        there = f"its tasks are {', '.join(tasks)}" if tasks else "it has a single task without a name"
        return None, [Problem(model, f"it has no task {task!r}", f"Leave --task out, or name another: {there}")]
    decoders = [network.decoder, *getattr(network, "thin_decoders", ())]
    decoder = decoders[tasks.index(task) if task is not None and len(decoders) > 1 else 0]
    if not len(getattr(decoder, "gates", ())):
        remedy = f"Train with -tr {GATED_TRAINER} or another Attention U-Net of 'nnunet-glacier trainers'"
        return None, [Problem(model, "its network has no attention gates", remedy)]
    return decoder, []
