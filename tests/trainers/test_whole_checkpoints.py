"""Checkpoints are written whole, and a training goes on from the newest that is."""

from copy import deepcopy

import pytest
import torch
from made_trainers import dataset_json

from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.whole_checkpoints import checkpoint_to_continue, read_checkpoint


@pytest.fixture
def trainer(initialized):
    """A trainer that has come to the end of epoch 4."""
    made = initialized(nnUNetTrainerGlacier, dataset_json("fused"))
    made.optimizer, made.lr_scheduler = made.configure_optimizers()
    made.was_initialized = True
    made.current_epoch = 4
    return made


def saved(folder, name, epoch):
    path = folder / f"checkpoint_{name}.pth"
    torch.save({"network_weights": {}, "current_epoch": epoch}, path)
    return path


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])
    return path


def test_a_checkpoint_that_cannot_be_finished_leaves_the_one_before(trainer, tmp_path, monkeypatch):
    """Half of it is written, then the disk is full or the process killed."""
    path = tmp_path / "checkpoint_latest.pth"
    trainer.save_checkpoint(str(path))
    assert read_checkpoint(path)["current_epoch"] == 5
    before = path.read_bytes()

    def half(content, filename):
        with open(filename, "wb") as file:  # noqa: PTH123
            file.write(before[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(KeyboardInterrupt):
        trainer.save_checkpoint(str(path))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.glob("*.pth")] == [path.name]


@pytest.mark.parametrize(("latest", "best", "chosen"), [(5, 3, "latest"), (5, 8, "best"), (5, 5, "latest")])
def test_the_newer_of_two_is_taken(tmp_path, latest, best, chosen):
    """A kill between writing the best and the latest leaves the best newer."""
    path = saved(tmp_path, "latest", latest)
    saved(tmp_path, "best", best)
    assert checkpoint_to_continue(path, print).name == f"checkpoint_{chosen}.pth"


def test_a_best_one_of_another_training_is_passed_over(tmp_path):
    """One that was begun in the folder before, and came further; its losses began otherwise."""
    said = []
    for name, losses in (("latest", [0.9, 0.8]), ("best", [0.7, 0.6, 0.5])):
        content = {"network_weights": {}, "current_epoch": len(losses), "logging": {"train_losses": losses}}
        torch.save(content, tmp_path / f"checkpoint_{name}.pth")
    assert checkpoint_to_continue(tmp_path / "checkpoint_latest.pth", said.append).name == "checkpoint_latest.pth"
    assert said == [f"{tmp_path / 'checkpoint_best.pth'} is of another training, and is passed over."]
    content["logging"]["train_losses"] = [0.9, 0.8, 0.5]
    torch.save(content, tmp_path / "checkpoint_best.pth")
    assert checkpoint_to_continue(tmp_path / "checkpoint_latest.pth", said.append).name == "checkpoint_best.pth"


@pytest.mark.parametrize(
    ("losses", "chosen", "passed_over"),
    [
        # Begun anew over a training that was done, and stopped before and after its first latest one.
        ({"final": [0.7, 0.6], "best": [0.9]}, "best", ["final"]),
        ({"final": [0.7, 0.6], "latest": [0.9, 0.8, 0.7], "best": [0.9, 0.8]}, "latest", ["final"]),
        ({"final": [0.7, 0.6], "latest": [0.9], "best": [0.9, 0.8]}, "best", ["final"]),
        ({"final": [0.7, 0.6], "latest": [0.9], "best": [0.7]}, "latest", ["final", "best"]),
        # Continued for more epochs, and stopped.
        ({"final": [0.7, 0.6], "latest": [0.7, 0.6, 0.5], "best": [0.7]}, "latest", []),
        # Done; and stopped before the latest one was removed.
        ({"final": [0.7, 0.6], "best": [0.7]}, "final", []),
        ({"final": [0.7, 0.6], "latest": [0.7], "best": [0.7, 0.6]}, "final", []),
    ],
)
def test_a_training_that_goes_on_is_the_last_one_of_its_folder(tmp_path, losses, chosen, passed_over):
    """The final checkpoint of an earlier one stays there until the new one is done."""
    said = []
    for name, logged in losses.items():
        content = {"network_weights": {}, "current_epoch": len(logged), "logging": {"train_losses": logged}}
        torch.save(content, tmp_path / f"checkpoint_{name}.pth")
    taken = checkpoint_to_continue(tmp_path / "checkpoint_final.pth", said.append)
    assert taken.name == f"checkpoint_{chosen}.pth"
    others = [f"{tmp_path}/checkpoint_{name}.pth is of another training, and is passed over." for name in passed_over]
    assert [words for words in said if "another training" in words] == others


def test_the_final_one_is_validated_even_if_a_training_was_begun_after_it(trainer, tmp_path):
    """``--val`` does not go on with it; ``--c`` does, and nnU-Net gives it the final checkpoint."""
    final, latest = tmp_path / "checkpoint_final.pth", tmp_path / "checkpoint_latest.pth"
    for path, loss in ((final, 0.7), (latest, 0.9)):
        trainer.logger.log("train_losses", loss, 0)
        trainer.save_checkpoint(str(path))
        trainer.current_epoch += 1
    content = torch.load(latest, weights_only=False)
    content["logging"]["train_losses"] = [0.9]
    torch.save(content, latest)
    trainer.load_checkpoint(str(final))
    assert trainer.current_epoch == 5
    trainer._goes_on = True
    trainer.load_checkpoint(str(final))
    assert trainer.current_epoch == 6


def test_a_broken_one_is_named_and_the_other_taken(tmp_path):
    """Both ways round; with both broken there is nothing to go on from."""
    said = []
    latest, best = cut(saved(tmp_path, "latest", 9)), saved(tmp_path, "best", 3)
    assert checkpoint_to_continue(latest, said.append) == best
    assert said[0].startswith(f"{latest}: it is no checkpoint, or not the whole of one")
    cut(best)
    with pytest.raises(GlacierError, match=r"checkpoint_latest.pth: it is no checkpoint"):
        checkpoint_to_continue(latest, said.append)
    saved(tmp_path, "latest", 9)
    assert checkpoint_to_continue(latest, said.append) == latest


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1], "it holds a list"),
        (None, "it holds a NoneType"),
        (torch.zeros(3), "it holds a Tensor"),
        ({"current_epoch": 1}, "'network_weights'"),
        ({"network_weights": None, "current_epoch": 1}, "its network_weights are no tensors by name"),
        ({"network_weights": {"a": 1}, "current_epoch": 1}, "its network_weights are no tensors by name"),
        ({"network_weights": {}, "current_epoch": "x"}, "its current_epoch is 'x'"),
    ],
)
def test_what_holds_something_else_is_named_as_broken(tmp_path, content, said):
    """So that a training does not end with a traceback, and goes on from the other one."""
    latest, best = tmp_path / "checkpoint_latest.pth", saved(tmp_path, "best", 3)
    torch.save(content, latest)
    with pytest.raises(GlacierError, match=said):
        read_checkpoint(latest)
    assert checkpoint_to_continue(latest, print) == best


def test_a_worse_epoch_is_not_the_best_after_a_stop(trainer, tmp_path, monkeypatch):
    """The latest checkpoint knows the best score of its own epoch, whose best checkpoint stands before it."""
    latest, best = tmp_path / "checkpoint_latest.pth", tmp_path / "checkpoint_best.pth"
    monkeypatch.setattr(trainer, "output_folder", str(tmp_path))
    scores = [0.1, 0.2, 0.2, 0.2, 0.5]
    for epoch, score in enumerate(scores):
        trainer.logger.log("ema_fg_dice", score, epoch)
    trainer._best_ema = 0.2
    trainer.save_checkpoint(str(latest))
    assert (read_checkpoint(best)["_best_ema"], read_checkpoint(best)["current_epoch"]) == (0.5, 5)
    assert read_checkpoint(latest)["_best_ema"] == 0.5
    best.unlink()
    trainer.save_checkpoint(str(latest))
    assert not best.exists()


def test_a_trainer_goes_on_from_the_last_good_one(trainer, tmp_path):
    """And names a broken one that was asked for by its name, as for a validation."""
    best, latest = tmp_path / "checkpoint_best.pth", tmp_path / "checkpoint_latest.pth"
    trainer.save_checkpoint(str(best))
    trainer.save_checkpoint(str(latest))
    cut(latest)
    trainer.current_epoch = 0
    trainer.load_checkpoint(str(latest))
    assert trainer.current_epoch == 5
    with pytest.raises(GlacierError, match=r"checkpoint_best.pth: it is no checkpoint"):
        trainer.load_checkpoint(str(cut(best)))


def test_a_training_does_not_go_on_with_other_plans(trainer, tmp_path):
    """Weights that have seen pixels of one size would be trained on those of another; a longer training is no such."""
    latest = tmp_path / "checkpoint_latest.pth"
    trainer.my_init_kwargs = {"plans": deepcopy(trainer.plans_manager.plans), "configuration": "2d"}
    trainer.save_checkpoint(str(latest))
    trainer._goes_on = True
    plans = trainer.plans_manager.plans
    plans["num_epochs"], plans["configurations"]["2d"]["batch_size"] = 99, 7
    trainer.load_checkpoint(str(latest))
    spacing = plans["configurations"]["2d"]["spacing"]
    plans["configurations"]["2d"]["spacing"] = [2 * edge for edge in spacing]
    with pytest.raises(GlacierError, match=r"checkpoint_latest.pth: its training was begun with other plans: spacing"):
        trainer.load_checkpoint(str(latest))
    # nnU-Net validates a training that is done without going on with it.
    trainer._goes_on = False
    trainer.load_checkpoint(str(latest))
