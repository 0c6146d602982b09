"""The base of mix-ins: to a type checker a trainer, whose methods they override; to Python nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier as TrainerMixIn
else:
    TrainerMixIn = object

__all__ = ["TrainerMixIn"]
