"""All lines of a glacier over one image, coloured by date (Herrmann et al. 2023, Fig. 4 and Appendix B)."""

from __future__ import annotations

import math

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

_LONGEST_PX = 700

_MARGIN = 0.35
"""Ground around the labelled fronts, as a part of their longer side."""

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
        key=lambda facts: (
            np.nan_to_num(facts.scene.pixel_size_m, nan=np.inf),
            -facts.shape[0] * facts.shape[1],
            -facts.scene.date.toordinal() if facts.scene.date else 0,
            facts.scene.case,
        ),
    )


def window_of_labels(grid: Grid, background: SceneFacts) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the ground to show: where labelled fronts are, and a margin around them.

    It ends where the background's image does; all of that where no label has a front.
    """
    left, right, bottom, top = grid.extent(background)
    corners = [grid.to_plane(facts, facts.label_front) for facts in grid.facts if len(facts.label_front)]
    if not corners:
        return left, right, bottom, top
    points = np.concatenate(corners)
    (low_x, low_y), (high_x, high_y) = points.min(axis=0), points.max(axis=0)
    margin = _MARGIN * max(high_x - low_x, high_y - low_y)
    west, east = max(left, low_x - margin), min(right, high_x + margin)
    south, north = max(bottom, low_y - margin), min(top, high_y + margin)
    return (west, east, south, north) if west < east and south < north else (left, right, bottom, top)


def draw_front_series(grid: Grid, background: SceneFacts, image: np.ndarray | None) -> Figure:
    """The labelled and the predicted fronts of a glacier's dated scenes, coloured by date, over one image.

    Args:
        grid: The scenes; each has a date.
        background: The scene whose image lies below.
        image: Its grey values, uint8, or None where it cannot be read.
    """
    left, right, bottom, top = window_of_labels(grid, background)
    aspect = (top - bottom) / (right - left)
    figure = new_figure(min(0.44 * WIDTH * aspect, 5.0) + 1.55)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    days = date2num([facts.scene.date for facts in grid.facts])
    scale = Normalize(days.min(), max(days.max(), days.min() + _SHORTEST_DAYS))
    order = np.argsort(days, kind="stable")
    for axes, source in zip(panels, ("label", "prediction"), strict=True):
        if image is not None:
            _draw_background(axes, image, grid.extent(background), (left, right, bottom, top))
        for place in order:
            _draw_front(axes, grid, grid.facts[place], source, DATE_MAP(scale(days[place])))
        fronts = sum(len(_pixels(facts, source)) > 0 for facts in grid.facts)
        axes.set_title(f"{source} (n = {fronts})", loc="left")
        axes.set_aspect("equal")
        axes.set_xlabel(_label("x", grid))
    panels[0].set_ylabel(_label("y", grid))
    for axes in panels:
        axes.set_xlim(left, right)
        axes.set_ylim(bottom, top)
        axes.locator_params(nbins=5)
    _date_bar(figure, panels, scale)
    return figure


def _draw_background(
    axes: Axes,
    image: np.ndarray,
    extent: tuple[float, float, float, float],
    window: tuple[float, float, float, float],
) -> None:
    """The part of the image in the window; extent and window are left, right, bottom and top."""
    left, right, bottom, top = extent
    rows, columns = image.shape
    width, height = (right - left) / columns, (top - bottom) / rows
    first, last = math.floor((window[0] - left) / width), math.ceil((window[1] - left) / width)
    upper, lower = math.floor((top - window[3]) / height), math.ceil((top - window[2]) / height)
    part = Image.fromarray(image[upper:lower, first:last])
    small = np.asarray(part.reduce(max(1, math.ceil(max(part.size) / _LONGEST_PX))))
    place = (left + first * width, left + last * width, top - lower * height, top - upper * height)
    # Keep the image pale, so that lines of every colour stand out against it.
    axes.imshow(small, cmap="gray", vmin=-300, vmax=255, extent=place)


def _pixels(facts: SceneFacts, source: str) -> np.ndarray:
    return facts.label_front if source == "label" else facts.front


def _draw_front(axes: Axes, grid: Grid, facts: SceneFacts, source: str, shade: tuple[float, ...]) -> None:
    steps = segments(_pixels(facts, source))
    if len(steps):
        ends = grid.to_plane(facts, steps.reshape(-1, 2)).reshape(-1, 2, 2)
        # Draw many thousand short steps as pixels, so that the vector file stays small.
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
