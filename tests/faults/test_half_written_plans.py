"""``plan`` on JSON files that a kill left half-written: those that can be made again are, others are named."""

import pytest
from every_stage import CAFFE, contents, run

pytestmark = pytest.mark.usefixtures("quick_nnunet")

ARGUMENTS = ("plan", "-d", 501, "--preset", "laptop", "--workers", 1)


@pytest.fixture(scope="module")
def planned(inputs, tmp_path_factory):
    """The preprocessed folder of a planned dataset, and what it holds."""
    out = tmp_path_factory.mktemp("planned")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in inputs.environment(out).items():
            patch.setenv(name, value)
        result = run(*ARGUMENTS)
        assert result.exit_code == 0, result.output
        folder = out / "nnUNet_preprocessed" / CAFFE
        yield folder, contents(folder)


@pytest.fixture
def cut(planned):
    """Cuts a file of the folder in half; afterwards it is whole again."""
    folder, whole = planned
    names = []

    def half(name):
        names.append(name)
        (folder / name).write_bytes(whole[name][: len(whole[name]) // 2])
        return folder / name

    yield half
    for name in names:
        (folder / name).write_bytes(whole[name])


def test_what_nnunet_writes_is_made_again(planned, cut):
    """Fingerprint, nnU-Net's plans and its copy of dataset.json."""
    folder, whole = planned
    for name in ("dataset_fingerprint.json", "nnUNetPlans.json", "dataset.json"):
        cut(name)
    result = run(*ARGUMENTS)
    assert result.exit_code == 0, result.output
    assert contents(folder) == whole


@pytest.mark.parametrize(
    ("name", "what"),
    [("splits_final.json", "it cannot be read as JSON"), ("laptop.json", "it is no JSON, or not the whole of it")],
)
def test_what_trained_models_may_depend_on_is_named(planned, cut, name, what):
    """Code 2 with the path; nothing is written over it."""
    path = cut(name)
    before = path.read_bytes()
    result = run(*ARGUMENTS)
    assert result.exit_code == 2, result.output
    assert f"{path}: {what}" in result.output
    assert path.read_bytes() == before
