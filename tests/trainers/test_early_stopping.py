"""Early stopping, run through nnU-Net's own loop over the epochs with scripted validation scores."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from made_trainers import dataset_json, make
from sklearn.metrics import matthews_corrcoef
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.trainers.early_stopping import (
    BCEStoppingMixin,
    DiceStoppingMixin,
    LossStoppingMixin,
    MCCStoppingMixin,
)
from nnunet_glacier.trainers.monitored_scores import best_epoch, line_found, line_positions
from nnunet_glacier.trainers.multitask import nnUNetTrainerGlacierLate
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier

PIXELS = 100


class Scripted(nnUNetTrainerGlacier):
    """Instead of learning, it writes the epoch into its one weight; its validation gives what the test wants."""

    script: tuple = ()

    def on_train_start(self):
        """Neither data nor loaders."""
        batch = {"data": torch.zeros(1, 1, 10, 10), "target": [torch.zeros(1, 1, 10, 10)]}
        self.dataloader_train = self.dataloader_val = itertools.repeat(batch)
        self.logger.plot_progress_png = lambda folder: None

    def on_train_epoch_start(self):
        """The epoch's weight and learning rate."""
        nn.init.constant_(next(self.network.parameters()), self.current_epoch)
        self.logger.log("lrs", 0.0, self.current_epoch)

    def train_step(self, batch):
        """No step."""
        return {"loss": np.array(0.0)}

    def validation_step(self, batch):
        """The epoch's true positives, of ten pixels of the line, and its loss."""
        right, loss = self.script[self.current_epoch]
        counts = {"tp_hard": np.array([right]), "fp_hard": np.array([0.0]), "fn_hard": np.array([10.0 - right])}
        return {"loss": np.array(loss), **counts}


class KilledError(Exception):
    """Ends a training from outside."""


class StopsByMCC(MCCStoppingMixin, Scripted):
    patience = 3
    killed_before: int | None = None

    def on_epoch_start(self):
        """The end from outside, where the test wants it."""
        if self.current_epoch == self.killed_before:
            raise KilledError
        super().on_epoch_start()


class StopsByDice(DiceStoppingMixin, Scripted):
    """Monitors Dice."""


class StopsByLoss(LossStoppingMixin, Scripted):
    patience = 2


def started(trainer_class, script, num_epochs=20):
    """A trainer of a front dataset, ready for `run_training`."""
    schedule = {"num_epochs": num_epochs, "num_iterations_per_epoch": 1, "num_val_iterations_per_epoch": 1}
    trainer = make(trainer_class, dataset_json("front"), **schedule)
    trainer.script = script
    trainer.network = nn.Linear(1, 1)
    trainer.optimizer, trainer.lr_scheduler = trainer.configure_optimizers()
    trainer.was_initialized = True
    return trainer


def saved(trainer, name):
    """The epoch written in a checkpoint's weight, and the epoch from which it goes on."""
    checkpoint = torch.load(f"{trainer.output_folder}/checkpoint_{name}.pth", weights_only=False)
    return checkpoint["network_weights"]["weight"].item(), checkpoint["current_epoch"]


MCC_SCRIPT = [(right, 1.0) for right in (2, 6, 4, 6, 5, 9, 9, 9)]
"""The best MCC is epoch 1's; equal ones do not count as better, so a patience of 3 ends after epoch 4."""


def test_training_ends_when_the_patience_does(nnunet_folders):
    """Epochs 0 to 4 are trained; "best" and "final" both hold epoch 1's weights."""
    trainer = started(StopsByMCC, MCC_SCRIPT)
    trainer.run_training()
    assert trainer.current_epoch == 5
    assert saved(trainer, "best") == (1, 2)
    assert saved(trainer, "final") == (1, 5)


def test_the_mcc_is_that_of_all_batches_together(nnunet_folders):
    """Two batches of 100 pixels, 10 of them line: 6 found in each, none elsewhere."""
    trainer = started(StopsByMCC, MCC_SCRIPT)
    trainer.num_val_iterations_per_epoch = 2
    trainer.run_training()
    truth = np.repeat([1, 0], [20, 180])
    predicted = np.repeat([1, 0], [12, 188])
    assert trainer.monitored[1] == pytest.approx(matthews_corrcoef(truth, predicted), rel=1e-12)


def test_the_dice_is_that_of_the_counts(nnunet_folders):
    """Of 10 pixels 4, none and 5 found, none elsewhere: 8/14, 0 and 10/15."""
    trainer = started(StopsByDice, [(4, 1.0), (0, 1.0), (5, 1.0)], num_epochs=3)
    trainer.run_training()
    assert trainer.monitored == pytest.approx([8 / 14, 0, 10 / 15])
    assert saved(trainer, "final")[0] == 2


def test_a_score_that_is_not_defined_is_zero(nnunet_folders):
    """Nothing predicted: the MCC is 0 by definition, and any line found is better."""
    trainer = started(StopsByMCC, [(0, 1.0), (0, 1.0), (1, 1.0)] + [(0, 1.0)] * 3, num_epochs=6)
    trainer.run_training()
    assert trainer.monitored[:2] == [0, 0]
    assert saved(trainer, "final")[0] == 2


@pytest.mark.parametrize("mixin", [MCCStoppingMixin, DiceStoppingMixin, BCEStoppingMixin, LossStoppingMixin])
def test_every_attribute_can_be_read_before_the_first_epoch(mixin, nnunet_folders):
    """NnU-Net writes them all into debug.json when a training starts, and then into no folder if one cannot."""
    trainer = started(type("Stops", (mixin, Scripted), {"__init__": Scripted.__init__}), [])
    trainer._save_debug_information()
    described = json.loads((Path(trainer.output_folder) / "debug.json").read_text())
    assert (described["waited"], described["best"]) == ("0", "-1")


@pytest.mark.parametrize("before", [0.0, 0.02])
def test_the_patience_begins_with_the_first_line(nnunet_folders, before):
    """Nothing found in epochs 0 to 5, or but stray pixels (MCC 0.04); the best in 6, three worse: it ends after 9."""
    script = [(before, 1.0), *[(0, 1.0)] * 5, (5, 1.0), *[(2, 1.0)] * 9]
    trainer = started(StopsByMCC, script)
    trainer.run_training()
    assert trainer.current_epoch == 10
    assert saved(trainer, "final") == (6, 10)


def test_without_any_line_the_last_weights_are_kept(nnunet_folders):
    """Those that were trained longest; stopped by hand and continued, too."""
    trainer = started(StopsByMCC, [(0, 1.0)] * 12, num_epochs=8)
    trainer.run_training()
    assert saved(trainer, "best") == saved(trainer, "final") == (7, 8)
    resumed = started(StopsByMCC, [(0, 1.0)] * 12, num_epochs=12)
    resumed.load_checkpoint(f"{trainer.output_folder}/checkpoint_final.pth")
    resumed.run_training()
    assert saved(resumed, "final") == (11, 12)


def test_resuming_goes_on_counting(nnunet_folders):
    """Stopped by hand after epoch 3 with two epochs waited, the resumed training ends after one more."""
    trainer = started(StopsByMCC, MCC_SCRIPT, num_epochs=4)
    trainer.run_training()
    resumed = started(StopsByMCC, MCC_SCRIPT)
    resumed.load_checkpoint(f"{trainer.output_folder}/checkpoint_final.pth")
    assert resumed.waited == 2
    resumed.run_training()
    assert resumed.current_epoch == 5
    assert saved(resumed, "final") == (1, 5)


def test_a_training_that_was_killed_goes_on_from_its_best(nnunet_folders):
    """Killed after epoch 16 of 100, whose checkpoint of every tenth is older: epoch 14 is still the best at the end."""
    script = [*[(3, 1.0)] * 14, (9, 1.0), *[(4, 1.0)] * 85]
    trainer = started(StopsByMCC, script, num_epochs=100)
    trainer.patience, trainer.killed_before = 30, 17
    with pytest.raises(KilledError):
        trainer.run_training()
    assert saved(trainer, "latest") == saved(trainer, "best") == (14, 15)
    resumed = started(StopsByMCC, [(4, 1.0)] * 100, num_epochs=100)
    resumed.load_checkpoint(f"{trainer.output_folder}/checkpoint_latest.pth")
    resumed.run_training()
    assert saved(resumed, "final") == (14, 18)


def test_without_checkpoints_the_best_weights_are_kept_in_memory(nnunet_folders):
    """Those of this training, not of an earlier one in the same folder."""
    started(StopsByMCC, MCC_SCRIPT).run_training()
    trainer = started(StopsByMCC, [(right, 1.0) for right in (1, 1, 1, 9, 2)], num_epochs=5)
    trainer.disable_checkpointing = True
    trainer.run_training()
    assert trainer.network.weight.item() == 3
    assert saved(trainer, "final")[0] == 1


def test_a_training_that_has_ended_ends_again_at_once(nnunet_folders):
    """Continuing it trains no further epoch."""
    trainer = started(StopsByMCC, MCC_SCRIPT)
    trainer.run_training()
    resumed = started(StopsByMCC, MCC_SCRIPT)
    resumed.load_checkpoint(f"{trainer.output_folder}/checkpoint_final.pth")
    resumed.run_training()
    assert resumed.current_epoch == 5


def test_a_training_that_always_gets_better_runs_to_its_end(nnunet_folders):
    """The last epoch is the best."""
    trainer = started(StopsByMCC, [(right, 1.0) for right in range(1, 7)], num_epochs=6)
    trainer.run_training()
    assert saved(trainer, "final") == (5, 6)
    assert trainer.waited == 0


def test_the_loss_is_the_better_the_smaller(nnunet_folders):
    """A NaN is no improvement; the pseudo Dice, best in the last epochs, has no say."""
    trainer = started(StopsByLoss, [(1, 0.9), (2, 0.5), (3, math.nan), (9, 0.6), (9, 0.1)])
    trainer.run_training()
    assert trainer.current_epoch == 4
    assert saved(trainer, "best")[0] == 1


@pytest.mark.parametrize(
    ("scores", "higher", "expected"),
    [
        ([1, 3, 2], True, 1),
        ([1, 3, 2], False, 0),
        ([math.nan, 0.0], True, 1),
        ([math.nan], False, 0),
        ([2, 2], True, 0),
    ],
)
def test_the_first_of_the_best_epochs_counts(scores, higher, expected):
    """Ties go to the earlier epoch, NaN loses."""
    assert best_epoch(scores, higher_is_better=higher) == expected


@pytest.mark.parametrize(
    ("scores", "monitor", "expected"),
    [
        ([0.0, math.nan, -0.2, 0.05], "mcc", False),
        ([0.0, 0.06, 0.0], "dice", True),
        ([0.0], "bce", True),
        ([math.nan], "loss", True),
    ],
)
def test_stray_pixels_are_no_line(scores, monitor, expected):
    """Up to 0.05, by MCC and Dice; a loss does not say."""
    assert line_found(scores, monitor) == expected


@pytest.mark.parametrize(
    ("variant", "expected"),
    [("front", [0]), ("zones", [0, 1, 2]), ("fused", [3]), ("multitask", [3]), ("boundary", [3, 4]), (None, [0, 1])],
)
def test_lines_are_monitored_where_there_are_any(variant, expected):
    """Thin tasks and the fused front; all foreground classes elsewhere."""
    space = LABEL_SPACES[variant] if variant else None
    n_foreground = sum(size - 1 for size in space.sizes) if space else 2
    assert line_positions(space, n_foreground) == expected


class MCCSingle(MCCStoppingMixin, nnUNetTrainerGlacier):
    """Monitors the MCC with one task."""


class BCESingle(BCEStoppingMixin, nnUNetTrainerGlacier):
    """Monitors BCE with one task."""


class BCELate(BCEStoppingMixin, nnUNetTrainerGlacierLate):
    """Monitors BCE with several tasks."""


@pytest.mark.parametrize(("trainer_class", "variant"), [(BCESingle, "front"), (BCELate, "multitask")])
def test_the_bce_is_that_of_the_line_whatever_the_loss(trainer_class, variant, nnunet_folders):
    """Against torch's binary cross-entropy of the logits' difference; Dice + CE is the training's loss."""
    trainer = make(trainer_class, dataset_json(variant))
    channels = trainer.label_manager.num_segmentation_heads
    trainer.network = trainer.build_network_architecture(
        trainer.plans_manager, trainer.configuration_manager, 1, channels, True
    )
    trainer.loss = trainer._build_loss()
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(2, 1, 32, 32, generator=generator)
    target = [torch.randint(0, channels, (2, 1, 32 // s, 32 // s), generator=generator).float() for s in (1, 2, 4)]
    step = trainer.validation_step({"data": image, "target": [level.clone() for level in target]})
    with torch.no_grad():
        output = trainer.network(image)[0]
    logits, line = (output[1], target[0][:, 0] >= 4) if variant == "multitask" else (output, target[0][:, 0] == 1)
    expected = binary_cross_entropy_with_logits(logits[:, 1] - logits[:, 0], line.float(), reduction="sum")
    assert step["labelled_pixels"] == 2 * 32 * 32
    assert step["line_sums"] == pytest.approx(expected.item(), rel=1e-4)


@pytest.mark.parametrize("logit", [1.0, 17.0, 30.0])
def test_the_bce_of_a_network_that_is_sure_is_the_logit(logit, nnunet_folders):
    """A sure false alarm costs as much as a sure miss, however sure: against torch in float64."""
    trainer = make(BCESingle, dataset_json("front"))
    output = torch.zeros(1, 2, 1, 2)
    output[0, 1] = torch.tensor([[logit, -logit]])
    target = torch.tensor([[[[0.0, 1.0]]]])
    expected = binary_cross_entropy_with_logits(output[:, 1].double(), target[:, 0].double(), reduction="sum").item()
    assert trainer._line_sums(output, target) == pytest.approx(expected, rel=1e-6)


def test_pixels_to_ignore_are_in_no_count(nnunet_folders):
    """Three steps of a real network with a third of the pixels to ignore, against scikit-learn over the others."""
    dataset = dataset_json("front")
    dataset["labels"]["ignore"] = 2
    trainer = make(MCCSingle, dataset)
    plans = (trainer.plans_manager, trainer.configuration_manager)
    trainer.network = trainer.build_network_architecture(*plans, 1, 2, enable_deep_supervision=True)
    trainer.loss = trainer._build_loss()
    generator = torch.Generator().manual_seed(1)
    steps, truth, predicted = [], [], []
    for _ in range(3):
        image = torch.randn(2, 1, 32, 32, generator=generator)
        codes = torch.randint(0, 3, (2, 1, 32, 32), generator=generator).to(torch.int16)
        with torch.no_grad():
            steps.append(
                trainer.validation_step({"data": image, "target": [codes[:, :, ::s, ::s].clone() for s in (1, 2, 4)]})
            )
            classes = trainer.network(image)[0].argmax(1)
        labelled = codes[:, 0] != 2
        truth.append(codes[:, 0][labelled].numpy())
        predicted.append(classes[labelled].numpy())
    trainer.on_validation_epoch_end(steps)
    expected = matthews_corrcoef(np.concatenate(truth), np.concatenate(predicted))
    assert trainer.monitored == [pytest.approx(expected, rel=1e-6)]
