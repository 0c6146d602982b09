"""Every block of shell on README and the pages of docs runs, in order, on tiny scenes and models, or says why not.

`docs/results.md` records what was measured, for hours and on data that are not here: a comment at its top says that
none of its blocks is run. The tutorials and trainers have a file of their own, so that both run side by side.
"""

import pytest
from page_blocks import PAGES, blocks_of, page_not_run
from page_runs import OTHERS, RUN, blocks_to_run, run_page, what_failed
from page_shell import run_shell
from typed_commands import COMMANDS

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("page", OTHERS, ids=lambda page: page.name)
def test_every_block_of_the_page_runs_or_says_why_not(page, quick, tmp_path, monkeypatch):
    run_page(page, tmp_path, monkeypatch)


def test_few_blocks_are_left_out():
    """The page of results, whose comment says why, and no more than one in ten of the others."""
    left_out = {page.name for page in PAGES if page_not_run(page.read_text(encoding="utf-8"))}
    assert left_out == {"results.md"}
    run = sum(len(blocks_to_run(page)) for page in RUN)
    shell = [block for page in PAGES if page.name not in left_out for block in blocks_of(page.read_text("utf-8"))]
    assert run >= 0.9 * sum(block.is_shell for block in shell)
    assert run >= 40


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
    assert page_not_run("<!-- no command of this page is run: it takes hours -->") == "it takes hours"


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
