"""The five-layer U-Net of Zhang et al. (2019), the base of Davari et al. (2021) and of Holzmann et al. (2021).

From nnU-Net's plans like any other network: `ZhangUNet` is what stands under ``network_class_name``, and kernels, norm,
activation and features stand in the plans, where ``nnunet-glacier plan --preset davari-2021`` writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dynamic_network_architectures.architectures.unet import PlainConvUNet
from dynamic_network_architectures.building_blocks.plain_conv_encoder import PlainConvEncoder
from dynamic_network_architectures.building_blocks.unet_decoder import UNetDecoder
from torch import nn

from nnunet_glacier.architectures.encoder_decoder import EncoderDecoder


class ZhangUNet(EncoderDecoder):
    """A U-Net that pools by the maximum and whose transposed convolutions are as wide as its convolutions.

    Everything else is nnU-Net's plain U-Net, and the arguments are those of its ``PlainConvUNet``. With the published
    numbers (one input channel, five stages of 32 to 512 features, kernels of 5x5, batch norm, bias, two classes) it has
    23,972,680 trainable parameters, of
    which 902 are those of the heads that deep supervision alone uses.

    What the papers leave open: the features are those of the published code of Holzmann et al. (2021). Each convolution
    is followed by its norm and then by the activation, as the papers say, in the decoder too, where that code has them
    the other way round. The heads are nnU-Net's 1x1 convolutions, where that code has one of 3x3.

    Args:
        input_channels: Of the image.
        n_stages: Stages of the encoder.
        features_per_stage: Feature maps of each.
        conv_op: ``nn.Conv2d``.
        kernel_sizes: Of each stage; the transposed convolution into a stage has the stage's own.
        strides: Of the pooling before each stage.
        n_conv_per_stage: Convolutions of each stage.
        num_classes: Channels of the logits.
        n_conv_per_stage_decoder: Convolutions of each stage of the decoder, coarsest first.
        deep_supervision: Whether the output is a list, finest first.
        layers: Norm, activation, dropout and bias, as ``PlainConvEncoder`` takes them.

    Shape:
        Input ``(N, input_channels, H, W)``, H and W divisible by the product of the strides; output
        ``(N, num_classes, H, W)``, or with deep supervision a list of such logits, halved from one to the next.
    """

    def __init__(
        self,
        input_channels: int,
        n_stages: int,
        features_per_stage: Sequence[int],
        conv_op: type[nn.Module],
        kernel_sizes: Sequence[Sequence[int]],
        strides: Sequence[Sequence[int]],
        n_conv_per_stage: Sequence[int],
        num_classes: int,
        n_conv_per_stage_decoder: Sequence[int],
        deep_supervision: bool = False,
        **layers: Any,
    ) -> None:
        encoder = PlainConvEncoder(
            input_channels,
            n_stages,
            features_per_stage,
            conv_op,
            kernel_sizes,
            strides,
            n_conv_per_stage,
            return_skips=True,
            pool="max",
            **layers,
        )
        decoder = UNetDecoder(encoder, num_classes, n_conv_per_stage_decoder, deep_supervision)
        decoder.transpconvs = nn.ModuleList(
            _widened(narrow, kernel_sizes[-(index + 2)]) for index, narrow in enumerate(decoder.transpconvs)
        )
        super().__init__(encoder, decoder, PlainConvUNet.initialize)


def _widened(narrow: nn.Module, kernel_size: Sequence[int]) -> nn.Module:
    """A transposed convolution with another kernel, padded so that its output has the same size."""
    padding = [(kernel - stride + 1) // 2 for kernel, stride in zip(kernel_size, narrow.stride, strict=True)]
    surplus = [
        stride + 2 * pad - kernel for kernel, stride, pad in zip(kernel_size, narrow.stride, padding, strict=True)
    ]
    return type(narrow)(
        narrow.in_channels,
        narrow.out_channels,
        tuple(kernel_size),
        narrow.stride,
        tuple(padding),
        tuple(surplus),
        bias=narrow.bias is not None,
    )
