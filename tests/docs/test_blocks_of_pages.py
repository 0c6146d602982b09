"""Every block of shell on README and the pages of docs runs, in order, on tiny scenes and models, or says why not.

The pages of `docs/results/` record what was measured, for hours and on data that are not here: none of their blocks is
run. The tutorials and trainers have a file of their own, so that both run side by side.
"""

import pytest
from page_blocks import DOCS, PAGES, blocks_of, is_record
from page_runs import OTHERS, RUN, blocks_to_run, run_page, what_failed
from page_shell import run_shell
from typed_commands import COMMANDS

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("page", OTHERS, ids=lambda page: page.name)
def test_every_block_of_the_page_runs_or_says_why_not(page, quick, tmp_path, monkeypatch):
    run_page(page, tmp_path, monkeypatch)


def test_few_blocks_are_left_out():
    """Those of the pages of results, and no more than one in ten of the others."""
    run = sum(len(blocks_to_run(page)) for page in RUN)
    shell = [block for page in PAGES if not is_record(page) for block in blocks_of(page.read_text("utf-8"))]
    assert run >= 0.9 * sum(block.is_shell for block in shell)
    assert run >= 40


def test_the_pages_of_results_are_left_out():
    """By their folder: a how-to of the same name is run, and so is the overview, which has no block."""
    assert is_record(DOCS / "results" / "retreat.md")
    assert not is_record(DOCS / "retreat.md")
    assert not is_record(DOCS / "results.md")
    assert DOCS / "retreat.md" in RUN


def test_a_mark_stands_above_its_block():
    """With the reason; a comment further up, or another one, is no mark; nor is code of another language typed."""
    page = """Text.

<!-- not run: CaFFe is not here -->

```
nnunet-glacier convert caffe
```

<!-- a remark -->
```python
import torch
```

  ```sh
  make demo
  ```
"""
    first, second, third = blocks_of(page)
    assert (first.text, first.not_run, first.is_shell) == ("nnunet-glacier convert caffe\n", "CaFFe is not here", True)
    assert (second.line, second.not_run, second.is_shell) == (11, "", False)
    assert (third.text, third.not_run, third.is_shell) == ("  make demo\n", "", True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nnunet-glacier predict --no-such-option", "$ nnunet-glacier predict --no-such-option"),
        ("cat missing.txt", "missing.txt"),
        ("echo $never_set", "never_set"),
        ("nnUNetv2_train 1 2d 0 --no-such-option", "unrecognized arguments: --no-such-option"),
    ],
)
def test_a_line_that_fails_is_told(tmp_path, line, said):
    """An option that is not there, a file that nothing wrote, a variable that nothing set; what follows is not run."""
    work = tmp_path / "work"
    work.mkdir()
    session = run_shell(f"{line}\nnnunet-glacier --help", work, COMMANDS, {})
    assert said in what_failed(session)
    assert ("nnunet-glacier", "--help") not in [call.words for call in session.calls]
