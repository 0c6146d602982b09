"""Every ``nnunet-glacier`` command that README and docs print is one that the program takes."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from page_blocks import PAGES, ROOT, blocks_of

from nnunet_glacier.cli import app

PROGRAM = typer.main.get_command(app)


def commands_of(page: Path) -> list[str]:
    """The commands in a page's blocks, one line each, without shell's loops, substitutions and comments."""
    commands = []
    for block in blocks_of(page.read_text(encoding="utf-8")):
        for line in block.text.replace("\\\n", " ").splitlines():
            commands += re.findall(r"(?:^|do |\$\()\s*(nnunet-glacier [^;#)\"]*(?:\"[^\"]*\"[^;#)\"]*)*)", line)
    return [re.split(r"\s[>|]\s", command)[0].strip() for command in commands]


def refusal(command: str) -> str:
    """What the program says against a command, which is parsed and not run; "" where it takes it."""
    current, words = PROGRAM, shlex.split(command)[1:]
    while getattr(current, "commands", {}).get(words[0] if words else ""):
        current, words = current.commands[words[0]], words[1:]
    if hasattr(current, "commands"):
        return "" if not words or "--help" in words else f"there is no command {words[0]}"
    try:
        current.make_context(command, [word for word in words if word not in ("--help", "-h")])
    except Exception as error:  # typer's own, which it exports under no name
        if not hasattr(error, "format_message"):
            raise
        return str(error.format_message())
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_program_takes_every_command_of_the_page(page):
    refused = {command: refusal(command) for command in commands_of(page)}
    assert {command: words for command, words in refused.items() if words} == {}


def test_the_readme_and_the_tutorials_have_commands():
    """A pattern that finds nothing would pass everything."""
    assert len(commands_of(ROOT / "README.md")) >= 5
    for page in PAGES:
        if page.name.startswith("tutorial_"):
            assert commands_of(page), page.name


@pytest.mark.parametrize("wrong", ["delineate scene.tif out --no-such-option", "retreat", "nothing"])
def test_a_command_that_the_program_does_not_take_is_refused(wrong):
    assert refusal(f"nnunet-glacier {wrong}")
