"""On a disk that fills, every stage ends with one sentence; with more room, the same command ends as if undisturbed."""

import os

import pytest
from every_stage import STAGES, TRAININGS, contents, make_training_inputs, run

pytestmark = pytest.mark.usefixtures("quick_nnunet")

LARGE = 1 << 28
SHARES = (0.3, 0.85)
"""Of the space that a stage needs, what the disk has; slow stages try the first alone."""


def run_on(stage, inputs, disk, monkeypatch):
    for name, value in inputs.environment(disk.folder).items():
        monkeypatch.setenv(name, value)
    return run(*stage.arguments(inputs, disk.folder))


def check(stage, inputs, disk, monkeypatch, shares):
    """Code 2, the file, the free space; every file that is there is whole."""
    disk.mount(LARGE)
    stage.prepare(inputs, disk.folder)
    before = disk.used()
    result = run_on(stage, inputs, disk, monkeypatch)
    assert result.exit_code == 0, result.output
    undisturbed, needed = contents(disk.folder), disk.used() - before
    for share in shares:
        disk.mount(before + int(share * needed))
        stage.prepare(inputs, disk.folder)
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


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_full_disk_is_one_sentence_and_loses_nothing(stage, inputs, disk, monkeypatch):
    """Of every stage but those that train."""
    check(stage, inputs, disk, monkeypatch, SHARES[:1] if stage.slow else SHARES)


@pytest.fixture(scope="module")
def training_inputs(inputs):
    """What the stages that train need."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in inputs.environment(inputs.root).items():
            patch.setenv(name, value)
        make_training_inputs(inputs)
    return inputs


@pytest.mark.skipif("GLACIER_TRAININGS" not in os.environ, reason="it trains for minutes; GLACIER_TRAININGS=1 runs it")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("share", [0.1, *SHARES])
@pytest.mark.parametrize("stage", TRAININGS, ids=lambda stage: stage.name)
def test_a_disk_that_fills_in_a_training(stage, share, training_inputs, disk, monkeypatch):
    """Of those that train."""
    monkeypatch.setenv("nnUNet_n_proc_DA", "0")
    check(stage, training_inputs, disk, monkeypatch, [share])
