"""A mix-in that augments as if other sensors had taken the scenes: for glaciers and pixel sizes that were not seen.

It stands before a trainer among the bases::

    class nnUNetTrainerMine(SensorAugmentationMixin, AttentionUNetMixin, nnUNetTrainerGlacier): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from batchgeneratorsv2.transforms.base.basic_transform import BasicTransform, ImageOnlyTransform
from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform
from batchgeneratorsv2.transforms.utils.compose import ComposeTransforms
from batchgeneratorsv2.transforms.utils.random import RandomTransform

from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.mix_in import TrainerMixIn
from nnunet_glacier.trainers.multitask import nnUNetTrainerGlacierLate
from nnunet_glacier.trainers.phase import phase_kind
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.sensor_transforms import SpeckleTransform, ToneCurveTransform


class SensorAugmentationMixin(TrainerMixIn):
    """nnU-Net's augmentation more often and more strongly, and tone curves and speckle besides.

    Attributes:
        spatial_probability: Share of patches that are turned, and of those that are scaled; nnU-Net's is 0.2.
        scaling: Smallest and largest scale, above 1 for smaller objects; nnU-Net's is 0.7 to 1.4.
        grey_probability: Least share of patches that each of nnU-Net's grey-value transforms changes.
        tone_probability: Share of patches with another tone curve.
        speckle_probability: Share of patches with speckle.
        speckle_looks: Its fewest and most looks.
    """

    augmentation_title: ClassVar[str] = "sensors"
    spatial_probability: ClassVar[float] = 0.7
    scaling: ClassVar[tuple[float, float]] = (0.6, 1.6)
    grey_probability: ClassVar[float] = 0.3
    tone_probability: ClassVar[float] = 0.5
    speckle_probability: ClassVar[float] = 0.3
    speckle_looks: ClassVar[tuple[float, float]] = (3.0, 40.0)

    def check_dataset(self, dataset_json: dict[str, Any]) -> None:
        """Refuse interferograms, whose phase is no grey value."""
        super().check_dataset(dataset_json)
        if phase_kind(dataset_json) is not None:
            raise GlacierError(
                f"{type(self).__name__} changes grey values, but the dataset's channels hold the phase of "
                "interferograms. Train with -tr nnUNetTrainerGlacierPhase."
            )

    # A static method in nnU-Net, which calls it on the trainer all the same.
    def get_training_transforms(self, patch_size: Sequence[int], *others: Any, **named: Any) -> BasicTransform:
        """nnU-Net's transforms with this class's probabilities; tone and speckle come before its grey values."""
        stock = super().get_training_transforms(patch_size, *others, **named)
        transforms: list[BasicTransform] = []
        for each in stock.transforms:
            transforms.append(each)
            if isinstance(each, SpatialTransform):
                each.p_rotation = each.p_scaling = self.spatial_probability
                each.scaling = self.scaling
                transforms += self._sensor_transforms()
            elif isinstance(each, RandomTransform) and isinstance(each.transform, ImageOnlyTransform):
                each.apply_probability = max(each.apply_probability, self.grey_probability)
        return ComposeTransforms(transforms)

    def _sensor_transforms(self) -> list[BasicTransform]:
        return [
            RandomTransform(ToneCurveTransform(), self.tone_probability),
            RandomTransform(SpeckleTransform(self.speckle_looks), self.speckle_probability),
        ]


class nnUNetTrainerGlacierSensor(SensorAugmentationMixin, nnUNetTrainerGlacier):
    """One task, augmented for other sensors."""


class nnUNetTrainerGlacierLateSensor(SensorAugmentationMixin, nnUNetTrainerGlacierLate):
    """Late branching, augmented for other sensors."""

    published: ClassVar[str] = ""
