"""The attention gate against its equation and against monai's."""

import numpy as np
import pytest
import torch
from monai.networks.nets.attentionunet import AttentionBlock
from torch import nn

from nnunet_glacier.architectures.attention_gate import AttentionGate


def randomised(module, seed=0):
    """The module with weights, biases and running statistics that are all different, in evaluation mode."""
    torch.manual_seed(seed)
    for name, value in module.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) + 0.5 if "running_var" in name else torch.randn_like(value))
    return module.eval()


def test_a_gate_at_one_resolution_follows_equation_1():
    """Holzmann et al. (2021), Eq. 1, written out per pixel in numpy."""
    gate = randomised(AttentionGate(nn.Conv2d, 4, 6, 3).double())
    skip, gating = torch.randn(2, 4, 5, 7).double(), torch.randn(2, 6, 5, 7).double()
    weights = {name: value.numpy().reshape(value.shape[:2] or -1) for name, value in gate.state_dict().items()}
    w_x, w_g, psi = (weights[f"{name}.0.weight"] for name in ("from_skip", "from_gating", "psi"))
    b_g, b_psi = gate.from_gating[0].bias.detach().numpy(), gate.psi[0].bias.item()
    for n, row, column in [(0, 0, 0), (1, 4, 6), (1, 2, 3)]:
        added = w_x @ skip[n, :, row, column].numpy() + w_g @ gating[n, :, row, column].numpy() + b_g
        expected = 1 / (1 + np.exp(-(psi[0] @ np.maximum(added, 0) + b_psi)))
        assert gate(skip, gating)[n, 0, row, column].item() == pytest.approx(expected, rel=1e-9)


def test_a_gate_before_upsampling_sees_every_pixel_of_the_skip():
    """At stride 2 a lit pixel changes the coefficient wherever in its 2x2 block it lies."""
    gate = AttentionGate(nn.Conv2d, 1, 1, 1, stride=2)
    with torch.no_grad():
        for parameter in gate.parameters():
            parameter.zero_()
        gate.from_skip[0].weight.copy_(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
        gate.psi[0].weight.fill_(1.0)
    for row, column in [(0, 0), (0, 1), (1, 0), (1, 1)]:
        skip = torch.zeros(1, 1, 2, 2)
        skip[0, 0, row, column] = 1.0
        alpha = gate(skip, torch.zeros(1, 1, 1, 1))
        expected = 1 / (1 + np.exp(-(1 + 2 * row + column)))
        np.testing.assert_allclose(alpha.detach().numpy(), np.full((1, 1, 2, 2), expected), rtol=1e-5)


def test_coefficients_between_coarse_pixels_are_interpolated_linearly():
    """Two coarse coefficients, 0.5 and nearly 1, become four fine ones: theirs at the ends, others between."""
    gate = AttentionGate(nn.Conv2d, 1, 1, 1, stride=2)
    with torch.no_grad():
        for parameter in gate.parameters():
            parameter.zero_()
        gate.from_gating[0].weight.fill_(1.0)
        gate.psi[0].weight.fill_(1.0)
    alpha = gate(torch.zeros(1, 1, 2, 4), torch.tensor([[[[0.0, 50.0]]]]))
    np.testing.assert_allclose(alpha[0, 0, 0].detach().numpy(), [0.5, 0.625, 0.875, 1.0], rtol=1e-5)


def test_a_gate_with_norms_is_monais_attention_block():
    """With batch norm, as in Gattolin, gate and skip give what monai's block with the same weights gives."""
    gate = randomised(AttentionGate(nn.Conv2d, 8, 4, 2, norm_op=nn.BatchNorm2d))
    block = AttentionBlock(spatial_dims=2, f_int=2, f_g=4, f_l=8).eval()
    for ours, theirs in [(gate.from_skip, block.W_x), (gate.from_gating, block.W_g), (gate.psi, block.psi)]:
        values = list(ours.state_dict().values())
        theirs.load_state_dict(dict(zip(theirs.state_dict(), values, strict=True)))
    skip, gating = torch.randn(2, 8, 6, 5), torch.randn(2, 4, 6, 5)
    torch.testing.assert_close(skip * gate(skip, gating), block(gating, skip))


def test_parameters_are_those_of_the_three_convolutions():
    """W_x (2x2, no bias), W_g and psi with bias."""
    gate = AttentionGate(nn.Conv2d, 8, 16, 4, stride=2)
    assert sum(parameter.numel() for parameter in gate.parameters()) == 8 * 4 * 4 + (16 * 4 + 4) + (4 + 1)
