"""Trainers of ``benchmarks/ablations.py``: the recipe for real SAR with another loss, another end, or other variety."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from batchgeneratorsv2.transforms.base.basic_transform import BasicTransform
from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform
from torch import nn
from torch.optim.swa_utils import AveragedModel

from nnunet_glacier.domain.zones import FUSED_FRONT
from nnunet_glacier.trainers.class_losses import FrontMCCMixin
from nnunet_glacier.trainers.early_stopping import MCCStoppingMixin
from nnunet_glacier.trainers.line_losses import (
    BCEMixin,
    DistanceMapBCEMixin,
    DistanceWeightedBCEMixin,
    FocalTverskyBCEMixin,
    MCCLossMixin,
    SkeletonRecallMixin,
    SoftCLDiceMixin,
    WeightedBCEMixin,
)
from nnunet_glacier.trainers.pretrained import nnUNetTrainerGlacierSensorEfficientNet as Recipe
from nnunet_glacier.trainers.pretrained import nnUNetTrainerGlacierSensorEfficientNetCurriculum as Curriculum
from nnunet_glacier.trainers.pretrained import nnUNetTrainerGlacierSensorEfficientNetFrontWeight as FrontWeight
from nnunet_glacier.trainers.whole_checkpoints import plain_network

MIXED_SHARE = 0.5
"""Of the batches, whose styles are mixed (Zhou et al. 2021), and of the scenes and zones, whose ground is."""


class nnUNetTrainerAblationMCC(MCCStoppingMixin, Recipe):
    """The weights of the epoch with the highest MCC of the front."""


class nnUNetTrainerAblationBCE(BCEMixin, Recipe):
    """BCE."""


class nnUNetTrainerAblationWeightedBCE(WeightedBCEMixin, Recipe):
    """BCE, weighted by the inverse class frequency of the batch."""


class nnUNetTrainerAblationDistanceMapBCE(DistanceMapBCEMixin, Recipe):
    """BCE of the prediction times the distance map."""


class nnUNetTrainerAblationDistanceWeightedBCE(DistanceWeightedBCEMixin, Recipe):
    """BCE of the prediction times the distance weights."""


class nnUNetTrainerAblationFocalTverskyBCE(FocalTverskyBCEMixin, Recipe):
    """BCE and Focal Tversky."""


class nnUNetTrainerAblationMCCLoss(MCCLossMixin, Recipe):
    """MCC."""


class nnUNetTrainerAblationSkeletonRecall(SkeletonRecallMixin, Recipe):
    """Dice, BCE and skeleton recall."""


class nnUNetTrainerAblationSoftCLDice(SoftCLDiceMixin, Recipe):
    """Dice and soft clDice."""


class nnUNetTrainerAblationCurriculumMCC(FrontMCCMixin, Curriculum):
    """The front's weight from sixteen to two, extra scenes less and less, and the MCC of the front's class."""


class nnUNetTrainerAblationWarp(FrontWeight):
    """Half of the patches warped smoothly, by up to a tenth of the patch: coasts that no scene shows."""

    def get_training_transforms(self, patch_size: Sequence[int], *others: Any, **named: Any) -> BasicTransform:
        """The recipe's, with batchgeneratorsv2's elastic deformation."""
        transforms = super().get_training_transforms(patch_size, *others, **named)
        for each in transforms.transforms:
            if isinstance(each, SpatialTransform):
                each.p_elastic_deform = 0.5
                # Smooth enough for the displacement that no ground is folded over.
                each.elastic_deform_scale = (0.12, 0.25)
                each.elastic_deform_magnitude = (min(patch_size) / 40, min(patch_size) / 10)
        return transforms


class nnUNetTrainerAblationMixStyle(FrontWeight):
    """Means and deviations of the encoder's first three maps mixed among the scenes of a batch (Zhou et al. 2021)."""

    def initialize(self) -> None:
        """The network, whose first maps are mixed while it is trained."""
        super().initialize()
        network: Any = plain_network(self.network)
        for module in (network.encoder.full, *network.encoder.features.blocks[:2]):
            module.register_forward_hook(_mixed_styles)


class nnUNetTrainerAblationZoneMix(FrontWeight):
    """Ground of another scene of the batch shown where both have the same zone: other textures at the same front."""

    def train_step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The recipe's, on scenes of mixed ground."""
        target = batch["target"]
        data = _mixed_ground(batch["data"], target[0] if isinstance(target, list) else target)
        return super().train_step({**batch, "data": data})


def _mixed_ground(data: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Half of the scenes with ground of another one, which is shifted first by any distance; each zone half the time.

    Pixels of the front's class stay, and so do the labels.

    Args:
        data: Images ``(N, channels, H, W)``.
        target: Fused classes ``(N, 1, H, W)``.
    """
    mixed = data.clone()
    for scene, other in enumerate(torch.randperm(len(data)).tolist()):
        if torch.rand(()) >= MIXED_SHARE:
            continue
        shift = [int(torch.randint(length, ())) for length in data.shape[2:]]
        image, classes = (each[other].roll(shift, (1, 2)) for each in (data, target))
        zones = [zone for zone in range(FUSED_FRONT) if torch.rand(()) < MIXED_SHARE]
        common = (classes == target[scene]) & torch.isin(target[scene], torch.tensor(zones, device=target.device))
        mixed[scene] = torch.where(common, image, data[scene])
    return mixed


class nnUNetTrainerAblationWeightMean(FrontWeight):
    """The mean of the weights over the second half of the batches, at the rate at which it begins (Cha et al. 2021).

    A training that is continued within that half has the mean from there on.
    """

    def build_schedule(self, optimizer: torch.optim.Optimizer) -> Any:
        """The recipe's falling rate, which falls no more in the second half."""
        schedule = super().build_schedule(optimizer)
        fall, half = schedule.step, self.num_epochs // 2
        schedule.step = lambda epoch: fall(min(epoch, half))
        return schedule

    def on_train_start(self) -> None:
        """The recipe's start, and a mean of nothing yet."""
        super().on_train_start()
        self._mean = AveragedModel(plain_network(self.network), use_buffers=True)

    def train_step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The recipe's step, after which the weights count in the mean."""
        told = super().train_step(batch)
        if self.current_epoch >= self.num_epochs // 2:
            self._mean.update_parameters(plain_network(self.network))
        return told

    def on_train_end(self) -> None:
        """The final checkpoint is of the mean, which is validated too."""
        plain_network(self.network).load_state_dict(self._mean.module.state_dict())
        super().on_train_end()


def _mixed_styles(module: nn.Module, _: Any, maps: torch.Tensor) -> torch.Tensor:
    """Maps with the statistics of another scene in part (Zhou et al. 2021, Eqs. 4 to 6, their alpha 0.1)."""
    if not module.training or torch.rand(()) >= MIXED_SHARE:
        return maps
    deviation, mean = (each.detach() for each in torch.std_mean(maps, dim=(2, 3), keepdim=True))
    deviation = deviation + 1e-6
    own = torch.distributions.Beta(0.1, 0.1).sample((len(maps), 1, 1, 1)).to(maps.device)
    other = torch.randperm(len(maps), device=maps.device)
    mixed_mean, mixed_deviation = (torch.lerp(each[other], each, own) for each in (mean, deviation))
    return (maps - mean) / deviation * mixed_deviation + mixed_mean
