"""The demo's picture: SAR image, true and predicted zones, and both fronts over the image, a row per scene."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from PIL import Image
from scipy import ndimage

from nnunet_glacier.demo.figures import front_legend, front_overlay, save_figure, zone_legend, zone_picture
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes
from nnunet_glacier.support.errors import InputError, Problem


@dataclass(frozen=True)
class ScoredScene:
    """What a row of the picture shows.

    Attributes:
        scene: The scene.
        image: Grey values, uint8, ``(H, W)``.
        true_zones: Zone ids, uint8.
        zones: Predicted zone ids, uint8.
        true_front: Bool.
        front: Predicted front, bool.
        error_m: Mean distance of the fronts in metres, NaN where there is none or no score.
    """

    scene: Scene
    image: np.ndarray
    true_zones: np.ndarray
    zones: np.ndarray
    true_front: np.ndarray
    front: np.ndarray
    error_m: float


def read_errors_m(scores: Path) -> dict[str, float]:
    """Mean front distance in metres of every case in a ``scores.csv``."""
    table = pd.read_csv(scores)
    return dict(zip(table["case"], table["mean_distance_m"].astype(float), strict=True))


def choose_scenes(scenes: list[Scene], count: int) -> list[Scene]:
    """At most `count` scenes, the glaciers taking turns."""
    by_glacier: dict[str, list[Scene]] = {}
    for scene in sorted(scenes, key=lambda scene: scene.case):
        by_glacier.setdefault(scene.glacier, []).append(scene)
    turns = [(turn, glacier) for glacier, group in by_glacier.items() for turn in range(len(group))]
    return [by_glacier[glacier][turn] for turn, glacier in sorted(turns)[:count]]


def _read(path: Path) -> np.ndarray:
    return np.array(Image.open(path))


def read_scored_scenes(dataset: Path, fronts: Path, errors_m: dict[str, float], count: int) -> list[ScoredScene]:
    """Read what the picture shows.

    Args:
        dataset: A converted dataset of PNG images with test scenes and zones.
        fronts: What ``nnunet-glacier fronts`` wrote for them.
        errors_m: Front errors by case.
        count: Scenes to show at most.

    Raises:
        InputError: If files are missing.
    """
    scenes = [scene for scene in read_scenes(dataset / SCENES_CSV).values() if scene.split == "test"]
    chosen = choose_scenes(scenes, count)
    paths = {scene.case: _paths(dataset, fronts, scene.case) for scene in chosen}
    missing = [path for group in paths.values() for path in group if not path.is_file()]
    if missing:
        remedy = "Convert with '--file-format png', then run 'nnunet-glacier predict' and 'fronts'"
        raise InputError([Problem(path, "there is no such file", remedy) for path in missing])
    rows = []
    for scene in chosen:
        image, true_zones, zones, true_front, front = (_read(path) for path in paths[scene.case])
        error_m = errors_m.get(scene.case, float("nan"))
        rows.append(ScoredScene(scene, image, true_zones, zones, true_front > 0, front > 0, error_m))
    return rows


def _paths(dataset: Path, fronts: Path, case: str) -> tuple[Path, ...]:
    return (
        dataset / "imagesTs" / f"{case}_0000.png",
        dataset / "zonesTs" / f"{case}.png",
        fronts / "zones" / f"{case}.png",
        dataset / "frontsTs" / f"{case}.png",
        fronts / "fronts" / f"{case}.png",
    )


def _scale_bar(axes: Axes, shape: tuple[int, int], pixel_size_m: float) -> None:
    """A white bar of a round length, about a fifth of the width, in the lower left corner."""
    wanted_km = 0.2 * shape[1] * pixel_size_m / 1000
    length_km = max((step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if step <= wanted_km), default=0.1)
    length_px = length_km * 1000 / pixel_size_m
    left, base = 0.04 * shape[1], 0.95 * shape[0]
    # Outlined, since the ground below may be as white as the bar.
    outline = [withStroke(linewidth=3, foreground="black")]
    axes.plot([left, left + length_px], [base, base], color="black", linewidth=6, solid_capstyle="butt")
    axes.plot([left, left + length_px], [base, base], color="white", linewidth=4, solid_capstyle="butt")
    label = f"{length_km:g} km"
    axes.text(left, base - 0.03 * shape[0], label, color="white", fontsize=9, va="bottom", path_effects=outline)


def draw_picture(rows: list[ScoredScene], path: Path) -> None:
    """Draw one row per scene: image, true zones, predicted zones, fronts over the image.

    Args:
        rows: At least one scene.
        path: PNG to write.
    """
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(rows), 4, figsize=(13, 3.45 * len(rows) + 0.7), dpi=110, squeeze=False)
    for line, row in zip(axes, rows, strict=True):
        for cell in line:
            cell.set_axis_off()
        line[0].imshow(row.image, cmap="gray", vmin=0, vmax=255)
        line[0].set_title(row.scene.case, fontsize=8)
        line[1].imshow(zone_picture(row.true_zones), interpolation="nearest")
        line[1].set_title("zones, truth", fontsize=9)
        line[2].imshow(zone_picture(row.zones), interpolation="nearest")
        line[2].set_title("zones, predicted", fontsize=9)
        thick = ndimage.iterate_structure(ndimage.generate_binary_structure(2, 1), max(1, max(row.image.shape) // 400))
        truth, predicted = (ndimage.binary_dilation(front, thick) for front in (row.true_front, row.front))
        line[3].imshow(front_overlay(row.image, truth, predicted, row.scene.box), interpolation="nearest")
        error = f"fronts, mean distance {row.error_m:.0f} m" if np.isfinite(row.error_m) else "no front found"
        line[3].set_title(error, fontsize=9)
        _scale_bar(line[3], row.image.shape, row.scene.pixel_size_m)
    inches = figure.get_figheight()
    figure.tight_layout(rect=(0, 0.65 / inches, 1, 1))
    zone_legend(figure, bbox_to_anchor=(0.5, 0.3 / inches))
    front_legend(figure, bbox_to_anchor=(0.5, 0.0))
    save_figure(figure, path)
    pyplot.close(figure)
