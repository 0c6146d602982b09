"""What the demo's pictures have in common: colours that people of any colour vision tell apart, and legends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nnunet_glacier.domain.front_colours import BOTH_FRONTS, BOUNDING_BOX, PREDICTED_FRONT, TRUE_FRONT
from nnunet_glacier.domain.labels import ZONES
from nnunet_glacier.domain.scenes import Box
from nnunet_glacier.domain.zones import ZONE_COLOURS, Zone
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.support.wording import hex_colour

matplotlib.use("Agg")

FRONT_COLOURS = {
    "true front": TRUE_FRONT,
    "predicted front": PREDICTED_FRONT,
    "both": BOTH_FRONTS,
    "bounding box": BOUNDING_BOX,
}
"""RGB of the fronts by their words in a legend."""


def zone_picture(zones: np.ndarray) -> np.ndarray:
    """Zone ids as RGB, uint8, ``(H, W, 3)``."""
    return np.array([ZONE_COLOURS[zone] for zone in Zone], dtype=np.uint8)[zones]


def front_overlay(image: np.ndarray, truth: np.ndarray, prediction: np.ndarray, box: Box | None) -> np.ndarray:
    """Both fronts and the bounding box over a grey image.

    Args:
        image: Grey values, uint8, ``(H, W)``.
        truth: True front, bool, ``(H, W)``.
        prediction: Predicted front, bool, ``(H, W)``.
        box: Window to outline, or None; what lies outside the image is not drawn.

    Returns:
        RGB, uint8, ``(H, W, 3)``.
    """
    picture = np.repeat(image[..., None], 3, axis=2)
    if box is not None:
        picture[_outline(box, image.shape)] = FRONT_COLOURS["bounding box"]
    picture[truth] = FRONT_COLOURS["true front"]
    picture[prediction] = FRONT_COLOURS["predicted front"]
    picture[truth & prediction] = FRONT_COLOURS["both"]
    return picture


def _outline(box: Box, shape: tuple[int, ...]) -> np.ndarray:
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    inside = (rows >= box.row_start) & (rows < box.row_stop) & (columns >= box.column_start)
    inside &= columns < box.column_stop
    on_row = (rows == box.row_start) | (rows == box.row_stop - 1)
    on_column = (columns == box.column_start) | (columns == box.column_stop - 1)
    return inside & (on_row | on_column)


def colour_legend(figure: Figure, colours: dict[str, tuple[int, int, int]], **settings: Any) -> None:
    """A legend of RGB colours by name below a figure's panels; `settings` go to matplotlib's legend."""
    patches = [Patch(facecolor=hex_colour(colour), edgecolor="0.4", label=name) for name, colour in colours.items()]
    figure.legend(handles=patches, **{"loc": "lower center", "ncols": len(patches), "frameon": False, **settings})


def zone_legend(figure: Figure, **settings: Any) -> None:
    """A legend of the zones below a figure's panels; `settings` go to matplotlib's legend."""
    colours = {name: ZONE_COLOURS[zone] for zone, name in zip(Zone, ZONES.classes, strict=True)}
    colour_legend(figure, colours, **settings)


def front_legend(figure: Figure, **settings: object) -> None:
    """A legend of the fronts below a figure's panels; `settings` go to matplotlib's legend."""
    colour_legend(figure, FRONT_COLOURS, **settings)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure, whole or not at all."""
    write_whole(path, lambda temporary: figure.savefig(temporary))
