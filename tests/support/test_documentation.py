from importlib import metadata
from pathlib import Path, PurePosixPath

import pytest
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.support import documentation

SHARE = Path("share/doc/nnunet-glacier")


class Installed:
    """One file of an installation, as ``importlib.metadata`` tells it."""

    def __init__(self, root: Path, name: str) -> None:
        self.root, self.name = root, name

    def match(self, pattern: str) -> bool:
        return PurePosixPath(self.name).match(pattern)

    def locate(self) -> Path:
        return self.root / self.name


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """An installation from a wheel: two pages below share/doc, and no clone."""
    (tmp_path / SHARE / "results").mkdir(parents=True)
    (tmp_path / SHARE / "index.md").write_text("# Welcome\n\nText.\n")
    (tmp_path / SHARE / "adapt.md").write_text("# Adapt a model\n")
    (tmp_path / SHARE / "results" / "costs.md").write_text("# Costs\n")
    names = ("lib/nnunet_glacier/index.md", "share/doc/other/index.md", (SHARE / "index.md").as_posix())
    monkeypatch.setattr(documentation, "CLONE", tmp_path / "no clone")
    monkeypatch.setattr(metadata, "files", lambda name: [Installed(tmp_path, each) for each in names])
    return tmp_path / SHARE


def test_a_clone_has_the_first_page_in_docs():
    assert documentation.first_page() == Path(documentation.__file__).parents[2] / "docs" / "index.md"


def test_a_wheel_has_it_below_share(wheel):
    assert documentation.first_page() == wheel / "index.md"


def test_pages_have_their_titles_the_first_page_first(wheel):
    titles = documentation.titles(wheel)
    assert list(titles.items()) == [
        (wheel / "index.md", "Welcome"),
        (wheel / "adapt.md", "Adapt a model"),
        (wheel / "results" / "costs.md", "Costs"),
    ]


def test_docs_lists_the_pages(wheel):
    result = CliRunner().invoke(app, ["docs"])
    assert result.exit_code == 0
    assert result.output.splitlines()[2:5] == [
        "  index.md          Welcome",
        "  adapt.md          Adapt a model",
        "  results/costs.md  Costs",
    ]


@pytest.mark.parametrize("known", [True, False])
def test_an_installation_without_pages_says_so(tmp_path, monkeypatch, known):
    def files(name):
        if not known:
            raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(documentation, "CLONE", tmp_path)
    monkeypatch.setattr(metadata, "files", files)
    result = CliRunner().invoke(app, ["docs"])
    assert result.exit_code == 2
    assert "the docs are not in this installation" in result.stderr
