"""The names that scripts import from the package itself."""

import subprocess
import sys

import pytest

import nnunet_glacier
from nnunet_glacier.support.errors import InputError

WITHOUT_TORCH = """
import sys
from nnunet_glacier import delineate, open_dataset, open_predictions
assert callable(delineate) and callable(open_dataset) and callable(open_predictions)
print("torch" in sys.modules)
"""


def test_scripts_wait_for_torch_only_when_a_network_is_asked_for():
    told = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


@pytest.mark.parametrize("name", nnunet_glacier.__all__)
def test_every_public_name_is_a_function_with_a_docstring(name):
    assert getattr(nnunet_glacier, name).__doc__


@pytest.mark.parametrize("name", ["open_dataset", "open_predictions"])
def test_paths_may_be_text(tmp_path, name):
    """As `delineate` takes them: a folder that is not there is the user's mistake, and no `AttributeError`."""
    with pytest.raises(InputError):
        getattr(nnunet_glacier, name)(str(tmp_path / "gone"))


def test_one_folder_or_several_are_scored(tmp_path):
    gone, out = str(tmp_path / "gone"), str(tmp_path / "scores")
    told = []
    for predictions in (gone, [gone], iter([tmp_path / "gone"])):
        with pytest.raises(InputError) as raised:
            nnunet_glacier.score(predictions, str(tmp_path / "dataset"), out)
        told.append(str(raised.value))
    assert told[0] == told[1] == told[2] and gone in told[0]


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(nnunet_glacier, "segment")
