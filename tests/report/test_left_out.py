"""Scenes that evaluate skipped or that were not predicted: in no number, and named wherever a reader looks."""

import json
import math

import pandas as pd
import pytest
from made_evaluations import score, write_dataset, write_evaluation, write_predictions
from report_pages import page_of, rows_of

from nnunet_glacier.formats.score_table import read_table
from nnunet_glacier.report.evaluations import METRES, PIXELS, read_evaluations
from nnunet_glacier.report.left_out import (
    different_scenes_text,
    left_out_notes,
    left_out_numbers,
    left_out_text,
    without_metres_notes,
)

DATES = {"a": "2013-01-10", "b": "2014-07-01", "c": "2015-03-01"}
FRONTS = {"a": 42, "b": 45, "c": 46}


@pytest.fixture
def dataset(tmp_path):
    return write_dataset(tmp_path / "dataset", DATES)


def report_of(command, out, *evaluations):
    """The page, the notes of report.json and the text on the screen."""
    result = command("report", *evaluations, out, "--max-overlays", 0, "--no-time-series")
    assert result.exit_code == 0, result.output
    notes = json.loads((out / "report.json").read_text())["notes"]
    return page_of(out), notes, " ".join(result.output.split())


def test_a_skipped_scene_is_in_no_number_and_named_everywhere(command, dataset, tmp_path):
    """Of three scenes one was damaged: two images, published results beside, its name and the reason on the page."""
    predictions = write_predictions(tmp_path / "predictions", FRONTS)
    (predictions / "zones" / "b.png").write_bytes(b"damaged")
    evaluated = command("evaluate", predictions, dataset, tmp_path / "e", "--skip-bad", "--route", "zones")
    assert evaluated.exit_code == 0, evaluated.output
    page, notes, screen = report_of(command, tmp_path / "out", tmp_path / "e")
    sentence = "e: 1 of 3 scenes was skipped because of bad input (evaluate --skip-bad): b."
    assert notes == [sentence]
    assert f"Left out: {sentence}" in screen
    assert f"<li>{sentence}</li>" in page
    table = pd.read_csv(tmp_path / "out" / "tables" / "experiments.csv")
    assert table[["route", "images", "skipped_scenes", "scenes_without_prediction"]].to_numpy().tolist() == [
        ["zones", 2, 1, 0]
    ]
    summary = json.loads((tmp_path / "e" / "summary.json").read_text())
    assert table["mde_m"].iloc[0] == pytest.approx(summary["subsets"]["all"]["mde_m"], rel=1e-12)
    assert rows_of(page, "e")[0][3:5] == ["2", "1 skipped"]
    assert "on 2 scenes" in page
    assert "<dt>scenes scored</dt><dd>2 of 3</dd>" in page
    assert "<dt>skipped</dt><dd>b: " in page
    assert "it cannot be read as an image" in page
    assert rows_of(page, "HookFormer")


def test_a_scene_without_a_prediction_is_named_everywhere(command, dataset, tmp_path):
    """Of three scenes one was not predicted; beside an experiment with all three, the page says that they differ."""
    some = write_predictions(tmp_path / "some", {"a": 42, "b": 45})
    every = write_predictions(tmp_path / "every", FRONTS)
    for predictions in (some, every):
        out = tmp_path / f"e_{predictions.name}"
        assert command("evaluate", predictions, dataset, out, "--allow-missing", "--route", "zones").exit_code == 0
    page, notes, screen = report_of(command, tmp_path / "out", tmp_path / "e_some", tmp_path / "e_every")
    sentence = "e_some: 1 of 3 scenes was not predicted (evaluate --allow-missing): c."
    assert notes == [sentence]
    assert f"Left out: {sentence}" in screen
    assert f"<li>{sentence}</li>" in page
    assert rows_of(page, "e_some")[0][3:5] == ["2", "1 not predicted"]
    assert rows_of(page, "e_every")[0][3:5] == ["3", "none"]
    assert "<dt>not predicted</dt><dd>c</dd>" in page
    assert "The experiments were not scored on the same scenes (2, 3; 2 in common)" in page


def test_nothing_left_out_needs_no_words(made_report):
    """Where every scene was scored, there is neither a column nor a note of it."""
    page = page_of(made_report.out)
    assert "Left out" not in page
    assert "same scenes" not in page
    assert json.loads((made_report.out / "report.json").read_text())["notes"] == []
    assert page.count("<dt>scenes scored</dt><dd>3 of 3</dd>") == 2


def left_out_evaluation(folder, rows, skipped=(), missing=()):
    """An evaluation of two trainings that names what it left out."""
    write_evaluation(folder, rows, "repeated")
    summary = json.loads((folder / "summary.json").read_text())
    summary["skipped"] = [{"prediction": by, "case": case, "where": "f.png", "what": "bad"} for by, case in skipped]
    summary["missing_predictions"] = [{"prediction": by, "case": case} for by, case in missing]
    (folder / "summary.json").write_text(json.dumps(summary))
    return read_evaluations([folder])[0]


def test_a_scene_that_one_training_lacks_is_named_with_it(tmp_path):
    """Skipped by one of two trainings it still counts by the other; a missing one that was skipped is told once."""
    rows = [
        score("a", 5.0, prediction="fold_0"),
        score("a", 5.0, prediction="fold_1"),
        score("b", 5.0, prediction="fold_0"),
        {"case": "b", "prediction": "fold_1", "remarks": "skipped: f.png: bad. Mend it"},
        {"case": "c", "prediction": "", "remarks": "skipped: f.png: bad. Mend it"},
    ]
    skipped = [("fold_1", "b"), (None, "c")]
    missing = [("fold_1", "b"), ("fold_0", "d"), ("fold_1", "d")]
    evaluation = left_out_evaluation(tmp_path / "e", rows, skipped, missing)
    assert list(zip(evaluation.table["case"], evaluation.table["prediction"], strict=True)) == [
        ("a", "fold_0"),
        ("a", "fold_1"),
        ("b", "fold_0"),
    ]
    assert left_out_notes(evaluation) == [
        "e: 2 of 4 scenes were skipped because of bad input (evaluate --skip-bad): b (by fold_1 alone), c.",
        "e: 1 of 4 scenes was not predicted (evaluate --allow-missing): d.",
    ]
    assert left_out_text(evaluation) == "2 skipped, 1 not predicted"
    assert left_out_numbers(evaluation) == {"skipped_scenes": 2, "scenes_without_prediction": 1}


def test_scores_alone_need_a_route(command, tmp_path):
    """Refused: a row without a route that was not skipped, a route that there is not, and skipped rows alone."""
    rows = {
        "no_route": [score("a", 5.0), score("b", 5.0, route="")],
        "other": [score("a", 5.0), score("b", 5.0, route="sides")],
        "skipped": [{**dict.fromkeys(score("a", 5.0), ""), "case": "a", "remarks": "skipped: f.png: bad"}],
    }
    folders = [write_evaluation(tmp_path / name, table) for name, table in rows.items()]
    result = command("report", *folders, tmp_path / "out")
    assert result.exit_code == 2
    said = " ".join(result.output.split())
    assert "no_route/scores.csv: column 'route' holds nothing in line 3, where front or zones is wanted" in said
    assert "other/scores.csv: column 'route' holds sides in line 3, where front or zones is wanted" in said
    assert "skipped/scores.csv: there is no score in it" in said


def test_rows_without_any_text_are_no_scores(tmp_path):
    """As spreadsheets write them after the last row."""
    path = write_evaluation(tmp_path / "e", [score("a", 5.0)]) / "scores.csv"
    columns = path.read_text().splitlines()[0].count(",")
    path.write_text(path.read_text() + 2 * (columns * "," + "\n"))
    table, problems = read_table(path)
    assert (problems, table["case"].tolist()) == ([], ["a"])


def test_an_experiment_in_pixels_beside_one_in_metres_is_explained(command, tmp_path):
    """The one without pixel sizes has dashes in metres; the page says why, and a report of it alone says nothing."""
    in_pixels = score("a", math.nan, pixel_size_m="", mean_distance_px=3.0)
    folders = [
        write_evaluation(tmp_path / "pixels", [in_pixels, {**in_pixels, "case": "b"}]),
        write_evaluation(tmp_path / "metres", [score("a", 5.0), score("b", 6.0)]),
    ]
    page, notes, _ = report_of(command, tmp_path / "out", *folders)
    assert rows_of(page, "pixels")[0][4] == "–"
    assert (
        "pixels: 2 of 2 scenes have no distance in metres, because the size of their pixels is unknown; numbers in "
        "metres leave them out or are dashes."
    ) in notes
    pixels, metres = read_evaluations(folders)
    assert without_metres_notes(metres, METRES) == without_metres_notes(pixels, PIXELS) == []
    assert different_scenes_text([pixels, metres]) == ""
