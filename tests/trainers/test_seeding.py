"""Seeds of the plans: two trainings of nnU-Net's own loop with the same seed give the same weights."""

import json

import numpy as np
import pytest
import torch
from made_trainers import dataset_json, make
from nnunetv2.training.dataloading.nnunet_dataset import nnUNetDatasetBlosc2

from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.seeding import seed_draws

pytestmark = pytest.mark.usefixtures("quick_nnunet")

SHORT = {"num_iterations_per_epoch": 2, "num_val_iterations_per_epoch": 1, "num_epochs": 2}


@pytest.fixture
def preprocessed(nnunet_folders, monkeypatch):
    """Four preprocessed scenes where nnU-Net's loader looks for them, drawn without worker processes."""
    monkeypatch.setenv("nnUNet_n_proc_DA", "0")
    folder = nnunet_folders / "nnUNet_preprocessed" / "Dataset990_Made"
    cases = folder / "small_2d"
    cases.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(4):
        label = np.zeros((1, 1, 40, 44), dtype=np.int8)
        label[..., 10 + index : 14 + index, :] = 1
        properties = {"class_locations": {1: np.argwhere(label == 1)}}
        image = (label + rng.normal(0, 0.3, label.shape)).astype(np.float32)
        whole = [label.shape] * 4
        nnUNetDatasetBlosc2.save_case(image, label, properties, str(cases / f"scene_{index}"), *whole)
    splits = [{"train": ["scene_0", "scene_1"], "val": ["scene_2", "scene_3"]}]
    (folder / "splits_final.json").write_text(json.dumps(splits))
    (folder / "dataset.json").write_text(json.dumps(dataset_json("front")))
    (folder / "dataset_fingerprint.json").write_text("{}")
    return nnunet_folders


def trained(**plans):
    """The weights after a training."""
    trainer = make(nnUNetTrainerGlacier, dataset_json("front"), **SHORT | plans)
    trainer.run_training()
    return trainer.network.state_dict()


def logs(root):
    return [path.read_text() for path in sorted(root.rglob("training_log_*.txt"))]


def test_the_same_seed_gives_the_same_weights(preprocessed):
    """To the last bit; another seed gives others, and the log has the seed."""
    first, second, other = (trained(seed=seed) for seed in (7, 7, 8))
    for name, weight in first.items():
        assert torch.equal(weight, second[name]), name
    assert any(not torch.equal(weight, other[name]) for name, weight in first.items())
    assert any("Seed: 7" in log for log in logs(preprocessed))


def test_plans_without_a_seed_draw_anew(preprocessed):
    """As nnU-Net does, and nothing of seeds in the log."""
    first, second = trained(), trained()
    assert any(not torch.equal(weight, second[name]) for name, weight in first.items())
    assert not any("Seed" in log for log in logs(preprocessed))


def test_a_stopped_training_goes_on_as_an_unbroken_one(preprocessed):
    """Stopped after the first of two epochs and continued from its checkpoint."""
    unbroken = trained(seed=7)

    class Stopped(nnUNetTrainerGlacier):
        def __init__(self, plans, configuration, fold, dataset_json, device=torch.device("cpu")):  # noqa: B008
            super().__init__(plans, configuration, fold, dataset_json, device)

        def on_epoch_end(self):
            super().on_epoch_end()
            raise KeyboardInterrupt

    stopped = make(Stopped, dataset_json("front"), **SHORT, seed=7)
    with pytest.raises(KeyboardInterrupt):
        stopped.run_training()
    continued = make(Stopped, dataset_json("front"), **SHORT, seed=7)
    continued.load_checkpoint(f"{stopped.output_folder}/checkpoint_latest.pth")
    assert continued.current_epoch == 1
    with pytest.raises(KeyboardInterrupt):
        continued.run_training()
    for name, weight in unbroken.items():
        assert torch.equal(weight, continued.network.state_dict()[name]), name


def test_epochs_folds_and_workers_draw_differently():
    """And the initial weights differently from the first epoch; the same again for the same of all."""
    draws = {}
    for key in [(1, 0), (1, 0, 0), (1, 0, 1), (1, 0, 0, 1), (2, 0, 0), (1, 1, 0), (1, "all", 0)]:
        for _ in range(2):
            seed_draws(*key)
            drawn = (np.random.random(), torch.rand(1).item())  # noqa: NPY002
            assert draws.setdefault(key, drawn) == drawn
    by_numpy, by_torch = zip(*draws.values(), strict=True)
    assert len(set(by_numpy)) == len(set(by_torch)) == 7
