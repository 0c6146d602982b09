"""A folder of scores: written and read back, and everything that is wrong with it in one error."""

import json
import math

import pandas as pd
import pytest

from nnunet_glacier.formats.score_summary import LeftOut, SummaryHead
from nnunet_glacier.formats.scores import open_scores, other_scores, write_scores
from nnunet_glacier.measures.registry import MEASURES
from nnunet_glacier.support.bootstrap import Interval
from nnunet_glacier.support.errors import InputError, Problem

ROW = {
    "case": "a",
    "prediction": "fold_0",
    "route": "zones",
    "glacier": "COL",
    "date": "2014-01-15",
    "sensor": "TDX",
    "pixel_size_m": 20.0,
    "predicted_front_pixels": 10,
    "label_front_pixels": 12,
    "mean_distance_m": 40.0,
    "mean_distance_px": 2.0,
    "polis_m": 41.5,
}


@pytest.fixture
def head(tmp_path):
    """What was scored, with a scene that was skipped and one that was not predicted."""
    skipped = LeftOut(None, "b", Problem("b.png", "it is damaged", "Mend it"))
    return SummaryHead(
        (tmp_path / "maps",), tmp_path / "data", "single", "test", (LeftOut(None, "c"),), (skipped,), "zones"
    )


@pytest.mark.filterwarnings("error")
def test_a_table_of_every_measure_is_read_without_a_warning(head, tmp_path):
    """What `report` adds to a table of more than 100 columns is its own, and no warning of pandas reaches the user."""
    names = dict.fromkeys((measure.name for measure in MEASURES), 0.5)
    write_scores(tmp_path / "s", pd.DataFrame([{**names, **ROW}]), head.to_json())
    table = open_scores(tmp_path / "s").table
    assert table.assign(_more=1)["mcc_rock"].tolist() == [0.5]
    assert len(table.columns) > 100


def problems_of(folder):
    with pytest.raises(InputError) as raised:
        open_scores(folder)
    return [str(problem) for problem in raised.value.problems]


def test_what_is_written_is_read_back(head, tmp_path):
    """Numbers, days, twin satellites and the scenes that were left out; an empty cell is an unknown number."""
    rows = [ROW, {**ROW, "case": "NA", "mean_distance_m": math.nan, "mean_distance_px": math.nan, "date": ""}]
    interval = Interval(30.0, 50.0, 7)
    summary = {**head.to_json(), "subsets": {"all": {"mde_m_interval": interval.to_json()}}}
    write_scores(tmp_path / "s", pd.DataFrame(rows), summary)
    scores = open_scores(tmp_path / "s")
    assert scores.table["case"].tolist() == ["a", "NA"]
    assert scores.table["polis_m"].tolist() == [41.5, 41.5]
    assert scores.table["mean_distance_m"].isna().tolist() == [False, True]
    assert scores.table["date"].tolist() == [pd.Timestamp("2014-01-15"), pd.NaT]
    assert scores.table["sensor_group"].tolist() == ["TSX/TDX"] * 2
    assert (scores.predictions, scores.dataset, scores.route) == ((tmp_path / "maps",), tmp_path / "data", "zones")
    assert [(scene.case, scene.why) for scene in (*scores.skipped, *scores.missing)] == [
        ("b", "b.png: it is damaged"),
        ("c", ""),
    ]
    assert scores.mde_intervals == {("zones", "m"): interval}


def test_everything_that_is_wrong_is_named_at_once(head, tmp_path):
    """Cells with their column and line, keys with their value, and what is wanted instead."""
    rows = [
        {**ROW, "mean_distance_m": "[1]", "date": "2014-13-01"},
        {**ROW, "case": "", "predicted_front_pixels": 1.5, "polis_m": "inf"},
    ]
    summary = {**head.to_json(), "threshold": math.nan, "split": ["test"]}
    write_scores(tmp_path / "s", pd.DataFrame(rows), summary | {"subsets": {"all": {"mde_m_interval": {"low": 1}}}})
    table, summary_json = tmp_path / "s" / "scores.csv", tmp_path / "s" / "summary.json"
    said = problems_of(tmp_path / "s")
    for text in (
        f"{table}: column 'case' holds nothing in line 3, where a text is wanted",
        f"{table}: column 'date' holds 2014-13-01 in line 2, where a day such as 2014-01-31 or nothing is wanted",
        f"{table}: column 'predicted_front_pixels' holds 1.5 in line 3, where a whole number is wanted",
        f"{table}: column 'mean_distance_m' holds [1] in line 2, where a number or nothing is wanted",
        f"{table}: column 'polis_m' holds inf in line 3, where a number or nothing is wanted",
        f"{summary_json}: 'threshold' is NaN, and a number or null is wanted",
        f"{summary_json}: 'split' is [\"test\"], and a text is wanted",
        f"{summary_json}: 'subsets.all.mde_m_interval' is {{\"low\": 1}}, and",
    ):
        assert any(problem.startswith(text) for problem in said), text
    assert len(said) == 8


def test_a_scene_that_stands_twice_is_refused(head, tmp_path):
    """It would count twice in every mean."""
    write_scores(tmp_path / "s", pd.DataFrame([ROW, ROW]), head.to_json())
    (problem,) = problems_of(tmp_path / "s")
    assert "scene 'a' of 'fold_0' by route 'zones' stands in it more than once" in problem


@pytest.mark.parametrize("text", ["[]", "{", '{"dataset": "d"}'])
def test_another_summary_is_refused(head, tmp_path, text):
    """A list, half a file, and an object without the predictions: one problem each."""
    write_scores(tmp_path / "s", pd.DataFrame([ROW]), head.to_json())
    (tmp_path / "s" / "summary.json").write_text(text)
    (problem,) = problems_of(tmp_path / "s")
    assert "summary.json" in problem


def test_scores_of_other_predictions_are_known(head, tmp_path):
    """The same folders may be scored again; others not, nor over a summary that cannot be read."""
    write_scores(tmp_path / "s", pd.DataFrame([ROW]), head.to_json())
    assert other_scores(tmp_path / "s", [tmp_path / "maps"]) == other_scores(tmp_path / "none", []) == []
    assert len(other_scores(tmp_path / "s", [tmp_path / "else"])) == 1
    (tmp_path / "s" / "summary.json").write_text(json.dumps([1]))
    assert len(other_scores(tmp_path / "s", [tmp_path / "maps"])) == 1


@pytest.mark.parametrize("name", ["scores.csv", "confusion.csv"])
@pytest.mark.parametrize("content", [b"pupil,mark\nAnn,1\n", b"", b"\xff\xfe\x00"])
def test_tables_of_somebody_else_are_known(tmp_path, name, content):
    """They would be written over, and a confusion matrix deleted where no zones are scored."""
    (tmp_path / name).write_bytes(content)
    (problem,) = other_scores(tmp_path, [tmp_path / "maps"])
    assert problem.where == tmp_path / name and "it is none that 'nnunet-glacier evaluate' wrote" in problem.what


def test_tables_of_a_run_that_was_stopped_are_no_others(head, tmp_path):
    """The summary is written last."""
    confusion = pd.DataFrame([{"prediction": "a", "labelled": "rock", "rock": 1}])
    write_scores(tmp_path, pd.DataFrame([ROW]), head.to_json(), confusion)
    (tmp_path / "summary.json").unlink()
    assert other_scores(tmp_path, [tmp_path / "maps"]) == []


def test_a_stale_confusion_is_removed(head, tmp_path):
    """One of an earlier run would seem to be of this one."""
    table = pd.DataFrame([ROW])
    write_scores(tmp_path / "s", table, head.to_json(), pd.DataFrame({"labelled": ["rock"]}))
    assert (tmp_path / "s" / "confusion.csv").is_file()
    write_scores(tmp_path / "s", table, head.to_json())
    assert not (tmp_path / "s" / "confusion.csv").exists()
