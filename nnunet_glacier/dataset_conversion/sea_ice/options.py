"""What can be chosen when sea ice is converted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PUBLISHED_PATCHES = 100
"""Crops of 1000 pixels from every training scene (Pires de Lima et al. 2023, Sect. 3)."""

SEED = 1
"""The seed in the published code's configuration."""


@dataclass(frozen=True)
class SeaIceOptions:
    """What can be chosen.

    Attributes:
        undetermined: What ice of an undetermined type becomes, a key of `codes.UNDETERMINED`.
        ignored_codes: Codes of SA whose areas are not learnt from, as `codes.code_text` gives them.
        patch_size: Edge of the training crops in pixels, or None for whole scenes.
        patches_per_scene: Most crops from a training scene.
        folds: ``half`` or ``scene``.
        seed: Decides the crops.
        pixel_size_m: Edge of the pixels that scenes are brought to, or None for their own.
    """

    undetermined: str = "ignore"
    ignored_codes: tuple[str, ...] = ()
    patch_size: int | None = None
    patches_per_scene: int = PUBLISHED_PATCHES
    folds: str = "half"
    seed: int = SEED
    pixel_size_m: float | None = None

    def record(self) -> dict[str, Any]:
        """Everything that decides what is written."""
        patches = {"patches_per_scene": self.patches_per_scene} if self.patch_size else {}
        size = {"pixel_size_m": self.pixel_size_m} if self.pixel_size_m else {}
        return {
            "undetermined": self.undetermined,
            "ignored_codes": sorted(self.ignored_codes),
            "patch_size": self.patch_size,
            **patches,
            **size,
            "seed": self.seed,
        }
