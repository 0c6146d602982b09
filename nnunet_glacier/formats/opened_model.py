"""A trained model that was opened: what it is, and its weights by fold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnunet_glacier.domain.labels import FRONT, FUSED, GROUNDING_LINE, LabelSpace
from nnunet_glacier.formats.checkpoints import (
    checkpoint_path,
    read_checkpoint,
)
from nnunet_glacier.formats.dataset_json import NODATA, PIXEL_SIZE_M
from nnunet_glacier.formats.packed_model import (
    TRAINER_SOURCE,
    PackedModel,
    weights_file,
)
from nnunet_glacier.formats.shipped_models import is_shipped
from nnunet_glacier.formats.weights import decode_weights
from nnunet_glacier.support.files import sha256_of

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Model:
    """A trained model, ours or a stock trainer's.

    Attributes:
        folder: The trained folder, or the folder or archive of a packed model.
        dataset_json: The dataset it was trained on.
        plans: The plans it was trained with.
        configuration: Name of the configuration in the plans.
        trainer: Class name of the trainer.
        checkpoint: File name of the checkpoint in each fold's folder; ``model.json`` of a packed model.
        folds: Folds to use: numbers as text, or ``all``.
        left_out: Folds on disk that have no such checkpoint.
        space: The tasks, or None for a model without ``tasks`` in its dataset.json.
        mirroring_axes: Axes along which tiles may be mirrored; None for none.
        epochs: Epochs that each fold was trained, where that is known.
        unpickled: The folds whose checkpoint could only be loaded in the way that can run code, and why.
        packed: The packed model that it was opened from; None for a trained folder.
    """

    folder: Path
    dataset_json: dict[str, Any]
    plans: dict[str, Any]
    configuration: str
    trainer: str
    checkpoint: str
    folds: tuple[str, ...]
    left_out: tuple[str, ...]
    space: LabelSpace | None
    mirroring_axes: tuple[int, ...] | None = None
    epochs: Mapping[str, int] = field(default_factory=dict)
    unpickled: Mapping[str, str] = field(default_factory=dict)
    packed: PackedModel | None = None

    @property
    def name(self) -> str:
        """What to call it: a packed model's name, or the folder's."""
        return self.folder.name if self.packed is None else self.packed.description.name

    @property
    def place(self) -> str:
        """How `open_model` finds it again from any folder: a shipped model's name, or the path of any other."""
        return self.name if is_shipped(self.folder) else str(self.folder.absolute())

    @property
    def file_ending(self) -> str:
        """Ending of the images it was trained on, such as ``.png``."""
        return str(self.dataset_json["file_ending"])

    @property
    def n_channels(self) -> int:
        """Number of input channels."""
        return len(self.dataset_json.get("channel_names") or self.dataset_json["modality"])

    @property
    def draws_grounding_lines(self) -> bool:
        """Whether its task is the grounding line, in interferograms."""
        return self.space is not None and GROUNDING_LINE.name in self.space.names

    @property
    def draws_fronts_alone(self) -> bool:
        """Whether its task is the calving front, without the zones beside it."""
        return self.space is not None and self.space.names == (FRONT.name,)

    @property
    def has_front_class(self) -> bool:
        """Whether one of its classes is the calving front, among those of the zones or beside them."""
        return self.space is not None and bool({FUSED.name, FRONT.name} & set(self.space.names))

    @property
    def pixel_size_m(self) -> tuple[float, float] | None:
        """Least and greatest pixel size that it was trained on, in metres.

        What a packed model says of itself, or a trained folder's dataset; None where it is not said, as for datasets
        that another program wrote.
        """
        packed = self.packed
        sizes_m = self.dataset_json.get(PIXEL_SIZE_M) if packed is None else packed.description.input.pixel_size_m
        return None if sizes_m is None else (sizes_m[0], sizes_m[1])

    @property
    def nodata(self) -> int | None:
        """Value of pixels without data in 8-bit images that declare none, from where `pixel_size_m` comes."""
        return self.dataset_json.get(NODATA) if self.packed is None else self.packed.description.input.nodata

    @property
    def trainer_source(self) -> bool:
        """Whether it is a packed model with the source of its trainer, which is neither nnU-Net's nor ours."""
        return self.packed is not None and TRAINER_SOURCE in self.packed.description.sha256

    def weights_path(self, fold: str) -> Path:
        """Where a fold's weights lie; in an archive the path of the archive and the name in it."""
        if self.packed is None:
            return checkpoint_path(self.folder, fold, self.checkpoint)
        return self.folder / weights_file(fold)

    def checkpoint_sha256(self) -> dict[str, str]:
        """SHA-256 of the file of every fold's weights."""
        if self.packed is None:
            return {fold: sha256_of(self.weights_path(fold)) for fold in self.folds}
        return {fold: self.packed.description.sha256[weights_file(fold)] for fold in self.folds}

    def sha256(self) -> str:
        """SHA-256 that names the model as it is used: of its plans and of the weights of the folds, in their order."""
        content = {"plans": self.plans, "folds": self.checkpoint_sha256()}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def weights(self, fold: str) -> dict[str, torch.Tensor]:
        """The network's tensors of a fold, by name, on the CPU.

        Raises:
            GlacierError: If the file has changed since the model was opened.
        """
        if self.packed is None:
            return read_checkpoint(self.weights_path(fold)).weights
        return decode_weights(self.packed.read(weights_file(fold)))
