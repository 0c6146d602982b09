"""summary.json that was changed by hand or comes from another version: refused in words, or read as far as it goes."""

import json

import pytest
from made_evaluations import score, write_evaluation

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.report.summaries import read_summary


@pytest.fixture
def changed(tmp_path):
    """An evaluation whose summary holds other values."""

    def change(**values):
        folder = write_evaluation(tmp_path / "e", [score("a", 5.0)])
        summary = json.loads((folder / "summary.json").read_text())
        (folder / "summary.json").write_text(json.dumps({**summary, **values}))
        return folder

    return change


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("predictions", [3], "'predictions' is not a list of folders, but [3]"),
        ("predictions", [], "'predictions' is not a list of folders, but []"),
        ("predictions", "folder", "'predictions' is not a list of folders, but \"folder\""),
        ("dataset", 5, "'dataset' is not a folder, but 5"),
        ("scheme", ["single"], "'scheme' is not one of single, repeated, cross-validation, but"),
        ("route", None, "'route' is not a text, but null"),
        ("min_front_length_m", "x", "'min_front_length_m' is not a number, but \"x\""),
        ("front_side", "land", "'front_side' is not one of ocean, glacier, but \"land\""),
        ("threshold", "y", "'threshold' is not a number or null, but \"y\""),
        ("threshold", True, "'threshold' is not a number or null, but true"),
        ("skipped", [{"prediction": "p"}], "'skipped' is not a list of scenes"),
        ("missing_predictions", {"case": "a"}, "'missing_predictions' is not a list of scenes"),
    ],
)
def test_a_value_of_another_type_is_named(command, changed, tmp_path, name, value, said):
    """The file, the key and the value stand in the message, and nothing is written."""
    result = command("report", changed(**{name: value}), tmp_path / "out")
    assert result.exit_code == 2
    assert f"e/summary.json: {said}" in " ".join(result.output.split())
    assert not (tmp_path / "out").exists()


def test_all_values_of_another_type_are_named_at_once(command, changed, tmp_path):
    """Three damaged values are three problems."""
    result = command("report", changed(predictions=[3], dataset=5, threshold="y"), tmp_path / "out")
    assert result.exit_code == 2
    assert "3 problems" in result.output


def test_keys_of_other_versions_are_passed_over(changed):
    """A summary that lacks what is not needed, and has more, is read."""
    summary = read_summary(changed(later={"more": 1}) / "summary.json")
    assert summary.scheme == "single"
    assert summary.rules == FrontRules()
    assert summary.threshold is None
    assert summary.skipped == summary.missing == ()
