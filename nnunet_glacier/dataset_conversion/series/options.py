"""What can be chosen when a series is labelled by itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.dataset_conversion.series.votes import MIN_PIECE_PX
from nnunet_glacier.dataset_conversion.writing.label_maps import FRONT_WIDTH
from nnunet_glacier.domain.adaptation import NEIGHBOURS, OWN_WEIGHT


@dataclass(frozen=True)
class SeriesOptions:
    """What can be chosen.

    Attributes:
        labels: Label variant with zones: ``fused``, ``zones`` or ``multitask``.
        channel: Name of the channel, which the model that is trained further must share.
        file_ending: ``.png`` or ``.nii.gz``.
        front_width: Edge of the kernel that fronts are dilated with, in pixels.
        neighbours: Scenes that vote on each other, the nearest in time.
        own_weight: How many times as many votes another zone needs before a pixel's own gives way.
        pixel_size_m: Edge of the pixels that scenes on a map are brought to; None for those that ``delineate`` showed
            the network.
        table: Table of scenes (`read_scenes`) with glacier and date by case, or None.
    """

    labels: str = "fused"
    channel: str = "SAR"
    file_ending: str = ".png"
    front_width: int = FRONT_WIDTH
    neighbours: int = NEIGHBOURS
    own_weight: float = OWN_WEIGHT
    pixel_size_m: float | None = None
    table: Path | None = None

    def record(self) -> dict[str, Any]:
        """Everything that decides what is written, beside labels and file ending."""
        return {
            "channel": self.channel,
            "front_width": self.front_width,
            "neighbours": self.neighbours,
            "own_weight": self.own_weight,
            "min_piece_px": MIN_PIECE_PX,
            "pixel_size_m": self.pixel_size_m,
        }
