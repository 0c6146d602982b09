"""The networks of Gattolin's report with their published layers."""

import pytest
import torch
from stock_unets import n_parameters
from torch import nn

from nnunet_glacier.architectures.grounding_line_unets import (
    grounding_line_aspp_unet,
    grounding_line_attention_unet,
    grounding_line_unet_plus_plus,
)
from nnunet_glacier.architectures.task_networks import EarlyBranchingUNet, LateBranchingUNet
from nnunet_glacier.domain.labels import LABEL_SPACES

SMALL = [grounding_line_aspp_unet, grounding_line_attention_unet]


def test_parameters_are_as_many_as_published():
    """The trainable parameters of the study's own weights."""
    assert n_parameters(grounding_line_aspp_unet()) == 68_901
    assert n_parameters(grounding_line_attention_unet()) == 69_528


def test_parameters_of_unet_plus_plus_are_those_of_its_nodes():
    """No count is published; every node has two 3x3 convolutions with bias and norm, every up-sampling is 2x2."""
    channels = (32, 64, 128, 256, 512)
    expected = 4 * (32 + 1)
    for inputs, c in zip((2, *channels), channels, strict=False):
        expected += 9 * c * (inputs + c) + 2 * 3 * c
    for level in range(4):
        c, below = channels[level : level + 2]
        for j in range(1, 5 - level):
            expected += 4 * below * c + c + 9 * c * ((j + 1) * c + c) + 2 * 3 * c
    assert n_parameters(grounding_line_unet_plus_plus()) == expected == 9_049_284


@pytest.mark.parametrize("build", SMALL)
def test_small_networks_have_one_output(build):
    """With nnU-Net's deep supervision on, a list of it; patches of both published sizes."""
    network = build().eval()
    for size in (128, 256):
        image = torch.randn(1, 2, size, size)
        output = network(image)
        assert output.shape == (1, 1, size, size)
    network.decoder.deep_supervision = True
    torch.testing.assert_close(network(image), [output])


def test_unet_plus_plus_has_four_outputs_at_full_resolution():
    """And one at inference."""
    network = grounding_line_unet_plus_plus(num_classes=2)
    image = torch.randn(1, 2, 32, 32)
    assert [tuple(output.shape) for output in network(image)] == [(1, 2, 32, 32)] * 4
    network.decoder.deep_supervision = False
    assert network(image).shape == (1, 2, 32, 32)


def test_maps_of_the_small_attention_unet():
    """One for each of its four skips."""
    maps = grounding_line_attention_unet().eval().attention_maps(torch.randn(1, 2, 64, 64))
    assert [tuple(level.shape) for level in maps] == [(1, 1, 64, 64)] * 4


@pytest.mark.parametrize("branching", [LateBranchingUNet, EarlyBranchingUNet])
@pytest.mark.parametrize("build", SMALL)
def test_small_networks_branch_into_tasks(build, branching):
    """Their parts have the names of nnU-Net's own."""
    space = LABEL_SPACES["multitask"]
    network = branching(build(input_channels=1, num_classes=4), space)
    network.decoder.deep_supervision = True
    (tasks,) = network(torch.randn(2, 1, 32, 32))
    assert [logits.shape[1] for logits in tasks] == list(space.sizes)


@pytest.mark.parametrize("build", SMALL)
def test_a_batch_is_learnt_by_heart(build):
    """A thin line in noise, one logit: after some steps nearly every pixel of the line is found, and little else."""
    torch.manual_seed(0)
    target = torch.zeros(2, 1, 32, 32)
    target[0, :, 10:12], target[1, :, :, 20:22] = 1, 1
    image = torch.cat((target, target), 1) + 0.3 * torch.randn(2, 2, 32, 32)
    network = build()
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-2)
    balance = torch.tensor(15.0)
    for _ in range(90):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(image), target, pos_weight=balance).backward()
        optimizer.step()
    predicted = (network(image) > 0).float()
    assert 2 * (predicted * target).sum() / (predicted.sum() + target.sum()) > 0.95
