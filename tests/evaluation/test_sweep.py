"""``nnunet-glacier sweep`` from folder to folder, with scores worked by hand."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.evaluation.inputs.scoring_input import open_input
from nnunet_glacier.evaluation.sweep import case_sweep
from nnunet_glacier.evaluation.sweep.sweep_plan import plan_sweep
from nnunet_glacier.evaluation.sweep.threshold_sweep import THRESHOLDS, Curve, choose_by_dice, choose_by_mde, comparable
from nnunet_glacier.formats.prediction_record import write_record
from nnunet_glacier.formats.rasters import write_geotiff, write_raster
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.report.evaluations import read_evaluations
from nnunet_glacier.report.scene_maps import open_scenes, read_scene_maps

SHAPE = (40, 60)
SPACE = LABEL_SPACES["grounding_line"]
IGNORE = SPACE.n_codes
IGNORED_FROM = 50

LINES = {"A": 10, "B": 20}
PROBABILITIES = {"A": {10: 0.72, 30: 0.42, 55: 0.95}, "B": {19: 0.32, 20: 0.72, 21: 0.32}}
"""Columns and their probabilities. Case A has a wrong line up to 0.42 and one among pixels to ignore, case B a band
that is as wide as the label up to 0.32."""


def run(command: str, *arguments: object):
    return CliRunner().invoke(app, [command, *map(str, arguments), "--workers", "1"])


def sweep(*arguments: object):
    return run("sweep", *arguments, "--min-front-length-m", 100)


def columns(values: dict[int, float], kind: type = float) -> np.ndarray:
    array = np.zeros(SHAPE, dtype=kind)
    for column, value in values.items():
        array[:, column] = value
    return array


def predict(folder: Path, case: str, values: dict[int, float], *, probabilities: bool = True) -> Path:
    """What ``predict --probabilities uint8`` writes of a case."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"labels": SPACE.nnunet_labels(), "tasks": SPACE.to_json(), "file_ending": ".tif"}
    (folder / "dataset.json").write_text(json.dumps(content))
    steps = np.round(columns(values) * 255).astype(np.uint8)
    place = {"crs": "EPSG:3031", "affine": (10.0, 0.0, 0.0, 0.0, -10.0, 0.0)}
    write_raster(folder / "labels" / f"{case}.tif", (steps > 127).astype(np.uint8), **place)
    if probabilities:
        path = folder / "probabilities" / f"{case}_grounding_line.tif"
        write_geotiff(path, np.stack([255 - steps, steps]), names=SPACE.tasks[0].classes, scale=1 / 255, **place)
    return folder


def write_dataset(root: Path, *, pixel_size_m: float = 10.0, label_maps: bool = True) -> Path:
    """Two training cases and a test case: a band of three columns, its line, and ten columns to ignore."""
    scenes = [Scene(case, "train", "Getz", pixel_size_m=pixel_size_m) for case in LINES]
    for case, column in LINES.items():
        codes = columns({column - 1: 1, column: 1, column + 1: 1}, np.uint8)
        codes[:, IGNORED_FROM:] = IGNORE
        write_raster(root / "frontsTr" / f"{case}.png", columns({column: 255, 52: 255}, np.uint8))
        if label_maps:
            write_raster(root / "labelsTr" / f"{case}.tif", codes)
    if label_maps:
        labels = {**SPACE.nnunet_labels(), "ignore": IGNORE}
        content = {"labels": labels, "tasks": SPACE.to_json(), "file_ending": ".tif"}
        (root / "dataset.json").write_text(json.dumps(content))
    write_scenes(root / "scenes.csv", [*scenes, Scene("T", "test", "Getz", pixel_size_m=pixel_size_m)])
    return root


@pytest.fixture
def dataset(tmp_path) -> Path:
    return write_dataset(tmp_path / "Dataset001_Made")


@pytest.fixture
def folds(tmp_path) -> list[Path]:
    """A folder a fold, each with the case that its fold validates on."""
    return [predict(tmp_path / f"fold_{case}", case, values) for case, values in PROBABILITIES.items()]


def written(out: Path) -> dict:
    return json.loads((out / "sweep.json").read_text())


def test_dice_by_hand(tmp_path, folds, dataset):
    """Case A: 2 * 1 / (2 + 3) to 0.4, then 2 * 1 / (1 + 3), from 0.75 on 0. Case B: 1 to 0.3, then as case A."""
    result = sweep(*folds, dataset, tmp_path / "out")
    assert result.exit_code == 0, result.output
    content = written(tmp_path / "out")
    assert (content["threshold"], content["by"], content["cases"], content["dice_against"]) == (0.1, "dice", 2, "band")
    assert content["thresholds"] == list(THRESHOLDS)
    np.testing.assert_allclose(content["mean_dice"], [0.7] * 5 + [0.45] * 2 + [0.5] * 6 + [0.0] * 4)
    assert content["predictions"] == [str(folder) for folder in folds] and content["dataset"] == str(dataset)
    assert "Threshold 0.1, the highest mean Dice over 2 validation cases: mean Dice 0.700" in result.output
    assert "end of the range" in result.output and "Next: 'nnunet-glacier lines" in result.output


def test_mde_by_hand(tmp_path, folds, dataset):
    """At 0.35 and 0.4 40 of 200 pixels err, by 20 pixels of 10 m; from 0.45 none does, and from 0.75 there is no line.

    What is to be ignored, in the probability and in the line, is 32 and more columns away and in no figure.
    """
    result = sweep(*folds, dataset, tmp_path / "out", "--by", "mde")
    assert result.exit_code == 0, result.output
    content = written(tmp_path / "out")
    assert (content["threshold"], content["by"]) == (0.45, "mde")
    assert content["mde_m"][5:] == [pytest.approx(40), pytest.approx(40), *[0.0] * 6, *[None] * 4]
    assert content["cases_without_line"] == [0] * 13 + [2] * 4
    table = pd.read_csv(tmp_path / "out" / "sweep.csv")
    assert (
        table["threshold"].tolist() == list(THRESHOLDS) and table["mde_m"].isna().tolist() == [False] * 13 + [True] * 4
    )
    assert table["mde_comparable"].tolist() == [True] * 13 + [False] * 4
    assert table["cases_without_mask"].tolist() == [0] * 13 + [2] * 4


def test_the_pictures_and_the_next_command(tmp_path, folds, dataset):
    """Both pictures can be opened, and ``lines`` takes the threshold from the file."""
    assert sweep(*folds, dataset, tmp_path / "out", "--by", "mde").exit_code == 0
    with Image.open(tmp_path / "out" / "sweep.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 5
    first = (tmp_path / "out" / "sweep.svg").read_bytes()
    assert first.startswith(b"<?xml") and b"NaN" not in first
    result = run("lines", folds[0], tmp_path / "lines", "--threshold", tmp_path / "out" / "sweep.json")
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "lines" / "lines.json").read_text())["threshold"] == 0.45
    assert sweep(*folds, dataset, tmp_path / "again", "--by", "mde").exit_code == 0
    assert (tmp_path / "again" / "sweep.svg").read_bytes() == first


def test_without_label_maps_the_line_is_compared(tmp_path, folds):
    """Nothing is ignored then, and lines are one column wide; without pixel sizes the MDE is in pixels."""
    dataset = write_dataset(tmp_path / "plain", pixel_size_m=math.nan, label_maps=False)
    result = sweep(*folds, dataset, tmp_path / "out")
    assert result.exit_code == 0, result.output
    content = written(tmp_path / "out")
    assert content["dice_against"] == "line" and "mde_m" not in content
    # Columns: A predicts three of which one is right, then two, then one; B three, then one; two are labelled.
    case_a = [2 / 5] * 7 + [2 / 4] * 6 + [0] * 4
    case_b = [2 / 5] * 5 + [2 / 3] * 8 + [0] * 4
    np.testing.assert_allclose(content["mean_dice"], np.mean([case_a, case_b], axis=0))
    # From 0.45 to 0.7 case A has its columns 10 and 55 and the label 10 and 52, case B 20 and the label 20 and 52.
    assert content["mde_px"][7] == pytest.approx((3 + 3 + 32) / 7)
    assert "MDE is in pixels" in result.output and "one-pixel line" in result.output


def test_pixels_to_ignore_count_nowhere_where_label_maps_hold_no_line(tmp_path, folds):
    """Zones that mark the last ten columns: neither the label in column 52 nor the prediction in 55 counts."""
    dataset, space = write_dataset(tmp_path / "zones", label_maps=False), LABEL_SPACES["zones"]
    labels = {**space.nnunet_labels(), "ignore": space.n_codes}
    content = {"labels": labels, "tasks": space.to_json(), "file_ending": ".tif"}
    (dataset / "dataset.json").write_text(json.dumps(content))
    for case in LINES:
        codes = columns(dict.fromkeys(range(IGNORED_FROM, SHAPE[1]), space.n_codes), np.uint8)
        write_raster(dataset / "labelsTr" / f"{case}.tif", codes)
    result = sweep(*folds, dataset, tmp_path / "out")
    assert result.exit_code == 0, result.output
    content = written(tmp_path / "out")
    assert content["dice_against"] == "line"
    case_a, case_b = [2 / 3] * 7 + [1] * 6 + [0] * 4, [2 / 4] * 5 + [1] * 8 + [0] * 4
    np.testing.assert_allclose(content["mean_dice"], np.mean([case_a, case_b], axis=0))
    assert content["mde_m"][7:13] == [0.0] * 6
    (dataset / "labelsTr" / "A.tif").unlink()
    refused = sweep(*folds, dataset, tmp_path / "other")
    assert refused.exit_code == 2 and "labelsTr/A.tif: there is no such label" in "".join(refused.output.split("\n  "))


def test_a_table_of_somebody_else_stays(tmp_path, folds, dataset):
    """Without the cases that a sweep keeps first, ``sweep.csv`` is none of its own; with them it was stopped."""
    table = tmp_path / "out" / "sweep.csv"
    table.parent.mkdir()
    table.write_text("year,sweep\n")
    refused = sweep(*folds, dataset, table.parent)
    assert refused.exit_code == 2 and table.read_text() == "year,sweep\n"
    assert [path.name for path in table.parent.iterdir()] == ["sweep.csv"]
    assert "it has 1 of the files to write, such as sweep.csv" in " ".join(refused.output.split())
    assert sweep(*folds, dataset, table.parent, "--overwrite").exit_code == 0
    (table.parent / "sweep.json").unlink()
    assert sweep(*folds, dataset, table.parent).exit_code == 0


def test_everything_that_is_wrong_comes_at_once(tmp_path, folds, dataset):
    """Test scenes, strangers, a case twice, one without probabilities, a label that is gone; nothing is written."""
    predict(folds[0], "T", {10: 0.5})
    predict(folds[0], "X", {10: 0.5})
    predict(folds[1], "A", {10: 0.5}, probabilities=False)
    (dataset / "frontsTr" / "B.png").unlink()
    result = sweep(*folds, dataset, tmp_path / "out")
    assert result.exit_code == 2
    for text in (
        "1 case is of split 'test': T. A threshold is never chosen on test scenes",
        "has no scene 'X'",
        f"case A is in {folds[0]} too",
        "no probabilities of a line beside the map of case A",
        f"{dataset / 'frontsTr' / 'B.png'}: there is no such label",
        "5 problems; nothing was written",
    ):
        assert text in result.output
    assert not (tmp_path / "out").exists()


def test_folders_of_different_models_have_no_threshold(tmp_path, folds, dataset):
    """By the trainer that ``predict`` recorded; folders that tell nothing are trusted."""
    settings = {"trainer": "nnUNetTrainerGlacierBCE", "plans": "paper", "configuration": "2d", "folds": ["0"]}
    write_record(folds[0], settings, {}, model_folder="/results/Dataset001_Getz/one")
    assert sweep(*folds, dataset, tmp_path / "trusted").exit_code == 0
    write_record(folds[1], {**settings, "trainer": "nnUNetTrainerGlacierCE"}, {}, model_folder="/elsewhere/other")
    result = sweep(*folds, dataset, tmp_path / "sweep")
    assert result.exit_code == 2 and "1 problem; nothing was written" in result.output
    assert f"{folds[1] / 'prediction.json'}: another model predicted it than {folds[0]}: trainer" in result.output
    assert "sweep each model apart" in result.output and not (tmp_path / "sweep").exists()


def test_files_that_cannot_be_used_are_all_named(tmp_path, folds, dataset):
    """A label with a value without a meaning, and probabilities of another size."""
    write_raster(dataset / "labelsTr" / "A.tif", np.full(SHAPE, 7, dtype=np.uint8))
    write_raster(dataset / "labelsTr" / "B.tif", np.ones((3, 4), dtype=np.uint8))
    result = sweep(*folds, dataset, tmp_path / "out")
    assert result.exit_code == 2 and "2 problems; nothing was written" in result.output
    assert "values from 7 to 7, but its labels are 0 to 1" in result.output
    assert "the probability 40x60, its label 3x4, its line 40x60" in result.output
    assert not (tmp_path / "out").exists()


def _no_probabilities(folder, dataset):
    (folder / "probabilities" / "A_grounding_line.tif").unlink()


def _unknown_probabilities(folder, dataset):
    half = np.full((2, *SHAPE), np.nan, dtype=np.float16)
    path = folder / "probabilities" / "A_grounding_line.tif"
    write_geotiff(path, half, names=SPACE.tasks[0].classes)


def _no_line(folder, dataset):
    (dataset / "frontsTr" / "A.png").unlink()


def _stranger(folder, dataset):
    for path in folder.rglob("A*.tif"):
        path.rename(path.with_name(path.name.replace("A", "X")))


@pytest.mark.parametrize(
    ("spoil", "case", "what"),
    [
        (_no_probabilities, "A", "no probabilities of a line beside the map of case A"),
        (_unknown_probabilities, "A", "2400 of its 2400 pixels are NaN or infinite"),
        (_no_line, "A", "there is no such label"),
        (_stranger, "X", "has no scene 'X'"),
    ],
)
def test_bad_cases_are_skipped_on_request(tmp_path, folds, dataset, spoil, case, what):
    """The threshold is that of the other case alone; the screen and the record say what was left out."""
    spoil(folds[0], dataset)
    refused = sweep(*folds, dataset, tmp_path / "out")
    assert refused.exit_code == 2 and what in refused.output
    result = sweep(*folds, dataset, tmp_path / "out", "--skip-bad")
    assert result.exit_code == 0, result.output
    assert "SKIPPED 1 scene with bad input" in result.output and what in result.output
    content = written(tmp_path / "out")
    (skipped,) = content["skipped"]
    assert skipped["case"] == case and what in skipped["what"] and content["cases"] == 1
    alone = sweep(folds[1], dataset, tmp_path / "alone")
    assert alone.exit_code == 0 and "SKIPPED" not in alone.output
    of_one = written(tmp_path / "alone")
    assert of_one["skipped"] == [] and content["mean_dice"] == of_one["mean_dice"]
    assert (content["threshold"], content["mde_m"]) == (of_one["threshold"], of_one["mde_m"])


def test_test_scenes_are_refused_whatever_is_skipped(tmp_path, folds, dataset):
    """And so is a folder in which every case is bad."""
    predict(folds[0], "T", {10: 0.5})
    result = sweep(*folds, dataset, tmp_path / "out", "--skip-bad")
    assert result.exit_code == 2 and "A threshold is never chosen on test scenes" in result.output
    bad = predict(tmp_path / "bad", "A", {10: 0.5}, probabilities=False)
    result = sweep(bad, dataset, tmp_path / "out", "--skip-bad")
    assert result.exit_code == 2 and "no probabilities of a line beside the map of case A" in result.output
    assert not (tmp_path / "out").exists()


def test_a_second_run_reads_what_the_first_kept(tmp_path, folds, dataset, monkeypatch):
    """Cases are computed once, unless their files change."""
    assert sweep(*folds, dataset, tmp_path / "out").exit_code == 0
    computed = []
    real = case_sweep.sweep_maps
    monkeypatch.setattr(case_sweep, "sweep_maps", lambda *given: computed.append(given[1].scene.case) or real(*given))
    assert sweep(*folds, dataset, tmp_path / "out", "--by", "mde").exit_code == 0
    assert computed == [] and written(tmp_path / "out")["threshold"] == 0.45
    predict(folds[1], "B", {20: 0.72, 40: 0.6})
    assert sweep(*folds, dataset, tmp_path / "out", "--by", "mde").exit_code == 0
    assert computed == ["B"] and written(tmp_path / "out")["threshold"] == 0.6


def test_the_threshold_of_other_predictions_stays(tmp_path, folds, dataset):
    """It is replaced only when that is asked for."""
    assert sweep(*folds, dataset, tmp_path / "out").exit_code == 0
    result = sweep(folds[0], dataset, tmp_path / "out")
    assert result.exit_code == 2 and "chosen on other predictions" in result.output
    assert written(tmp_path / "out")["cases"] == 2
    assert sweep(folds[0], dataset, tmp_path / "out", "--overwrite").exit_code == 0
    assert written(tmp_path / "out")["cases"] == 1


def test_a_model_that_finds_nothing_has_no_threshold(tmp_path, dataset):
    """Without a distance none has the lowest MDE; the highest Dice is 0."""
    folder = predict(tmp_path / "nothing", "A", {10: 0.05})
    result = sweep(folder, dataset, tmp_path / "out", "--by", "mde")
    assert result.exit_code == 2 and "no threshold can be chosen from 1 image without any distance" in result.output
    assert not (tmp_path / "out" / "sweep.json").exists()
    shutil.rmtree(tmp_path / "out")
    result = sweep(folder, dataset, tmp_path / "out")
    assert result.exit_code == 0 and "mean Dice 0.000, MDE unknown" in result.output
    assert written(tmp_path / "out")["mde_m"] == [None] * 17


def test_an_mde_is_compared_where_the_fewest_cases_have_no_line():
    """The lowest of all, 1, leaves two cases out; of those that leave one out the lowest is 3, first at 0.2."""
    curve = Curve(3, (0.1, 0.2, 0.3, 0.4, 0.5), (5.0, 3.0, 3.0, 1.0, math.nan), (1, 1, 1, 2, 0))
    assert comparable(curve) == (True, True, True, False, False)
    choice = choose_by_mde(curve)
    assert (choice.threshold, choice.criterion, choice.scores) == (0.2, "mde", curve.scores)
    assert choose_by_dice(curve).threshold == 0.1


def stock_folder(folder: Path, cases: tuple[str, ...] = tuple(LINES), dtype: type = np.float32) -> Path:
    """What ``nnUNetv2_predict --save_probabilities`` writes: label maps, joint probabilities, a ``dataset.json``."""
    for case in cases:
        predict(folder, case, PROBABILITIES[case], probabilities=False)
        line = np.round(columns(PROBABILITIES[case]) * 255).astype(dtype) / dtype(255)
        np.savez_compressed(folder / f"{case}.npz", probabilities=np.stack([1 - line, line])[:, None])
        (folder / "labels" / f"{case}.tif").rename(folder / f"{case}.tif")
    (folder / "labels").rmdir()
    return folder


def numbers(folders: list[Path], dataset: Path, out: Path) -> list[str]:
    """What every case adds to the curves, as text, since a NaN is among it."""
    tasks = plan_sweep(open_input(folders, dataset), out, FrontRules(100.0))[0]
    return [str(case_sweep.sweep_case(task)) for task in tasks]


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_probabilities_of_nnunet_give_the_same_curves(tmp_path, folds, dataset, dtype):
    """As those that ``nnunet-glacier predict`` writes in 8 and in 16 bits."""
    ours = numbers(folds, dataset, tmp_path / "ours")
    assert numbers([stock_folder(tmp_path / "stock", dtype=dtype)], dataset, tmp_path / "out") == ours
    for folder, case in zip(folds, LINES, strict=True):
        half = columns(PROBABILITIES[case]).astype(np.float16)
        (folder / "probabilities" / f"{case}_grounding_line.tif").unlink()
        names = np.array(SPACE.tasks[0].classes)
        path = folder / "probabilities" / f"{case}_grounding_line.npz"
        np.savez_compressed(path, probabilities=np.stack([1 - half, half]), classes=names, scale=1.0)
    assert numbers(folds, dataset, tmp_path / "half") == ours and len(ours) == 2


def test_a_trained_model_is_swept_by_its_validation_folders(tmp_path, folds, dataset):
    """``nnUNetv2_train --npz`` leaves a case a fold; the model's ``dataset.json`` tells what the classes are."""
    model = tmp_path / "nnUNetTrainer__nnUNetPlans__2d"
    for fold, case in enumerate(LINES):
        validation = stock_folder(model / f"fold_{fold}" / "validation", (case,))
        (validation / "dataset.json").rename(model / "dataset.json")
    result = sweep(model, dataset, tmp_path / "out")
    assert result.exit_code == 0, result.output
    np.testing.assert_allclose(written(tmp_path / "out")["mean_dice"], [0.7] * 5 + [0.45] * 2 + [0.5] * 6 + [0.0] * 4)
    (model / "fold_1" / "validation" / "B.npz").unlink()
    result = sweep(model, dataset, tmp_path / "again")
    assert result.exit_code == 2 and "no probabilities of a line beside the map of case B" in result.output
    assert "'nnUNetv2_train --npz'" in result.output


def test_broken_probabilities_of_nnunet_are_named(tmp_path, dataset):
    """A file that is cut off, and one of NaN, as a network writes that was trained in vain; both at once."""
    folder = stock_folder(tmp_path / "stock")
    (folder / "A.npz").write_bytes((folder / "A.npz").read_bytes()[:200])
    np.savez_compressed(folder / "B.npz", probabilities=np.full((2, 1, *SHAPE), np.nan, dtype=np.float32))
    result = sweep(folder, dataset, tmp_path / "out")
    assert result.exit_code == 2 and "2 problems; nothing was written" in result.output
    assert f"{folder / 'A.npz'}: it cannot be read as probabilities" in result.output
    assert f"{folder / 'B.npz'}: {np.prod(SHAPE)} of its {np.prod(SHAPE)} pixels are NaN or infinite" in result.output
    assert not (tmp_path / "out").exists()


def test_lines_takes_the_probabilities_of_nnunet(tmp_path, dataset):
    """At 0.45 each case has the line at 0.72, and case A the one at 0.95; their means are the attribute."""
    out = tmp_path / "lines"
    result = run("lines", stock_folder(tmp_path / "stock"), out, "--threshold", 0.45, "--min-length-m", 100)
    assert result.exit_code == 0, result.output
    line_counts = {case: json.loads((out / "cases" / f"{case}.json").read_text())["lines"] for case in LINES}
    means = {case: [round(line["mean_probability"], 2) for line in lines] for case, lines in line_counts.items()}
    assert means == {"A": [0.72, 0.95], "B": [0.72]}


def test_rings_of_grounding_lines_count_whole_in_the_mde(tmp_path, dataset):
    """Case A is a diamond, labelled and predicted: opened, half of its labelled pixels would err."""
    rows, columns_ = np.indices(SHAPE)
    ring = np.abs(rows - 20) + np.abs(columns_ - 25) == 15
    write_raster(dataset / "frontsTr" / "A.png", ring.astype(np.uint8) * 255)
    folder = stock_folder(tmp_path / "stock", ("A",))
    np.savez(folder / "A.npz", probabilities=np.stack([1 - 0.72 * ring, 0.72 * ring]).astype(np.float32)[:, None])
    assert sweep(folder, dataset, tmp_path / "out", "--by", "mde").exit_code == 0
    assert written(tmp_path / "out")["mde_m"] == [0.0] * 13 + [None] * 4


@pytest.mark.parametrize(("threshold", "mde_px"), [(0.4, 20 / 3), (0.6, 0.0), (0.8, None)])
def test_evaluate_applies_a_threshold(tmp_path, dataset, threshold, mde_px):
    """Labelled is column 10; above 0.4 lie 10 and 30, (0 + 0 + 20) / 3, above 0.6 10, above 0.8 nothing that counts.

    Columns 52, labelled, and 55, predicted with 0.95, are among the pixels to ignore. Another threshold scores the
    same folder anew.
    """
    short = ("--allow-missing", "--min-front-length-m", 100)
    folder = predict(tmp_path / "predictions", "A", PROBABILITIES["A"])
    chosen = tmp_path / "sweep.json"
    chosen.write_text(json.dumps({"threshold": threshold}))
    for given in (threshold, chosen):
        result = run("evaluate", folder, dataset, tmp_path / "out", "--threshold", given, *short)
        assert result.exit_code == 0, result.output
        summary = json.loads((tmp_path / "out" / "summary.json").read_text())
        assert summary["threshold"] == threshold
        assert summary["subsets"]["all"]["mde_px"] == (None if mde_px is None else pytest.approx(mde_px))
        assert f"above {threshold}" in result.output
    again = run("evaluate", folder, dataset, tmp_path / "out", "--threshold", 0.5, *short)
    assert again.exit_code == 0
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["subsets"]["all"]["mde_px"] == 0.0


def test_evaluate_refuses_a_threshold_without_use(tmp_path, dataset):
    """No probabilities beside the maps, a route that takes none, and no number: exit 2, nothing written."""
    bare = predict(tmp_path / "bare", "A", PROBABILITIES["A"], probabilities=False)
    full = predict(tmp_path / "full", "A", PROBABILITIES["A"])
    for folder, options, message in [
        (bare, ("--threshold", 0.5), "no probabilities of a line beside the map of case A"),
        (full, ("--threshold", 0.5, "--route", "zones"), "--route zones takes none"),
        (full, ("--threshold", "half"), "it is no number"),
    ]:
        result = run("evaluate", folder, dataset, tmp_path / "out", *options)
        assert result.exit_code == 2
        assert message in " ".join(result.output.split())
        assert not (tmp_path / "out").exists()


def test_scenes_without_probabilities_are_skipped_on_request(tmp_path, dataset):
    """As other bad input; those of a scene that is not scored are not asked for."""
    folder = predict(tmp_path / "predictions", "A", PROBABILITIES["A"])
    for case in ("B", "T"):
        predict(folder, case, PROBABILITIES["B"], probabilities=False)
    options = ("--threshold", 0.6, "--split", "train", "--min-front-length-m", 100)
    refused = run("evaluate", folder, dataset, tmp_path / "out", *options)
    assert refused.exit_code == 2 and "no probabilities of a line beside the map of case B" in refused.output
    assert "case T" not in refused.output
    skipping = run("evaluate", folder, dataset, tmp_path / "out", *options, "--skip-bad")
    assert skipping.exit_code == 0, skipping.output
    assert "SKIPPED 1 scene" in skipping.output and "lines PREDICTIONS LINES --threshold 0.6" in skipping.output
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert [fault["case"] for fault in summary["skipped"]] == ["B"]
    assert summary["subsets"]["all"]["mde_px"] == 0.0


def test_the_report_draws_what_a_threshold_was_scored_by(tmp_path, dataset):
    """Column 30 alone: the predicted class has column 10 too, and 55 is ignored; nothing without probabilities."""
    folder = predict(tmp_path / "predictions", "A", {**PROBABILITIES["A"], 30: 0.9})
    options = ("--threshold", 0.8, "--allow-missing", "--min-front-length-m", 100)
    assert run("evaluate", folder, dataset, tmp_path / "out", *options).exit_code == 0
    (evaluation,) = read_evaluations([tmp_path / "out"])
    row = evaluation.main.iloc[0]
    source = open_scenes(evaluation).find(row)
    assert source is not None and set(np.nonzero(read_scene_maps(source).front)[1]) == {30}
    (folder / "probabilities" / "A_grounding_line.tif").unlink()
    assert open_scenes(evaluation).find(row) is None


def test_probabilities_of_another_size_are_refused(tmp_path, dataset):
    """With both sizes."""
    folder = predict(tmp_path / "predictions", "A", PROBABILITIES["A"])
    path = folder / "probabilities" / "A_grounding_line.tif"
    write_geotiff(path, np.zeros((2, 4, 6), dtype=np.uint8), names=SPACE.tasks[0].classes, scale=1 / 255)
    result = run("evaluate", folder, dataset, tmp_path / "out", "--threshold", 0.5, "--allow-missing")
    assert result.exit_code == 2
    assert "it is 4x6, the map 40x60" in " ".join(result.output.split())
