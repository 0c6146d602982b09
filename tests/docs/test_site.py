"""The documentation's site builds without a warning, and every command is in it."""

from pathlib import Path

import pytest
import typer
from mkdocs.commands.build import build
from mkdocs.config import load_config

from nnunet_glacier.cli import app

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site; `strict` makes warnings errors, such as a link without a target or a page in no menu."""
    out = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(out), strict=True))
    return out


def test_the_page_of_commands_has_every_command_and_option(site):
    page = (site / "commands.html").read_text(encoding="utf-8")
    missing = []
    for name, command in typer.main.get_command(app).commands.items():
        leaves = getattr(command, "commands", None) or {"": command}
        for part, leaf in leaves.items():
            missing += [f"{name} {part}" for _ in range(f"nnunet-glacier {name} {part}".strip() not in page)]
            missing += [f"{name} {part} {o}" for parameter in leaf.params for o in parameter.opts if o not in page]
    assert missing == []


def test_every_page_is_reached_from_the_start(site):
    start = (site / "index.html").read_text(encoding="utf-8")
    docs = ROOT / "docs"
    pages = {path.relative_to(docs).with_suffix(".html").as_posix() for path in docs.rglob("*.md")} | {"commands.html"}
    assert {page for page in pages if f'href="{page}"' not in start} <= {"index.html"}
