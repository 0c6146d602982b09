"""The models that ship with the package: packed models in ``nnunet_glacier/models``, called by their folders' names."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "models"
REINSTALL = "Install the package again: pip install --force-reinstall --no-deps nnunet-glacier"
"""What to do about a shipped file that is damaged."""


def shipped_names() -> list[str]:
    """Names of the models that this installation has."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and path.name[:1] not in "._")


def shipped_folder(name: str) -> Path | None:
    """The folder of a shipped model; None if there is no such model."""
    return FOLDER / name if name in shipped_names() else None


def is_shipped(path: Path) -> bool:
    """Whether a packed model is one of those that ship with the package."""
    return path.parent == FOLDER


def shipped_offer() -> str:
    """Which names there are, as a sentence."""
    names = shipped_names()
    return f"Shipped models: {', '.join(names)}" if names else "No model ships with this installation"
