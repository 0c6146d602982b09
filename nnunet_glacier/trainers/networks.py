"""Mix-ins that exchange the network: attention gates, U-Net++, ASPP, made from the U-Net of the plans.

They stand before a trainer among the bases, and work with early and late branching as with a single task::

    class nnUNetTrainerMine(AttentionUNetMixin, nnUNetTrainerGlacierLate): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from torch import nn

from nnunet_glacier.architectures.aspp_unet import DILATIONS, ASPPUNet
from nnunet_glacier.architectures.attention_unet import AttentionUNet
from nnunet_glacier.architectures.unet_plus_plus import UNetPlusPlus, Weighting, nested_output_weights


class AttentionUNetMixin:
    """Additive attention gates in every skip connection (Holzmann et al. 2021, Sect. II)."""

    network_title: ClassVar[str] = "Attention U-Net"

    @classmethod
    def adapt_network(cls, unet: nn.Module) -> nn.Module:
        """The U-Net with gated skip connections."""
        return AttentionUNet(super().adapt_network(unet))


class ASPPUNetMixin:
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


class UNetPlusPlusMixin:
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
