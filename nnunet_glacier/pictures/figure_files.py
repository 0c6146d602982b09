"""What this folder's pictures have in common: style, colours of values from 0 to 1, and the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure

from nnunet_glacier.support.diagrams import figure_style
from nnunet_glacier.support.files import write_whole

WIDTH = 7.1
"""Width in inches of a figure with few columns: two columns of a journal page."""

COLOUR_MAP = "viridis"
"""Rises evenly in lightness, so people of any colour vision, and a grey print, show the same order."""

_DPI = 300
_STYLE: dict[str, Any] = {
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.labelsize": 7,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "axes.linewidth": 0.5,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
}
_WITHOUT_DATE: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None},
    ".svg": {"Date": None},
}


@contextmanager
def picture_style() -> Iterator[None]:
    """The pictures' style, whatever the user's own; making and saving a figure both belong inside."""
    with figure_style(_STYLE):
        yield


def new_figure(width: float, height: float) -> Figure:
    """A figure for images, which keep their aspect and stand close together; sizes in inches."""
    return Figure(figsize=(width, height), layout="compressed")


def save_picture(figure: Figure, out: Path) -> None:
    """Write a figure in the format of its ending, whole or not at all; the same figure gives the same bytes."""
    ending = out.suffix.lower()
    settings: dict[str, Any] = {"format": ending[1:], "dpi": _DPI, "metadata": _WITHOUT_DATE[ending]}
    write_whole(out, lambda path: figure.savefig(path, bbox_inches="tight", pad_inches=0.05, **settings))


def colour_bar(figure: Figure, axes: Sequence[Axes], label: str, colours: str | Colormap = COLOUR_MAP) -> None:
    """A colour bar from 0 to 1 on the right of some axes."""
    values = ScalarMappable(Normalize(0, 1), colours)
    figure.colorbar(values, ax=axes, label=label, fraction=0.03, aspect=30, shrink=0.8)
