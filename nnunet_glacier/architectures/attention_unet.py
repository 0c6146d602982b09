"""Attention U-Net: an additive attention gate in every skip connection (Holzmann et al. 2021; Gattolin).

monai's ``AttentionUnet`` is not used: its norm (batch), its activation (ReLU) and two convolutions per stage are
fixed, it has neither deep supervision nor a way to its attention maps, and no encoder of nnU-Net's
plans. The attention of segmentation_models.pytorch (scSE) is another one, without a gating signal.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from nnunet_glacier.architectures.attention_gate import AttentionGate
from nnunet_glacier.architectures.encoder_decoder import EncoderDecoder, UNetOutput


class GatedDecoder(nn.Module):
    """A U-Net's decoder with attention gates in its skip connections, made of its parts.

    All parts are in the order of computation, coarsest first. With fewer heads than stages, the heads belong to the
    finest stages.

    Args:
        encoder: The encoder whose feature maps it takes.
        transpconvs: Up-sampling to the resolution of each skip.
        stages: Convolutions of the up-sampled features and the skip, concatenated.
        seg_layers: Heads.
        gates: One for each skip, or none at all.
        gates_see_upsampled: Whether the gating signal is the up-sampled features (Gattolin) or those of the stage
            below, before up-sampling (Holzmann et al. 2021).
        num_classes: Channels of the logits.
        deep_supervision: Whether all heads are used, or the finest alone.
    """

    def __init__(
        self,
        encoder: nn.Module,
        transpconvs: Iterable[nn.Module],
        stages: Iterable[nn.Module],
        seg_layers: Iterable[nn.Module],
        gates: Iterable[AttentionGate] = (),
        *,
        gates_see_upsampled: bool = False,
        num_classes: int,
        deep_supervision: bool,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.transpconvs = nn.ModuleList(transpconvs)
        self.stages = nn.ModuleList(stages)
        self.seg_layers = nn.ModuleList(seg_layers)
        self.gates = nn.ModuleList(gates)
        self.gates_see_upsampled = gates_see_upsampled
        self.num_classes = num_classes
        self.deep_supervision = deep_supervision

    def forward(self, skips: list[torch.Tensor]) -> UNetOutput:
        """Logits from the encoder's feature maps (finest first), or with deep supervision a list, finest first."""
        features, _ = self._decode(skips)
        if not self.deep_supervision:
            return self.seg_layers[-1](features[-1])
        heads = list(self.seg_layers)[::-1]
        return [head(stage_features) for head, stage_features in zip(heads, features[::-1], strict=False)]

    def attention(self, skips: list[torch.Tensor]) -> list[torch.Tensor]:
        """Attention coefficients of each skip at its own size, ``(N, 1, h, w)``, finest first."""
        _, coefficients = self._decode(skips)
        return coefficients[::-1]

    def _decode(self, skips: list[torch.Tensor]) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Features of each stage and attention coefficients of each skip, coarsest first."""
        below = skips[-1]
        features, coefficients = [], []
        for index, (transpconv, stage) in enumerate(zip(self.transpconvs, self.stages, strict=True)):
            skip = skips[-(index + 2)]
            upsampled = transpconv(below)
            if len(self.gates):
                alpha = self.gates[index](skip, upsampled if self.gates_see_upsampled else below)
                skip = skip * alpha
                coefficients.append(alpha)
            below = stage(torch.cat((upsampled, skip), 1))
            features.append(below)
        return features, coefficients


class AttentionUNet(EncoderDecoder):
    """A U-Net of nnU-Net's plans with attention gates.

    The weights have the names of the U-Net's own, those of the gates come in addition (``decoder.gates``). The gates
    work at the resolution of the stage below, with half of the skip's channels.

    Args:
        unet: The U-Net, plain or with residual encoder; its encoder and the parts of its decoder are taken over.

    Raises:
        TypeError: If it is a U-Net++, whose skip connections are nested.
    """

    def __init__(self, unet: nn.Module) -> None:
        encoder, decoder = unet.encoder, unet.decoder
        channels = encoder.output_channels
        if len(decoder.transpconvs) != len(channels) - 1:
            raise TypeError(f"a {type(unet).__name__} cannot have attention gates: its skip connections are nested")
        gates = [
            AttentionGate(
                encoder.conv_op,
                channels[level],
                channels[level + 1],
                max(1, channels[level] // 2),
                encoder.strides[level + 1],
            )
            for level in reversed(range(len(channels) - 1))
        ]
        gated = GatedDecoder(
            encoder,
            decoder.transpconvs,
            decoder.stages,
            decoder.seg_layers,
            gates,
            num_classes=decoder.num_classes,
            deep_supervision=decoder.deep_supervision,
        )
        gated.gates.apply(unet.initialize)
        super().__init__(encoder, gated, unet.initialize)
