"""Mix-ins that augment little or not at all, as the papers before nnU-Net did.

They stand before a trainer among the bases::

    class nnUNetTrainerMine(NoAugmentationMixin, nnUNetTrainerGlacier): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

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
            if isinstance(inner, SpatialTransform) and self.quarter_turns:
                rows, columns = patch_size
                kept.append(Rot90Transform(1, (0, 1, 2, 3) if rows == columns else (0, 2), {0, 1}))
        return ComposeTransforms(kept)


class FlipsAndTurnsMixin(NoAugmentationMixin):
    """Flips and quarter turns alone (Davari et al. 2021, Sect. IV-A; Holzmann et al. 2021, Sect. III-B).

    The papers add flipped and turned copies to the training set; here every patch is flipped along either axis and
    turned by chance, which are the same eight pictures of a patch.
    """

    augmentation_title: ClassVar[str] = "flips, quarter turns"
    flips: ClassVar[bool] = True
    quarter_turns: ClassVar[bool] = True
