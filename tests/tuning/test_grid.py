"""Grids, trials and their ranking: pure functions."""

import math
import shlex

import pytest
import torch

from nnunet_glacier.support.errors import GlacierError, InputError
from nnunet_glacier.trainers.grounding_line import nnUNetTrainerGattolinUNet, nnUNetTrainerGattolinUNetPlusPlus
from nnunet_glacier.trainers.networks import ASPPUNetMixin
from nnunet_glacier.trainers.settings import checked_settings, settable, with_settings
from nnunet_glacier.trainers.single_changes import nnUNetTrainerGlacierDistanceMapBCE
from nnunet_glacier.trainers.training import Training
from nnunet_glacier.tuning.grid import axes_for, configurations, one_configuration, parse_axis
from nnunet_glacier.tuning.training import Curves
from nnunet_glacier.tuning.trials import Trial, write_trials
from nnunet_glacier.tuning.tune import Result, Subject, ranked, repeat, tune


@pytest.mark.parametrize(
    ("trainer", "count"), [(nnUNetTrainerGattolinUNet, 16), (nnUNetTrainerGattolinUNetPlusPlus, 48)]
)
def test_gattolins_grid_is_the_reports(trainer, count):
    """Four of Focal Tversky times four of BCE, for U-Net++ times three of its outputs' weights."""
    chosen = configurations(axes_for(["gattolin"], settable(trainer)))
    assert len(chosen) == count
    tversky = {tuple(settings[f"tversky_{name}"] for name in ("alpha", "beta", "gamma")) for settings in chosen}
    assert tversky == {(0.7, 0.3, 1.33), (0.8, 0.2, 1.33), (0.75, 0.25, 1.33), (0.85, 0.15, 1.33)}
    assert {settings["bce_weight"] for settings in chosen} == {0.20, 0.25, 0.30, 0.35}
    for settings in chosen:
        assert checked_settings(trainer, settings) == settings


@pytest.mark.parametrize("text", ["bce_weight", "=0.2", "a b=1", "a,a=1,2", "a,b=1;2,3", "a="])
def test_what_is_no_axis_is_refused(text):
    """A value for each name, each name once."""
    with pytest.raises(InputError, match="each choice needs a value for each name"):
        parse_axis(text)


@pytest.mark.parametrize("text", ["k=0.1;0.5;0.10", "k=1;1.0", "a,b=1,2;3,4;1,2", "weighting=last; last"])
def test_a_choice_stands_once(text):
    """However its numbers are written; it would be trained twice."""
    with pytest.raises(InputError, match=r"has the choice .* twice\. Keep one of the two"):
        parse_axis(text)


def test_a_trainer_without_the_reports_settings_is_refused():
    """Its grid would be one configuration without any; other axes do not change that, and one of three will do."""
    with pytest.raises(InputError, match=r"no setting of it \(tversky_alpha, .*Give settings that it has \(R, k, w\)"):
        axes_for(["gattolin", "k=0.1;0.5"], settable(nnUNetTrainerGlacierDistanceMapBCE))
    assert axes_for(["gattolin"], {"bce_weight": 0.25}) == [[{"bce_weight": share} for share in (0.2, 0.25, 0.3, 0.35)]]


def test_no_plans_are_written_where_some_are_others(tmp_path):
    """Those of the second trial."""
    trials = [Trial({"k": value}, 0) for value in (0.1, 0.5, 1)]
    other = tmp_path / f"{trials[1].plans_name('p')}.json"
    other.write_text("{}")
    with pytest.raises(InputError, match="holds other plans"):
        write_trials(tmp_path, BASE, trials)
    assert list(tmp_path.iterdir()) == [other]
    other.unlink()
    write_trials(tmp_path, BASE, trials)
    assert len(list(tmp_path.iterdir())) == 3


def test_printed_commands_are_what_a_shell_takes(tmp_path, monkeypatch):
    """Folders with blanks, and a list among the settings, each as one word."""
    raw, folder = tmp_path / "my raw" / "Dataset1_A", tmp_path / "my results" / "T__p__2d" / "fold_0"
    (raw / "imagesTs").mkdir(parents=True)
    (raw / "imagesTs" / "a_0000.png").touch()
    (tmp_path / "Dataset1_A").mkdir()
    subject = Subject(raw, tmp_path / "Dataset1_A", folder.parents[1], "p", "T", 0, torch.device("cpu"))
    monkeypatch.setattr(Subject, "opened", lambda self: Training(ASPPUNetMixin, BASE, "2d", {}, self.device))
    monkeypatch.setattr("nnunet_glacier.tuning.tune.refusal", lambda *arguments: "")
    monkeypatch.setattr("nnunet_glacier.tuning.tune.train", lambda *_, **__: (Curves((0.5,), (0.1,)), folder))
    said = [repeat(subject, [], times=1, seed=0), tune(subject, ["d=[1, 2]"], tmp_path, epochs=1, repeats=1, seed=0)]
    commands = [shlex.split(line)[1:] for text in said for line in text.splitlines() if "  nnunet-glacier" in line]
    images, validation = str(raw / "imagesTs"), str(folder / "validation")
    assert commands == [
        ["evaluate", validation, str(raw), "SCORES", "--split", "train", "--allow-missing"],
        ["predict", str(folder.parent), images, "PREDICTIONS/seed0", "--folds", "0"],
        ["evaluate", "PREDICTIONS/seed0", str(raw), "SCORES", "--split", "test"],
        [*["repeat", "-d", "Dataset1_A", "-p", "p", "-tr", "T", "--fold", "0", "--times", "1", "--set"], "d=[1, 2]"],
    ]


def test_values_are_json_or_words():
    """Numbers, lists and words."""
    assert parse_axis("dilations=[1,2];[1,6,12]") == [{"dilations": [1, 2]}, {"dilations": [1, 6, 12]}]
    assert parse_axis("sampled_by=sensor") == [{"sampled_by": "sensor"}]


def test_a_setting_stands_in_one_axis():
    """Also where the report's grid has it."""
    with pytest.raises(InputError, match="bce_weight: is set twice"):
        axes_for(["gattolin", "bce_weight=0.5"], settable(nnUNetTrainerGattolinUNet))
    with pytest.raises(InputError, match="several choices"):
        one_configuration(["bce_weight=0.2;0.3"])


def test_unknown_settings_are_refused_with_the_known():
    """And the titles of a trainer are none."""
    with pytest.raises(GlacierError, match=r"no setting bce_wait\. It has: .*bce_weight \(0\.25\)"):
        checked_settings(nnUNetTrainerGattolinUNet, {"bce_wait": 1})
    assert not {"published", "loss_title", "deep_supervision"} & set(settable(nnUNetTrainerGattolinUNet))


def test_lists_of_the_plans_are_tuples_for_the_network():
    """A class method sees them on the class."""
    assert with_settings(ASPPUNetMixin, {"dilations": [1, 2]}).dilations == (1, 2)
    assert with_settings(ASPPUNetMixin, {}) is ASPPUNetMixin


BASE = {"plans_name": "p", "num_epochs": 500, "configurations": {"2d": {"data_identifier": "p_2d"}}, "initial_lr": 0.1}


def test_a_trials_plans_differ_by_what_it_sets():
    """They share the preprocessed data, and carry seed, length and settings; names tell trials apart."""
    trial = Trial({"k": 0.5}, seed=3, epochs=8)
    plans = trial.plans(BASE)
    assert plans == BASE | {
        "plans_name": trial.plans_name("p"),
        "seed": 3,
        "num_epochs": 8,
        "trainer_settings": {"k": 0.5},
    }
    names = {trial.plans_name("p"), Trial({"k": 0.4}, 3, 8).plans_name("p"), Trial({"k": 0.5}, 3, 9).plans_name("p")}
    assert len(names | {Trial({"k": 0.5}, 4, 8).plans_name("p"), Trial({}, 3).plans_name("p")}) == 5
    assert all("__" not in name for name in names)
    assert Trial({}, 1).plans(BASE)["num_epochs"] == 500


def result(settings, seed, *losses):
    return Result(Trial(settings, seed), "p", Curves(losses, (0.0,) * len(losses)))


def test_configurations_are_ranked_by_the_mean_of_their_lowest_losses():
    """Over the seeds; a training that broke down is last."""
    results = [
        result({"k": 1}, 0, 0.9, 0.3, 0.5),
        result({"k": 1}, 1, 0.5, 0.7),
        result({"k": 2}, 0, 0.35, 0.9),
        result({"k": 3}, 0, math.nan),
        result({"k": 2}, 1, 0.35, math.nan),
    ]
    (best, loss), second, last = ranked(results)
    assert (best, loss) == ({"k": 2}, pytest.approx(0.35))
    assert second == ({"k": 1}, pytest.approx(0.4))
    assert last[0] == {"k": 3} and math.isnan(last[1])
    assert results[0].row() == {
        "plans": "p",
        "seed": 0,
        "k": "1",
        "epochs": 3,
        "best_epoch": 1,
        "validation_loss": "0.3",
        "pseudo_dice": "0.0",
    }
