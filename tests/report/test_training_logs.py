"""Curves from nnU-Net's text logs, resumed trainings included."""

import math
from pathlib import Path

import pytest
from made_evaluations import log_text, write_model

from nnunet_glacier.report.drawing import report_style
from nnunet_glacier.report.training_logs import parse_log, read_fold, read_models
from nnunet_glacier.report.training_plots import draw_training
from nnunet_glacier.support.errors import InputError


def test_an_unfinished_epoch_is_left_out():
    """An epoch counts once its losses and its pseudo Dice are written; classes without one are left out of its mean."""
    text = log_text(4, [(-0.25, -0.125)]) + "2025-01-01 10:00:00.1: Epoch 5 \n2025-01-01 10:00:00.1: train_loss -0.9 \n"
    assert parse_log(text) == [{"epoch": 4, "train_loss": -0.25, "val_loss": -0.125, "pseudo_dice": pytest.approx(0.7)}]


def test_plain_numbers_and_unknown_values_are_read():
    """Older and newer numpy print numbers differently; a loss may be nan or in powers of ten."""
    (row,) = parse_log(log_text(0, [(math.nan, 1e-05)], dice="[0.5, nan]"))
    assert math.isnan(row["train_loss"])
    assert row["val_loss"] == 1e-05
    assert row["pseudo_dice"] == 0.5


def test_the_later_log_of_a_resumed_training_counts(tmp_path):
    """Logs are ordered by their time, in which October follows September though '10' sorts before '9'."""
    (tmp_path / "training_log_2025_9_30_10_00_00.txt").write_text(log_text(0, [(-0.1, -0.1), (-0.2, -0.2)]))
    (tmp_path / "training_log_2025_10_1_08_00_00.txt").write_text(log_text(1, [(-0.7, -0.6), (-0.8, -0.6)]))
    table = read_fold(tmp_path)
    assert table["epoch"].tolist() == [0, 1, 2]
    assert table["train_loss"].tolist() == [-0.1, -0.7, -0.8]


def test_folders_without_logs_are_all_named(tmp_path):
    """A folder without folds and one whose log holds no epoch are refused together."""
    write_model(tmp_path / "good", 1)
    (tmp_path / "empty" / "fold_0").mkdir(parents=True)
    (tmp_path / "empty" / "fold_0" / "training_log_2025_1_1_1_1_1.txt").write_text("nothing yet")
    with pytest.raises(InputError) as error:
        read_models([tmp_path / "good", tmp_path / "empty", tmp_path / "missing"])
    assert [problem.where for problem in error.value.problems] == [tmp_path / "empty", tmp_path / "missing"]


def test_the_curves_are_the_logs(tmp_path):
    """Each fold's losses are drawn as they stand in the logs, and their mean over the folds."""
    models = read_models([write_model(tmp_path / "model", 2)])
    with report_style():
        losses = draw_training(models).axes[0]
    curves = [[float(value) for value in line.get_ydata()] for line in losses.get_lines()]
    assert curves[:3] == [[-0.1, -0.5], [-0.2, -0.5], pytest.approx([-0.15, -0.5])]
    assert curves[3:] == [[-0.05, -0.4]] * 3
    assert losses.get_title("left") == "model (2 folds)"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("caffe-256", "it is a shipped model, which holds no training logs"),
        ("cafe", "there is no such folder here, and no shipped model of this name"),
    ],
)
def test_a_shipped_model_has_no_logs_and_a_wrong_name_lists_those_that_ship(name, what):
    """One sentence each; the remedy of a wrong name holds the right one."""
    with pytest.raises(InputError) as error:
        read_models([Path(name)])
    (problem,) = error.value.problems
    assert problem.what == what
    assert ("caffe-256" in problem.remedy) == (name == "cafe")
