"""Attention maps beside their image: a row for each model, a column for each level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from nnunet_glacier.pictures.figure_files import COLOUR_MAP, WIDTH, colour_bar, new_figure

_NARROWEST = 1.1
"""Width in inches that the title of a panel needs."""

_GREYS = (-0.5, 1.5)
"""Under a map the image is drawn in the middle half of all greys, so that it changes the map's colours little."""


@dataclass(frozen=True)
class Row:
    """A model's attention.

    Attributes:
        name: What the model is called; may have several lines.
        maps: Float32 in [0, 1], NaN where the model saw nothing, ``(levels, H, W)``, the finest first.
    """

    name: str
    maps: np.ndarray


def stretched(image: np.ndarray) -> np.ndarray:
    """Grey values from 0 to 1 that show an image of any unit: its percentiles 1 to 99, float32, ``(H, W)``."""
    low, high = np.percentile(image, (1, 99))
    return np.clip((image - low) / max(high - low, np.finfo(np.float32).tiny), 0, 1).astype(np.float32)


def attention_figure(image: np.ndarray, rows: Sequence[Row], opacity: float = 0.75) -> Figure:
    """A figure of an image and the attention of one or several models over it.

    Args:
        image: Grey values from 0 to 1, ``(H, W)``.
        rows: At least one; models may differ in their number of levels.
        opacity: Of the maps over the image, in [0, 1]; the colour bar is that of maps over its mean grey.
    """
    height, width = image.shape
    columns = 1 + max(len(row.maps) for row in rows)
    panel_width = max((WIDTH - 1.2) / max(columns, 3), _NARROWEST)
    panel_height = panel_width * height / width
    figure = new_figure(columns * panel_width + 1.2, len(rows) * (panel_height + 0.15) + 0.4)
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
    for row, row_axes in zip(rows, grid, strict=True):
        row_axes[0].imshow(image, cmap="gray", vmin=0, vmax=1)
        # A name is no formula, whatever signs it has.
        row_axes[0].set_ylabel(row.name, rotation="horizontal", ha="right", va="center", fontsize=7, parse_math=False)
        for axes, values in zip(row_axes[1:], row.maps, strict=False):
            _draw_map(axes, image, values, opacity)
        for axes in row_axes[1 + len(row.maps) :]:
            axes.set_visible(False)
    grid[0, 0].set_title("image")
    for level in range(1, columns):
        where = {1: " (finest)", columns - 1: " (coarsest)"}.get(level, "")
        grid[0, level].set_title(f"level {level}{where}")
    colour_bar(figure, list(grid.flat), "attention coefficient", over_grey(opacity))
    return figure


def over_grey(opacity: float) -> ListedColormap:
    """The colours of a map that is drawn over medium grey with some opacity.

    >>> over_grey(0.0)(0.3)[:3] == (0.5, 0.5, 0.5)
    True
    """
    colours = mpl.colormaps[COLOUR_MAP](np.linspace(0, 1, 256))[:, :3]
    return ListedColormap(opacity * colours + (1 - opacity) * 0.5)


def _draw_map(axes: Axes, image: np.ndarray, values: np.ndarray, opacity: float) -> None:
    """A map over its image, with its range below."""
    axes.imshow(image, cmap="gray", vmin=_GREYS[0], vmax=_GREYS[1])
    axes.imshow(values, cmap=COLOUR_MAP, vmin=0, vmax=1, alpha=opacity)
    axes.set_xlabel(f"{np.nanmin(values):.2f} to {np.nanmax(values):.2f}", fontsize=6, labelpad=2)
