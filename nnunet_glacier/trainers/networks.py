"""Mix-ins that exchange the network: attention gates, U-Net++, ASPP, made from the U-Net of the plans; ResNet + ASPP.

They stand before a trainer among the bases, and work with early and late branching as with a single task::

    class nnUNetTrainerMine(AttentionUNetMixin, nnUNetTrainerGlacierLate): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, cast

import numpy as np
from nnunetv2.utilities.plans_handling.plans_handler import ConfigurationManager, PlansManager
from torch import nn

from nnunet_glacier.architectures.aspp_unet import DILATIONS, ASPPUNet
from nnunet_glacier.architectures.attention_unet import AttentionUNet
from nnunet_glacier.architectures.resnet_aspp import ResNetASPP
from nnunet_glacier.architectures.unet_plus_plus import UNetPlusPlus, Weighting, nested_output_weights
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.mix_in import TrainerMixIn


class AttentionUNetMixin(TrainerMixIn):
    """Additive attention gates in every skip connection (Holzmann et al. 2021, Sect. II)."""

    network_title: ClassVar[str] = "Attention U-Net"

    @classmethod
    def adapt_network(cls, unet: nn.Module) -> nn.Module:
        """The U-Net with gated skip connections."""
        return AttentionUNet(super().adapt_network(unet))


class ASPPUNetMixin(TrainerMixIn):
    """Atrous spatial pyramid pooling in the bottleneck (Gattolin, Sect. 2.2).

    Attributes:
        dilations: One branch each. The defaults were published for a bottleneck of a sixteenth of the patch. nnU-Net's
            deeper networks have a bottleneck of a few pixels, beyond which large dilations reach.
    """

    network_title: ClassVar[str] = "U-Net + ASPP"
    dilations: ClassVar[tuple[int, ...]] = DILATIONS

    @classmethod
    def adapt_network(cls, unet: nn.Module) -> nn.Module:
        """The U-Net with ASPP after its encoder."""
        return ASPPUNet(super().adapt_network(unet), cls.dilations)

    def initialize(self) -> None:
        """NnU-Net's start of a training, and a line in its log about dilations that reach beyond the bottleneck."""
        super().initialize()
        configuration = self.configuration_manager
        rows, columns = np.array(configuration.patch_size) // np.prod(configuration.pool_op_kernel_sizes, axis=0)
        without_reach = [str(dilation) for dilation in self.dilations if dilation >= max(rows, columns, 2)]
        if without_reach:
            self.print_to_log_file(
                f"ASPP: the bottleneck has {rows}x{columns} pixels, in which the dilations {', '.join(without_reach)} "
                "act as 1x1 convolutions. Fewer stages (nnunet-glacier plan --stages) leave a larger one, or set "
                "dilations in a trainer of your own."
            )


class UNetPlusPlusMixin(TrainerMixIn):
    """Nested skip connections, with deep supervision of the nested outputs at full resolution (Gattolin, Sect. 2.2).

    Attributes:
        weighting: Of the nested outputs in the loss: ``equal``, ``rising`` or ``last``, see `nested_output_weights`.
    """

    network_title: ClassVar[str] = "U-Net++"
    weighting: ClassVar[Weighting] = "equal"

    @classmethod
    def adapt_network(cls, unet: nn.Module) -> nn.Module:
        """The U-Net++ with the U-Net's encoder."""
        return UNetPlusPlus(super().adapt_network(unet))

    @property
    def n_outputs(self) -> int:
        """Number of nested outputs: that of the plans' stages less one."""
        return len(self.configuration_manager.pool_op_kernel_sizes) - 1

    def _get_deep_supervision_scales(self) -> list[list[float]] | None:
        """Full resolution for every output; None without deep supervision."""
        return [[1.0, 1.0]] * self.n_outputs if self.enable_deep_supervision else None

    def deep_supervision_weights(self) -> Sequence[float]:
        """Weights of the nested outputs, the most nested first."""
        return nested_output_weights(self.weighting, self.n_outputs)


class ResNetASPPMixin(TrainerMixIn):
    """ResNet-18 with an ASPP decoder in place of the plans' U-Net (Pires de Lima et al. 2023, Sect. 2).

    The plans give patch, batch and length alone. The log says whether the encoder starts from ImageNet's weights.

    Attributes:
        imagenet_weights: Whether the encoder starts from them, if they are to be had.
    """

    network_title: ClassVar[str] = "ResNet-18 + ASPP"
    deep_supervision: ClassVar[bool] = False
    imagenet_weights: ClassVar[bool] = True

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
        network = ResNetASPP(num_input_channels, num_output_channels)
        network.decoder.deep_supervision = enable_deep_supervision  # type: ignore[assignment]
        return network

    def check_patch(self, patch_size: Sequence[int]) -> None:
        """Refuse patches of which a sixteenth has no two pixels."""
        super().check_patch(patch_size)
        if min(patch_size) < 32:
            size = "x".join(map(str, patch_size))
            raise GlacierError(f"{type(self).__name__} takes patches of at least 32x32 pixels, not {size}.")

    def load_pretrained(self, network: nn.Module) -> None:
        """ImageNet's weights for the encoder."""
        if self.imagenet_weights:
            cast(ResNetASPP, network).load_imagenet_weights(self.print_to_log_file)
