"""JSON beside what commands wrote, of another shape or no file at all: a sentence at the door that reads it."""

import json
import os

import pytest
from delineated_folders import write_delineated
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.formats.dated_lines import vector_files
from nnunet_glacier.formats.delineated_folder import open_delineated, record_path
from nnunet_glacier.formats.folds import read_folds
from nnunet_glacier.formats.line_reviews import read_reviews
from nnunet_glacier.formats.scene_sources import find_scenes
from nnunet_glacier.formats.score_summary import read_summary
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.files import read_list


@pytest.fixture(scope="module")
def delineated(tmp_path_factory):
    """The folder of a run of three scenes."""
    return write_delineated(tmp_path_factory.mktemp("delineated"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it cannot be read as JSON"),
        ("7", "it is 7, but it should be an object with keys"),
        ("null", "it is None, but it should be an object with keys"),
        ("[]", "it is [], but it should be an object with keys"),
        ("{}", "made_from is missing"),
        ({"made_from": 7}, "made_from is 7, but it should be a valid dictionary"),
        ({"image": {"band": 1}}, "image.path is missing"),
        ({"image": {"path": "a.tif", "band": 0}}, "image.band is 0, but it should be greater than or equal to 1"),
        ({"image": {"path": 7, "band": 1}}, "image.path is 7, but it should be a valid string"),
    ],
)
def test_the_record_of_a_delineated_scene(delineated, text, said):
    """With the file and the key, as 'view' opens it."""
    path = record_path(delineated, "a_2015")
    before = path.read_text(encoding="utf-8")
    path.write_text(text if isinstance(text, str) else json.dumps({**json.loads(before), **text}), encoding="utf-8")
    try:
        with pytest.raises(InputError) as caught:
            open_delineated(delineated)
    finally:
        path.write_text(before, encoding="utf-8")
    assert str(caught.value.problems[0]).startswith(f"{path}: {said}")


@pytest.mark.parametrize("arguments", [("--seed", "0=\u00b2"), ("--seed", "0=" + 5000 * "9"), ("--commands", "pipe")])
def test_what_a_packed_model_is_told_of_its_making(tmp_path, arguments):
    """Seeds that are no numbers, and a pipe in place of the list of commands."""
    os.mkfifo(tmp_path / "pipe")
    told = [str(tmp_path / "pipe") if argument == "pipe" else argument for argument in arguments]
    result = CliRunner().invoke(app, ["model", "pack", "trained", "out", *told])
    assert result.exit_code == 2 and arguments[0] in result.output


def scenes_at(path):
    return find_scenes([path])


@pytest.mark.parametrize("read", [read_reviews, read_folds, read_summary, read_list, vector_files, scenes_at])
def test_a_pipe_is_not_waited_for(tmp_path, read):
    """Reviews, folds and summaries, lists, lines and scenes; and it is not said to be missing."""
    path = tmp_path / "file.json"
    os.mkfifo(path)
    try:
        problems = read(path)[1]
    except InputError as error:
        problems = error.problems
    assert [problem.where for problem in problems] == [path] and "it is no regular file" in problems[0].what
