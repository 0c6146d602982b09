"""Several folds: mean and standard deviation of the same scenes, or a cross-validation of each scene once."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_scenes import predict_bands, predict_zones, write_dataset_json

from nnunet_glacier.formats.scene_table import read_scenes, write_scenes
from nnunet_glacier.support.fold_statistics import spread


def test_the_standard_deviation_is_that_of_a_sample():
    """Divided by n - 1; folds without the figure are left out and seen in the count."""
    deviation = spread([1.0, 2.0, float("nan"), 6.0])
    assert (deviation.mean, deviation.folds) == (3.0, 3) and deviation.sd == pytest.approx(np.sqrt((4 + 1 + 9) / 2))


def test_one_fold_has_no_deviation():
    """And none at all has no mean."""
    assert np.isnan(spread([1.0]).sd) and np.isnan(spread([]).mean)


def test_repeated_trainings_give_mean_and_deviation(dataset, summary_of, tmp_path):
    """Three models 2, 4 and 9 columns off: 40, 80 and 180 m."""
    folders = [
        predict_zones(tmp_path / f"fold_{fold}", dict.fromkeys("abc", 20 + shift))
        for fold, shift in enumerate((2, 4, 9))
    ]
    summary = summary_of(*folders, dataset)
    assert summary["scheme"] == "repeated"
    over = summary["over_folds"]["subsets"]["all"]["mde_m"]
    assert over["mean"] == pytest.approx(100.0) and over["folds"] == 3
    assert over["sd"] == pytest.approx(np.std([40, 80, 180], ddof=1))
    assert summary["subsets"]["all"]["mde_m"] == pytest.approx(100.0)
    assert summary["subsets"]["all"]["mde_m_sd"] == over["sd"]
    assert summary["folds"]["fold_1"]["subsets"]["glacier=COL"]["mde_m"] == pytest.approx(80.0)
    assert len(summary["zone_metrics_mean_over_images"]["iou"]) == 5
    table = pd.read_csv(tmp_path / "scores" / "scores.csv")
    assert table.prediction.value_counts().to_dict() == {"fold_0": 3, "fold_1": 3, "fold_2": 3}


def test_missing_fronts_are_counted_by_side_in_the_mean_too(dataset, summary_of, tmp_path):
    """One model finds no front in two of three scenes, the other in one: 1.5 on average, and every one is labelled."""
    folders = []
    for fold, empty in enumerate(("ab", "a")):
        folders.append(
            predict_bands(tmp_path / f"fold_{fold}", {case: None if case in empty else 20 for case in "abc"})
        )
        write_dataset_json(folders[-1], "front")
    everything = summary_of(*folders, dataset)["subsets"]["all"]
    assert (everything["no_front"], everything["no_front_predicted"], everything["no_front_labelled"]) == (1.5, 1.5, 0)
    assert everything["no_front_predicted_sd"] == pytest.approx(np.sqrt(0.5))


def test_the_screen_shows_each_fold_beside_the_mean(dataset, evaluate, tmp_path):
    """As the papers quote it: a ± b."""
    folders = [
        predict_zones(tmp_path / f"run{fold}" / "maps", dict.fromkeys("abc", 20 + shift))
        for fold, shift in enumerate((2, 4))
    ]
    output = evaluate(*folders, dataset, tmp_path / "scores").output
    assert "run0/maps" in output and "60.0 ± 28.3" in output and "mean ± SD, glacier=COL" in output


def test_a_fold_that_lacks_a_scene_is_named(dataset, evaluate, tmp_path):
    """Means over different scenes would not compare."""
    whole = predict_zones(tmp_path / "fold_0", dict.fromkeys("abc", 22))
    partial = predict_zones(tmp_path / "fold_1", dict.fromkeys("ab", 22))
    result = evaluate(whole, partial, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and "fold_1: no prediction of scene c" in result.output


def test_remarks_count_scenes_once_however_many_folders(dataset, evaluate, tmp_path):
    """Two folders without scene c and with a training scene: one scene lacks, one is outside; no scene has a date."""
    scenes = read_scenes(dataset / "scenes.csv").values()
    write_scenes(dataset / "scenes.csv", [replace(scene, date=None) for scene in scenes])
    folders = [predict_zones(tmp_path / name, dict.fromkeys("abd", 22)) for name in ("fold_0", "fold_1")]
    result = evaluate(*folders, dataset, tmp_path / "scores", "--split", "test", "--allow-missing")
    assert result.exit_code == 0, result.output
    for text in ("1 scene was not predicted by every", "1 predicted scene is outside", "2 scenes have no date"):
        assert text in result.output
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    assert summary["missing_predictions"] == [
        {"prediction": "fold_0", "case": "c"},
        {"prediction": "fold_1", "case": "c"},
    ]
    assert "images" not in summary and summary["folds"]["fold_0"]["images_in_zone_mean"] == 2


def test_the_same_folder_twice_is_refused(dataset, evaluate, tmp_path):
    """It would halve the deviation."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    result = evaluate(maps, maps, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and "given more than once" in result.output


@pytest.fixture
def model(tmp_path):
    """A front-only model's folder as nnU-Net leaves it: training scenes d and e, validated in a fold each."""
    folder = tmp_path / "nnUNetTrainerGlacier__laptop__2d"
    write_dataset_json(folder, "front")
    for fold, fronts in enumerate(({"d": 22}, {"e": 26})):
        predict_bands(folder / f"fold_{fold}" / "validation", fronts)
        (folder / f"fold_{fold}" / "validation" / "summary.json").write_text("{}")
    return folder


def test_a_cross_validation_scores_every_scene_once(dataset, model, summary_of):
    """Pooled, and each fold, from the training split."""
    summary = summary_of(model, dataset)
    assert (summary["scheme"], summary["split"], summary["route"]) == ("cross-validation", "train", "front")
    assert {case: image["prediction"] for case, image in summary["images"].items()} == {"d": "fold_0", "e": "fold_1"}
    assert summary["subsets"]["all"]["images"] == 2
    assert summary["subsets"]["all"]["mde_px"] == pytest.approx(4.0, abs=0.1)
    assert summary["folds"]["fold_1"]["subsets"]["all"]["mde_px"] == pytest.approx(6.0, abs=0.1)
    over = summary["over_folds"]["subsets"]["all"]["mde_px"]
    assert over["mean"] == pytest.approx(4.0, abs=0.1) and over["sd"] == pytest.approx(np.sqrt(8), abs=0.1)


def test_one_fold_of_a_cross_validation_scores_alone(dataset, model, summary_of):
    """A fold's validation folder, with what its labels mean taken from the model above it."""
    summary = summary_of(model / "fold_1" / "validation", dataset, "--allow-missing")
    assert summary["scheme"] == "single" and list(summary["images"]) == ["e"]


def test_an_unfinished_cross_validation_is_said(dataset, model, evaluate, tmp_path):
    """Its scenes are missing; allowed, the rest is scored."""
    for path in (model / "fold_1" / "validation").iterdir():
        path.unlink()
    (model / "fold_1" / "validation").rmdir()
    result = evaluate(model, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and f"{model}: no prediction of scene e" in result.output
    assert "Train the fold that validates it (done: fold 0), choose another --split, or score the" in result.output
    assert evaluate(model, dataset, tmp_path / "scores", "--allow-missing").exit_code == 0


def test_a_training_scene_that_validates_in_no_fold_is_not_missing(dataset, model, summary_of):
    """As the extra scenes of ``convert caffe --extra``: the folds say which are validated."""
    shutil.rmtree(model / "fold_1")
    (dataset / "splits_final.json").write_text(json.dumps([{"train": ["e"], "val": ["d"]}]))
    summary = summary_of(model, dataset)
    assert summary["scheme"] == "cross-validation"
    assert list(summary["images"]) == ["d"] and summary["missing_predictions"] == []


def test_a_scene_in_two_folds_is_refused(dataset, model, evaluate, tmp_path):
    """Folds of different splits do not make a cross-validation."""
    predict_bands(model / "fold_1" / "validation", {"d": 25})
    result = evaluate(model, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and "case d was validated in fold_0 too" in result.output


def test_a_model_beside_other_folders_is_refused(dataset, model, evaluate, tmp_path):
    """A cross-validation and a prediction are not two folds."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    result = evaluate(model, maps, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and "a trained model's folder beside other folders" in result.output


def test_json_holds_no_nan(dataset, model, summary_of, tmp_path):
    """Missing figures are null, which every reader takes."""
    summary_of(model, dataset)
    json.loads((tmp_path / "scores" / "summary.json").read_text(), parse_constant=pytest.fail)


def test_folders_without_a_common_scene_are_parts_of_a_cross_validation(dataset, model, evaluate, tmp_path):
    """As the model's own: pooled over both scenes, and the deviation over the folders."""
    parts = []
    for fold, fronts in enumerate(({"d": 22}, {"e": 26})):
        parts.append(predict_bands(tmp_path / f"glacier_{fold}", fronts))
        write_dataset_json(parts[-1], "front")
    result = evaluate(*parts, dataset, tmp_path / "scores")
    assert result.exit_code == 0, result.output
    assert "no scene in common: they are taken for the parts of a cross-validation." in result.output
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    assert (summary["scheme"], summary["split"]) == ("cross-validation", "train")
    assert summary["subsets"]["all"]["mde_px"] == pytest.approx(4.0, abs=0.1)
    assert summary["over_folds"]["subsets"]["all"]["mde_px"]["sd"] == pytest.approx(np.sqrt(8), abs=0.1)


@pytest.mark.parametrize("relative", [False, True])
def test_a_scene_that_no_part_has_is_missing(dataset, evaluate, tmp_path, monkeypatch, relative):
    """The test scenes b and c in two folders: a is missing, and not once for each folder; also of folders beside us."""
    monkeypatch.chdir(tmp_path)
    parts = [predict_zones(tmp_path / name, {name: 22}) for name in "bc"]
    parts = [part.relative_to(tmp_path) for part in parts] if relative else parts
    result = evaluate(*parts, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and result.output.count("no prediction of scene") == 1, result.output
    assert f"{parts[0]}: no prediction of scene a. Predict it, choose another --split" in " ".join(
        result.output.split()
    )
