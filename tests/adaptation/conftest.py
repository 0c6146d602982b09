"""A tiny model, a tiny dataset of the same tasks, and the command."""

import pytest
import torch
from adapt_command import TRAINER, write_dataset
from tiny_models import make_dataset_json, make_model, make_plans

from nnunet_glacier.domain.labels import LABEL_SPACES


@pytest.fixture(autouse=True, scope="package")
def one_torch_thread():
    """Keep torch to one thread: tiny networks only lose by more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def without_nnunets_folders(monkeypatch):
    """No folder of nnU-Net's is set, as for a user who has only installed the package."""
    for variable in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results", "nnUNet_n_proc_DA"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A trained folder of fused labels with two folds."""
    folder = tmp_path_factory.mktemp("model") / f"{TRAINER}__nnUNetPlans__2d"
    return make_model(
        folder, make_dataset_json(LABEL_SPACES["fused"]), make_plans(patch=(32, 32)), folds=(0, 1), trainer=TRAINER
    )


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    """Six labelled scenes; the latest names have the earliest dates, and one has none."""
    return write_dataset(tmp_path_factory.mktemp("dataset") / "Dataset001_New", "fused")
