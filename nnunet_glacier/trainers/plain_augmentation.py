"""Mix-ins that augment little or not at all, as the papers before nnU-Net did.

They stand before a trainer among the bases::

    class nnUNetTrainerMine(NoAugmentationMixin, nnUNetTrainerGlacier): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from batchgeneratorsv2.transforms.base.basic_transform import BasicTransform, ImageOnlyTransform
from batchgeneratorsv2.transforms.spatial.mirroring import MirrorTransform
from batchgeneratorsv2.transforms.spatial.rot90 import Rot90Transform
from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform
from batchgeneratorsv2.transforms.utils.compose import ComposeTransforms
from batchgeneratorsv2.transforms.utils.random import RandomTransform
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_glacier.trainers.mix_in import TrainerMixIn


class NoAugmentationMixin(TrainerMixIn):
    """Patches as they are, in training and in prediction (Gattolin, who leaves augmentation to later work).

    Attributes:
        flips: Whether patches are mirrored along either axis.
        quarter_turns: Whether they are turned by quarters, by halves if they are not square.
        mirrored_predictions: Whether nnU-Net predicts mirrored copies too and takes the mean.
    """

    augmentation_title: ClassVar[str] = "none"
    flips: ClassVar[bool] = False
    quarter_turns: ClassVar[bool] = False
    mirrored_predictions: ClassVar[bool] = False

    def configure_rotation_dummyDA_mirroring_and_inital_patch_size(  # noqa: N802
        self,
    ) -> tuple[Any, bool, Any, tuple[int, ...] | None]:
        """nnU-Net's settings without rotation, whose margin round the patch is not needed then."""
        stock = nnUNetTrainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size(self)
        _, dummy_2d, _, mirror_axes = stock
        if not self.mirrored_predictions:
            self.inference_allowed_mirroring_axes = None
        patch_size = self.configuration_manager.patch_size
        return (0.0, 0.0), dummy_2d, patch_size, mirror_axes if self.flips else None

    # A static method in nnU-Net, which calls it on the trainer all the same.
    def get_training_transforms(self, patch_size: Sequence[int], *others: Any, **named: Any) -> BasicTransform:
        """nnU-Net's transforms of the labels, and of the image what this class leaves."""
        # Not super's: other mix-ins, such as the phase-safe one, add what this one is to leave out.
        stock = nnUNetTrainer.get_training_transforms(patch_size, *others, **named)
        kept: list[BasicTransform] = []
        for each in stock.transforms:
            inner = each.transform if isinstance(each, RandomTransform) else each
            if isinstance(inner, ImageOnlyTransform) or (isinstance(inner, MirrorTransform) and not self.flips):
                continue
            if isinstance(inner, SpatialTransform):
                inner.p_rotation = inner.p_scaling = inner.p_elastic_deform = 0.0
            kept.append(each)
            if isinstance(inner, SpatialTransform):
                kept += self.flips_and_turns(patch_size)
        return ComposeTransforms(kept)

    def flips_and_turns(self, patch_size: Sequence[int]) -> list[BasicTransform]:
        """What changes the place of pixels, beside nnU-Net's flips."""
        rows, columns = patch_size
        turns = (0, 1, 2, 3) if rows == columns else (0, 2)
        return [Rot90Transform(1, turns, {0, 1})] if self.quarter_turns else []


class FlipsAndTurnsMixin(NoAugmentationMixin):
    """Flips and quarter turns alone: every patch is flipped along either axis and turned by chance, eight pictures."""

    augmentation_title: ClassVar[str] = "flips, quarter turns"
    flips: ClassVar[bool] = True
    quarter_turns: ClassVar[bool] = True


class CopiesMixin(NoAugmentationMixin):
    """A patch as it is or as one of the copies that a paper adds to its training set, each as often as the others.

    Attributes:
        flipped_copies: A copy for each of these axes, along which it is flipped: 0 turns rows upside down, 1 changes
            left and right.
        turned_copies: A copy for each of these numbers of quarter turns against the clock; odd ones are left out where
            patches are not square.
    """

    flipped_copies: ClassVar[tuple[int, ...]] = ()
    turned_copies: ClassVar[tuple[int, ...]] = ()

    def flips_and_turns(self, patch_size: Sequence[int]) -> list[BasicTransform]:
        """The choice of a copy."""
        rows, columns = patch_size
        turned = [turns for turns in self.turned_copies if rows == columns or turns % 2 == 0]
        return [CopyTransform(self.flipped_copies, turned)]


class CopyTransform(BasicTransform):
    """Takes the picture itself, a flipped or a turned one, all equally often (`CopiesMixin`).

    Args:
        flipped: Axes of the picture.
        turned: Numbers of quarter turns.
    """

    def __init__(self, flipped: Sequence[int], turned: Sequence[int]) -> None:
        super().__init__()
        self.copies = [(None, 0), *((axis, 0) for axis in flipped), *((None, turns) for turns in turned)]

    def get_parameters(self, **_: Any) -> dict[str, Any]:
        """The axis to flip along, or None, and the quarter turns."""
        axis, turns = self.copies[np.random.randint(len(self.copies))]  # noqa: NPY002
        return {"axis": axis, "turns": turns}

    def _apply_to_image(self, img: torch.Tensor, axis: int | None, turns: int) -> torch.Tensor:
        """Of shape ``(channels, rows, columns)``."""
        flipped = img if axis is None else img.flip(axis + 1)
        return torch.rot90(flipped, turns, (1, 2))

    def _apply_to_segmentation(self, segmentation: torch.Tensor, **parameters: Any) -> torch.Tensor:
        return self._apply_to_image(segmentation, **parameters)

    def _apply_to_regr_target(self, regression_target: torch.Tensor, **parameters: Any) -> torch.Tensor:
        return self._apply_to_image(regression_target, **parameters)
