"""A trained folder and its packed model, made once."""

import shutil

import pytest
from packed import pack, trained_folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Two folds of a fused model."""
    return trained_folder(tmp_path_factory.mktemp("results") / "nnUNetTrainer__tinyPlans__2d")


@pytest.fixture(scope="session")
def packed_once(trained, tmp_path_factory):
    """The folds in single precision."""
    return pack(trained, tmp_path_factory.mktemp("packed") / "tiny", purpose="tests", licence="CC BY 4.0")


@pytest.fixture
def packed(packed_once, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(packed_once, tmp_path / "tiny")
