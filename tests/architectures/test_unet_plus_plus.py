"""U-Net++: its nodes written out, its outputs and their weights."""

import pytest
import torch
from stock_unets import FEATURES, n_parameters, plain_unet, residual_unet
from torch import nn

from nnunet_glacier.architectures.unet_plus_plus import UNetPlusPlus, nested_output_weights

# Gattolin, Sect. 2.2, the least nested output first; None applies no weights.
PUBLISHED_WEIGHTS = {"equal": None, "rising": (0.1, 0.2, 0.3, 0.4), "last": (0.05, 0.1, 0.2, 0.65)}


@pytest.mark.parametrize("build", [plain_unet, residual_unet])
def test_the_nodes_of_three_stages_written_out(build):
    """X^{0,1} and X^{1,1} from the encoder, X^{0,2} from X^{1,1} and all before it at full resolution."""
    network = UNetPlusPlus(build(3, deep_supervision=True)).eval()
    image = torch.randn(2, 1, 32, 32)
    x00, x10, x20 = network.encoder(image)
    up01, up11, up02 = network.decoder.transpconvs
    node01, node11, node02 = network.decoder.stages
    x01 = node01(torch.cat((up01(x10), x00), 1))
    x11 = node11(torch.cat((up11(x20), x10), 1))
    x02 = node02(torch.cat((up02(x11), x00, x01), 1))
    head01, head02 = network.decoder.seg_layers
    torch.testing.assert_close(network(image), [head02(x02), head01(x01)])
    network.decoder.deep_supervision = False
    torch.testing.assert_close(network(image), head02(x02))


@pytest.mark.parametrize("n_stages", [2, 4, 5, 6])
def test_all_outputs_have_the_size_of_the_image(n_stages):
    """As many as there are stages less one: four for five stages, as in Gattolin."""
    network = UNetPlusPlus(plain_unet(n_stages, n_classes=3, deep_supervision=True))
    outputs = network(torch.randn(1, 1, 64, 32))
    assert [tuple(output.shape) for output in outputs] == [(1, 3, 64, 32)] * (n_stages - 1)


def test_an_output_depends_on_the_stages_above_its_node_alone():
    """X^{0,1} knows the two finest stages, X^{0,3} all four: the first output is the most nested."""
    network = UNetPlusPlus(plain_unet(4, deep_supervision=True)).eval()
    skips = network.encoder(torch.randn(1, 1, 32, 32))
    before = network.decoder(skips)
    after = network.decoder([*skips[:-1], skips[-1] + 1])
    assert [torch.equal(a, b) for a, b in zip(before, after, strict=True)] == [False, True, True]


def test_parameters_are_those_of_the_nodes():
    """Per node of C channels over D with j before it: up-sampling 4 D C + C, then two 3x3 convolutions with norms."""
    network = UNetPlusPlus(plain_unet(4))
    expected = n_parameters(plain_unet(4).encoder) + 3 * (FEATURES[0] * 4 + 4)
    for level, nodes in [(0, 3), (1, 2), (2, 1)]:
        c, d = FEATURES[level], FEATURES[level + 1]
        for j in range(1, nodes + 1):
            expected += 4 * d * c + c + 9 * c * (j + 1) * c + 9 * c * c + 2 * 3 * c
    assert n_parameters(network) == expected


def test_layers_are_those_of_the_plans():
    """Convolutions per stage, kernel sizes, strides and the order of norm and activation are the U-Net's own."""
    unet = plain_unet(
        3,
        kernel_sizes=[[3, 3], [5, 5], [3, 3]],
        strides=[[1, 1], [2, 2], [2, 1]],
        n_conv_per_stage_decoder=[3, 1],
        nonlin_first=True,
    )
    network = UNetPlusPlus(unet)
    assert network(torch.randn(1, 1, 32, 32)).shape == (1, 4, 32, 32)
    layers = [[(type(part).__name__) for part in stage.convs[0].all_modules] for stage in network.decoder.stages]
    assert layers == [["Conv2d", "LeakyReLU", "InstanceNorm2d"]] * 3
    assert [len(stage.convs) for stage in network.decoder.stages] == [1, 3, 1]
    assert [stage.convs[0].conv.kernel_size for stage in network.decoder.stages] == [(3, 3), (5, 5), (3, 3)]
    assert [tuple(part.stride) for part in network.decoder.transpconvs] == [(2, 2), (2, 1), (2, 2)]


def test_a_unet_without_norms_keeps_its_order():
    """Without a norm there is none to put after the activation."""
    network = UNetPlusPlus(plain_unet(3, norm_op=None, norm_op_kwargs=None))
    assert not any(isinstance(part, nn.InstanceNorm2d) for part in network.modules())


@pytest.mark.parametrize("weighting", PUBLISHED_WEIGHTS)
def test_weights_of_four_outputs_are_the_published_ones(weighting):
    """In the order of the outputs, most nested first; None is the same weight for all."""
    published = PUBLISHED_WEIGHTS[weighting] or (0.25,) * 4
    assert nested_output_weights(weighting, 4) == pytest.approx(published[::-1])


@pytest.mark.parametrize("n_outputs", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("weighting", PUBLISHED_WEIGHTS)
def test_weights_of_other_numbers_of_outputs(weighting, n_outputs):
    """They add up to 1, fall with less nesting, and none is 0, which would leave a head without a gradient."""
    weights = nested_output_weights(weighting, n_outputs)
    assert len(weights) == n_outputs
    assert sum(weights) == pytest.approx(1.0)
    assert all(before >= after > 0 for before, after in zip(weights, [*weights[1:], weights[-1]], strict=True))
