"""The network of Pires de Lima et al. (2023): ResNet-18 without its last block, and ASPP as the decoder.

The encoder is timm's, the pyramid torchvision's; both come with nnU-Net.
"""

from __future__ import annotations

from collections.abc import Callable

import timm
import torch
from torch import nn
from torch.nn import functional
from torchvision.models.segmentation.deeplabv3 import ASPP

from nnunet_glacier.architectures.encoder_decoder import EncoderDecoder, UNetOutput

RESNET = "resnet18.tv_in1k"
"""timm's name of torchvision's ResNet-18 with its weights trained on ImageNet-1k, which the published code takes."""

THIRD_BLOCK = 3
"""Position of the third residual block among timm's feature maps, of which the first is the stem's."""

DILATIONS = (12, 24, 36)
"""Of the 3x3 branches, besides one of 1x1 and a pooled one: DeepLabv3's, which the published code takes."""

DECODER_CHANNELS = 128
"""With these the network has the 4 M parameters of the paper; DeepLabv3's 256 make 5.6 M."""


class ASPPHead(nn.Module):
    """Atrous spatial pyramid pooling, a 3x3 convolution and the head, at the resolution of the features.

    The pooled branch is the published code's: means over 2x2 pixels and not over the whole map, so that a patch and a
    whole scene are treated alike.

    Args:
        in_channels: Of the encoder's last feature map.
        num_classes: Channels of the logits.

    Shape:
        Input ``(N, in_channels, h, w)``, h and w at least 2; output ``(N, num_classes, h, w)``, or a list of it while
        ``deep_supervision`` is on, which nnU-Net switches.
    """

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.deep_supervision = False
        self.aspp = ASPP(in_channels, DILATIONS, DECODER_CHANNELS)
        self.aspp.convs[-1][0] = nn.AvgPool2d(2)
        self.convolution = nn.Sequential(
            nn.Conv2d(DECODER_CHANNELS, DECODER_CHANNELS, 3, padding=1, bias=False),
            nn.BatchNorm2d(DECODER_CHANNELS),
            nn.ReLU(),
        )
        self.head = nn.Conv2d(DECODER_CHANNELS, num_classes, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Logits."""
        return self.head(self.convolution(self.aspp(features)))


class ResNetASPP(EncoderDecoder):
    """ResNet-18 up to its third block and an ASPP decoder, whose logits are enlarged bilinearly to the image.

    With three channels and two classes 3,964,482 trainable parameters; the paper says 4 M. Its first weights are
    random; `load_imagenet_weights` exchanges the encoder's.

    Args:
        input_channels: HH, HV and incidence angle in the paper; other numbers are taken too.
        num_classes: Channels of the logits.

    Shape:
        Input ``(N, input_channels, H, W)``, H and W at least 32, of any size; output ``(N, num_classes, H, W)``, or
        with deep supervision on a list of it.
    """

    def __init__(self, input_channels: int = 3, num_classes: int = 2) -> None:
        encoder = _resnet(input_channels, pretrained=False)
        decoder = ASPPHead(encoder.feature_info.channels()[-1], num_classes)
        # timm and torchvision have initialised their own parts.
        super().__init__(encoder, decoder, lambda module: None)
        self.input_channels = input_channels

    def forward(self, x: torch.Tensor) -> UNetOutput:
        """Logits at the size of the image."""
        (features,) = self.encoder(x)
        logits = functional.interpolate(self.decoder(features), x.shape[2:], mode="bilinear", align_corners=False)
        return [logits] if self.decoder.deep_supervision else logits

    def load_imagenet_weights(self, say: Callable[[str], object]) -> bool:
        """Give the encoder ImageNet's weights if they are to be had, from timm's cache or the network.

        Other numbers of channels than three get timm's repetition or sum of the three.

        Args:
            say: Told in a sentence which weights the encoder has.

        Returns:
            Whether they were loaded; if not, the encoder keeps its random weights.
        """
        try:
            trained = _resnet(self.input_channels, pretrained=True)
        # What timm's loading raises without a network depends on the version of its client.
        except Exception as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            say(
                f"The encoder starts from random weights: ImageNet's ({RESNET}) could not be loaded ({reason}). They "
                "are downloaded once by timm where there is a network, and can be copied to another machine with the "
                "folder that HF_HOME names."
            )
            return False
        self.encoder.load_state_dict(trained.state_dict())
        say(f"The encoder starts from ImageNet's weights ({RESNET}).")
        return True


def _resnet(input_channels: int, *, pretrained: bool) -> nn.Module:
    """The stem and three blocks; the feature map is a sixteenth of the image."""
    return timm.create_model(
        RESNET, features_only=True, out_indices=(THIRD_BLOCK,), in_chans=input_channels, pretrained=pretrained
    )
