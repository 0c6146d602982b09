"""Fixtures that several test files share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from quick_nnunet import make_quick

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it are skipped where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data is not beside the checkout: {SHARED_DATA.relative_to(SHARED_DATA.parents[2])}")
    return SHARED_DATA


@pytest.fixture(scope="module")
def quick_nnunet() -> Iterator[None]:
    """NnU-Net without worker processes, and with a quick fingerprint (`make_quick`)."""
    with pytest.MonkeyPatch.context() as patch:
        make_quick(patch)
        yield
