"""The demo's picture: SAR image, true and predicted zones, and both fronts over the image, a row per scene."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from PIL import Image
from scipy import ndimage

from nnunet_glacier.demo.figures import front_legend, front_overlay, save_figure, zone_legend, zone_picture
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.raw_layout import FRONTS, IMAGES, ZONES, image_name, map_folder
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes
from nnunet_glacier.formats.scores import open_scores
from nnunet_glacier.support.diagrams import picture_problems
from nnunet_glacier.support.errors import InputError, Problem, all_of

GAMMA = 0.6
"""Exponent of the grey values in the picture."""


@dataclass(frozen=True)
class Predicted:
    """What one model says of a scene.

    Attributes:
        zones: Zone ids, uint8, ``(H, W)``.
        front: Front, bool, ``(H, W)``.
        error_m: Mean distance of the front from the true one in metres, NaN where there is none or no score.
    """

    zones: np.ndarray
    front: np.ndarray
    error_m: float


@dataclass(frozen=True)
class ScoredScene:
    """What a row of the picture shows.

    Attributes:
        scene: The scene.
        image: Grey values, uint8, ``(H, W)``.
        zones: True zone ids, uint8.
        front: True front, bool.
        predicted: By model, under the name that stands in the picture.
    """

    scene: Scene
    image: np.ndarray
    zones: np.ndarray
    front: np.ndarray
    predicted: Mapping[str, Predicted]


def read_errors_m(scores: Path) -> dict[str, float]:
    """Mean front distance in metres of every case in a folder of scores, by the main route; NaN without a front."""
    distances_m = open_scores(scores).main.groupby("case")["mean_distance_m"].mean()
    return {str(case): float(distance_m) for case, distance_m in distances_m.items()}


def choose_scenes(scenes: list[Scene], count: int) -> list[Scene]:
    """At most `count` scenes, the glaciers taking turns."""
    by_glacier: dict[str, list[Scene]] = {}
    for scene in sorted(scenes, key=lambda scene: scene.case):
        by_glacier.setdefault(scene.glacier, []).append(scene)
    turns = [(turn, glacier) for glacier, group in by_glacier.items() for turn in range(len(group))]
    return [by_glacier[glacier][turn] for turn, glacier in sorted(turns)[:count]]


def _read(path: Path) -> np.ndarray:
    return np.array(Image.open(path))


def read_scored_scenes(dataset: Path, result: Path, before: Path | None, count: int, out: Path) -> list[ScoredScene]:
    """Read what the picture shows.

    Args:
        dataset: A converted dataset of PNG images with test scenes and zones.
        result: Folder with ``fronts`` of ``nnunet-glacier fronts`` and ``scores`` of ``evaluate``.
        before: Such a folder of another model, or None.
        count: Scenes to show at most.
        out: The picture that will be written.

    Raises:
        InputError: If files are missing, no scene is a test scene, or the picture cannot be written as `out`.
    """
    scenes = [scene for scene in read_scenes(dataset / SCENES_CSV).values() if scene.split == "test"]
    chosen = choose_scenes(scenes, count)
    results = {"predicted": result} if before is None else {"shipped model": before, "trained further": result}
    paths = {scene.case: _paths(dataset, results.values(), scene.case) for scene in chosen}
    read = [path for group in paths.values() for path in group]
    problems = picture_problems(out, *read)
    if not chosen:
        what = "no scene in it is a test scene, and the picture shows those"
        problems.append(Problem(dataset / SCENES_CSV, what, "Convert scenes to test too"))
    remedy = "Convert with '--file-format png', then run 'nnunet-glacier predict', 'fronts' and 'evaluate'"
    problems += [Problem(path, "there is no such file", remedy) for path in read if not path.is_file()]
    _, *errors_m = all_of(
        partial(_refuse, problems), *(partial(read_errors_m, folder / "scores") for folder in results.values())
    )
    rows = []
    for scene in chosen:
        image, zones, front, *maps = (_read(path) for path in paths[scene.case])
        predicted = {
            name: Predicted(maps[2 * at], maps[2 * at + 1] > 0, errors_m[at].get(scene.case, float("nan")))
            for at, name in enumerate(results)
        }
        rows.append(ScoredScene(scene, image, zones, front > 0, predicted))
    return rows


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InputError(problems)


def _paths(dataset: Path, results: Iterable[Path], case: str) -> list[Path]:
    """Image, true zones and front, then zones and front of each result."""
    paths = [
        map_folder(dataset, IMAGES, "test") / image_name(case, 0, ".png"),
        map_folder(dataset, ZONES, "test") / f"{case}.png",
        map_folder(dataset, FRONTS, "test") / f"{case}.png",
    ]
    for folder in results:
        paths += [folder / "fronts" / part / f"{case}.png" for part in ("zones", "fronts")]
    return paths


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


def _brightened(image: np.ndarray) -> np.ndarray:
    """Grey values with the dark ones lifted, for the eye: SAR amplitude is dark with a few bright places."""
    brighter: np.ndarray = (255 * (image / 255) ** GAMMA).astype(np.uint8)
    return brighter


def draw_picture(rows: list[ScoredScene], path: Path) -> None:
    """Draw one row per scene: both fronts over the image and the predicted zones, by model; then the true zones.

    Args:
        rows: At least one scene, with the same models in each.
        path: PNG, PDF or SVG to write.
    """
    from matplotlib import pyplot

    columns = 2 * len(rows[0].predicted) + 1
    size = (2.9 * columns, 3.1 * len(rows) + 0.8)
    figure, axes = pyplot.subplots(len(rows), columns, figsize=size, dpi=130, squeeze=False)
    for line, row in zip(axes, rows, strict=True):
        for cell in line:
            cell.set_axis_off()
        image = _brightened(row.image)
        for at, (name, predicted) in enumerate(row.predicted.items()):
            _draw_fronts(line[2 * at], row, image, name, predicted)
            line[2 * at + 1].imshow(zone_picture(predicted.zones), interpolation="nearest")
            line[2 * at + 1].set_title(f"{name}: zones", fontsize=10)
        line[-1].imshow(zone_picture(row.zones), interpolation="nearest")
        line[-1].set_title("true zones", fontsize=10)
        _scale_bar(line[0], row.image.shape, row.scene.pixel_size_m)
        _name(line[0], row.scene)
    inches = figure.get_figheight()
    figure.tight_layout(rect=(0, 0.7 / inches, 1, 1))
    zone_legend(figure, bbox_to_anchor=(0.5, 0.32 / inches), fontsize=11)
    front_legend(figure, bbox_to_anchor=(0.5, 0.0), fontsize=11)
    save_figure(figure, path)
    pyplot.close(figure)


def _name(axes: Axes, scene: Scene) -> None:
    """Glacier and day in the upper left corner."""
    text = scene.glacier + (f", {scene.date}" if scene.date else "")
    outline = [withStroke(linewidth=3, foreground="black")]
    axes.text(0.03, 0.97, text, transform=axes.transAxes, color="white", fontsize=9, va="top", path_effects=outline)


def _draw_fronts(axes: Axes, row: ScoredScene, image: np.ndarray, name: str, predicted: Predicted) -> None:
    """Both fronts over an image, thick enough to be seen."""
    thick = ndimage.iterate_structure(ndimage.generate_binary_structure(2, 1), max(1, max(image.shape) // 400))
    truth, front = (ndimage.binary_dilation(line, thick) for line in (row.front, predicted.front))
    axes.imshow(front_overlay(image, truth, front, row.scene.box), interpolation="nearest")
    error_m = predicted.error_m
    axes.set_title(f"{name}: {error_m:.0f} m off" if np.isfinite(error_m) else f"{name}: no front", fontsize=10)
