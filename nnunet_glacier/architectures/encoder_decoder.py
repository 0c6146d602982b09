"""What the networks of this folder have in common with an ordinary U-Net of ``dynamic_network_architectures``."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from nnunet_glacier.architectures.attention_maps import WithAttentionMaps

UNetOutput = torch.Tensor | list[torch.Tensor]

_LAYERS = (
    *("strides", "kernel_sizes", "conv_op", "conv_bias"),
    *("norm_op", "norm_op_kwargs", "nonlin", "nonlin_kwargs", "dropout_op", "dropout_op_kwargs"),
)
"""What a decoder of `dynamic_network_architectures` asks its encoder for, besides its ``output_channels``."""


def take_layers_of(planned: nn.Module, encoder: nn.Module) -> None:
    """Let a decoder build its layers as those of the plans' encoder, though another one feeds it.

    Args:
        planned: The encoder of the plans.
        encoder: The one in its place, which gets the description.
    """
    for name in _LAYERS:
        setattr(encoder, name, getattr(planned, name))


class EncoderDecoder(WithAttentionMaps, nn.Module):
    """An encoder and a decoder, under the names that nnU-Net's deep supervision switch knows.

    Args:
        encoder: From an image to the feature maps of every stage, finest first.
        decoder: From these to logits; its ``deep_supervision`` is the switch, its ``seg_layers[-1]`` the head of the
            prediction.
        initialize: Initialises a module's own weights; for ``nn.Module.apply``.

    Shape:
        Input ``(N, C, H, W)``, H and W divisible by the product of the strides (nnU-Net pads); output
        ``(N, n_classes, H, W)``, or with deep supervision a list of such logits, that of the prediction first.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, initialize: Callable[[nn.Module], None]) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.initialize = initialize

    def forward(self, x: torch.Tensor) -> UNetOutput:
        """Logits, or with deep supervision a list of them."""
        return self.decoder(self.encoder(x))
