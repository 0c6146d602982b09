"""A trainer for `benchmarks/ablations.py` alone, which nnU-Net finds through ``nnUNet_extTrainer``."""

from __future__ import annotations

from typing import Any, ClassVar, cast

import torch
from torch import nn

from nnunet_glacier.domain.zones import FUSED_FRONT
from nnunet_glacier.trainers.pretrained import nnUNetTrainerGlacierSensorEfficientNet


class nnUNetTrainerFrontWeight(nnUNetTrainerGlacierSensorEfficientNet):
    """Cross-entropy with a weight on the front's class of fused labels; nnU-Net's Dice beside it has none.

    Attributes:
        front_weight: Of the front's pixels, where those of the zones count 1.
    """

    front_weight: ClassVar[float] = 1.0

    def _stock_loss(self) -> nn.Module:
        loss: Any = super()._stock_loss()
        weights = torch.ones(self.label_manager.num_segmentation_heads, device=self.device)
        weights[FUSED_FRONT] = self.front_weight
        loss.loss.ce.weight = weights
        return cast(nn.Module, loss)
