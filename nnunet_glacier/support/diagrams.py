"""What figures of several rooms have in common: the style of diagrams, and files that are the same for the same scores.

Nothing here depends on a user's own matplotlib settings, and no time or random name is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.files import overwrite_problems, write_whole

PICTURE_ENDINGS = (".png", ".pdf", ".svg")
"""Of the pictures whose format the user chooses by the name."""

DIAGRAM_STYLE: dict[str, Any] = {
    "svg.fonttype": "path",
    "font.size": 8,
    "legend.fontsize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "grid.color": "0.88",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.2,
}
"""Matplotlib's parameters of diagrams in small print, for `figure_style`."""

_ALWAYS: dict[Any, Any] = {"backend": "agg", "svg.hashsalt": "nnunet-glacier", "font.family": "DejaVu Sans"}


@contextmanager
def figure_style(style: Mapping[str, Any]) -> Iterator[None]:
    """A style on matplotlib's own defaults; making and saving a figure both belong inside.

    Args:
        style: Matplotlib's parameters that differ from its defaults.
    """
    settings: dict[Any, Any] = {**mpl.rcParamsDefault, **_ALWAYS, **style}
    with mpl.rc_context(settings):
        yield


def picture_problems(out: Path, *read: Path) -> list[Problem]:
    """What is wrong with the name of a picture to write: its ending, or that it is a file that is read."""
    endings = ", ".join(PICTURE_ENDINGS)
    if problems := overwrite_problems([out], read):
        return problems
    if out.is_dir():
        return [Problem(out, "it is a folder", f"Give a file name that ends with {endings}")]
    if out.suffix.lower() not in PICTURE_ENDINGS:
        return [Problem(out, f"a picture cannot end with {out.suffix!r}", f"Give one of {endings}")]
    return []


def diagram_files(stem: Path) -> tuple[Path, Path]:
    """The SVG and the PNG of a figure, by the path of both without an ending."""
    return stem.with_name(f"{stem.name}.svg"), stem.with_name(f"{stem.name}.png")


def save_svg_and_png(figure: Figure, stem: Path, dpi: int) -> tuple[Path, Path]:
    """Write a figure as SVG and PNG, each whole or not at all.

    Args:
        figure: The figure.
        stem: Path of the files without their ending.
        dpi: Dots per inch of the PNG, and of the images inside the SVG.

    Returns:
        The paths of the SVG and of the PNG.
    """
    svg, png = diagram_files(stem)
    write_whole(svg, lambda path: figure.savefig(path, format="svg", dpi=dpi, metadata={"Date": None}))
    write_whole(png, lambda path: figure.savefig(path, format="png", dpi=dpi, metadata={"Software": None}))
    return svg, png
