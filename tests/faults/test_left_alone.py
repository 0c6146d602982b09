"""What a kill at the very first file leaves does not make OUT somebody else's folder."""

import pytest
from every_stage import STAGES, contents, run

FIRST = {
    "convert front-learning": "Dataset520_Landsat/.99999999.partial.conversion.json",
    "demo scenes": "data_raw/.99999999.partial.made_up.json",
}
"""Stages that refuse folders of others, and what is left of the first file that they write."""


@pytest.mark.parametrize("name", FIRST)
def test_the_same_command_goes_on_after_a_kill_at_its_first_file(tmp_path, inputs, name):
    """And clears what was left; a file under another name is refused."""
    stage = next(stage for stage in STAGES if stage.name == name)
    left = tmp_path / FIRST[name]
    left.parent.mkdir()
    other = left.with_name("notes.txt")
    other.write_text("mine")
    assert run(*stage.arguments(inputs, tmp_path)).exit_code == 2
    other.rename(left)
    result = run(*stage.arguments(inputs, tmp_path))
    assert result.exit_code == 0, result.output
    assert not [path for path in contents(tmp_path) if ".partial." in path]
