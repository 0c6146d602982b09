"""The trainers of Gattolin's report: the networks with their published layers, the loss, optimizer and stopping rule.

The published network replaces the one of the plans, which only give patch, batch and length; the patch must be
divisible by 16. The report leaves augmentation to later work: the trainers named after Gattolin have none. Those named
after the grounding line give interferograms the phase-safe augmentation of `phase`, and datasets without a ``channels``
entry, such as those of calving fronts, nnU-Net's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from nnunetv2.utilities.plans_handling.plans_handler import ConfigurationManager, PlansManager
from torch import nn

from nnunet_glacier.architectures.grounding_line_unets import (
    grounding_line_aspp_unet,
    grounding_line_attention_unet,
    grounding_line_unet_plus_plus,
)
from nnunet_glacier.trainers.adam import AdamMixin
from nnunet_glacier.trainers.early_stopping import LossStoppingMixin
from nnunet_glacier.trainers.line_losses import FocalTverskyBCEMixin
from nnunet_glacier.trainers.networks import UNetPlusPlusMixin
from nnunet_glacier.trainers.phase import PhaseAugmentationMixin
from nnunet_glacier.trainers.plain_augmentation import NoAugmentationMixin
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier


class GroundingLineTrainer(
    PhaseAugmentationMixin, AdamMixin, LossStoppingMixin, FocalTverskyBCEMixin, nnUNetTrainerGlacier
):
    """What the three share: BCE + Focal Tversky, Adam at 1e-4, stopped by the validation loss (Gattolin, Sect. 2.2).

    Attributes:
        published_network: Makes the network from the numbers of input channels and classes.
    """

    patch_divisor: ClassVar[int] = 16
    phase_required: ClassVar[bool] = False
    published_network: ClassVar[Callable[..., nn.Module]]

    @classmethod
    def build_network_architecture(
        cls,
        plans_manager: PlansManager,
        configuration_manager: ConfigurationManager,
        num_input_channels: int,
        num_output_channels: int,
        enable_deep_supervision: bool = True,
    ) -> nn.Module:
        """The published network, whatever the plans say."""
        network = cls.published_network(num_input_channels, num_output_channels)
        network.decoder.deep_supervision = enable_deep_supervision  # type: ignore[union-attr]
        return network


class nnUNetTrainerGlacierGroundingLineASPPUNet(GroundingLineTrainer):
    """U-Net with ASPP, 4 to 32 channels."""

    network_title: ClassVar[str] = "U-Net + ASPP of Gattolin"
    deep_supervision: ClassVar[bool] = False
    published_network = staticmethod(grounding_line_aspp_unet)


class nnUNetTrainerGlacierGroundingLineAttentionUNet(GroundingLineTrainer):
    """Attention U-Net with ASPP, 4 to 32 channels."""

    network_title: ClassVar[str] = "Attention U-Net of Gattolin"
    deep_supervision: ClassVar[bool] = False
    published_network = staticmethod(grounding_line_attention_unet)


class nnUNetTrainerGlacierGroundingLineUNetPlusPlus(UNetPlusPlusMixin, GroundingLineTrainer):
    """U-Net++, 32 to 512 channels, with deep supervision over its four outputs."""

    network_title: ClassVar[str] = "U-Net++ of Gattolin"
    published_network = staticmethod(grounding_line_unet_plus_plus)
    n_outputs: ClassVar[int] = 4


class GattolinMixin(NoAugmentationMixin):
    """The report's own way: no augmentation; the patches' size, and with it the row of the table, is the plans'."""

    published: ClassVar[str] = "Gattolin, Table 2"


class nnUNetTrainerGattolinUNet(GattolinMixin, nnUNetTrainerGlacierGroundingLineASPPUNet):
    """U-Net with ASPP."""


class nnUNetTrainerGattolinAttentionUNet(GattolinMixin, nnUNetTrainerGlacierGroundingLineAttentionUNet):
    """Attention U-Net with ASPP."""


class nnUNetTrainerGattolinUNetPlusPlus(GattolinMixin, nnUNetTrainerGlacierGroundingLineUNetPlusPlus):
    """U-Net++ with deep supervision."""
