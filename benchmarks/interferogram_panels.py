"""A real patch of a double-difference interferogram beside made-up ones, in one picture and in numbers.

    python benchmarks/interferogram_panels.py PATCH.tif PICTURE.png

PATCH.tif is a patch of the Getz study: phase / pi, the line's mask and, if it is there, a predicted line as pages.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from PIL import Image, ImageSequence, UnidentifiedImageError
from rasterio.features import rasterize
from scipy import ndimage
from shapely.geometry import MultiLineString
from skimage.morphology import skeletonize

from nnunet_glacier.demo.figures import FRONT_COLOURS, colour_legend, front_overlay, save_figure
from nnunet_glacier.demo.interferogram_plan import frame_shape, plan_interferograms
from nnunet_glacier.demo.interferogram_scene import make_interferogram, make_truth
from nnunet_glacier.support.errors import InputError, Problem

SIZE_PX = 256
"""Edge of the patches of the Getz study."""
_SCENE_ROWS = 384
_WINDOW_PX = 5


@dataclass(frozen=True)
class Patch:
    """A patch to look at.

    Attributes:
        name: What it is.
        signal: Complex, 0 where there is no data, ``(H, W)``; of unit magnitude where only the phase is known.
        line: The grounding line, bool.
        prediction: A predicted grounding line, bool, or None.
    """

    name: str
    signal: np.ndarray
    line: np.ndarray
    prediction: np.ndarray | None = None


def read_real_patch(path: Path) -> Patch:
    """Read a patch of the Getz study: a TIFF with phase / pi, the line and, if it is there, a predicted line as pages.

    Raises:
        InputError: If it cannot be read, or is something else.
    """
    remedy = "Give a float TIFF with phase / pi on its first page and the line's mask on its second"
    try:
        with Image.open(path) as source:
            pages = [np.array(page, dtype=np.float64) for page in ImageSequence.Iterator(source)]
    except (OSError, UnidentifiedImageError) as error:
        raise InputError([Problem(path, f"it cannot be read ({error})", remedy)]) from None
    if len(pages) < 2 or pages[0].ndim != 2 or pages[0].shape != pages[1].shape or np.abs(pages[0]).max() > 1.001:
        what = f"it has {len(pages)} pages, the first of shape {pages[0].shape} and up to {np.abs(pages[0]).max():g}"
        raise InputError([Problem(path, what, remedy)])
    prediction = pages[2] > 0 if len(pages) > 2 else None
    return Patch("real, Getz", np.exp(1j * np.pi * pages[0]) * (pages[0] != 0), pages[1] > 0, prediction)


def made_up_patches(count: int, seed: int) -> list[Patch]:
    """Patches of made-up scenes that have a line, each around a point of its line."""
    patches: list[Patch] = []
    for planned in plan_interferograms(2 * count + 2, _SCENE_ROWS, seed):
        truth = make_truth(planned, frame_shape(_SCENE_ROWS), seed)
        if truth.lines.is_empty or len(patches) == count:
            continue
        image = make_interferogram(planned, truth, seed)
        line = line_mask(truth.lines, image.shape)
        rows, columns = np.nonzero(line)
        middle = len(rows) // 2
        row, column = (
            int(np.clip(at[middle] - SIZE_PX // 2, 0, extent - SIZE_PX))
            for at, extent in ((rows, image.shape[0]), (columns, image.shape[1]))
        )
        window = (slice(row, row + SIZE_PX), slice(column, column + SIZE_PX))
        patches.append(Patch(f"made up, {planned.site.name}, {planned.case}", image[window], line[window]))
    return patches


def line_mask(lines: MultiLineString, shape: tuple[int, int]) -> np.ndarray:
    """Pixels that lines in pixel coordinates touch, bool, ``(H, W)``."""
    if lines.is_empty:
        return np.zeros(shape, dtype=bool)
    return rasterize([lines], out_shape=shape, all_touched=True).astype(bool)


def local_coherence(signal: np.ndarray, window_px: int = _WINDOW_PX) -> np.ndarray:
    """Length of the mean phase vector in a square window, 0 to 1, ``(H, W)``."""
    unit = np.exp(1j * np.angle(signal))
    return np.hypot(ndimage.uniform_filter(unit.real, window_px), ndimage.uniform_filter(unit.imag, window_px))


def fringe_rate(signal: np.ndarray, window_px: int = 7) -> np.ndarray:
    """Cycles a pixel of the phase's local slope, ``(H, W)``: from the mean product of neighbours in a window."""
    slopes = []
    unit = np.exp(1j * np.angle(signal))
    for axis in (0, 1):
        product = unit * np.roll(unit, 1, axis).conj()
        mean = ndimage.uniform_filter(product.real, window_px) + 1j * ndimage.uniform_filter(product.imag, window_px)
        slopes.append(np.angle(mean) / (2 * np.pi))
    return np.hypot(*slopes)


def patch_statistics(patch: Patch) -> dict[str, float]:
    """Numbers to compare patches by.

    Returns:
        ``coherence_10`` to ``coherence_90``: percentiles of `local_coherence`; ``near_rate``: median of `fringe_rate`
        3 to 10 pixels from the line, on the side where it is larger; ``far_rate``: the same more than 30 pixels away;
        ``rough_50``: median step between neighbours away from the line, radians, noise and all;
        ``line_share``: share of line pixels, of a line thinned to one pixel; ``no_data``: share of pixels.
    """
    valid = patch.signal != 0
    inner = ndimage.binary_erosion(valid, iterations=4)
    coherence = local_coherence(patch.signal)[inner]
    rate = fringe_rate(patch.signal)
    distance = ndimage.distance_transform_edt(~patch.line)
    near, far = inner & (distance >= 3) & (distance < 10), inner & (distance > 30)
    sides, count = ndimage.label(~patch.line)
    by_side = [
        np.median(rate[near & (sides == side)]) for side in range(1, count + 1) if (near & (sides == side)).any()
    ]
    steps = np.abs(np.angle(patch.signal[:, 1:] * patch.signal[:, :-1].conj()))[far[:, 1:]]
    result = {f"coherence_{level}": float(np.percentile(coherence, level)) for level in (10, 50, 90)}
    result["near_rate"] = float(max(by_side, default=np.nan))
    result["far_rate"] = float(np.median(rate[far])) if far.any() else np.nan
    result["rough_50"] = float(np.median(steps)) if far.any() else np.nan
    result["line_share"] = float(skeletonize(patch.line).mean())
    return {**result, "no_data": float(1 - valid.mean())}


def draw_interferogram_panels(real: Path, path: Path, seed: int, count: int = 4) -> pd.DataFrame:
    """Draw the real patch beside made-up ones: phase, lines over the local coherence, magnitude.

    Args:
        real: As `read_real_patch` takes it.
        path: PNG to write.
        seed: Seed of the made-up scenes.
        count: Made-up patches.

    Returns:
        `patch_statistics`, a row per patch.
    """
    patches = [read_real_patch(real), *made_up_patches(count, seed)]
    figure, axes = pyplot.subplots(3, len(patches), figsize=(3.2 * len(patches), 10.2), dpi=100, layout="constrained")
    rows = ("phase [rad]", "local coherence and line", "magnitude")
    for axis, title in zip(axes[:, 0], rows, strict=True):
        axis.set_ylabel(title)
    for column, patch in zip(axes.T, patches, strict=True):
        column[0].set_title(patch.name)
        phase = _draw(column, patch)
    for axis in axes.ravel():
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    figure.colorbar(phase, ax=axes[0], ticks=[-np.pi, 0, np.pi], format=lambda value, _: f"{value / np.pi:.0f} π")
    line_legend(figure)
    save_figure(figure, path)
    pyplot.close(figure)
    return pd.DataFrame([{"patch": patch.name, **patch_statistics(patch)} for patch in patches]).set_index("patch")


def _draw(axes: np.ndarray, patch: Patch) -> AxesImage:
    """Draw a patch into a column of axes; returns the picture of the phase, for the scale of its colours."""
    valid = patch.signal != 0
    # A cyclic map whose colours people of any colour vision tell apart.
    angle = np.where(valid, np.angle(patch.signal), np.nan)
    phase = axes[0].imshow(angle, cmap="twilight", vmin=-np.pi, vmax=np.pi, interpolation="nearest")
    grey = np.where(valid, np.round(255 * local_coherence(patch.signal)), 255).astype(np.uint8)
    predicted = np.zeros_like(patch.line) if patch.prediction is None else patch.prediction
    axes[1].imshow(front_overlay(grey, patch.line, predicted, None), interpolation="nearest")
    magnitude = np.where(valid, np.abs(patch.signal), np.nan)
    if np.nanstd(magnitude) > 1e-6:
        axes[2].imshow(magnitude, cmap="gray", vmax=np.nanpercentile(magnitude, 98), interpolation="nearest")
    else:
        axes[2].text(0.5, 0.5, "not published", ha="center", transform=axes[2].transAxes)
    return phase


def line_legend(figure: Figure) -> None:
    """A legend of grounding lines, in the colours of `front_overlay`."""
    names = {"true front": "line", "predicted front": "published prediction", "both": "both"}
    colours = {name: FRONT_COLOURS[front] for front, name in names.items()}
    colour_legend(figure, colours, loc="outside lower center")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("patch", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--seed", type=int, default=0, help="seed of the made-up scenes")
    parser.add_argument("--count", type=int, default=4, help="made-up patches")
    arguments = parser.parse_args()
    table = draw_interferogram_panels(arguments.patch, arguments.picture, arguments.seed, arguments.count)
    print(table.round(3).T.to_string())
    print(f"Picture: {arguments.picture}")


if __name__ == "__main__":
    main()
