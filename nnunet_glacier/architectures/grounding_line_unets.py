"""The networks of Gattolin's report with their published layers, an alternative to those of nnU-Net's plans.

U-Net + ASPP and Attention U-Net have four stages of 4, 8, 16 and 32 channels, and ASPP behind a fourth pooling; the
decoder ends with 2 channels. U-Net++ has five stages of 32 to 512 channels. What the paper leaves open is chosen so
that the published weights' counts, 68,901 and 69,528, are met: every convolution has a bias, ASPP has no norm, and a
gate sees the up-sampled features and has a norm behind each convolution. A count cannot tell whether ASPP has
activations (here it has, as in DeepLabv3). None is known for U-Net++, whose up-sampling is that of the others.

Patches of any size divisible by 16.
"""

from __future__ import annotations

from dynamic_network_architectures.architectures.unet import PlainConvUNet
from dynamic_network_architectures.building_blocks.plain_conv_encoder import PlainConvEncoder
from dynamic_network_architectures.building_blocks.simple_conv_blocks import StackedConvBlocks
from torch import nn

from nnunet_glacier.architectures.aspp_unet import ASPP, ASPPEncoder
from nnunet_glacier.architectures.attention_gate import AttentionGate
from nnunet_glacier.architectures.attention_unet import GatedDecoder
from nnunet_glacier.architectures.encoder_decoder import EncoderDecoder
from nnunet_glacier.architectures.unet_plus_plus import NestedDecoder

ENCODER_CHANNELS = (4, 8, 16, 32)
DECODER_CHANNELS = (16, 8, 4, 2)
NESTED_CHANNELS = (32, 64, 128, 256, 512)
_RELU = {"nonlin": nn.ReLU, "nonlin_kwargs": {"inplace": True}}
_LAYERS = {"conv_bias": True, "norm_op": nn.BatchNorm2d, "norm_op_kwargs": {}, **_RELU}


def grounding_line_aspp_unet(input_channels: int = 2, num_classes: int = 1) -> EncoderDecoder:
    """The paper's U-Net: ASPP in the bottleneck, plain skip connections; 68,901 trainable parameters.

    It has one head: with deep supervision, its output is a list of one.

    Args:
        input_channels: Phase and magnitude in the paper.
        num_classes: One logit in the paper; nnU-Net has two classes.
    """
    return _small_unet(input_channels, num_classes, gated=False)


def grounding_line_attention_unet(input_channels: int = 2, num_classes: int = 1) -> EncoderDecoder:
    """The paper's Attention U-Net: its U-Net with a gate in every skip connection; 69,528 trainable parameters.

    Otherwise as `grounding_line_aspp_unet`.
    """
    return _small_unet(input_channels, num_classes, gated=True)


def grounding_line_unet_plus_plus(
    input_channels: int = 2, num_classes: int = 1, deep_supervision: bool = True
) -> EncoderDecoder:
    """The paper's U-Net++, with four outputs at full resolution; 9,049,284 trainable parameters.

    Args:
        input_channels: Phase and magnitude in the paper.
        num_classes: One logit in the paper; nnU-Net has two classes.
        deep_supervision: Whether the output is a list, the most nested first.
    """
    encoder = _encoder(input_channels, NESTED_CHANNELS)
    decoder = NestedDecoder(encoder, num_classes, [2] * (len(NESTED_CHANNELS) - 1), deep_supervision)
    return _initialised(encoder, decoder)


def _small_unet(input_channels: int, num_classes: int, *, gated: bool) -> EncoderDecoder:
    stock = _encoder(input_channels, ENCODER_CHANNELS)
    stock.stages.append(nn.MaxPool2d(2))
    stock.output_channels = [*ENCODER_CHANNELS, ENCODER_CHANNELS[-1]]
    stock.strides = [*stock.strides, [2, 2]]
    encoder = ASPPEncoder(stock, ASPP(nn.Conv2d, ENCODER_CHANNELS[-1], **_RELU))
    below = (ENCODER_CHANNELS[-1], *DECODER_CHANNELS[:-1])
    skips = ENCODER_CHANNELS[::-1]
    decoder = GatedDecoder(
        encoder,
        [nn.ConvTranspose2d(before, after, 2, 2) for before, after in zip(below, DECODER_CHANNELS, strict=True)],
        [
            StackedConvBlocks(2, nn.Conv2d, skip + after, after, 3, 1, **_LAYERS)
            for skip, after in zip(skips, DECODER_CHANNELS, strict=True)
        ],
        [nn.Conv2d(DECODER_CHANNELS[-1], num_classes, 1)],
        [
            AttentionGate(nn.Conv2d, skip, after, skip // 4, norm_op=nn.BatchNorm2d)
            for skip, after in zip(skips, DECODER_CHANNELS, strict=True)
            if gated
        ],
        gates_see_upsampled=True,
        num_classes=num_classes,
        deep_supervision=False,
    )
    return _initialised(encoder, decoder)


def _encoder(input_channels: int, channels: tuple[int, ...]) -> PlainConvEncoder:
    """Two convolutions per stage and max-pooling in between."""
    strides = [1, *[2] * (len(channels) - 1)]
    return PlainConvEncoder(
        input_channels,
        len(channels),
        list(channels),
        nn.Conv2d,
        [3] * len(channels),
        strides,
        2,
        return_skips=True,
        pool="max",
        **_LAYERS,
    )


def _initialised(encoder: nn.Module, decoder: nn.Module) -> EncoderDecoder:
    network = EncoderDecoder(encoder, decoder, PlainConvUNet.initialize)
    network.apply(network.initialize)
    return network
