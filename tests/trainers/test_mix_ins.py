"""The mix-ins: what they put into a trainer, alone, together, and with several tasks."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from batchgenerators.dataloading.nondet_multi_threaded_augmenter import NonDetMultiThreadedAugmenter
from batchgenerators.dataloading.single_threaded_augmenter import SingleThreadedAugmenter
from made_trainers import LINE_WEIGHT, dataset_json, make, phase_dataset_json
from nnunet_plans import plans_2d
from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager
from small_plans import small_plans
from typer.testing import CliRunner

from nnunet_glacier.architectures.aspp_unet import ASPPEncoder
from nnunet_glacier.architectures.attention_unet import GatedDecoder
from nnunet_glacier.architectures.task_networks import EarlyBranchingUNet, LateBranchingUNet
from nnunet_glacier.architectures.unet_plus_plus import NestedDecoder
from nnunet_glacier.cli import app
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.losses.distance_map import DistanceMapBCE
from nnunet_glacier.losses.focal import Focal
from nnunet_glacier.losses.mcc import ClassMCCLoss
from nnunet_glacier.losses.weighted_bce import BCE
from nnunet_glacier.planning.presets import PRESETS, settled
from nnunet_glacier.support.environment import PLUGIN_FOLDER
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers import catalogue, published, single_changes
from nnunet_glacier.trainers.adam import CyclicSchedule
from nnunet_glacier.trainers.class_losses import FocalMixin, FrontWeightMixin
from nnunet_glacier.trainers.early_stopping import EarlyStoppingMixin
from nnunet_glacier.trainers.grounding_line import (
    nnUNetTrainerGlacierGroundingLineASPPUNet,
    nnUNetTrainerGlacierGroundingLineUNetPlusPlus,
)
from nnunet_glacier.trainers.line_losses import DistanceMapBCEMixin
from nnunet_glacier.trainers.multitask import nnUNetTrainerGlacierEarly, nnUNetTrainerGlacierLate
from nnunet_glacier.trainers.networks import ASPPUNetMixin, AttentionUNetMixin, UNetPlusPlusMixin
from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier

ROOT = Path(__file__).parents[2]
TRAINERS = [getattr(plugin, name) for name in plugin.__all__]
SINGLE_TASK = [trainer for trainer in TRAINERS if trainer.label_spaces is None]
NETWORKS = [AttentionUNetMixin, ASPPUNetMixin, UNetPlusPlusMixin]


def batch(trainer, n_classes):
    """A random batch of patches of 32 pixels with the targets that the trainer's loader would make."""
    generator = torch.Generator().manual_seed(0)
    codes = torch.randint(0, n_classes, (2, 1, 32, 32), generator=generator).float()
    scales = trainer._get_deep_supervision_scales()
    target = (
        codes if scales is None else [codes[:, :, :: round(1 / scale[0]), :: round(1 / scale[1])] for scale in scales]
    )
    channels = len(trainer.dataset_json["channel_names"])
    return {"data": torch.randn(2, channels, 32, 32, generator=generator), "target": target}


def ready(initialized, trainer_class, dataset):
    """A trainer with network, loss and optimizer."""
    # Of some draws of the weights a unit never answers, and learns nothing.
    torch.manual_seed(0)
    trainer = initialized(trainer_class, dataset)
    trainer.optimizer, trainer.lr_scheduler = trainer.configure_optimizers()
    return trainer


@pytest.mark.parametrize("trainer_class", SINGLE_TASK, ids=lambda trainer: trainer.__name__)
def test_every_trainer_learns_from_a_step(trainer_class, initialized):
    """A training step changes the weights of the whole network, and the loss is finite before and after."""
    phase = getattr(trainer_class, "phase_required", False)
    labels = "fused" if issubclass(trainer_class, FrontWeightMixin) else "front"
    trainer = ready(initialized, trainer_class, phase_dataset_json("reim", 2) if phase else dataset_json(labels))
    if isinstance(trainer.lr_scheduler, CyclicSchedule):
        # A cycle begins at a rate that float32 does not see.
        trainer.lr_scheduler.step(round(trainer.half_cycle_epochs))
    data = batch(trainer, LABEL_SPACES[labels].n_codes)
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    losses = [float(trainer.train_step(data)["loss"]) for _ in range(2)]
    assert all(map(torch.isfinite, map(torch.tensor, losses)))
    unchanged = {name for name, value in trainer.network.named_parameters() if torch.equal(value, before[name])}
    # nnU-Net gives the lowest resolution's head no weight; where all outputs count, every head learns.
    idle = ("decoder.seg_layers.0",) if 0 in getattr(trainer.loss, "weight_factors", ()) else ()
    if not trainer.enable_deep_supervision and hasattr(trainer.network.decoder, "seg_layers"):
        # One output, that of full resolution; the heads below it are there and unused.
        idle = tuple(f"decoder.seg_layers.{level}." for level in range(len(trainer.network.decoder.seg_layers) - 1))
    assert all(name.startswith(idle) for name in unchanged)


@pytest.mark.parametrize("branching", [nnUNetTrainerGlacierLate, nnUNetTrainerGlacierEarly])
@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_takes_several_tasks(network, branching, initialized):
    """Mixed in before a multi-task trainer: its heads, the other network's body, a step that can be taken."""
    mixed = type("nnUNetTrainerMine", (network, branching), {"__init__": branching.__init__})
    trainer = ready(initialized, mixed, dataset_json("multitask"))
    heads = LateBranchingUNet if branching is nnUNetTrainerGlacierLate else EarlyBranchingUNet
    assert isinstance(trainer.network, heads)
    parts = {AttentionUNetMixin: GatedDecoder, ASPPUNetMixin: ASPPEncoder, UNetPlusPlusMixin: NestedDecoder}
    assert any(isinstance(module, parts[network]) for module in trainer.network.modules())
    assert torch.isfinite(torch.tensor(float(trainer.train_step(batch(trainer, 8))["loss"])))
    trainer.set_deep_supervision_enabled(False)
    joint = trainer.network(torch.randn(1, 1, 32, 32))
    assert joint.shape == (1, 8, 32, 32)
    torch.testing.assert_close(joint.exp().sum(1), torch.ones(1, 32, 32))


class LateDistanceMap(DistanceMapBCEMixin, nnUNetTrainerGlacierLate):
    """The loss of lines with several tasks."""

    k = 0.5


class LateFocal(FocalMixin, nnUNetTrainerGlacierLate):
    """A loss of any classes with several tasks."""


def test_a_loss_of_lines_leaves_the_zones_their_own(initialized):
    """Zones: Dice + CE; front and boundary: the distance map with the class's k."""
    losses = initialized(LateDistanceMap, dataset_json("boundary")).loss.losses
    assert [type(loss) for loss in losses] == [DC_and_CE_loss, DistanceMapBCE, DistanceMapBCE]
    assert losses[1].k == 0.5


def test_a_loss_of_any_classes_is_for_every_task(initialized):
    """Zones and front."""
    losses = initialized(LateFocal, dataset_json("multitask")).loss.losses
    assert [type(loss) for loss in losses] == [Focal, Focal]


def test_the_loss_keeps_nnunets_deep_supervision(initialized):
    """Weights 2/3, 1/3 and 0 around the loss of lines."""
    loss = initialized(single_changes.nnUNetTrainerGlacierBCE, dataset_json("front")).loss
    assert isinstance(loss.loss, BCE)
    assert loss.weight_factors == pytest.approx((2 / 3, 1 / 3, 0))


def test_the_outputs_of_unet_plus_plus_have_their_own_weights(initialized):
    """All at full resolution, equal by default; Gattolin's rising weights are one attribute away."""

    class Rising(single_changes.nnUNetTrainerGlacierUNetPlusPlus):
        weighting = "rising"

    trainer = initialized(single_changes.nnUNetTrainerGlacierUNetPlusPlus, dataset_json("fused"))
    assert trainer._get_deep_supervision_scales() == [[1.0, 1.0]] * 3
    assert trainer.loss.weight_factors == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert initialized(Rising, dataset_json("fused")).loss.weight_factors == pytest.approx((3 / 6, 2 / 6, 1 / 6))


def test_the_weight_of_the_line_is_the_datasets(nnunet_folders):
    """What the converter measured; a dataset without it is refused before anything is written."""

    class Measured(single_changes.nnUNetTrainerGlacierWeightedBCE):
        positive_weight = "dataset"

        def __init__(self, plans, configuration, fold, dataset_json, device=torch.device("cpu")):  # noqa: B008
            super().__init__(plans, configuration, fold, dataset_json, device)

    measured = dataset_json("front") | {"class_balance": {"positive_weight": 151.5}}
    assert make(Measured, measured).build_line_loss().positive_weight == 151.5
    for balance in ({}, {"positive_weight": None}):
        with pytest.raises(GlacierError, match="takes the weight of the line from class_balance"):
            make(Measured, dataset_json("front", class_balance=balance))


def test_table_ii_of_davari_weighs_by_the_training_set(nnunet_folders):
    """The inverse class frequency of the whole of it, not of each batch."""
    trainer = make(published.nnUNetTrainerGlacierWeightedBCEMCC, dataset_json("front"))
    assert trainer.build_line_loss().positive_weight == LINE_WEIGHT


def test_focal_tversky_takes_its_numbers_from_the_trainer(nnunet_folders):
    """Every point of the paper's grids is a class of four lines."""

    class Swept(single_changes.nnUNetTrainerGlacierFocalTverskyBCE):
        bce_weight, tversky_alpha, tversky_beta, tversky_gamma = 0.3, 0.8, 0.2, 1.33

        def __init__(self, plans, configuration, fold, dataset_json, device=torch.device("cpu")):  # noqa: B008
            super().__init__(plans, configuration, fold, dataset_json, device)

    loss = make(Swept, dataset_json("front")).build_line_loss()
    assert (loss.bce_weight, loss.alpha, loss.beta, loss.gamma) == (0.3, 0.8, 0.2, 1.33)


@pytest.mark.parametrize("trainer_class", TRAINERS, ids=lambda trainer: trainer.__name__)
def test_deep_supervision_is_switched_off_for_predictions(trainer_class):
    """NnU-Net's predictor builds the network without and wants one map of logits."""
    plans = PlansManager(small_plans())
    channels = trainer_class.label_spaces[0].n_codes if trainer_class.label_spaces else 2
    for enabled in (False, True):
        network = trainer_class.build_network_architecture(
            plans, plans.get_configuration("2d"), 2, channels, enable_deep_supervision=enabled
        ).eval()
        output = network(torch.randn(1, 2, 32, 32))
        assert isinstance(output, list) == enabled
        if not enabled:
            assert output.shape == (1, channels, 32, 32)


@pytest.mark.parametrize("trainer_class", [nnUNetTrainerGlacier, nnUNetTrainerGlacierLate])
def test_networks_of_two_stages_have_a_loss(trainer_class, nnunet_folders):
    """Their one output has the whole weight, where nnU-Net divides nothing by nothing."""
    variant = "front" if trainer_class is nnUNetTrainerGlacier else "multitask"
    plans = plans_2d((4, 8), (32, 32), name="small") | {"continue_training": False}
    arguments = {"configuration": "2d", "fold": 0, "dataset_json": dataset_json(variant), "device": torch.device("cpu")}
    trainer = trainer_class(plans=plans, **arguments)
    channels = trainer.label_manager.num_segmentation_heads
    network = trainer.build_network_architecture(
        trainer.plans_manager, trainer.configuration_manager, 1, channels, enable_deep_supervision=True
    )
    data = batch(trainer, channels)
    assert torch.isfinite(trainer._build_loss()(network(data["data"]), data["target"]))


def test_adam_clips_the_gradient_to_one(initialized):
    """What reaches Adam has at most norm 1; the learning rate stays 1e-4 to the end, whatever the plans say."""
    trainer = initialized(nnUNetTrainerGlacierGroundingLineASPPUNet, dataset_json("front"))
    trainer.initial_lr = 0.05
    trainer.optimizer, trainer.lr_scheduler = trainer.configure_optimizers()
    for parameter in trainer.network.parameters():
        parameter.grad = torch.full_like(parameter, 5.0)
    trainer.optimizer.step()
    norm = torch.stack([parameter.grad.norm() for parameter in trainer.network.parameters()]).norm()
    assert norm.item() == pytest.approx(1, rel=1e-4)
    trainer.lr_scheduler.step(trainer.num_epochs - 1)
    assert trainer.optimizer.param_groups[0]["lr"] == 1e-4
    assert trainer.optimizer.param_groups[0]["weight_decay"] == 1e-5


def rate_of(trainer):
    """The rate that a trainer's optimizer starts with."""
    return trainer.configure_optimizers()[0].param_groups[0]["lr"]


def test_the_plans_may_give_adam_another_rate(initialized, monkeypatch):
    """As those of ``adapt`` and ``plan --start`` do."""
    trainer = initialized(nnUNetTrainerGlacierGroundingLineASPPUNet, dataset_json("front"))
    plans = trainer.plans_manager.plans
    monkeypatch.setitem(plans, "adam_lr_share", 0.3)
    assert rate_of(trainer) == pytest.approx(3e-5)
    monkeypatch.setitem(plans, "adam_lr", 2e-5)
    assert rate_of(trainer) == 2e-5


def test_a_rate_among_the_settings_goes_before_that_of_the_plans(initialized, monkeypatch):
    """So ``tune`` compares what its grid says, also with plans of ``plan --learning-rate``."""
    trainer = initialized(nnUNetTrainerGlacierGroundingLineASPPUNet, dataset_json("front"))
    monkeypatch.setitem(trainer.plans_manager.plans, "adam_lr", 2e-5)
    monkeypatch.setitem(trainer.plans_manager.plans, "trainer_settings", {"learning_rate": 7e-4})
    trainer.learning_rate = 7e-4
    assert rate_of(trainer) == 7e-4


def test_adam_decays_with_an_exponent_of_ones_own(initialized):
    """Polynomially, as nnU-Net's SGD: after half of the epochs half of the rate, with exponent 1."""

    class Decaying(nnUNetTrainerGlacierGroundingLineASPPUNet):
        learning_rate = 4e-3
        decay_exponent = 1.0

        def __init__(self, plans, configuration, fold, dataset_json, device=torch.device("cpu")):  # noqa: B008
            super().__init__(plans, configuration, fold, dataset_json, device)

    trainer = initialized(Decaying, dataset_json("front"))
    trainer.num_epochs = 8
    trainer.optimizer, trainer.lr_scheduler = trainer.configure_optimizers()
    trainer.lr_scheduler.step(4)
    assert trainer.optimizer.param_groups[0]["lr"] == pytest.approx(2e-3)


@pytest.mark.parametrize(
    ("trainer_class", "n_parameters"),
    [
        # 68,901 with one logit of two channels; nnU-Net's second class is one more: 2 weights and a bias.
        (nnUNetTrainerGlacierGroundingLineASPPUNet, 68_901 + 3),
        (nnUNetTrainerGlacierGroundingLineUNetPlusPlus, None),
    ],
)
def test_gattolins_networks_do_not_follow_the_plans(trainer_class, n_parameters, initialized):
    """Their published layers; U-Net++ has four outputs although the plans have four stages."""
    dataset = dataset_json("front", channel_names={"0": "phase", "1": "magnitude"})
    trainer = make(trainer_class, dataset)
    network = trainer.build_network_architecture(trainer.plans_manager, trainer.configuration_manager, 2, 2, True)
    if n_parameters is None:
        assert len(trainer._get_deep_supervision_scales()) == len(network(torch.randn(2, 2, 32, 32))) == 4
    else:
        assert trainer._get_deep_supervision_scales() is None
        assert sum(parameter.numel() for parameter in network.parameters()) == n_parameters


def test_every_row_of_the_papers_tables_has_a_trainer():
    """Davari et al.: two rules for zones and lines, four losses; Holzmann et al.: four of two networks."""
    table = catalogue.trainers_table()
    papers = table["paper"]
    rows = papers[papers != ""].str.extract(r"^([A-Za-z ]+?)(?: et al|,)")[0].value_counts()
    expected = {"Davari": 8, "Holzmann": 8, "Pires de Lima": 3, "Gattolin": 3, "Herrmann": 2}
    assert rows.to_dict() == expected
    second = table[papers.str.contains("Table II", regex=False)]
    assert set(second["ends"]) == {"MCC, patience 30"}
    assert second["loss"].nunique() == 5
    holzmann = table[papers.str.startswith("Holzmann")]
    assert len(set(zip(holzmann["network"], holzmann["loss"], strict=True))) == 8


@pytest.mark.parametrize("labels", ["front", "zones", "multitask"])
def test_presets_name_trainers_that_there_are(labels):
    """Those of the papers' rows, which the plan prints."""
    for preset in PRESETS.values():
        assert set(settled(preset, LABEL_SPACES[labels]).trainers or ()) <= set(plugin.__all__)


def test_every_trainer_is_in_the_plugin():
    """Each public trainer class of the trainers' modules is re-exported, so nnU-Net finds it."""

    def trainers(base):
        for child in base.__subclasses__():
            if child.__module__.startswith("nnunet_glacier.trainers.") and child.__name__.startswith("nnUNetTrainer"):
                yield child.__name__
            yield from trainers(child)

    assert set(trainers(nnUNetTrainerGlacier)) | {"nnUNetTrainerGlacier"} == set(plugin.__all__)
    assert issubclass(published.nnUNetTrainerGlacierBCEMCC, EarlyStoppingMixin)


def test_the_command_prints_every_trainer():
    """A line each, columns aligned, after the heads."""
    result = CliRunner().invoke(app, ["trainers"])
    head, *lines = result.output.splitlines()
    assert result.exit_code == 0 and head.split() == ["-tr", "network", "loss", "ends", "augmentation", "paper", "step"]
    assert [line.split()[0] for line in lines] == plugin.__all__
    assert {line[head.index("network") - 2 : head.index("network")] for line in lines} == {"  "}


class nnUNetTrainerGlacierDistanceMapBCEHalf(DistanceMapBCEMixin, nnUNetTrainerGlacier):
    """A trainer that is added as CONTRIBUTING.md says: a mix-in, a trainer and a number."""

    loss_title = "distance-map BCE, k = 0.5"
    k = 0.5

    def __init__(self, plans, configuration, fold, dataset_json, device=torch.device("cpu")):  # noqa: B008
        super().__init__(plans, configuration, fold, dataset_json, device)


def test_a_new_trainer_is_in_the_table_before_its_cost_is_measured(initialized, monkeypatch, tmp_path):
    """The recipe: the class, its name in the plugin's module, the printed table; a step's cost may come later."""
    new = nnUNetTrainerGlacierDistanceMapBCEHalf
    monkeypatch.setattr(plugin, new.__name__, new, raising=False)
    monkeypatch.setattr(plugin, "__all__", [*plugin.__all__, new.__name__])
    *_, row = CliRunner().invoke(app, ["trainers", "--markdown"]).output.splitlines()
    assert row == f"| `{new.__name__}` | U-Net | distance-map BCE, k = 0.5 | last epoch | nnU-Net |  | - |"
    costs = tmp_path / "step_cost.csv"
    costs.write_text(catalogue.STEP_COST_CSV.read_text() + f"{new.__name__},1.234\n")
    monkeypatch.setattr(catalogue, "STEP_COST_CSV", costs)
    assert CliRunner().invoke(app, ["trainers"]).output.rstrip().endswith("1.23x")
    trainer = ready(initialized, new, dataset_json("front"))
    assert trainer.loss.loss.k == 0.5
    assert torch.isfinite(torch.tensor(float(trainer.train_step(batch(trainer, 2))["loss"])))


def test_costs_are_of_trainers_that_there_are():
    """A trainer that is renamed takes its cost along."""
    assert set(catalogue.read_step_costs()) <= set(plugin.__all__)


def test_docs_hold_the_table_of_all_trainers():
    """What `nnunet-glacier trainers --markdown` prints."""
    assert catalogue.markdown(catalogue.trainers_table()) in (ROOT / "docs" / "trainers.md").read_text()


def test_the_documented_own_trainer_is_found_and_trains(tmp_path, monkeypatch, initialized):
    """The file of docs/train.md, beside the plugin folder in nnUNet_extTrainer, through nnU-Net's finder."""
    page = (ROOT / "docs" / "train.md").read_text()
    code = re.search(r"```python\n(.*?nnUNetTrainerMine.*?)```", page, re.DOTALL).group(1)
    (tmp_path / "my_trainers").mkdir()
    (tmp_path / "my_trainers" / "my_trainers.py").write_text(code)
    monkeypatch.setenv("nnUNet_extTrainer", f"{PLUGIN_FOLDER}:{tmp_path / 'my_trainers'}")
    mine = recursive_find_trainer_class_by_name("nnUNetTrainerMine")
    trainer = ready(initialized, mine, dataset_json("multitask"))
    assert torch.isfinite(torch.tensor(float(trainer.train_step(batch(trainer, 8))["loss"])))


@pytest.mark.parametrize("settings", [{}, {"front_weight": 2.5}], ids=["four times", "by the plans"])
def test_a_pixel_of_the_front_counts_several_times_in_the_cross_entropy(settings, initialized):
    """One pixel of each class, each with a probability that is given: the front's log counts as the weight says."""
    trainer = initialized(plugin.nnUNetTrainerGlacierFrontWeight, dataset_json("fused"), trainer_settings=settings)
    weights = [1, 1, 1, 1, settings.get("front_weight", 4)]
    probabilities = torch.tensor([0.5, 0.25, 0.125, 0.5, 0.2])
    # Columns are pixels: the true class has its probability, the other four share the rest.
    logits = ((1 - probabilities) / 4).log().repeat(5, 1)
    logits.fill_diagonal_(0)
    logits += torch.diag(probabilities.log())
    cross_entropy = trainer.loss.loss.ce(logits[None, :, None], torch.arange(5)[None, None, None])
    expected = sum(-w * p.log() for w, p in zip(weights, probabilities, strict=True)) / sum(weights)
    torch.testing.assert_close(cross_entropy, expected)


def test_the_weight_of_the_front_is_for_fused_labels(nnunet_folders):
    """The front alone has losses of its own."""
    with pytest.raises(GlacierError, match=r"labels are background, front\. Convert it with --labels fused"):
        make(plugin.nnUNetTrainerGlacierFrontWeight, dataset_json("front"))


@pytest.mark.parametrize("name", ["front_weight", "last_front_weight"])
@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_a_front_without_weight_is_refused(name, weight, initialized):
    settings = {name: weight}
    with pytest.raises(GlacierError, match=rf"{name} is .*, and should be above 0\. Correct"):
        initialized(plugin.nnUNetTrainerGlacierFrontWeight, dataset_json("fused"), trainer_settings=settings)


def test_the_fronts_mcc_counts_beside_dice_and_ce(initialized):
    """With its weight; in deep supervision too."""
    trainer = initialized(
        plugin.nnUNetTrainerGlacierSensorEfficientNetFrontMCC,
        dataset_json("fused"),
        trainer_settings={"mcc_weight": 2.0},
    )
    weighed, loss = trainer.loss.loss.losses[0], trainer.loss.loss
    assert weighed.ce.weight.tolist() == [1, 1, 1, 1, 4]
    logits, classes = torch.randn(2, 5, 32, 32), torch.randint(0, 5, (2, 1, 32, 32))
    mcc = ClassMCCLoss(4)(logits, classes)
    assert (loss(logits, classes) - weighed(logits, classes)).item() == pytest.approx(2 * mcc.item(), rel=1e-5)
    with pytest.raises(GlacierError, match=r"mcc_weight is 0\.0, and should be above 0\. Correct"):
        initialized(type(trainer), dataset_json("fused"), trainer_settings={"mcc_weight": 0.0})


@pytest.mark.parametrize(("epoch", "weight", "share"), [(0, 16, 1), (1, 2, 17 / 27), (2, 0.25, 7 / 27)])
def test_made_up_scenes_and_the_front_weigh_less_and_less(initialized, epoch, weight, share):
    """Over three epochs the weight falls by eight each, and the made-up scenes would be gone after 2.7."""
    trainer = initialized(plugin.nnUNetTrainerGlacierSensorEfficientNetCurriculum, dataset_json("fused"))
    trainer.num_epochs, trainer.current_epoch, trainer.last_front_weight = 3, epoch, 0.25
    trainer.optimizer, trainer.lr_scheduler = trainer.configure_optimizers()
    loader = SimpleNamespace(indices=["a", "extra-b", "c"])
    trainer.dataloader_train = SingleThreadedAugmenter(loader, None)
    trainer.on_epoch_start()
    trainer.on_train_epoch_start()
    assert trainer.loss.loss.ce.weight.tolist() == pytest.approx([1, 1, 1, 1, weight])
    assert loader.sampling_probabilities == pytest.approx([1 / (2 + share), share / (2 + share), 1 / (2 + share)])


class DrawnCases:
    """A loader that draws a case and a number of torch's, from which nnU-Net mirrors."""

    def __init__(self):
        self.indices = ["extra-a", "extra-b", "c", "d"]
        self.sampling_probabilities = None

    def set_thread_id(self, number):
        pass

    def __next__(self):
        case = np.random.choice(self.indices, p=self.sampling_probabilities)  # noqa: NPY002
        return {"case": str(case), "drawn": float(torch.rand(1))}


def test_loaders_in_other_processes_start_again_with_the_share_of_an_epoch(initialized):
    """In two processes: no extra scene at the end, and no process draws what another or an earlier one drew."""
    trainer = initialized(plugin.nnUNetTrainerGlacierSensorEfficientNetCurriculum, dataset_json("fused"))
    trainer.optimizer, trainer.lr_scheduler = trainer.configure_optimizers()
    trainer.num_epochs = 10
    trainer.dataloader_train = NonDetMultiThreadedAugmenter(DrawnCases(), None, 2)
    batches = {}
    for trainer.current_epoch in (0, 1, 9):
        trainer.on_train_epoch_start()
        batches[trainer.current_epoch] = [next(trainer.dataloader_train) for _ in range(20)]
    trainer.dataloader_train._finish()
    drawn = [batch["drawn"] for epoch in batches.values() for batch in epoch]
    assert len(set(drawn)) == len(drawn) == 60
    assert {batch["case"] for batch in batches[0]} == {"extra-a", "extra-b", "c", "d"}
    assert {batch["case"] for batch in batches[9]} == {"c", "d"}
