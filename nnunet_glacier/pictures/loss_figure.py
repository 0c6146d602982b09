"""The label and its maps, panel by panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from nnunet_glacier.pictures.figure_files import COLOUR_MAP, WIDTH, colour_bar, new_figure

COLUMNS = 3

Window = tuple[slice, slice]
"""Rows and columns of an image."""


@dataclass(frozen=True)
class Panel:
    """One map and its title.

    Attributes:
        title: What it is, with its parameters.
        values: Float32 in [0, 1], ``(H, W)``.
        colours: Name of its colour map.
    """

    title: str
    values: np.ndarray
    colours: str = COLOUR_MAP


def draw_panels(panels: Sequence[Panel], window: Window) -> Figure:
    """A figure of the maps, with ticks in pixels of the whole label and one colour bar.

    Args:
        panels: The maps, all of one shape.
        window: The part that is drawn.
    """
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    shown = [panel.values[window] for panel in panels]
    height, width = shown[0].shape
    panel_width = (WIDTH - 1.2) / columns
    figure = new_figure(WIDTH, rows * (panel_width * height / width + 0.35) + 0.3)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    top, left = window[0].start, window[1].start
    extent = (left - 0.5, left + width - 0.5, top + height - 0.5, top - 0.5)
    for axes, panel, values in zip(grid.flat, panels, shown, strict=False):
        axes.imshow(values, vmin=0, vmax=1, cmap=panel.colours, extent=extent)
        axes.set_title(panel.title)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes in grid.flat[len(panels) - columns : len(panels)]:
        axes.tick_params(labelbottom=True)
    figure.supxlabel("column (px)", fontsize=7)
    figure.supylabel("row (px)", fontsize=7)
    colour_bar(figure, list(grid.flat), "factor of the prediction")
    return figure
