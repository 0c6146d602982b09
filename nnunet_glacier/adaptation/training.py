"""Preprocessing and training with nnU-Net's own code. Imports torch and nnU-Net: import it where it runs."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from functools import partial
from pathlib import Path

import torch
from nnunetv2.experiment_planning.plan_and_preprocess_api import preprocess_dataset
from torch import nn

from nnunet_glacier.adaptation.work_folders import DATASET_ID
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.training import Training, run_to_the_end
from nnunet_glacier.trainers.whole_checkpoints import LATEST_CHECKPOINT, checkpoint_to_continue

_SHARE = "share_of_adapted_weights"


def train(training: Training, fold: int, pretrained: Path, folder: Path) -> None:
    """Train one fold from a checkpoint's weights, or go on where it was stopped.

    nnU-Net's ``-pretrained_weights`` leaves out the last layer, since its tasks may be others. Here they are the
    same, and all weights are taken.

    Args:
        training: What it is trained with.
        fold: Its number.
        pretrained: The checkpoint to start from.
        folder: Where nnU-Net trains it.

    Raises:
        GlacierError: If the weights do not fit the network of the plans.
    """
    with contextlib.redirect_stdout(io.StringIO()):
        trainer = _continued(training, fold, folder) if (folder / LATEST_CHECKPOINT).is_file() else None
        trainer = trainer or _started(training, fold, pretrained)
    run_to_the_end(trainer, f"fold {fold}")


def _started(training: Training, fold: int, pretrained: Path) -> nnUNetTrainerGlacier:
    """The trainer of a new training, with the weights of a checkpoint."""
    trainer = training.make(fold, go_on=False)
    trainer.initialize()
    _load_all_weights(trainer.network, pretrained)
    return trainer


def _continued(training: Training, fold: int, folder: Path) -> nnUNetTrainerGlacier | None:
    """The trainer of a stopped training; None if none of its checkpoints is whole, and then it is put aside."""
    latest = folder / LATEST_CHECKPOINT
    try:
        checkpoint_to_continue(latest, print)
    except GlacierError:
        # Under a name that is not taken for that of a fold.
        shutil.move(folder, tempfile.mkdtemp(prefix=f"damaged_{folder.name}_", dir=folder.parent))
        return None
    trainer = training.make(fold, go_on=True)
    trainer.load_checkpoint(str(latest))
    return trainer


def _load_all_weights(network: nn.Module, checkpoint: Path) -> None:
    """The weights of a checkpoint in a network, which torch may have compiled."""
    weights = torch.load(checkpoint, map_location="cpu", weights_only=False)["network_weights"]
    try:
        getattr(network, "_orig_mod", network).load_state_dict(weights)
    except RuntimeError as error:
        raise GlacierError(
            f"{checkpoint}: its weights do not fit the network that the trainer builds: {error}"
        ) from None


def mix_with_start(checkpoint: Path, start: Path, share: float) -> None:
    """Put the mean of the trained weights and of those that the training started from into a checkpoint, once.

    What a few scenes teach stands against what the model knew of many: the mean of both weights keeps part of each
    (Wortsman et al. 2022, Eq. 1, their alpha).

    Args:
        checkpoint: Of the trained network; one that holds such a mean already is left as it is.
        start: The checkpoint that its training started from.
        share: Of the trained weights, in [0, 1]; 1 leaves the checkpoint as it is.
    """
    if share == 1:
        return
    content = torch.load(checkpoint, map_location="cpu", weights_only=False)
    if _SHARE in content:
        return
    before = torch.load(start, map_location="cpu", weights_only=False)["network_weights"]
    weights = content["network_weights"]
    mixed = {
        name: torch.lerp(before[name], weight, share) if weight.is_floating_point() else weight
        for name, weight in weights.items()
    }
    write_whole(checkpoint, partial(torch.save, {**content, "network_weights": mixed, _SHARE: share}))


def preprocess(plans_name: str, configuration: str, workers: int) -> None:
    """Preprocess the scenes of the work folders with nnU-Net, silently but for its progress bar."""
    with contextlib.redirect_stdout(io.StringIO()):
        preprocess_dataset(DATASET_ID, plans_name, (configuration,), (workers,))
