"""U-Net with atrous spatial pyramid pooling in its bottleneck (Gattolin; Chen et al. 2017, DeepLabv3).

torchvision's ``ASPP`` is not used: it normalises the pooled branch, which fails on a batch of one image, and its norm,
activation and dropout are fixed. monai's ``SimpleASPP`` has no pooled branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from nnunet_glacier.architectures.encoder_decoder import EncoderDecoder, take_layers_of

DILATIONS = (1, 6, 12, 18)
"""Gattolin's dilations; a dilation of 1 is a 1x1 convolution."""


class ASPP(nn.Module):
    """Parallel convolutions of different reach and a pooled branch, concatenated and projected.

    Where a dilation is as large as the map, outside is zero and only the central weight of the branch acts: it is a 1x1
    convolution with eight weights that are never trained.

    The pooled branch has a bias and an activation, but no norm: there is one value per channel and image, whose
    instance norm is zero and whose batch norm is undefined in a batch of one.

    Args:
        conv_op: ``nn.Conv2d`` or its sisters.
        channels: Channels of the input, of each branch and of the output.
        dilations: One branch each; 1 is a 1x1 convolution, others 3x3.
        conv_bias: Whether the convolutions before a norm have a bias.
        norm_op: The norm of the other branches and of the projection; None for none.
        norm_op_kwargs: Its arguments.
        nonlin: The activation of every branch and of the projection; None for none.
        nonlin_kwargs: Its arguments.

    Shape:
        Input and output ``(N, channels, H, W)``.
    """

    def __init__(
        self,
        conv_op: type[nn.Module],
        channels: int,
        dilations: Sequence[int] = DILATIONS,
        conv_bias: bool = True,
        norm_op: type[nn.Module] | None = None,
        norm_op_kwargs: dict[str, Any] | None = None,
        nonlin: type[nn.Module] | None = None,
        nonlin_kwargs: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()

        def block(conv: nn.Module, *, normalised: bool = True) -> nn.Sequential:
            norm = [norm_op(channels, **(norm_op_kwargs or {}))] if norm_op and normalised else []
            return nn.Sequential(conv, *norm, *([nonlin(**(nonlin_kwargs or {}))] if nonlin else []))

        def dilated(dilation: int) -> nn.Module:
            if dilation == 1:
                return conv_op(channels, channels, 1, bias=conv_bias)
            return conv_op(channels, channels, 3, padding=dilation, dilation=dilation, bias=conv_bias)

        self.branches = nn.ModuleList(block(dilated(dilation)) for dilation in dilations)
        self.pooled = block(conv_op(channels, channels, 1, bias=True), normalised=False)
        self.projection = block(conv_op((len(dilations) + 1) * channels, channels, 1, bias=conv_bias))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features that know their surroundings near and far."""
        spatial = tuple(range(2, x.ndim))
        pooled = self.pooled(x.mean(spatial, keepdim=True)).expand_as(x)
        return self.projection(torch.cat((*(branch(x) for branch in self.branches), pooled), 1))


class ASPPEncoder(nn.Module):
    """An encoder whose coarsest feature map goes through ASPP.

    The encoder's parts and its description, which decoders are built from, keep their names.

    Args:
        encoder: A plain or residual encoder; its stem and stages are taken over.
        aspp: The module at its end.
    """

    def __init__(self, encoder: nn.Module, aspp: nn.Module) -> None:
        super().__init__()
        self.stem = getattr(encoder, "stem", None)
        self.stages = encoder.stages
        self.aspp = aspp
        self.output_channels = encoder.output_channels
        take_layers_of(encoder, self)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Feature maps of every stage, finest first."""
        if self.stem is not None:
            x = self.stem(x)
        skips = []
        for stage in self.stages:
            x = stage(x)
            skips.append(x)
        return [*skips[:-1], self.aspp(x)]


class ASPPUNet(EncoderDecoder):
    """A U-Net of nnU-Net's plans with ASPP in the bottleneck.

    The weights have the names of the U-Net's own, those of the ASPP come in addition (``encoder.aspp``). Further
    networks can be made from it: ``AttentionUNet(ASPPUNet(unet))`` has the parts of Gattolin's Attention U-Net.

    Args:
        unet: The U-Net, plain or with residual encoder; its encoder and decoder are taken over.
        dilations: One branch each, see `ASPP`.
    """

    def __init__(self, unet: nn.Module, dilations: Sequence[int] = DILATIONS) -> None:
        stock, decoder = unet.encoder, unet.decoder
        aspp = ASPP(
            stock.conv_op,
            stock.output_channels[-1],
            dilations,
            conv_bias=stock.conv_bias,
            norm_op=stock.norm_op,
            norm_op_kwargs=stock.norm_op_kwargs,
            nonlin=stock.nonlin,
            nonlin_kwargs=stock.nonlin_kwargs,
        )
        aspp.apply(unet.initialize)
        decoder.encoder = ASPPEncoder(stock, aspp)
        super().__init__(decoder.encoder, decoder, unet.initialize)
