"""Fixtures of the trainers' tests."""

import pytest
import torch
from made_trainers import make


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


@pytest.fixture
def initialized(nnunet_folders):
    """Builds a trainer up to its network and loss, without data on disk."""

    def build(trainer, dataset, **schedule):
        made = make(trainer, dataset, **schedule)
        (nnunet_folders / "nnUNet_preprocessed" / "Dataset990_Made" / "small_2d").mkdir(parents=True, exist_ok=True)
        channels, heads = len(dataset["channel_names"]), made.label_manager.num_segmentation_heads
        made.network = made.build_network_architecture(
            made.plans_manager, made.configuration_manager, channels, heads, made.enable_deep_supervision
        )
        made.loss = made._build_loss()
        return made

    return build
