"""The additive attention gate of a skip connection (Holzmann et al. 2021, Eq. 1; Oktay et al. 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from dynamic_network_architectures.building_blocks.helper import convert_conv_op_to_dim
from torch import nn
from torch.nn import functional

_LINEAR_MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


def resize_linearly(maps: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Maps ``(N, C, ...)`` at another spatial size; values stay within their range."""
    return functional.interpolate(maps, size=tuple(size), mode=_LINEAR_MODES[maps.ndim - 2], align_corners=False)


class AttentionGate(nn.Module):
    """How much of each pixel of a skip connection is let through, judged from it and from a gating signal.

    ``alpha = sigmoid(psi(relu(W_x x + W_g g + b_g)) + b_psi)``, computed at the resolution of the gating signal.

    The skip is brought there by a convolution as wide as its stride, as in Oktay et al.'s code: a strided 1x1
    convolution would see one pixel in four, and a calving front is a few pixels wide.

    Args:
        conv_op: ``nn.Conv2d`` or its sisters.
        skip_channels: Channels of the skip, F_x.
        gating_channels: Channels of the gating signal, F_g.
        inter_channels: Channels in which both are added, F_int.
        stride: How much coarser than the skip the gating signal is.
        norm_op: A norm behind each convolution, as Gattolin's networks have it; None for Eq. 1 as it stands.
        norm_op_kwargs: Its arguments.
    """

    def __init__(
        self,
        conv_op: type[nn.Module],
        skip_channels: int,
        gating_channels: int,
        inter_channels: int,
        stride: int | Sequence[int] = 1,
        norm_op: type[nn.Module] | None = None,
        norm_op_kwargs: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if isinstance(stride, int):
            stride = [stride] * convert_conv_op_to_dim(conv_op)

        def norm(channels: int) -> list[nn.Module]:
            return [] if norm_op is None else [norm_op(channels, **(norm_op_kwargs or {}))]

        # Eq. 1 has one bias for the sum; where each term has a norm, Gattolin's parameter count has one for each.
        from_skip = conv_op(skip_channels, inter_channels, tuple(stride), tuple(stride), bias=norm_op is not None)
        self.from_skip = nn.Sequential(from_skip, *norm(inter_channels))
        self.from_gating = nn.Sequential(conv_op(gating_channels, inter_channels, 1), *norm(inter_channels))
        self.psi = nn.Sequential(conv_op(inter_channels, 1, 1), *norm(1))

    def forward(self, skip: torch.Tensor, gating: torch.Tensor) -> torch.Tensor:
        """Attention coefficients of a skip.

        Args:
            skip: Feature maps x, ``(N, skip_channels, H, W)``.
            gating: The gating signal g, ``(N, gating_channels, H / stride, W / stride)``.

        Returns:
            ``(N, 1, H, W)``, in [0, 1].
        """
        added = functional.relu(self.from_skip(skip) + self.from_gating(gating))
        return resize_linearly(self.psi(added).sigmoid(), skip.shape[2:])
