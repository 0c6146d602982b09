"""What every network made from a stock U-Net must do: tasks, switches, gradients, precision, and learning."""

import copy
import pickle

import pytest
import torch
from stock_unets import plain_unet, residual_unet
from torch import nn

from nnunet_glacier.architectures.aspp_unet import ASPPUNet
from nnunet_glacier.architectures.attention_unet import AttentionUNet
from nnunet_glacier.architectures.task_networks import EarlyBranchingUNet, LateBranchingUNet
from nnunet_glacier.architectures.unet_plus_plus import UNetPlusPlus
from nnunet_glacier.domain.labels import LABEL_SPACES

NETWORKS = [AttentionUNet, ASPPUNet, UNetPlusPlus]
BRANCHINGS = [LateBranchingUNet, EarlyBranchingUNet]
BUILDERS = [plain_unet, residual_unet]
SPACE = LABEL_SPACES["boundary"]


def flat(output):
    """All tensors of an output."""
    return [output] if isinstance(output, torch.Tensor) else [tensor for part in output for tensor in flat(part)]


@pytest.mark.parametrize("n_stages", [2, 4, 6])
@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("network_class", NETWORKS)
def test_the_output_is_a_list_while_deep_supervision_is_on(network_class, build, n_stages):
    """The list has the prediction first; nnU-Net throws the switch on the decoder."""
    network = network_class(build(n_stages, deep_supervision=True)).eval()
    image = torch.randn(1, 1, 32, 64)
    outputs = network(image)
    sizes = [(32, 64) if network_class is UNetPlusPlus else (32 >> k, 64 >> k) for k in range(n_stages - 1)]
    assert [tuple(output.shape) for output in outputs] == [(1, 4, *size) for size in sizes]
    network.decoder.deep_supervision = False
    torch.testing.assert_close(network(image), outputs[0])


@pytest.mark.parametrize("branching", BRANCHINGS)
@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("network_class", NETWORKS)
def test_every_network_branches_into_tasks(network_class, build, branching):
    """All tasks first, then the zones' other outputs; at inference the joint log-probabilities of all codes."""
    network = branching(network_class(build(deep_supervision=True)), SPACE)
    tasks, *others = network(torch.randn(2, 1, 32, 32))
    assert [tuple(logits.shape) for logits in tasks] == [(2, size, 32, 32) for size in SPACE.sizes]
    assert [output.shape[:2] for output in others] == [(2, 4), (2, 4)]
    network.decoder.deep_supervision = False
    joint = network(torch.randn(2, 1, 32, 32))
    torch.testing.assert_close(joint.exp().sum(1), torch.ones(2, 32, 32))


@pytest.mark.parametrize("branching", [None, *BRANCHINGS])
@pytest.mark.parametrize("network_class", NETWORKS)
def test_every_parameter_has_a_gradient(network_class, branching):
    """Distributed training stops at a parameter without one."""
    network = network_class(plain_unet(deep_supervision=True))
    network = network if branching is None else branching(network, SPACE)
    sum(output.sum() for output in flat(network(torch.randn(1, 1, 32, 32)))).backward()
    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []


@pytest.mark.parametrize("network_class", NETWORKS)
def test_a_second_decoder_has_weights_of_its_own(network_class):
    """All of its parts are initialised anew, gates and nodes as well, and the encoder is one and the same."""
    network = EarlyBranchingUNet(network_class(plain_unet()), SPACE)
    thin = network.thin_decoders[0]
    assert thin.encoder is network.encoder is network.decoder.encoder
    own = {name: value for name, value in thin.named_parameters() if not name.startswith("encoder.")}
    first = dict(network.decoder.named_parameters())
    # Biases and norms start from the same constants everywhere.
    shared = [name for name, value in own.items() if value.ndim == 4 and torch.equal(value, first[name])]
    assert shared == []
    assert len(own) > 20


@pytest.mark.parametrize("network_class", NETWORKS)
def test_new_weights_are_initialised_as_nnunet_initialises_its_own(network_class):
    """He's normal distribution with slope 0.01 and biases of 0, from the fan-in of each convolution."""
    unet = plain_unet()
    known = {id(parameter) for parameter in unet.parameters()}
    new = [module for module in network_class(unet).modules() if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d))]
    new = [module for module in new if id(module.weight) not in known]
    assert all(module.bias is None or not module.bias.any() for module in new)
    scaled = [module.weight[0].numel() ** 0.5 * module.weight.flatten() for module in new]
    assert torch.cat(scaled).std().item() == pytest.approx((2 / (1 + 1e-4)) ** 0.5, rel=0.08)


@pytest.mark.parametrize(
    ("network_class", "branching"),
    [(AttentionUNet, EarlyBranchingUNet), (ASPPUNet, None), (UNetPlusPlus, LateBranchingUNet)],
)
def test_compiled_networks_follow_the_switch_of_deep_supervision(network_class, branching):
    """One graph without breaks, made anew when nnU-Net throws the switch on the original module."""
    network = network_class(plain_unet(3, deep_supervision=True))
    network = network if branching is None else branching(network, SPACE)
    compiled = torch.compile(network, backend="eager", fullgraph=True)
    image = torch.randn(2, 1, 32, 32)
    torch.testing.assert_close(compiled(image), network(image))
    compiled._orig_mod.decoder.deep_supervision = False
    torch.testing.assert_close(compiled(image), network(image))


@pytest.mark.parametrize("network_class", NETWORKS)
def test_mixed_precision(network_class):
    """In float16 outputs and gradients are finite, and near those of float32."""
    network = network_class(plain_unet(deep_supervision=True))
    image = torch.randn(2, 1, 32, 32)
    with torch.autocast("cpu", dtype=torch.float16):
        outputs = network(image)
    assert outputs[0].dtype == torch.float16
    sum(output.float().square().mean() for output in outputs).backward()
    assert all(parameter.grad.isfinite().all() for parameter in network.parameters())
    exact = network(image)[0]
    assert (outputs[0] - exact).abs().mean() < 0.02 * exact.abs().mean()


@pytest.mark.parametrize("network_class", NETWORKS)
def test_networks_are_copied_and_pickled(network_class):
    """nnU-Net's processes and checkpoints need both."""
    network = network_class(plain_unet()).eval()
    image = torch.randn(1, 1, 32, 32)
    for twin in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert twin.decoder.encoder is twin.encoder
        torch.testing.assert_close(twin(image), network(image))


@pytest.mark.parametrize("network_class", NETWORKS)
def test_a_batch_is_learnt_by_heart(network_class):
    """A thin line in noise, two images: after some steps nearly every pixel of the line is found, and little else.

    U-Net++ learns from all of its outputs.
    """
    torch.manual_seed(0)
    target = torch.zeros(2, 32, 32, dtype=torch.long)
    target[0, 10:12], target[1, :, 20:22] = 1, 1
    image = target[:, None] + 0.5 * torch.randn(2, 1, 32, 32)
    network = network_class(plain_unet(n_classes=2, deep_supervision=network_class is UNetPlusPlus))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    balance = torch.tensor([1.0, 15.0])
    for _ in range(50):
        optimizer.zero_grad()
        sum(nn.functional.cross_entropy(logits, target, balance) for logits in flat(network(image))).backward()
        optimizer.step()
    predicted = flat(network(image))[0].argmax(1)
    dice = 2 * (predicted * target).sum() / (predicted.sum() + target.sum())
    assert dice > 0.95
