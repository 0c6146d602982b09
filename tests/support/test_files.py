import os

import pytest

from nnunet_glacier.support.files import folder_problems
from nnunet_glacier.support.foreign_files import foreign_problems


def test_a_folder_that_is_there_or_can_be_made_is_no_problem(tmp_path):
    """Whether it exists, has a parent, or needs several folders."""
    assert folder_problems(tmp_path) == []
    assert folder_problems(tmp_path / "new") == []
    assert folder_problems(tmp_path / "a" / "b" / "c") == []


def test_a_file_and_a_folder_below_a_file_are_problems(tmp_path):
    """The second names the file that is in the way."""
    (tmp_path / "file").touch()
    (problem,) = folder_problems(tmp_path / "file")
    assert str(problem) == f"{tmp_path / 'file'}: it is a file. Give a folder as OUT"
    (problem,) = folder_problems(tmp_path / "file" / "a" / "b")
    assert problem.what == f"it lies below {tmp_path / 'file'}, which is a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_closed_folder_is_a_problem(tmp_path):
    """The nearest folder that exists decides."""
    tmp_path.chmod(0o555)
    (problem,) = folder_problems(tmp_path / "a" / "b")
    assert problem.what == f"{tmp_path} cannot be written to"


def test_files_that_a_stage_did_not_write_are_problems(tmp_path):
    """With its record they are its own; what lies beside them does not matter."""
    written, record = [tmp_path / "maps" / "a.tif", tmp_path / "lines.gpkg"], tmp_path / "run.json"
    assert foreign_problems(tmp_path / "new", [tmp_path / "new" / "a.tif"], tmp_path / "new" / "run.json", "") == []
    (tmp_path / "notes.txt").touch()
    assert foreign_problems(tmp_path, written, record, "Give another") == []
    (tmp_path / "maps").mkdir()
    written[0].touch()
    (problem,) = foreign_problems(tmp_path, written, record, "Give another")
    said = "it has 1 of the files to write, such as maps/a.tif, but no run.json. Give another"
    assert str(problem) == f"{tmp_path}: {said}"
    record.touch()
    assert foreign_problems(tmp_path, written, record, "Give another") == []
