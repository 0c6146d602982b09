"""``evaluate --skip-bad`` scores the good scenes as if they were alone, and says in every output what was left out."""

import json

import numpy as np
import pandas as pd
import pytest
from made_scenes import fjord, predict_zones

from nnunet_glacier.domain.zones import zones_to_grey
from nnunet_glacier.formats.rasters import write_raster


def _no_label(maps, dataset):
    (dataset / "frontsTs" / "a.png").unlink()


def _no_prediction(maps, dataset):
    (maps / "a.png").unlink()


def _other_size(maps, dataset):
    write_raster(maps / "a.png", zones_to_grey(fjord(22)[:-1]))


def _broken(maps, dataset):
    (maps / "a.png").write_bytes(b"broken")


def _cut_off(maps, dataset):
    content = (maps / "a.png").read_bytes()
    (maps / "a.png").write_bytes(content[: len(content) // 2])


def _labels_of_another_dataset(maps, dataset):
    write_raster(dataset / "zonesTs" / "a.png", np.full((60, 50), 7, dtype=np.uint8))


BAD = {
    "there is no such label": _no_label,
    "no prediction of scene a": _no_prediction,
    "its maps differ in size": _other_size,
    "it cannot be read as an image (cannot identify": _broken,
    "it cannot be read as an image (image file is truncated": _cut_off,
    "it holds values from 7 to 7, not zone ids": _labels_of_another_dataset,
}


@pytest.mark.parametrize("what", BAD)
def test_the_rest_is_scored_and_every_output_says_so(dataset, evaluate, tmp_path, what):
    """Screen, table and summary; the figures are those of the rest alone."""
    maps = predict_zones(tmp_path / "maps", {"a": 40, "b": 22, "c": 24})
    BAD[what](maps, dataset)
    out = tmp_path / "scores"
    refused = evaluate(maps, dataset, out)
    assert refused.exit_code == 2 and what in refused.output
    result = evaluate(maps, dataset, out, "--skip-bad")
    assert result.exit_code == 0, result.output
    assert "SKIPPED 1 scene with bad input" in result.output and what in result.output
    assert "(--allow-missing)" not in result.output
    not_predicted = "1 scene was not predicted and left out of all figures (--skip-bad)." in result.output
    assert not_predicted == (what == "no prediction of scene a")
    summary = json.loads((out / "summary.json").read_text())
    (skipped,) = summary["skipped"]
    assert skipped["case"] == "a" and what in skipped["what"] and skipped["remedy"]
    everything = summary["subsets"]["all"]
    assert everything["images"] == 2 and everything["mde_px"] == pytest.approx(3.0)
    table = pd.read_csv(out / "scores.csv", index_col="case")
    assert list(table.index) == ["b", "c", "a"]
    assert table.remarks["a"].startswith("skipped: ") and what in table.remarks["a"]
    assert table.loc["a"].drop(["prediction", "remarks"]).isna().all()
    assert table.mean_distance_px["b"] == pytest.approx(2.0)


def test_whole_numbers_stay_whole_beside_a_skipped_scene(dataset, evaluate, tmp_path):
    """Counts are written as without it."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    evaluate(maps, dataset, tmp_path / "all")
    _broken(maps, dataset)
    evaluate(maps, dataset, tmp_path / "rest", "--skip-bad")
    rows = [(tmp_path / out / "scores.csv").read_text().splitlines() for out in ("all", "rest")]
    assert rows[0][2:4] == rows[1][1:3]


def test_a_stranger_is_skipped(dataset, evaluate, tmp_path):
    """A prediction without a labelled scene."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abcz", 22))
    result = evaluate(maps, dataset, tmp_path / "scores", "--skip-bad")
    assert result.exit_code == 0 and "has no scene 'z'" in result.output
    assert "outside split" not in result.output
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    assert [entry["case"] for entry in summary["skipped"]] == ["z"] and len(summary["images"]) == 3


def test_without_a_bad_file_nothing_is_said(dataset, evaluate, tmp_path):
    """The option alone changes no byte."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    results = [evaluate(maps, dataset, tmp_path / "scores", *more) for more in ([], ["--skip-bad"])]
    assert results[0].stdout == results[1].stdout and "SKIPPED" not in results[0].stdout
    assert json.loads((tmp_path / "scores" / "summary.json").read_text())["skipped"] == []


def test_a_bad_fold_is_left_out_of_its_scene_only(dataset, evaluate, tmp_path):
    """The other fold keeps the scene."""
    folds = [predict_zones(tmp_path / f"fold_{k}", dict.fromkeys("abc", 22 + k)) for k in (0, 1)]
    _broken(folds[0], dataset)
    assert evaluate(*folds, dataset, tmp_path / "scores", "--skip-bad").exit_code == 0
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    assert [(entry["prediction"], entry["case"]) for entry in summary["skipped"]] == [("fold_0", "a")]
    assert [len(summary["folds"][name]["images"]) for name in ("fold_0", "fold_1")] == [2, 3]


def test_nothing_left_is_an_error(dataset, evaluate, tmp_path):
    """Also where only one of the folders has nothing left, as the mean over folds would be of others."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    other = predict_zones(tmp_path / "other", dict.fromkeys("abc", 22))
    for path in maps.iterdir():
        path.write_bytes(b"broken")
    for folders in ([maps], [maps, other]):
        result = evaluate(*folders, dataset, tmp_path / "scores", "--skip-bad")
        assert result.exit_code == 2 and result.output.count("cannot be read as an image") == 3
        assert "was predicted" in result.output


def test_one_among_hundreds(dataset, evaluate, tmp_path, monkeypatch):
    """Twenty reasons on the screen, all of them in the summary."""
    maps = predict_zones(tmp_path / "maps", {**dict.fromkeys("abc", 22), **{f"z{k:03d}": 22 for k in range(150)}})
    result = evaluate(maps, dataset, tmp_path / "scores", "--skip-bad")
    assert result.exit_code == 0 and "SKIPPED 150 scenes" in result.output and "and 130 more" in result.output
    assert result.output.count("has no scene") == 20
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    assert len(summary["skipped"]) == 150
