"""What can be chosen when a dataset in CaFFe's layout is converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnunet_glacier.dataset_conversion.caffe.channels import Channel
from nnunet_glacier.dataset_conversion.caffe.preparation import Preparation
from nnunet_glacier.dataset_conversion.writing.label_maps import FRONT_WIDTH


@dataclass(frozen=True)
class CaffeOptions:
    """What can be chosen.

    Attributes:
        labels: Label variant, a key of `nnunet_glacier.domain.labels.LABEL_SPACES`.
        folds: ``random``, ``glacier`` or ``official``.
        file_ending: ``.png`` or ``.nii.gz``.
        boundary: One of `label_maps.BOUNDARY_KINDS`; matters for the variant ``boundary`` alone.
        hemispheres: ``north`` or ``south`` of glaciers that are not CaFFe's own.
        meta_data: The georeferencing table, or None to take ``meta_data.csv`` of the dataset where there is one.
        allow_shared_glaciers: Whether a glacier may train and test.
        front_width: Edge of the square that fronts and boundaries are dilated with, in pixels after resizing.
        preparation: What is done to scenes before that.
        extra: A further folder in CaFFe's layout whose training scenes are for training alone, or None.
        channels: What the network is to see beside the scene.
    """

    labels: str = "fused"
    folds: str = "random"
    file_ending: str = ".png"
    boundary: str = "rock-or-na"
    hemispheres: Mapping[str, str] = field(default_factory=dict)
    meta_data: Path | None = None
    allow_shared_glaciers: bool = False
    front_width: int = FRONT_WIDTH
    preparation: Preparation = field(default_factory=Preparation)
    extra: Path | None = None
    channels: tuple[Channel, ...] = ()

    def record(self) -> dict[str, Any]:
        """Everything that decides what is written, beside labels, folds and file ending."""
        boundary = {"boundary": self.boundary} if self.labels == "boundary" else {}
        extra = {"extra": self.extra.name} if self.extra is not None else {}
        further = {"further_channels": [channel.name for channel in self.channels]} if self.channels else {}
        return {"front_width": self.front_width, **boundary, **self.preparation.record(), **extra, **further}
