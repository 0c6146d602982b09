"""summary.json that was changed by hand or comes from another version: refused in words, or read as far as it goes."""

import json

import pytest
from made_evaluations import score, write_evaluation

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.formats.scores import open_scores


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
        ("predictions", [3], "'predictions' is [3], and a list of folders is wanted"),
        ("predictions", [], "'predictions' is [], and a list of folders is wanted"),
        ("predictions", "folder", "'predictions' is \"folder\", and a list of folders is wanted"),
        ("dataset", 5, "'dataset' is 5, and a folder is wanted"),
        ("scheme", ["single"], "'scheme' is [\"single\"], and one of single, repeated, cross-validation is wanted"),
        ("route", None, "'route' is null, and a text is wanted"),
        ("min_front_length_m", "x", "'min_front_length_m' is \"x\", and a number is wanted"),
        ("front_side", "land", "'front_side' is \"land\", and one of ocean, glacier is wanted"),
        ("threshold", "y", "'threshold' is \"y\", and a number or null is wanted"),
        ("threshold", True, "'threshold' is true, and a number or null is wanted"),
        ("skipped", [{"prediction": "p"}], '\'skipped\' is [{"prediction": "p"}], and a list of scenes is wanted'),
        (
            "missing_predictions",
            {"case": "a"},
            '\'missing_predictions\' is {"case": "a"}, and a list of scenes is wanted',
        ),
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
    summary = open_scores(changed(later={"more": 1}))
    assert summary.scheme == "single"
    assert summary.rules == FrontRules()
    assert summary.threshold is None
    assert summary.skipped == summary.missing == ()
