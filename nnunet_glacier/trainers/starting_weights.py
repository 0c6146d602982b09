"""The weights that a training starts from where its plans name a model (``nnunet-glacier plan --start``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from nnunet_glacier.formats.model import open_model
from nnunet_glacier.support.errors import GlacierError


def load_starting_weights(network: nn.Module, start: Mapping[str, Any]) -> None:
    """Give a network all weights of a model, those of its last layer too.

    nnU-Net's own ``-pretrained_weights`` leaves out the last layer, since the tasks may be others.

    Args:
        network: Changed in place.
        start: The entry of the plans.

    Raises:
        GlacierError: If the model is gone or another than when the plans were made, or does not fit the network.
    """
    fold = str(start["fold"])
    model = open_model(start["model"], (fold,))
    if model.checkpoint_sha256()[fold] != start["sha256"]:
        raise GlacierError(
            f"fold {fold} of {start['model']} is not the one that the plans were made with; "
            "plan again: nnunet-glacier plan --start"
        )
    try:
        network.load_state_dict(model.weights(fold))
    except RuntimeError as error:
        raise GlacierError(
            f"the weights of {start['model']} do not fit the network of this trainer; train with -tr "
            f"{start['trainer']} ({error})"
        ) from None
