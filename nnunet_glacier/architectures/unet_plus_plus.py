"""U-Net++: nested skip connections, and deep supervision at full resolution (Gattolin; Zhou et al. 2018).

monai's ``BasicUNetPlusPlus`` is not used: it has five stages of two 3x3 convolutions and no others, no encoder of its
own, and with deep supervision gives the least nested output first, where nnU-Net takes its prediction from.
segmentation_models.pytorch's has image classifiers as encoders and no deep supervision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from dynamic_network_architectures.building_blocks.helper import get_matching_convtransp
from dynamic_network_architectures.building_blocks.simple_conv_blocks import StackedConvBlocks
from torch import nn

from nnunet_glacier.architectures.encoder_decoder import EncoderDecoder, UNetOutput

Weighting = Literal["equal", "rising", "last"]


def nested_output_weights(weighting: Weighting, n_outputs: int) -> tuple[float, ...]:
    """Weights of the outputs in the loss, in the order of the outputs: the most nested first.

    For four outputs the weights are Gattolin's (Sect. 2.2), whose ``None`` is read as equal weights; for other numbers
    they follow the same rule. They add up to 1.

    Args:
        weighting: "equal"; "rising", in proportion to the depth of nesting; or "last", where the most nested output
            has 0.65 and the others share the rest, each twice as much as the one before it.
        n_outputs: Number of outputs, at least 1: the number of the network's stages less one.

    Returns:
        ``n_outputs`` weights that add up to 1.

    >>> nested_output_weights("rising", 4)
    (0.4, 0.3, 0.2, 0.1)
    >>> [round(weight, 4) for weight in nested_output_weights("last", 5)]
    [0.65, 0.1867, 0.0933, 0.0467, 0.0233]
    """
    if weighting == "equal":
        rising = [1.0] * n_outputs
    elif weighting == "rising":
        rising = [float(depth) for depth in range(1, n_outputs + 1)]
    else:
        others = [0.35 * 2**depth / (2 ** (n_outputs - 1) - 1) for depth in range(n_outputs - 1)]
        rising = [*others, 0.65]
    return tuple(weight / sum(rising) for weight in reversed(rising))


class NestedDecoder(nn.Module):
    """The nodes X^{i,j}, j > 0, of a U-Net++; i counts the resolutions from the finest, j the depth of nesting.

    A node takes all nodes before it at its resolution, X^{i,0} ... X^{i,j-1}, and X^{i+1,j-1}, up-sampled by a
    transposed convolution of its own. Heads are on X^{0,1}, X^{0,2}, ..., all at full resolution.

    Args:
        encoder: The encoder whose feature maps, X^{i,0}, it takes; it also says which kinds of layers are used.
        num_classes: Channels of the logits.
        n_conv_per_stage: Convolutions of each node of a resolution, coarsest resolution first.
        deep_supervision: Whether all heads are used, or the last alone.
        nonlin_first: Whether the activation comes before the norm.
    """

    def __init__(
        self,
        encoder: nn.Module,
        num_classes: int,
        n_conv_per_stage: Sequence[int],
        deep_supervision: bool,
        nonlin_first: bool = False,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.num_classes = num_classes
        self.deep_supervision = deep_supervision
        channels = encoder.output_channels
        depth = len(channels) - 1
        self.levels = [level for column in range(depth) for level in range(depth - column)]
        columns = [column for column in range(depth) for _ in range(depth - column)]
        transpconv_op = get_matching_convtransp(conv_op=encoder.conv_op)
        self.transpconvs = nn.ModuleList(
            transpconv_op(
                channels[level + 1],
                channels[level],
                encoder.strides[level + 1],
                encoder.strides[level + 1],
                bias=encoder.conv_bias,
            )
            for level in self.levels
        )
        self.stages = nn.ModuleList(
            StackedConvBlocks(
                n_conv_per_stage[-(level + 1)],
                encoder.conv_op,
                (column + 2) * channels[level],
                channels[level],
                encoder.kernel_sizes[level],
                1,
                encoder.conv_bias,
                encoder.norm_op,
                encoder.norm_op_kwargs,
                encoder.dropout_op,
                encoder.dropout_op_kwargs,
                encoder.nonlin,
                encoder.nonlin_kwargs,
                nonlin_first,
            )
            for level, column in zip(self.levels, columns, strict=True)
        )
        self.seg_layers = nn.ModuleList(encoder.conv_op(channels[0], num_classes, 1) for _ in range(depth))

    def forward(self, skips: list[torch.Tensor]) -> UNetOutput:
        """Logits from the encoder's feature maps, finest first; with deep supervision a list, most nested first."""
        nodes = [[skip] for skip in skips]
        # Within a column the resolution below still ends with its node of the column before.
        for level, transpconv, stage in zip(self.levels, self.transpconvs, self.stages, strict=True):
            upsampled = transpconv(nodes[level + 1][-1])
            nodes[level].append(stage(torch.cat((upsampled, *nodes[level]), 1)))
        if not self.deep_supervision:
            return self.seg_layers[-1](nodes[0][-1])
        return [head(node) for head, node in zip(self.seg_layers, nodes[0][1:], strict=True)][::-1]


class UNetPlusPlus(EncoderDecoder):
    """A U-Net++ with the encoder of a U-Net of nnU-Net's plans.

    With deep supervision, every output has the size of the input, so the loss needs the target at full resolution for
    each, as many times as there are stages less one, and `nested_output_weights`. The prediction is the most nested
    output; Gattolin names no average.

    Only the encoder's weights have the names of the U-Net's own.

    Args:
        unet: The U-Net, plain or with residual encoder; its encoder is taken over, its decoder described anew.

    Raises:
        TypeError: If it has attention gates, which would be lost.
    """

    def __init__(self, unet: nn.Module) -> None:
        stock = unet.decoder
        if len(getattr(stock, "gates", ())):
            raise TypeError(f"a {type(unet).__name__} cannot become a U-Net++, which has no attention gates")
        block = stock.stages[0].convs[0]
        decoder = NestedDecoder(
            unet.encoder,
            stock.num_classes,
            [len(stage.convs) for stage in stock.stages],
            stock.deep_supervision,
            nonlin_first=block.all_modules[-1] is getattr(block, "norm", None),
        )
        for part in (decoder.transpconvs, decoder.stages, decoder.seg_layers):
            part.apply(unet.initialize)
        super().__init__(unet.encoder, decoder, unet.initialize)
