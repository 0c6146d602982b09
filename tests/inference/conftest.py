"""Fixtures of the prediction tests: one torch thread, since tiny networks only lose by more."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="package")
def one_torch_thread():
    """Keep torch to one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
