"""The blocks of the tutorials and of the page of trainers, as `test_blocks_of_pages` has it of the other pages."""

import pytest
from page_runs import TUTORIALS, run_page

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.name)
def test_every_block_of_the_tutorial_runs_or_says_why_not(page, quick, tmp_path, monkeypatch):
    run_page(page, tmp_path, monkeypatch)
