"""The networks of several tasks: what comes out, with which parameters, in training and at inference."""

import numpy as np
import pytest
import torch
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager
from small_plans import small_plans

from nnunet_glacier.architectures.task_networks import LateBranchingUNet, check_thin_tasks
from nnunet_glacier.domain.labels import FRONT, FUSED, LABEL_SPACES, ZONES, LabelSpace
from nnunet_glacier.planning.preset_plans import preset_plans
from nnunet_glacier.planning.presets import PAPER
from nnunet_glacier.trainers.multitask import nnUNetTrainerGlacierEarly, nnUNetTrainerGlacierLate
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier

TRAINERS = [nnUNetTrainerGlacierLate, nnUNetTrainerGlacierEarly]
VARIANTS = ["multitask", "boundary"]


def build(trainer, n_codes, *, deep_supervision, plans=None):
    """A trainer's network for the small plans."""
    manager = PlansManager(plans or small_plans())
    torch.manual_seed(0)
    return trainer.build_network_architecture(manager, manager.get_configuration("2d"), 1, n_codes, deep_supervision)


def n_parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("trainer", TRAINERS)
def test_the_softmax_of_the_output_is_the_product_of_the_tasks_probabilities(trainer, variant):
    """At inference nnU-Net takes a softmax over the codes; it must be exactly what the tasks say together."""
    space = LABEL_SPACES[variant]
    network = build(trainer, space.n_codes, deep_supervision=True).eval()
    image = torch.randn(1, 1, 32, 32)
    with torch.no_grad():
        task_logits = network(image)[0]
        network.decoder.deep_supervision = False
        joint = network(image).softmax(1)[0].numpy()
    tasks = [logits.softmax(1)[0].numpy() for logits in task_logits]
    for code in range(space.n_codes):
        product = np.prod([task[cls] for task, cls in zip(tasks, space.decode(code), strict=True)], axis=0)
        np.testing.assert_allclose(joint[code], product, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("trainer", TRAINERS)
def test_thin_tasks_come_at_full_resolution_alone(trainer, variant):
    """With deep supervision: all tasks first, then the zones of the two lower resolutions."""
    space = LABEL_SPACES[variant]
    levels = build(trainer, space.n_codes, deep_supervision=True)(torch.randn(2, 1, 32, 32))
    assert [tuple(logits.shape) for logits in levels[0]] == [(2, size, 32, 32) for size in space.sizes]
    assert [tuple(level.shape) for level in levels[1:]] == [(2, 4, 16, 16), (2, 4, 8, 8)]


@pytest.mark.parametrize("trainer", TRAINERS)
def test_every_parameter_has_a_gradient(trainer):
    """A parameter without one would stop distributed training, and be carried along for nothing."""
    network = build(trainer, 16, deep_supervision=True)
    levels = network(torch.randn(1, 1, 32, 32))
    sum(output.sum() for output in (*levels[0], *levels[1:])).backward()
    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []


def test_late_branching_costs_a_few_channels_and_early_branching_a_decoder_per_task():
    """Herrmann et al. (2023), Sect. 4.2: late branching hardly adds parameters, early branching about half of them."""
    plans = preset_plans(small_plans(), PAPER, "paper")
    stock = n_parameters(build(nnUNetTrainerGlacier, 4, deep_supervision=True, plans=plans))
    late = n_parameters(build(nnUNetTrainerGlacierLate, 8, deep_supervision=True, plans=plans))
    early = n_parameters(build(nnUNetTrainerGlacierEarly, 8, deep_supervision=True, plans=plans))
    assert late - stock == 2 * (32 + 1)
    assert 1.5 < early / stock < 1.65


def test_a_second_decoder_has_weights_of_its_own():
    """The decoders start from different weights, and the encoder is one and the same."""
    network = build(nnUNetTrainerGlacierEarly, 8, deep_supervision=True)
    thin = network.thin_decoders[0]
    assert thin.encoder is network.encoder
    assert not torch.equal(thin.transpconvs[0].weight, network.decoder.transpconvs[0].weight)
    spread = [decoder.transpconvs[0].weight.std().item() for decoder in (thin, network.decoder)]
    assert spread[0] == pytest.approx(spread[1], rel=0.2)


def test_weights_of_a_stock_network_fit_late_branching():
    """All but the heads have the names and shapes of nnU-Net's own network, so pre-trained weights can be loaded."""
    stock = build(nnUNetTrainerGlacier, 5, deep_supervision=True).state_dict()
    late = build(nnUNetTrainerGlacierLate, 8, deep_supervision=True).state_dict()
    shapes = {name: value.shape for name, value in late.items() if ".seg_layers." not in name}
    assert shapes == {name: value.shape for name, value in stock.items() if ".seg_layers." not in name}


def test_residual_encoders_are_branched_as_well():
    """The networks of nnU-Net's residual encoder presets have the same parts."""
    plans = small_plans()
    architecture = plans["configurations"]["2d"]["architecture"]
    architecture["network_class_name"] = "dynamic_network_architectures.architectures.unet.ResidualEncoderUNet"
    architecture["arch_kwargs"]["n_blocks_per_stage"] = architecture["arch_kwargs"].pop("n_conv_per_stage")
    for trainer in TRAINERS:
        network = build(trainer, 8, deep_supervision=False, plans=plans)
        assert network(torch.randn(1, 1, 32, 32)).shape == (1, 8, 32, 32)


@pytest.mark.parametrize("trainer", TRAINERS)
def test_compiled_networks_follow_the_switch_of_deep_supervision(trainer):
    """nnU-Net sets the switch on the original module, between training and inference."""
    network = build(trainer, 8, deep_supervision=True)
    compiled = torch.compile(network, backend="eager", fullgraph=True)
    image = torch.randn(2, 1, 32, 32)
    torch.testing.assert_close(compiled(image)[0][1], network(image)[0][1])
    compiled._orig_mod.decoder.deep_supervision = False
    torch.testing.assert_close(compiled(image), network(image))
    compiled._orig_mod.decoder.deep_supervision = True
    assert len(compiled(image)) == 3


@pytest.mark.parametrize("tasks", [(FRONT, ZONES), (ZONES, FUSED), (FRONT,)])
def test_tasks_in_another_order_are_refused(tasks):
    """Only the first task is supervised at every resolution, so it must be the wide one."""
    with pytest.raises(ValueError, match="must be the only one that is not thin"):
        check_thin_tasks(LabelSpace(tasks))


def test_a_space_of_one_wide_task_is_a_plain_network():
    """Without thin tasks the output is the log-softmax of the stock network's."""
    unet = build(nnUNetTrainerGlacier, 4, deep_supervision=False)
    torch.manual_seed(1)
    network = LateBranchingUNet(unet, LabelSpace((ZONES,)))
    image = torch.randn(1, 1, 32, 32)
    torch.testing.assert_close(network(image), unet(image).log_softmax(1))
