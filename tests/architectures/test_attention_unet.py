"""Attention U-Net: what its gates do to the U-Net it is made from, and its maps."""

from itertools import pairwise

import pytest
import torch
from stock_unets import FEATURES, n_parameters, plain_unet, residual_unet

from nnunet_glacier.architectures.attention_maps import attention_maps
from nnunet_glacier.architectures.attention_unet import AttentionUNet
from nnunet_glacier.architectures.task_networks import EarlyBranchingUNet, LateBranchingUNet
from nnunet_glacier.architectures.unet_plus_plus import UNetPlusPlus
from nnunet_glacier.domain.labels import LABEL_SPACES

SPACE = LABEL_SPACES["multitask"]


def set_gates(network, logit):
    """Make every attention coefficient the sigmoid of a number."""
    with torch.no_grad():
        for gate in network.decoder.gates:
            gate.psi[0].weight.zero_()
            gate.psi[0].bias.fill_(logit)


@pytest.mark.parametrize("build", [plain_unet, residual_unet])
def test_with_open_gates_it_is_the_unet_it_was_made_from(build):
    """Coefficients of 1 let every skip through as it is, so the output is the stock U-Net's, at every resolution."""
    image = torch.randn(2, 1, 32, 32)
    stock = build(deep_supervision=True)
    expected = stock(image)
    network = AttentionUNet(stock)
    set_gates(network, 100.0)
    torch.testing.assert_close(network(image), expected)


def test_with_closed_gates_only_the_bottleneck_is_seen():
    """Coefficients of 0 cut every skip: the output no longer depends on the finer feature maps."""
    network = AttentionUNet(plain_unet())
    set_gates(network, -200.0)
    skips = network.encoder(torch.randn(1, 1, 32, 32))
    others = [torch.randn_like(skip) for skip in skips[:-1]]
    torch.testing.assert_close(network.decoder(skips), network.decoder([*others, skips[-1]]))
    assert not torch.allclose(network.decoder(skips), network.decoder([*skips[:-1], skips[-1] + 1]))


@pytest.mark.parametrize("n_stages", [2, 3, 6])
def test_maps_are_in_the_unit_interval_and_as_large_as_the_image(n_stages):
    """One map per skip, whatever the number of stages."""
    network = AttentionUNet(plain_unet(n_stages)).eval()
    maps = network.attention_maps(torch.randn(2, 1, 64, 96))
    assert [tuple(level.shape) for level in maps] == [(2, 1, 64, 96)] * (n_stages - 1)
    assert all(level.min() >= 0 and level.max() <= 1 and not level.requires_grad for level in maps)


def test_maps_come_finest_first():
    """The finest gate, computed last, is closed: its map is the first and the only one without attention."""
    network = AttentionUNet(plain_unet()).eval()
    set_gates(network, 0.0)
    with torch.no_grad():
        network.decoder.gates[-1].psi[0].bias.fill_(-200.0)
    maps = network.attention_maps(torch.randn(1, 1, 32, 32))
    assert [level.mean().item() for level in maps] == pytest.approx([0.0, 0.5, 0.5], abs=1e-6)


def test_maps_of_late_branching_are_those_of_its_decoder():
    """The tasks share a decoder, so there is one set of maps; the switch of deep supervision does not matter."""
    network = AttentionUNet(plain_unet(deep_supervision=True)).eval()
    image = torch.randn(1, 1, 32, 32)
    expected = network.attention_maps(image)
    torch.testing.assert_close(LateBranchingUNet(network, SPACE).attention_maps(image), expected)


def test_maps_of_early_branching_are_asked_for_by_decoder():
    """Each task has gates of its own; without a decoder named, the first task's maps are given."""
    network = EarlyBranchingUNet(AttentionUNet(plain_unet()), SPACE).eval()
    image = torch.randn(1, 1, 32, 32)
    zones = network.attention_maps(image)
    front = attention_maps(network, image, network.thin_decoders[0])
    torch.testing.assert_close(zones, attention_maps(network, image, network.decoder))
    assert len(front) == len(zones) == 3
    assert all(not torch.allclose(a, b) for a, b in zip(zones, front, strict=True))


def test_a_network_without_gates_has_no_maps():
    """The error names the network and its decoder."""
    with pytest.raises(ValueError, match="PlainConvUNet with a UNetDecoder has no attention gates"):
        attention_maps(plain_unet(), torch.randn(1, 1, 32, 32))


@pytest.mark.parametrize("build", [plain_unet, residual_unet])
def test_only_the_gates_weights_come_in_addition(build):
    """All others keep the names and shapes of the stock U-Net."""
    shapes = {name: value.shape for name, value in build().state_dict().items()}
    ours = {name: value.shape for name, value in AttentionUNet(build()).state_dict().items()}
    gates = {name for name in ours if name.startswith("decoder.gates.")}
    assert {name: shape for name, shape in ours.items() if name not in gates} == shapes
    assert len(gates) == 3 * 5


def test_parameters_of_the_gates():
    """Per skip of F channels: W_x with 2x2 F F/2, W_g with F_below F/2 + F/2, psi with F/2 + 1."""
    expected = sum(2 * f * f + below * f // 2 + f + 1 for f, below in pairwise(FEATURES[:4]))
    assert n_parameters(AttentionUNet(plain_unet())) - n_parameters(plain_unet()) == expected


def test_nested_skips_and_gates_do_not_go_together():
    """Neither order drops the gates without a word."""
    with pytest.raises(TypeError, match="UNetPlusPlus cannot have attention gates"):
        AttentionUNet(UNetPlusPlus(plain_unet()))
    with pytest.raises(TypeError, match="AttentionUNet cannot become a U-Net"):
        UNetPlusPlus(AttentionUNet(plain_unet()))
