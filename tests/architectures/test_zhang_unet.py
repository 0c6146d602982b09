"""The five-layer U-Net of Zhang et al. (2019) from plans."""

import torch
from nnunetv2.utilities.get_network_from_plans import get_network_from_plans
from stock_unets import n_parameters
from torch import nn

from nnunet_glacier.architectures.attention_unet import AttentionUNet
from nnunet_glacier.architectures.zhang_unet import ZhangUNet

FEATURES = (32, 64, 128, 256, 512)


def zhang(features=FEATURES, *, deep_supervision=False, classes=2):
    """As nnU-Net makes it of plans."""
    stages = len(features)
    arguments = {
        "n_stages": stages,
        "features_per_stage": list(features),
        "conv_op": "torch.nn.modules.conv.Conv2d",
        "kernel_sizes": [[5, 5]] * stages,
        "strides": [[1, 1]] + [[2, 2]] * (stages - 1),
        "n_conv_per_stage": [2] * stages,
        "n_conv_per_stage_decoder": [2] * (stages - 1),
        "conv_bias": True,
        "norm_op": "torch.nn.modules.batchnorm.BatchNorm2d",
        "norm_op_kwargs": {},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": "torch.nn.LeakyReLU",
        "nonlin_kwargs": {"negative_slope": 0.1, "inplace": True},
    }
    name = f"{ZhangUNet.__module__}.{ZhangUNet.__name__}"
    imported = ["conv_op", "norm_op", "dropout_op", "nonlin"]
    return get_network_from_plans(name, arguments, imported, 1, classes, deep_supervision=deep_supervision)


def counted_by_hand(gated):
    """Convolutions of 5x5 with bias and two numbers of the norm a channel; heads of 1x1 at every stage."""

    def block(inputs, outputs):
        return 25 * inputs * outputs + 3 * outputs

    total = 0
    for inputs, outputs in zip((1, *FEATURES), FEATURES, strict=False):
        total += block(inputs, outputs) + block(outputs, outputs)
    for below, skip in zip(FEATURES[1:], FEATURES, strict=False):
        total += 25 * below * skip + skip + block(2 * skip, skip) + block(skip, skip) + 2 * skip + 2
        if gated:
            inter = skip // 2
            # A 2x2 convolution of the skip, a 1x1 one of the gating signal with the bias, and psi.
            total += 4 * skip * inter + below * inter + inter + inter + 1
    return total


def test_parameters_are_those_of_its_layers():
    """Counted layer by layer, with and without gates."""
    assert n_parameters(zhang()) == counted_by_hand(gated=False) == 23_972_680
    assert n_parameters(AttentionUNet(zhang())) == counted_by_hand(gated=True)


def test_layers_are_the_papers():
    """Max-pooling, slopes of 0.1, batch norms, and transposed convolutions of 5x5."""
    network = zhang((4, 8, 16, 16, 16))
    modules = list(network.modules())
    assert sum(isinstance(module, nn.MaxPool2d) for module in modules) == 4
    assert {module.negative_slope for module in modules if isinstance(module, nn.LeakyReLU)} == {0.1}
    assert not any(isinstance(module, nn.InstanceNorm2d) for module in modules)
    kernels = {module.kernel_size for module in modules if isinstance(module, nn.Conv2d)}
    assert kernels == {(5, 5), (1, 1)}
    assert {module.kernel_size for module in modules if isinstance(module, nn.ConvTranspose2d)} == {(5, 5)}


def test_outputs_have_the_size_of_the_image():
    """Of a patch that is not square; with deep supervision halved from output to output."""
    image = torch.randn(2, 1, 32, 48)
    assert zhang((2, 4, 4, 4, 4))(image).shape == (2, 2, 32, 48)
    outputs = zhang((2, 4, 4, 4, 4), deep_supervision=True)(image)
    assert [tuple(output.shape[2:]) for output in outputs] == [(32, 48), (16, 24), (8, 12), (4, 6)]


def test_gates_can_be_put_into_its_skips():
    """One for each of the four."""
    network = AttentionUNet(zhang((2, 4, 4, 4, 4)))
    assert network(torch.randn(1, 1, 32, 32)).shape == (1, 2, 32, 32)
    assert len(network.decoder.gates) == 4
