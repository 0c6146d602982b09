"""The papers' recipes, ``tune`` and ``repeat`` through nnU-Net's own commands: two iterations each on tiny scenes."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.support.environment import PLUGIN_FOLDER

pytestmark = pytest.mark.timeout(1800)

DRIVER = Path(__file__).parents[1] / "trainers" / "nnunet_commands.py"
SETTINGS = {
    "nnUNet_extTrainer": str(PLUGIN_FOLDER),
    "nnUNet_n_proc_DA": "0",
    "nnUNet_def_n_proc": "1",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    # No weights are downloaded by a test.
    "HF_HUB_OFFLINE": "1",
    "QUICK_NNUNET": "1",
}
NAME = "Dataset971_Lines"
TRAINERS = [
    "nnUNetTrainerDavari2021DistanceMapBCE",
    "nnUNetTrainerHolzmann2021AttentionWBCE4",
    "nnUNetTrainerPiresDeLima2023CE",
    "nnUNetTrainerGattolinUNet",
    "nnUNetTrainerGlacierSkeletonRecall",
]
TUNE = ["tune", "-d", "971", "-p", "h", "-tr", "nnUNetTrainerGlacierFocalTverskyBCE", "--epochs", "1"]
REPEAT = ["repeat", "-d", "971", "-p", "h", "-tr", "nnUNetTrainerGlacierBCE", "--times", "2", "--seed", "4"]


def write_lines(folder):
    """Four scenes of 40x40 pixels with a bright line six pixels wide, and a fold."""
    rng = np.random.default_rng(0)
    for name in ("imagesTr", "labelsTr"):
        (folder / name).mkdir(parents=True)
    for index in range(4):
        line = np.zeros((40, 40), dtype=np.uint8)
        line[10 + 4 * index : 16 + 4 * index] = 1
        grey = np.clip(60 + 100 * line + rng.normal(0, 10, line.shape), 1, 255)
        Image.fromarray(grey.astype(np.uint8)).save(folder / "imagesTr" / f"scene_{index}_0000.png")
        Image.fromarray(line).save(folder / "labelsTr" / f"scene_{index}.png")
    (folder / "imagesTs").mkdir()
    Image.fromarray(grey.astype(np.uint8)).save(folder / "imagesTs" / "test_0000.png")
    space = LABEL_SPACES["front"]
    dataset = {"channel_names": {"0": "SAR"}, "labels": space.nnunet_labels(), "numTraining": 4, "file_ending": ".png"}
    dataset |= {"tasks": space.to_json(), "overwrite_image_reader_writer": "NaturalImage2DIO"}
    (folder / "dataset.json").write_text(json.dumps(dataset))
    fold = {"train": ["scene_0", "scene_1", "scene_2"], "val": ["scene_3"]}
    (folder / "splits_final.json").write_text(json.dumps([fold]))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of everything, and what the commands printed."""
    root = tmp_path_factory.mktemp("recipes")
    write_lines(root / "nnUNet_raw" / NAME)
    plan = ["nnunet-glacier", "plan", "-d", "971", "--preset", "holzmann-2021", "--name", "h", "--workers", "1"]
    plan += ["--patch-size", "32", "32", "--features", "2", "--batch-size", "2"]
    plan += ["--epochs", "1", "--iterations", "2", "--val-iterations", "1"]
    commands = [plan, ["nnUNetv2_preprocess", "-d", "971", "-plans_name", "h", "-c", "2d", "-np", "1"]]
    commands += [["nnUNetv2_train", "971", "2d", "0", "-p", "h", "-tr", name, "-device", "cpu"] for name in TRAINERS]
    tune = ["nnunet-glacier", *TUNE, "--device", "cpu", "--grid", "bce_weight=0.2;0.3", str(root / "tuned")]
    commands += [tune, tune, ["nnunet-glacier", *REPEAT, "--device", "cpu"]]
    folders = {folder: str(root / folder) for folder in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")}
    run = subprocess.run(
        [sys.executable, str(DRIVER), json.dumps(commands)],
        env=os.environ | SETTINGS | folders,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-5000:]
    return root, run.stdout


def model(root, trainer, plans="h"):
    return root / "nnUNet_results" / NAME / f"{trainer}__{plans}__2d" / "fold_0"


@pytest.mark.parametrize("trainer", TRAINERS)
def test_recipes_train_and_predict(trained, trainer):
    """To the final checkpoint, with a finite loss and the validation scene predicted."""
    root, _ = trained
    checkpoint = torch.load(model(root, trainer) / "checkpoint_final.pth", weights_only=False)
    assert np.isfinite(checkpoint["logging"]["val_losses"]).all()
    assert (model(root, trainer) / "validation" / "scene_3.png").is_file()


def test_the_log_says_where_the_encoders_weights_come_from(trained):
    """Random ones, since nothing was downloaded."""
    assert "The encoder starts from random weights: ImageNet's (resnet18.tv_in1k) could not be loaded" in trained[1]


def test_tune_compares_and_says_what_comes_next(trained):
    """A row per configuration, the best by validation loss, a picture."""
    root, output = trained
    rows = list(csv.DictReader((root / "tuned" / "tune.csv").open()))
    assert [row["bce_weight"] for row in rows] == ["0.2", "0.3"]
    summary = json.loads((root / "tuned" / "tune.json").read_text())
    best = min(rows, key=lambda row: float(row["validation_loss"]))
    assert summary["best"] == {"bce_weight": float(best["bce_weight"])}
    assert summary["seeds"] == [0]
    assert {path.name for path in (root / "tuned").glob("tune.*")} == {"tune.csv", "tune.json", "tune.png", "tune.svg"}
    assert f"--fold 0 --times 1 --set bce_weight={best['bce_weight']}" in output


def test_a_configuration_that_is_trained_is_not_trained_again(trained):
    """The second of the same command wrote no second log."""
    root, _ = trained
    (row, *_) = csv.DictReader((root / "tuned" / "tune.csv").open())
    folder = model(root, "nnUNetTrainerGlacierFocalTverskyBCE", row["plans"])
    epochs = sum(path.read_text().count("Epoch 0") for path in folder.glob("training_log_*.txt"))
    assert epochs == 1


def test_repeats_record_their_seeds_and_are_scored_together(trained):
    """Two trainings that differ, each with its validation scenes."""
    root, output = trained
    (record,) = (root / "nnUNet_results" / NAME).glob("*-repeats.json")
    runs = json.loads(record.read_text())["runs"]
    assert [run["seed"] for run in runs] == [4, 5]
    assert all((Path(run["folder"]) / "validation" / "scene_3.png").is_file() for run in runs)
    predicted = " ".join(f"{run['folder']}/validation" for run in runs)
    raw = root / "nnUNet_raw" / NAME
    assert f"nnunet-glacier evaluate {predicted} {raw} SCORES --split train --allow-missing" in output
    for run in runs:
        model = Path(run["folder"]).parent
        assert f"predict {model} {raw / 'imagesTs'} PREDICTIONS/seed{run['seed']} --folds 0" in output
    assert f"nnunet-glacier evaluate PREDICTIONS/seed4 PREDICTIONS/seed5 {raw} SCORES --split test" in output
    first, second = (
        torch.load(Path(run["folder"]) / "checkpoint_final.pth", weights_only=False)["network_weights"] for run in runs
    )
    assert any(not torch.equal(first[name], second[name]) for name in first)
