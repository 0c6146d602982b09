"""The blocks of code on README and the pages of docs, and the marks above those that no test runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
SHELL = ("", "sh", "bash", "shell", "console")
"""Languages of the blocks that a reader types into a shell; most have none."""

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"<!-- not run: (?P<reason>[^>]*\S) -->\s*\Z")


@dataclass(frozen=True)
class Block:
    """A block of code on a page.

    Attributes:
        line: Its first line on the page.
        language: What stands behind the fence; "" for nothing.
        text: Its lines.
        not_run: Why no test runs it, which a comment above it says; "" where one does.
    """

    line: int
    language: str
    text: str
    not_run: str

    @property
    def is_shell(self) -> bool:
        """Whether a reader types it into a shell."""
        return self.language in SHELL


def blocks_of(text: str) -> list[Block]:
    """The blocks of a page, in order."""
    blocks = []
    for fence in _FENCE.finditer(text):
        mark = _MARK.search(text[: fence.start()])
        reason = mark["reason"] if mark else ""
        line = text[: fence.start("text")].count("\n") + 1
        blocks.append(Block(line, fence["language"], fence["text"], reason))
    return blocks


def is_record(page: Path) -> bool:
    """Whether a page records what was measured, for hours and on data that are not here: none of its blocks is run."""
    return DOCS / "results" in page.parents
