"""Where a network with attention gates looks: its attention maps at the size of the image."""

from __future__ import annotations

import torch
from torch import nn

from nnunet_glacier.architectures.attention_gate import resize_linearly


@torch.no_grad()
def attention_maps(network: nn.Module, x: torch.Tensor, decoder: nn.Module | None = None) -> list[torch.Tensor]:
    """Attention maps of an image at its size, one per skip connection (Holzmann et al. 2021, Fig. 4 and 5).

    Args:
        network: A network with an encoder and a gated decoder: ``AttentionUNet``, or one of ``task_networks`` made
            from it. Put it into evaluation mode first.
        x: The image, ``(N, C, H, W)``.
        decoder: The decoder whose maps are asked for, where there are several: of early branching, ``decoder`` (the
            first task's, which is the default) or one of ``thin_decoders``.

    Returns:
        ``(N, 1, H, W)`` each, in [0, 1], that of the finest skip first.

    Raises:
        ValueError: If the decoder has no attention gates.
    """
    decoder = network.decoder if decoder is None else decoder
    if not len(getattr(decoder, "gates", ())):
        raise ValueError(f"a {type(network).__name__} with a {type(decoder).__name__} has no attention gates")
    return [resize_linearly(alpha, x.shape[2:]) for alpha in decoder.attention(network.encoder(x))]


class WithAttentionMaps:
    """The maps as a method of networks that may have gates."""

    def attention_maps(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Attention maps of an image, see the function `attention_maps`; of several decoders those of the first."""
        return attention_maps(self, x)
