"""The pages of the docs on this machine: those of the clone, or those that came with the wheel."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

PACKAGE = "nnunet-glacier"
FIRST_PAGE = "index.md"
CLONE = Path(__file__).parents[2]
"""A clone with its docs, where the package runs from one."""


def first_page() -> Path | None:
    """``index.md`` of the docs; None where the installation has none.

    ``pip`` puts them below ``share/doc/nnunet-glacier`` of the environment, or of the user's own folder.
    """
    # Beside an installed package there may be the docs of somebody else.
    if (CLONE / "mkdocs.yml").is_file():
        return CLONE / "docs" / FIRST_PAGE
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return None
    pages = (Path(str(file.locate())) for file in files if file.match(f"share/doc/{PACKAGE}/{FIRST_PAGE}"))
    return next((page.resolve() for page in pages if page.is_file()), None)


def titles(folder: Path) -> dict[Path, str]:
    """Every page below a folder with its title, the first one first and then by name."""
    pages = sorted(folder.rglob("*.md"), key=lambda page: (page != folder / FIRST_PAGE, len(page.parts), page))
    return {page: page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ") for page in pages}
