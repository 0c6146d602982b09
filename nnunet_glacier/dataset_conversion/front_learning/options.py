"""What can be chosen when FrontLearning is converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnunet_glacier.dataset_conversion.writing.label_maps import FRONT_WIDTH

PIXEL_SIZE_M = 49.0
"""Edge of a pixel in metres, about (Mohajerani et al. 2019)."""


@dataclass(frozen=True)
class FrontLearningOptions:
    """What can be chosen.

    Attributes:
        folds: ``random``, ``glacier`` or ``path-row``.
        file_ending: ``.png`` or ``.nii.gz``.
        front_width: Edge of the kernel that fronts are dilated with, in pixels; 1 keeps the one-pixel line.
        pixel_size_m: Edge of a pixel in metres.
        glaciers: Glaciers of further path/rows, e.g. ``{"232014": "Helheim"}``.
    """

    folds: str = "random"
    file_ending: str = ".png"
    front_width: int = FRONT_WIDTH
    pixel_size_m: float = PIXEL_SIZE_M
    glaciers: Mapping[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Everything that decides what is written, beside folds and file ending."""
        return {
            "front_width": self.front_width,
            "pixel_size_m": self.pixel_size_m,
            "glaciers": dict(self.glaciers),
        }
