"""The names that scripts import from the package itself."""

import subprocess
import sys

import pytest

import nnunet_glacier

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


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(nnunet_glacier, "segment")
