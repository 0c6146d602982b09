"""What the report's figures have in common: style, colours that people of any colour vision tell apart, and files.

Figures are made without pyplot, so that nothing is kept between them, and written without times or random names: the
same scores give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.support.diagrams import DIAGRAM_STYLE, figure_style, save_svg_and_png

WIDTH = 7.1
"""Width of a figure in inches: two columns of a journal page."""

PNG_DPI = 200

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6D1F", "#555555")
"""After the palette of Okabe and Ito; its yellow, too faint for lines on paper, is replaced."""

HATCHES = ("", "///", "...", "xx", "\\\\\\", "++", "oo", "--")
"""One for each colour, so that bars are told apart without colour."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<")

ZONE_NAMES = {Zone.NA: "no information", Zone.ROCK: "rock", Zone.GLACIER: "glacier", Zone.OCEAN: "ocean"}

DATE_MAP = ListedColormap(mpl.colormaps["viridis"](np.linspace(0, 0.9, 256)), "dates")
"""Colours of dates, without viridis' palest yellows, which are lost on white."""

_STYLE: dict[str, Any] = {
    **DIAGRAM_STYLE,
    # Names are the user's: a dollar sign in one is no formula.
    "text.parse_math": False,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.frameon": False,
    "hatch.linewidth": 0.5,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
}


MANY_DOTS = 200

FEWEST_BOXED = 3
"""Values that a box needs."""


@contextmanager
def report_style() -> Iterator[None]:
    """The style of the report's figures; making and saving a figure both belong inside."""
    with figure_style(_STYLE):
        yield


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """A figure whose parts make room for each other; sizes in inches."""
    return Figure(figsize=(width, height), layout="constrained")


@dataclass(frozen=True)
class Picture:
    """A figure on disk.

    Attributes:
        svg: Its vector file.
        png: The same as pixels.
        caption: What it shows, with units.
        photo: Whether it is mostly an image, which a page holds smaller as pixels.
    """

    svg: Path
    png: Path
    caption: str
    photo: bool = False


def save(figure: Figure, stem: Path, caption: str, *, photo: bool = False, dpi: int = PNG_DPI) -> Picture:
    """Write a figure as SVG and PNG, each whole or not at all.

    Args:
        figure: The figure.
        stem: Path of the files without their ending.
        caption: What it shows.
        photo: Whether it is mostly an image.
        dpi: Dots per inch of the PNG, and of the images inside the SVG.
    """
    return Picture(*save_svg_and_png(figure, stem, dpi), caption, photo)


def colour(position: int) -> str:
    """The colour of the experiment, sensor or group with this position; they repeat after eight."""
    return COLOURS[position % len(COLOURS)]


def box_and_dots(axes: Axes, values: np.ndarray, position: float, shade: str, *, size: float = 9.0) -> None:
    """A horizontal box with its quartiles, median (solid) and mean (dashed), and every value as a dot.

    Whiskers reach to the furthest value within 1.5 box lengths. Fewer than `FEWEST_BOXED` values are dots alone.

    Args:
        axes: Where to draw; its x axis holds the values.
        values: Known values.
        position: Place on the y axis.
        shade: Colour of box and dots.
        size: Area of a dot in points squared.
    """
    if len(values) >= FEWEST_BOXED:
        axes.boxplot(
            values,
            positions=[position],
            orientation="horizontal",
            widths=0.62,
            showmeans=True,
            meanline=True,
            showfliers=False,
            patch_artist=True,
            manage_ticks=False,
            boxprops={"facecolor": shade, "alpha": 0.28, "edgecolor": shade, "linewidth": 0.8},
            medianprops={"color": "black", "linewidth": 1.4, "zorder": 5},
            meanprops={"color": "black", "linewidth": 1.1, "linestyle": (0, (2, 1.2)), "zorder": 5},
            whiskerprops={"color": shade, "linewidth": 0.8},
            capprops={"color": shade, "linewidth": 0.8},
        )
    offsets = spread_out(len(values)) * 0.42
    # Draw many dots smaller, and as pixels inside the vector file, which would grow to megabytes.
    many = len(values) > MANY_DOTS
    axes.scatter(
        np.sort(values),
        position + offsets,
        color=shade,
        edgecolors="white",
        zorder=3,
        s=size / 2 if many else size,
        linewidths=0.2 if many else 0.3,
        rasterized=many,
    )


def spread_out(count: int) -> np.ndarray:
    """Offsets in [-0.5, 0.5] that keep neighbours in a sorted row apart, the same at every call (golden ratio)."""
    return (np.arange(count) * 0.6180339887498949 + 0.5) % 1.0 - 0.5


def box_legend(dot: str, *, boxes: bool = True) -> list[Line2D]:
    """What dots, medians and means look like in `box_and_dots`; `dot` says what a dot is."""
    lines = [
        Line2D([], [], color="black", linewidth=1.4, label="median"),
        Line2D([], [], color="black", linewidth=1.1, linestyle=(0, (2, 1.2)), label="mean"),
    ]
    dots = Line2D([], [], color="0.4", marker="o", markersize=3.5, linestyle="none", label=dot)
    return [dots, *lines] if boxes else [dots]


def outside_legend(figure: Figure, handles: Sequence[Any], columns: int = 4) -> None:
    """Put a legend below everything else, its entries row by row, in fewer columns where labels are long."""
    if not handles:
        return
    columns = legend_columns([str(handle.get_label()) for handle in handles], columns)
    # Reorder: matplotlib fills a legend column by column.
    ordered = [handle for column in range(columns) for handle in handles[column::columns]]
    figure.legend(handles=ordered, loc="outside lower center", ncols=columns)


def legend_columns(labels: Sequence[str], most: int = 4) -> int:
    """Columns of a legend with these labels, at least one, that fit into the width of a figure.

    >>> legend_columns(["early", "late", "fused"]), legend_columns(["a name of some thirty letters!"] * 5)
    (3, 2)
    """
    # In inches: the mean width of a letter of 7.5 points, and the space between two labels.
    entry = 0.065 * max(map(len, labels), default=0) + 0.5
    return max(1, min(most, len(labels), int(WIDTH / entry)))


def shortened(text: str, length: int = 34) -> str:
    """A label that fits beside a figure: its middle left out where it is longer, nothing that legends would drop.

    >>> shortened("nnUNetTrainerGlacierEarly__plans__2d", 20)
    'nnUNetTrai…plans__2d'
    """
    # matplotlib leaves labels that begin with an underscore out of legends.
    text = f" {text}" if text.startswith("_") else text
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}…{text[-tail:]}"
