"""Lines over the image, and several experiments on one scene.

Figures as in Herrmann et al. (2023), Fig. 13 and 14, and Davari et al. (2021), Fig. 7, in the published colours: label
blue, prediction yellow, where they meet red, bounding box cyan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.transforms import offset_copy
from PIL import Image
from scipy import ndimage

from nnunet_glacier.domain.front_colours import BOTH_FRONTS, BOUNDING_BOX, PREDICTED_FRONT, TRUE_FRONT
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.lines.skeleton_paths import bounding_slices
from nnunet_glacier.report.drawing import WIDTH, Picture, new_figure, outside_legend, report_style, save, shortened
from nnunet_glacier.report.remarks import SceneRemark
from nnunet_glacier.report.scene_maps import SceneSource, read_grey, read_scene_maps
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.wording import hex_colour

_LONGEST_PX = 900
"""Longest side of a drawn image."""

_PANELS_IN_A_ROW = 3

_BAR_BELOW_PT = 8
"""Gap between an image and the middle of its scale bar."""


def overlay_rgb(
    image: np.ndarray, label: np.ndarray, prediction: np.ndarray | None, box: Box | None, longest_px: int = _LONGEST_PX
) -> np.ndarray:
    """Fronts and box over a grey image, made smaller where it is large; lines stay visible.

    Args:
        image: Grey values, uint8, shape ``(H, W)``.
        label: Labelled front, bool, same shape.
        prediction: Predicted front, bool, same shape, or None.
        box: Window to outline, or None; what lies outside the image is not drawn.
        longest_px: Longest side of the result, in pixels.

    Returns:
        RGB, uint8, shape ``(h, w, 3)``: every side divided by the same whole number, rounded up.
    """
    factor = max(1, math.ceil(max(image.shape) / longest_px))
    grey = np.asarray(Image.fromarray(image).reduce(factor))
    picture = np.repeat(grey[..., None], 3, axis=2)
    if box is not None:
        picture[_outline(box, image.shape, factor)] = BOUNDING_BOX
    blue = _thick(label, factor)
    yellow = np.zeros_like(blue) if prediction is None else _thick(prediction, factor)
    picture[blue] = TRUE_FRONT
    picture[yellow] = PREDICTED_FRONT
    picture[blue & yellow] = BOTH_FRONTS
    return picture


def _thick(front: np.ndarray, factor: int) -> np.ndarray:
    """A front in the smaller picture, a few pixels wide in a large one."""
    rows, columns = (math.ceil(size / factor) for size in front.shape)
    small = np.zeros((rows, columns), dtype=bool)
    small[tuple(np.argwhere(front).T // factor)] = True
    rounds = _extra_px(small.shape)
    return ndimage.binary_dilation(small, iterations=rounds) if rounds else small


def _outline(box: Box, shape: tuple[int, ...], factor: int) -> np.ndarray:
    rows, columns = (np.arange(math.ceil(size / factor)) for size in shape)
    top, bottom = box.row_start // factor, (box.row_stop - 1) // factor
    left, right = box.column_start // factor, (box.column_stop - 1) // factor
    inside = ((rows >= top) & (rows <= bottom))[:, None] & ((columns >= left) & (columns <= right))[None, :]
    line = inside & (np.isin(rows, (top, bottom))[:, None] | np.isin(columns, (left, right))[None, :])
    rounds = _extra_px(line.shape) // 2
    return ndimage.binary_dilation(line, iterations=rounds) if rounds else line


def _extra_px(shape: tuple[int, ...]) -> int:
    """How far a line is widened to either side in a picture of this size."""
    return round(max(shape) / 500)


def draw_scale_bar(axes: Axes, columns: int, pixel_size_m: float) -> None:
    """A bar of a round length below the left edge of an image of so many columns; nothing without a pixel size."""
    if math.isnan(pixel_size_m):
        return
    length_km = round_length(0.3 * columns * pixel_size_m / 1000)
    right = length_km * 1000 / pixel_size_m
    # Count the gap in points: a part of a flat image's height would be nothing.
    place = offset_copy(axes.get_xaxis_transform(), axes.get_figure(root=True), y=-_BAR_BELOW_PT, units="points")
    axes.plot([0, right], [0, 0], color="black", linewidth=3, solid_capstyle="butt", transform=place, clip_on=False)
    text = f"{length_km:g} km" if length_km >= 1 else f"{length_km * 1000:g} m"
    axes.text(right + 0.015 * columns, 0, text, transform=place, va="center", ha="left", fontsize=7.5)


def round_length(wanted: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten up to the wanted length.

    >>> round_length(7.3), round_length(0.03)
    (5.0, 0.02)
    """
    power = 10.0 ** math.floor(math.log10(wanted))
    return max(step * power for step in (1, 2, 5) if step * power <= wanted * (1 + 1e-9))


def overlay_legend(*, box: bool, both: bool = True) -> list[Patch]:
    """What the overlay's colours mean."""
    entries = {"label": TRUE_FRONT, "prediction": PREDICTED_FRONT}
    entries |= {"label and prediction": BOTH_FRONTS} if both else {}
    entries |= {"bounding box": BOUNDING_BOX} if box else {}
    return [Patch(facecolor=hex_colour(rgb), edgecolor="0.4", label=name) for name, rgb in entries.items()]


@dataclass(frozen=True)
class OverlayTask:
    """One scene to draw.

    Attributes:
        source: Where its maps are.
        stem: Path of the figure's files without their ending.
        heading: Text above the image, below the line that describes the scene.
        caption: The figure's caption.
    """

    source: SceneSource
    stem: Path
    heading: str
    caption: str


def draw_overlay(task: OverlayTask) -> Picture | SceneRemark:
    """Draw a scene's fronts over its image; why it cannot be drawn, where its files are not there or do not fit."""
    try:
        maps = read_scene_maps(task.source)
        image = read_grey(task.source, maps.label_front.shape)
    except GlacierError as error:
        return SceneRemark(task.source.files.scene.case, "not drawn", _one_line(error))
    scene = task.source.files.scene
    picture = overlay_rgb(image, maps.label_front, maps.front, scene.box)
    with report_style():
        figure = _overlay_figure(picture, scene, task.heading, image.shape)
        return save(figure, task.stem, task.caption, photo=True)


def _one_line(error: GlacierError) -> str:
    problems = getattr(error, "problems", ())
    return "; ".join(map(str, problems)) if problems else str(error)


def _overlay_figure(picture: np.ndarray, scene: Scene, heading: str, shape: tuple[int, ...]) -> Figure:
    rows, columns = shape
    width = 4.7
    height = min(4.5 * rows / columns, 6.5)
    figure = new_figure(height + 1.15, width)
    axes = figure.subplots()
    _show(axes, picture, shape)
    axes.set_title(f"{described(scene)}\n{heading}", fontsize=8)
    draw_scale_bar(axes, columns, scene.pixel_size_m)
    outside_legend(figure, overlay_legend(box=scene.box is not None), 2)
    return figure


def _show(axes: Axes, picture: np.ndarray, shape: tuple[int, ...]) -> None:
    """A picture in the pixel coordinates of the image that it was made from, without axes."""
    rows, columns = shape[:2]
    axes.imshow(picture, interpolation="nearest", extent=(0, columns, rows, 0))
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.set_axis_off()


def described(scene: Scene) -> str:
    """Glacier, date, sensor and pixel size, as far as they are known; the case where there is no glacier."""
    date = scene.date.isoformat() if scene.date else ""
    pixel = "" if math.isnan(scene.pixel_size_m) else f"{scene.pixel_size_m:g} m pixels"
    parts = (shortened(scene.glacier or scene.case, 40), date, shortened(scene.sensor), pixel)
    return " · ".join(filter(None, parts))


@dataclass(frozen=True)
class ComparisonTask:
    """One scene by several experiments.

    Attributes:
        sources: Where each experiment's maps are; the same scene, be it in datasets of their own.
        names: The experiments' names.
        distances: Their distances, as text.
        stem: Path of the figure's files without their ending.
        caption: The figure's caption.
    """

    sources: tuple[SceneSource, ...]
    names: tuple[str, ...]
    distances: tuple[str, ...]
    stem: Path
    caption: str


def draw_comparison(task: ComparisonTask) -> Picture | SceneRemark:
    """Draw the label and each experiment's front on one scene, cut to where fronts are; or why it cannot be drawn.

    Image and label are those of the first experiment; the caption says so where another's label is not the same.
    """
    scene, caption = task.sources[0].files.scene, task.caption
    try:
        maps = [read_scene_maps(source) for source in task.sources]
        image = read_grey(task.sources[0], maps[0].label_front.shape)
    except GlacierError as error:
        return SceneRemark(scene.case, "not compared", _one_line(error))
    if any(one.label_front.shape != image.shape for one in maps):
        sizes = ("x".join(map(str, one.label_front.shape)) for one in maps)
        each = ", ".join(f"{size} of {name}" for size, name in zip(sizes, task.names, strict=True))
        return SceneRemark(scene.case, "not compared", f"the labels differ in size: {each}")
    if any((one.label_front != maps[0].label_front).any() for one in maps):
        caption += f" The label is that of {task.names[0]}; the experiments were scored against different ones."
    window = window_of_fronts([one.label_front | one.front for one in maps])
    label = maps[0].label_front[window]
    panels = [overlay_rgb(image[window], label, None, None, 600)]
    panels += [overlay_rgb(image[window], label, one.front[window], None, 600) for one in maps]
    with report_style():
        titles = (f"{shortened(name, 30)}\n{text}" for name, text in zip(task.names, task.distances, strict=True))
        figure = _comparison_figure(panels, ("label", *titles), scene, label.shape)
        return save(figure, task.stem, caption, photo=True)


def window_of_fronts(fronts: Sequence[np.ndarray]) -> tuple[slice, slice]:
    """A window that holds every front with a margin of a fifth of its longest side; everything where there is none."""
    together = np.logical_or.reduce(list(fronts))
    tight = bounding_slices(together)
    if tight is None:
        return slice(0, together.shape[0]), slice(0, together.shape[1])
    margin = max(8, max(part.stop - part.start for part in tight) // 5)
    rows, columns = (
        slice(max(part.start - margin, 0), min(part.stop + margin, size))
        for part, size in zip(tight, together.shape, strict=True)
    )
    return rows, columns


def _comparison_figure(
    panels: Sequence[np.ndarray], names: Sequence[str], scene: Scene, shape: tuple[int, ...]
) -> Figure:
    lines = math.ceil(len(panels) / _PANELS_IN_A_ROW)
    panel_width = WIDTH / _PANELS_IN_A_ROW - 0.13
    height = lines * (min(panel_width * shape[0] / shape[1], 3.2) + 0.42) + 0.75
    figure = new_figure(height)
    grid = figure.subplots(lines, _PANELS_IN_A_ROW, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, panel, name in zip(grid, panels, names, strict=False):
        _show(axes, panel, shape)
        axes.set_title(name, fontsize=7.5)
    draw_scale_bar(grid[0], shape[1], scene.pixel_size_m)
    figure.suptitle(described(scene), fontsize=9)
    outside_legend(figure, overlay_legend(box=False), 3)
    return figure
