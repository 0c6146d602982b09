"""U-Nets for several tasks: late branching (shared decoder) and early branching (a decoder per task).

Both are made from an ordinary U-Net of ``dynamic_network_architectures``, plain or residual, with an ``encoder`` and a
``decoder``, so that plans are shared with single-task networks (Herrmann et al. 2023, Fig. 7), and with late branching
pre-trained weights; or from one of this folder's networks, which have the same parts.

While ``decoder.deep_supervision`` is on, the output is what the loss needs: a list, first a tuple of the tasks' logits
at full resolution, then the first task's logits at each lower one (of a U-Net++: at each less nested one). While it is
off, the output is what nnU-Net's inference needs: the joint log-probabilities of all codes.
"""

from __future__ import annotations

from copy import deepcopy

import torch
from dynamic_network_architectures.initialization.weight_init import InitWeights_He
from torch import nn

from nnunet_glacier.architectures.attention_maps import WithAttentionMaps
from nnunet_glacier.domain.labels import LabelSpace

TaskOutput = torch.Tensor | list[tuple[torch.Tensor, ...] | torch.Tensor]


def check_thin_tasks(space: LabelSpace) -> None:
    """Refuse tasks that the networks cannot supervise as intended.

    Raises:
        ValueError: If not exactly the first task is wide; only it is supervised at every resolution, since lines a few
            pixels wide vanish at the lower ones.
    """
    if [task.thin for task in space.tasks] != [False] + [True] * (len(space.tasks) - 1):
        raise ValueError(f"the first of the tasks {space.names} must be the only one that is not thin")


class _BranchingUNet(WithAttentionMaps, nn.Module):
    """The parts of a U-Net, under the names that nnU-Net's deep supervision switch knows."""

    def __init__(self, unet: nn.Module, space: LabelSpace) -> None:
        super().__init__()
        check_thin_tasks(space)
        self.space = space
        self.encoder = unet.encoder
        self.decoder = unet.decoder


class LateBranchingUNet(_BranchingUNet):
    """One encoder and one decoder; the tasks part at the 1x1 convolutions.

    The heads of the tasks at full resolution are one convolution whose channels are split.

    Args:
        unet: A U-Net with as many classes as the first task; its encoder and decoder are taken over.
        space: The tasks; the first is wide, the others thin.

    Shape:
        Input ``(N, C, H, W)``; output ``(N, space.n_codes, H, W)``, or with deep supervision a list, see the module.
    """

    def __init__(self, unet: nn.Module, space: LabelSpace) -> None:
        super().__init__(unet, space)
        self.decoder.seg_layers[-1] = _head_like(self.decoder.seg_layers[-1], sum(space.sizes))

    def forward(self, x: torch.Tensor) -> TaskOutput:
        """Logits of each task and resolution, or joint log-probabilities."""
        levels = self.decoder(self.encoder(x))
        if not self.decoder.deep_supervision:
            return self.space.joint_log_probabilities(*levels.split(self.space.sizes, dim=1), axis=1)
        return [levels[0].split(self.space.sizes, dim=1), *levels[1:]]


class EarlyBranchingUNet(_BranchingUNet):
    """One encoder and one full decoder per task.

    The first task's decoder is ``decoder``, the one whose deep supervision nnU-Net switches; the others, in
    ``thin_decoders``, have a head at full resolution alone.

    Args:
        unet: A U-Net with as many classes as the first task; its encoder and decoder are taken over.
        space: The tasks; the first is wide, the others thin.

    Shape:
        As for `LateBranchingUNet`.
    """

    def __init__(self, unet: nn.Module, space: LabelSpace) -> None:
        super().__init__(unet, space)
        self.thin_decoders = nn.ModuleList(_thin_decoder(unet, size) for size in space.sizes[1:])

    def forward(self, x: torch.Tensor) -> TaskOutput:
        """Logits of each task and resolution, or joint log-probabilities."""
        skips = self.encoder(x)
        first = self.decoder(skips)
        others = [decoder(skips) for decoder in self.thin_decoders]
        if not self.decoder.deep_supervision:
            return self.space.joint_log_probabilities(first, *others, axis=1)
        return [(first[0], *others), *first[1:]]


def _thin_decoder(unet: nn.Module, n_classes: int) -> nn.Module:
    """A decoder of the U-Net's shape with weights of its own, the U-Net's encoder and one head."""
    # Decoders keep a reference to their encoder, which must not be copied.
    decoder = deepcopy(unet.decoder, {id(unet.encoder): unet.encoder})
    decoder.deep_supervision = False
    decoder.num_classes = n_classes
    for part in decoder.children():
        if part is not unet.encoder:
            part.apply(unet.initialize)
    # Heads without a loss would have no gradient, on which distributed training stops.
    for level in range(len(decoder.seg_layers) - 1):
        decoder.seg_layers[level] = nn.Identity()
    decoder.seg_layers[-1] = _head_like(decoder.seg_layers[-1], n_classes)
    return decoder


def _head_like(head: nn.Module, n_classes: int) -> nn.Module:
    """A freshly initialised 1x1 convolution with the input of another."""
    new = type(head)(head.in_channels, n_classes, kernel_size=1, bias=True)
    InitWeights_He(1e-2)(new)
    return new
