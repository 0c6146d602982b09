"""ASPP against torchvision's, and the U-Net with it in the bottleneck."""

import pytest
import torch
from stock_unets import n_parameters, plain_unet, residual_unet
from torch import nn
from torchvision.models.segmentation import deeplabv3

from nnunet_glacier.architectures.aspp_unet import ASPP, ASPPUNet
from nnunet_glacier.architectures.attention_maps import attention_maps
from nnunet_glacier.architectures.attention_unet import AttentionUNet
from nnunet_glacier.architectures.unet_plus_plus import UNetPlusPlus


def test_it_is_torchvisions_aspp_where_that_has_no_norm_in_the_pooled_branch():
    """DeepLabv3's module, with the weights of ours and an idle norm in the pooled branch."""
    torch.manual_seed(0)
    ours = ASPP(nn.Conv2d, 6, conv_bias=False, norm_op=nn.BatchNorm2d, nonlin=nn.ReLU).eval()
    theirs = deeplabv3.ASPP(6, [6, 12, 18], 6).eval()
    for own, other in zip(ours.branches, list(theirs.convs)[:4], strict=True):
        other.load_state_dict(own.state_dict())
    theirs.project[:2].load_state_dict(ours.projection[:2].state_dict())
    theirs.convs[4][1].weight.data = ours.pooled[0].weight.data
    theirs.convs[4][2] = nn.Identity()
    nn.init.zeros_(ours.pooled[0].bias)
    x = torch.randn(2, 6, 24, 20)
    torch.testing.assert_close(ours(x), theirs(x))


def test_parameters_are_those_of_the_five_branches_and_the_projection():
    """1x1, three 3x3 and a pooled 1x1 of C channels each, then 5 C to C; norms have two values per channel."""
    aspp = ASPP(nn.Conv2d, 16, norm_op=nn.InstanceNorm2d, norm_op_kwargs={"affine": True})
    convolutions = 16 * 16 * (1 + 3 * 9 + 1 + 5) + 6 * 16
    assert n_parameters(aspp) == convolutions + 5 * 2 * 16
    assert n_parameters(ASPPUNet(plain_unet())) - n_parameters(plain_unet()) == convolutions + 5 * 2 * 16


@pytest.mark.parametrize("norm_op", [None, nn.InstanceNorm2d, nn.BatchNorm2d])
@pytest.mark.parametrize("size", [(2, 1), (2, 2), (3, 5), (40, 40)])
def test_maps_smaller_than_the_dilations_and_batches_of_one(size, norm_op):
    """In training, where a norm of the pooled branch would have a single value to work with."""
    out = ASPP(nn.Conv2d, 4, norm_op=norm_op, nonlin=nn.LeakyReLU)(torch.randn(1, 4, *size))
    assert out.shape == (1, 4, *size)
    assert out.isfinite().all()


def test_on_a_map_of_one_pixel_a_dilated_convolution_is_its_central_weight():
    """All others fall outside; without a norm there is nothing else."""
    torch.manual_seed(0)
    aspp = ASPP(nn.Conv2d, 4)
    x = torch.randn(3, 4, 1, 1)
    conv = aspp.branches[2][0]
    expected = torch.einsum("oi,nihw->nohw", conv.weight[:, :, 1, 1], x) + conv.bias[:, None, None]
    torch.testing.assert_close(aspp.branches[2](x), expected)
    assert aspp(x).shape == (3, 4, 1, 1)


def test_the_pooled_branch_brings_the_whole_map_to_every_pixel():
    """A pixel out of reach of every dilation changes the output through the mean."""
    torch.manual_seed(0)
    aspp = ASPP(nn.Conv2d, 4)
    x = torch.randn(1, 4, 40, 40)
    changed = x.clone()
    changed[..., 39, 39] += 100.0
    difference = (aspp(changed) - aspp(x))[0, :, 0, 0]
    mean_change = torch.full((1, 4, 1, 1), 100.0 / 1600)
    weights = aspp.projection[0].weight[:, -4:]
    expected = nn.functional.conv2d(nn.functional.conv2d(mean_change, aspp.pooled[0].weight), weights).flatten()
    torch.testing.assert_close(difference, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("build", [plain_unet, residual_unet])
def test_only_the_coarsest_feature_map_is_changed(build):
    """The others are the stock encoder's; the decoder is the stock one."""
    image = torch.randn(2, 1, 32, 32)
    stock = build()
    expected = stock.encoder(image)
    network = ASPPUNet(stock)
    skips = network.encoder(image)
    torch.testing.assert_close(skips[:-1], expected[:-1])
    torch.testing.assert_close(skips[-1], network.encoder.aspp(expected[-1]))
    torch.testing.assert_close(network(image), stock.decoder(skips))


@pytest.mark.parametrize("build", [plain_unet, residual_unet])
def test_only_aspps_weights_come_in_addition(build):
    """All others keep the names and shapes of the stock U-Net."""
    shapes = {name: value.shape for name, value in build().state_dict().items()}
    ours = {name: value.shape for name, value in ASPPUNet(build()).state_dict().items()}
    assert {name: shape for name, shape in ours.items() if ".aspp." not in name} == shapes
    assert any(name.startswith("encoder.aspp.") for name in ours)


def test_other_networks_are_made_from_it():
    """Gattolin's Attention U-Net has ASPP in its bottleneck as well."""
    image = torch.randn(1, 1, 32, 32)
    attention = AttentionUNet(ASPPUNet(plain_unet()))
    assert attention(image).shape == (1, 4, 32, 32)
    assert len(attention_maps(attention, image)) == 3
    assert UNetPlusPlus(ASPPUNet(plain_unet(deep_supervision=True)))(image)[2].shape == (1, 4, 32, 32)
