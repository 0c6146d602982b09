"""All fronts of a glacier over one image, coloured by date (paper 001, Fig. 4 and Appendix B)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from PIL import Image

from nnunet_glacier.report.drawing import DATE_MAP, WIDTH, new_figure
from nnunet_glacier.report.scene_facts import Grid, SceneFacts

_LONGEST_PX = 900

_SHORTEST_DAYS = 60
"""Shortest span of the colours, so that they mark days and not hours."""


def segments(pixels: np.ndarray) -> np.ndarray:
    """Steps between neighbouring pixels of a front, so that it can be drawn as a line.

    Args:
        pixels: Row and column of every pixel, int, shape ``(n, 2)``.

    Returns:
        Start and end of every step, shape ``(m, 2, 2)``; diagonal ones only where no corner pixel joins the two.

    >>> segments(np.array([[0, 0], [0, 1], [1, 2]])).tolist()
    [[[0, 0], [0, 1]], [[0, 1], [1, 2]]]
    """
    if len(pixels) == 0:
        return np.empty((0, 2, 2), dtype=int)
    top = pixels.min(axis=0) - 1
    mask = np.zeros(pixels.max(axis=0) - top + 2, dtype=bool)
    mask[tuple((pixels - top).T)] = True
    steps = []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        other = np.roll(mask, (-down, -right), axis=(0, 1))
        joined = mask & other
        if down and right:
            joined &= ~np.roll(mask, -down, axis=0) & ~np.roll(mask, -right, axis=1)
        start = np.argwhere(joined)
        steps.append(np.stack([start, start + np.array((down, right))], axis=1))
    return np.concatenate(steps) + top


def choose_background(grid: Grid) -> SceneFacts:
    """The scene to draw fronts over: the finest pixels, then the largest image, then the latest."""
    return min(
        grid.facts,
        key=lambda found: (
            np.nan_to_num(found.scene.pixel_size_m, nan=np.inf),
            -found.shape[0] * found.shape[1],
            -found.scene.date.toordinal() if found.scene.date else 0,
            found.scene.case,
        ),
    )


def draw_front_series(grid: Grid, background: SceneFacts, image: np.ndarray | None) -> Figure:
    """The labelled and the predicted fronts of a glacier's dated scenes, coloured by date, over one image.

    Args:
        grid: The scenes; each has a date.
        background: The scene whose image lies below.
        image: Its grey values, uint8, or None where it cannot be read.
    """
    left, right, bottom, top = grid.extent(background)
    aspect = (top - bottom) / (right - left)
    figure = new_figure(min(0.44 * WIDTH * aspect, 5.0) + 1.25)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    days = date2num([found.scene.date for found in grid.facts])
    scale = Normalize(days.min(), max(days.max(), days.min() + _SHORTEST_DAYS))
    order = np.argsort(days, kind="stable")
    for axes, source in zip(panels, ("label", "prediction"), strict=True):
        if image is not None:
            factor = max(1, -(-max(image.shape) // _LONGEST_PX))
            small = np.asarray(Image.fromarray(image).reduce(factor))
            # Pale, so that lines of every colour stand out against it.
            axes.imshow(small, cmap="gray", vmin=-300, vmax=255, extent=(left, right, bottom, top))
        for place in order:
            _draw_front(axes, grid, grid.facts[place], source, DATE_MAP(scale(days[place])))
        axes.set_title(f"{source} (n = {len(grid.facts)})", loc="left")
        axes.set_aspect("equal")
        axes.set_xlabel(_label("x", grid))
    panels[0].set_ylabel(_label("y", grid))
    for axes in panels:
        axes.set_xlim(left, right)
        axes.set_ylim(bottom, top)
        axes.locator_params(nbins=5)
    _date_bar(figure, panels, scale)
    return figure


def _draw_front(axes: Axes, grid: Grid, found: SceneFacts, source: str, shade: tuple[float, ...]) -> None:
    steps = segments(found.label_front if source == "label" else found.front)
    if len(steps):
        ends = grid.to_plane(found, steps.reshape(-1, 2)).reshape(-1, 2, 2)
        # Many thousand short steps: as pixels inside the vector file, which stays small.
        axes.add_collection(LineCollection(list(ends), colors=[shade], linewidths=0.9, rasterized=True))


def _label(axis: str, grid: Grid) -> str:
    where = f", {grid.crs}" if grid.crs and len(grid.crs) < 20 else ""
    return f"{axis} [{grid.unit}]{where}"


def _date_bar(figure: Figure, panels: np.ndarray, scale: Normalize) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=8)
    bar = figure.colorbar(
        ScalarMappable(scale, DATE_MAP),
        ax=list(panels),
        location="bottom",
        shrink=0.6,
        aspect=40,
        ticks=locator,
        format=ConciseDateFormatter(locator),
    )
    bar.set_label("date of acquisition")
