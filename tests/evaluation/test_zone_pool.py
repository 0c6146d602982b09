"""The zones' confusion matrix of all scenes: by hand, against scikit-learn, over folds, and without zones."""

import json

import numpy as np
import pandas as pd
import pytest
from made_scenes import fjord, predict_bands, predict_zones, write_dataset_json
from sklearn import metrics

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.formats.rasters import write_raster

ZONES = ["na", "rock", "glacier", "ocean"]

# Of 60x50 pixels two rows are NA and three rock; of the 55 below 20 columns are labelled glacier and 30 ocean.
# Predicted fronts in columns 22 and 17: 2 * 55 pixels of ocean taken for glacier, 3 * 55 of glacier for ocean.
OF_22 = np.array([[100, 0, 0, 0], [0, 150, 0, 0], [0, 0, 1100, 0], [0, 0, 110, 1540]])
OF_17 = np.array([[100, 0, 0, 0], [0, 150, 0, 0], [0, 0, 935, 165], [0, 0, 0, 1650]])
OF_20 = np.diag([100, 150, 1100, 1650])


@pytest.fixture
def tables(tmp_path):
    """The matrices of ``confusion.csv`` by set of predictions."""

    def read() -> dict[str, np.ndarray]:
        table = pd.read_csv(tmp_path / "scores" / "confusion.csv")
        assert list(table.columns) == ["prediction", "labelled", *ZONES]
        by_set = dict(list(table.groupby("prediction", sort=False)))
        assert all(rows["labelled"].tolist() == ZONES for rows in by_set.values())
        return {name: rows[ZONES].to_numpy() for name, rows in by_set.items()}

    return read


def test_the_pooled_matrix_by_hand(dataset, evaluate, tables, tmp_path):
    """The sum over the scenes, in the table, in the summary and named on the screen."""
    maps = predict_zones(tmp_path / "maps", {"a": 22, "b": 17, "c": 20})
    result = evaluate(maps, dataset, tmp_path / "scores")
    assert f"{tmp_path / 'scores' / 'confusion.csv'} (labelled by predicted zone)" in result.output
    expected = OF_22 + OF_17 + OF_20
    (matrix,) = tables().values()
    np.testing.assert_array_equal(matrix, expected)
    pooled = json.loads((tmp_path / "scores" / "summary.json").read_text())["zones"]["pooled"]
    assert pooled["confusion"] == expected.tolist() and (pooled["scenes"], pooled["scored_pixels"]) == (3, 9000)
    # Of 3300 glacier pixels 165 were missed and 110 made up.
    assert pooled["classes"]["glacier"]["f1"] == pytest.approx(2 * 3135 / (2 * 3135 + 110 + 165))
    assert pooled["classes"]["ocean"]["iou"] == pytest.approx(4840 / (4950 + 165))


def test_the_weighted_f1_is_scikit_learns(dataset, summary_of, tmp_path):
    """Of all pixels of all scenes, as Pires de Lima et al. (2023) weigh it, and of each scene."""
    summary = summary_of(predict_zones(tmp_path / "maps", {"a": 22, "b": 17, "c": 50}), dataset)
    truth = [fjord(20).ravel()] * 3
    guess = [fjord(front).ravel() for front in (22, 17, 50)]
    expected = metrics.f1_score(np.concatenate(truth), np.concatenate(guess), average="weighted")
    pooled = summary["zones"]["pooled"]
    assert pooled["f1_weighted"] == pytest.approx(expected) and expected < 0.9
    of_scenes = [metrics.f1_score(*pair, average="weighted") for pair in zip(truth, guess, strict=True)]
    assert pooled["f1_weighted_mean_over_scenes"] == pytest.approx(np.mean(of_scenes))


def test_repeated_trainings_have_a_matrix_each(dataset, evaluate, tables, tmp_path):
    """Mean and deviation of their scores; the scenes are not pooled twice."""
    folders = [predict_zones(tmp_path / name, dict.fromkeys("abc", 20 + shift)) for name, shift in (("x", 2), ("y", 0))]
    assert evaluate(*folders, dataset, tmp_path / "scores").exit_code == 0
    matrices = tables()
    assert list(matrices) == ["x", "y"]
    np.testing.assert_array_equal(matrices["x"], 3 * OF_22)
    np.testing.assert_array_equal(matrices["y"], 3 * OF_20)
    zones = json.loads((tmp_path / "scores" / "summary.json").read_text())["zones"]
    assert "pooled" not in zones and zones["folds"]["x"]["confusion"] == (3 * OF_22).tolist()
    mean = (zones["folds"]["x"]["f1_weighted"] + 1) / 2
    assert zones["over_folds"]["f1_weighted"]["mean"] == pytest.approx(mean) and mean < 1


def test_a_cross_validation_is_pooled_first(dataset, evaluate, tables, tmp_path):
    """Under the name ``all``, then a block a fold."""
    model = tmp_path / "Trainer__plans__2d"
    write_dataset_json(model, "zones")
    for fold, case, front in ((0, "d", 22), (1, "e", 17)):
        write_raster(model / f"fold_{fold}" / "validation" / f"{case}.png", fjord(front))
    assert evaluate(model, dataset, tmp_path / "scores").exit_code == 0
    matrices = tables()
    assert list(matrices) == ["all", "fold_0", "fold_1"]
    for name, expected in (("all", OF_22 + OF_17), ("fold_0", OF_22), ("fold_1", OF_17)):
        np.testing.assert_array_equal(matrices[name], expected, name)


def test_two_routes_have_one_matrix(dataset, evaluate, tables, tmp_path):
    """The zones are the same however the front is taken."""
    maps, space = tmp_path / "maps", LABEL_SPACES["multitask"]
    write_dataset_json(maps, "multitask")
    band = np.zeros((60, 50), dtype=np.uint8)
    band[5:, 30:33] = 1
    for case in "abc":
        write_raster(maps / f"{case}.png", space.encode(fjord(22), band))
    assert evaluate(maps, dataset, tmp_path / "scores", "--route", "both").exit_code == 0
    (matrix,) = tables().values()
    np.testing.assert_array_equal(matrix, 3 * OF_22)
    assert "zones" not in json.loads((tmp_path / "scores" / "summary.json").read_text())["other_routes"]["front"]


def test_without_zones_there_is_no_matrix(dataset, evaluate, tmp_path):
    """Nor one that an earlier run left."""
    out = tmp_path / "scores"
    assert evaluate(predict_zones(tmp_path / "zones", dict.fromkeys("abc", 22)), dataset, out).exit_code == 0
    assert (out / "confusion.csv").is_file()
    bands = predict_bands(tmp_path / "bands", dict.fromkeys("abc", 20))
    write_dataset_json(bands, "front")
    result = evaluate(bands, dataset, out, "--overwrite")
    assert result.exit_code == 0 and "confusion" not in result.output
    assert not (out / "confusion.csv").exists()
    assert "zones" not in json.loads((out / "summary.json").read_text())


def test_scores_that_were_kept_without_the_matrix_are_scored_anew(dataset, evaluate, tmp_path):
    """A record of an earlier version: every byte is as of a new run."""
    maps, out = predict_zones(tmp_path / "maps", {"a": 22, "b": 17, "c": 20}), tmp_path / "scores"
    evaluate(maps, dataset, out)
    names = ("scored_scenes.jsonl", "confusion.csv", "summary.json", "scores.csv")
    before = [(out / name).read_bytes() for name in names]
    rows = [json.loads(line) for line in (out / names[0]).read_text().splitlines()]
    assert rows[1]["value"][0].pop("zone_confusion")["values"] == OF_17.ravel().tolist()
    (out / names[0]).write_text("\n".join(json.dumps(row) for row in rows))
    (out / names[1]).unlink()
    assert evaluate(maps, dataset, out).exit_code == 0
    assert [(out / name).read_bytes() for name in names] == before
