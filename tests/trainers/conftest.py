"""Fixtures of the trainers' tests."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="package")
def one_torch_thread():
    """Keep torch to one thread: tiny networks only lose by more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def nnunet_folders(tmp_path, monkeypatch):
    """nnU-Net's three folders, empty, in a temporary folder."""
    for variable in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        (tmp_path / variable).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / variable))
    return tmp_path
