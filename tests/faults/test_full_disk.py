"""On a disk that fills, every stage ends with one sentence; with more room, the same command ends as if undisturbed."""

import pytest
from every_stage import STAGES, contents, run

LARGE = 1 << 28
SHARES = (0.3, 0.85)
"""Of the space that a stage needs, what the disk has; slow stages try the first alone."""


def run_on(stage, inputs, disk, monkeypatch):
    for name, value in inputs.environment(disk.folder).items():
        monkeypatch.setenv(name, value)
    return run(*stage.arguments(inputs, disk.folder))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_full_disk_is_one_sentence_and_loses_nothing(stage, inputs, disk, monkeypatch):
    """Code 2, the file, the free space; every file that is there is whole."""
    disk.mount(LARGE)
    result = run_on(stage, inputs, disk, monkeypatch)
    assert result.exit_code == 0, result.output
    undisturbed, needed = contents(disk.folder), disk.used()
    for share in SHARES[:1] if stage.slow else SHARES:
        disk.mount(int(share * needed))
        result = run_on(stage, inputs, disk, monkeypatch)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == 2, result.output
        said = result.output[result.output.index("nnunet-glacier: ") :].strip()
        assert said.startswith(f"nnunet-glacier: {disk.folder}/"), said
        assert "MB free" in said and "Make room" in said and "\n" not in said, said
        assert not [name for name in contents(disk.folder) if ".partial." in name]
        disk.resize(LARGE)
        result = run_on(stage, inputs, disk, monkeypatch)
        assert result.exit_code == 0, result.output
        assert contents(disk.folder) == undisturbed
