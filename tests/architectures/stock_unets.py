"""Small U-Nets as nnU-Net builds them from its plans."""

import torch
from dynamic_network_architectures.architectures.unet import PlainConvUNet, ResidualEncoderUNet
from torch import nn

LAYERS = {
    "conv_bias": True,
    "norm_op": nn.InstanceNorm2d,
    "norm_op_kwargs": {"eps": 1e-5, "affine": True},
    "nonlin": nn.LeakyReLU,
    "nonlin_kwargs": {"inplace": True},
}
FEATURES = (4, 8, 12, 16, 16, 16)


def plain_unet(n_stages=4, *, n_classes=4, deep_supervision=False, seed=0, **layers):
    """A plain U-Net for one channel, initialised."""
    return _initialised(PlainConvUNet, "n_conv_per_stage", n_stages, n_classes, deep_supervision, seed, layers)


def residual_unet(n_stages=4, *, n_classes=4, deep_supervision=False, seed=0, **layers):
    """A U-Net with residual encoder for one channel, initialised."""
    return _initialised(ResidualEncoderUNet, "n_blocks_per_stage", n_stages, n_classes, deep_supervision, seed, layers)


def n_parameters(network):
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def _initialised(architecture, depth_name, n_stages, n_classes, deep_supervision, seed, layers):
    torch.manual_seed(seed)
    shape = {
        "features_per_stage": list(FEATURES[:n_stages]),
        "kernel_sizes": [[3, 3]] * n_stages,
        "strides": [[1, 1], *[[2, 2]] * (n_stages - 1)],
        "n_conv_per_stage_decoder": [2] * (n_stages - 1),
        depth_name: [2] * n_stages,
    }
    unet = architecture(
        input_channels=1,
        n_stages=n_stages,
        conv_op=nn.Conv2d,
        num_classes=n_classes,
        deep_supervision=deep_supervision,
        **{**shape, **LAYERS, **layers},
    )
    unet.apply(unet.initialize)
    return unet
