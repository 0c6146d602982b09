"""``nnunet-glacier loss-maps``: the maps by which the distance losses scale a prediction, for a label.

They are those of Davari et al. (2021), Fig. 2, and Holzmann et al. (2021), Fig. 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

from nnunet_glacier.losses.distance_map import distance_map
from nnunet_glacier.losses.distance_weights import PAPER_WEIGHTS, distance_weights
from nnunet_glacier.pictures.figure_files import picture_style, save_picture
from nnunet_glacier.pictures.line_labels import read_line
from nnunet_glacier.pictures.loss_figure import Panel, Window, draw_panels
from nnunet_glacier.support.diagrams import picture_problems
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.wording import counted

PAPER_MAPS = ((5, 4, 0.1), (15, 4, 0.1), (15, 8, 0.1), (5, 4, 0.5), (5, 4, 1.0))
"""w, R and k of Davari et al. (2021), Fig. 2."""

TRAINER_MAP = (3, 1.0, 0.1)
"""w, R and k of the loss by default."""

MAX_SCALE_PX = 9999
"""Largest width or distance of a map, in pixels; no published scene is as large."""

_SUMMARY = "No maps were drawn"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``nnunet-glacier loss-maps``.

    Attributes:
        w: Sides of the square that dilates the line, odd; the first of `w`, `R` and `k` make the first distance map,
            and one value alone goes with all. Empty takes the loss's default, or `PAPER_MAPS` if all three are empty.
        R: Distances in pixels over which the weight rises from the edge.
        k: Weights of the background, in (0, 1].
        distance_weight: Scales in pixels of the distance weights.
        window_px: Side of the square around the middle of the line that is drawn; None for the whole label.
    """

    w: tuple[int, ...] = ()
    R: tuple[float, ...] = ()
    k: tuple[float, ...] = ()
    distance_weight: tuple[float, ...] = PAPER_WEIGHTS
    window_px: int | None = 128

    def problems(self) -> list[Problem]:
        """What is wrong with the values."""
        problems = [
            Problem("--w", f"{w} is not odd and from 1 to {MAX_SCALE_PX}", "Give 3, 5, ...")
            for w in self.w
            if not 1 <= w <= MAX_SCALE_PX or w % 2 == 0
        ]
        problems += [
            Problem(option, f"{scale:g} is not above 0 and up to {MAX_SCALE_PX} pixels", remedy)
            for option, scales, remedy in (
                ("--R", self.R, "Davari et al. (2021) have 1, 4 and 8"),
                ("--distance-weight", self.distance_weight, "Holzmann et al. (2021) have 4, 8 and 16"),
            )
            for scale in scales
            if not 0 < scale <= MAX_SCALE_PX
        ]
        problems += [
            Problem("--k", f"{k:g} is not in (0, 1]", "Davari et al. (2021) have 0.1 and 0.25")
            for k in self.k
            if not 0 < k <= 1
        ]
        if len({len(values) for values in (self.w, self.R, self.k)} - {0, 1}) > 1:
            what = f"{len(self.w)}, {len(self.R)} and {len(self.k)} values do not go together"
            problems.append(
                Problem("--w, --R, --k", what, "Give as many of each as there are maps, or one for all maps")
            )
        return problems

    def distance_maps(self) -> list[tuple[int, float, float]]:
        """w, R and k of each distance map."""
        if not (self.w or self.R or self.k):
            return list(PAPER_MAPS)
        given = [values or (default,) for values, default in zip((self.w, self.R, self.k), TRAINER_MAP, strict=True)]
        count = max(map(len, given))
        return list(zip(*(values * count if len(values) == 1 else values for values in given), strict=True))


def loss_panels(line: np.ndarray, options: Options) -> list[Panel]:
    """The label and its distance and weight maps, computed on the whole label as `losses` computes them on a patch.

    Args:
        line: Bool, ``(H, W)``.
        options: The parameters.
    """
    tensor = torch.from_numpy(line)
    panels = [Panel("label", line.astype(np.float32), "Greys")]
    for w, R, k in options.distance_maps():
        title = f"distance map\nw = {w}, R = {R:g}, k = {k:g}"
        panels.append(Panel(title, distance_map(tensor, w=w, R=R, k=k).numpy()))
    for weight in options.distance_weight:
        panels.append(Panel(f"distance weights\nw = {weight:g}", distance_weights(tensor, weight).numpy()))
    return panels


def middle_window(line: np.ndarray, side_px: int) -> Window:
    """The square window around the pixel of the line that is nearest to its centre of mass, within the image.

    Args:
        line: Bool, ``(H, W)``, with at least one pixel.
        side_px: Side of the window; a smaller image is taken whole.

    Examples:
        >>> line = np.zeros((10, 20), bool)
        >>> line[:, 15] = True
        >>> middle_window(line, 6)
        (slice(1, 7, None), slice(12, 18, None))
    """
    pixels = np.argwhere(line)
    middle = pixels[np.square(pixels - ndimage.center_of_mass(line)).sum(1).argmin()]
    starts = np.clip(middle - side_px // 2, 0, np.maximum(np.array(line.shape) - side_px, 0))
    rows, columns = (slice(int(start), int(start) + side_px) for start in starts)
    return rows, columns


def draw_loss_maps(label: Path, out: Path, options: Options) -> str:
    """Draw the distance maps and distance weights of a label.

    Args:
        label: A mask of a line, or a label map with its ``dataset.json``, see `read_line`.
        out: PNG, PDF or SVG to write.
        options: The parameters.

    Returns:
        What was drawn.

    Raises:
        InputError: With everything that is wrong with label, parameters and output.
    """
    problems = [*options.problems(), *picture_problems(out, label)]
    line = np.zeros((0, 0), bool)
    try:
        line = read_line(label)
    except GlacierError as error:
        remedy = "Give the mask of a front, or a label map of a converted dataset in its folder"
        problems.append(Problem(label, str(error), remedy))
    if problems:
        raise InputError(problems, _SUMMARY)
    whole = slice(0, line.shape[0]), slice(0, line.shape[1])
    window = whole if options.window_px is None else middle_window(line, options.window_px)
    panels = loss_panels(line, options)
    with picture_style():
        save_picture(draw_panels(panels, window), out)
    rows, columns = line.shape
    return f"{counted(len(panels) - 1, 'map')} of {label.name} ({rows} x {columns} pixels)\nPicture: {out}"
