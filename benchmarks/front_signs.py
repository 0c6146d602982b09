"""What is measured of every front that networks draw in scenes of a glacier they have not seen, beside its true error.

    python benchmarks/front_signs.py DATASET FIRST SECOND [THIRD ...] --out signs.csv

FIRST and the others are folders of ``benchmarks/network_passes.py``, of two or more networks with the same glaciers
left out. The front is that of ``delineate``: the mean of the networks, each over its mirrored passes, traced without a
box. Its error is the mean distance between it and the labelled front, over both directions alike, in pixels.
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from network_passes import MIRRORED, common_cases, read_passes
from scipy.spatial import cKDTree
from shapely import LineString
from tqdm import tqdm

from nnunet_glacier.delineation.signs import measured_signs
from nnunet_glacier.delineation.training_likeness import GreyStatistics
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes
from nnunet_glacier.lines.front_shape import bends
from nnunet_glacier.lines.front_uncertainty import fold_distances

NOT_FOUND_PX = 60.0
"""Distance of a network that has no front, a quarter of the image."""


def main_lines(probabilities: np.ndarray) -> list[LineString]:
    """The lines of one network's front."""
    from nnunet_glacier.lines.front_tracing import smoothed_zones, trace_lines

    return [one.line for one in trace_lines(smoothed_zones(probabilities)) if one.main]


def spread_px(fronts: list[list[LineString]], front: LineString) -> float:
    """Mean distance of several fronts from one."""
    distances = fold_distances(fronts, front)
    return float(np.where(np.isnan(distances), NOT_FOUND_PX, distances).mean())


def error_px(front: LineString, label: np.ndarray) -> float:
    """Mean distance between a front and the labelled pixels, over both directions alike."""
    pixels = np.argwhere(label)[:, ::-1] + 0.5
    count = max(1, round(2 * front.length))
    points = shapely.get_coordinates(front.interpolate((np.arange(count) + 0.5) * (front.length / count)))
    there, back = cKDTree(pixels).query(points)[0], shapely.distance(shapely.points(pixels), front)
    return float((there.mean() + back.mean()) / 2)


def signs_of(networks: list[np.ndarray], label: np.ndarray, image: np.ndarray) -> dict[str, Any]:
    """One scene: the signs of its front and the front's error; without a front the grey values alone."""
    from nnunet_glacier.lines.front_tracing import choose_front, smoothed_zones, trace_lines

    valid = image > 0
    low, high = np.percentile(image[valid], (1, 99))
    grey = ((image - low) / max(high - low, 1e-6) * 255).clip(0, 255)
    row: dict[str, Any] = {f"grey_{key}": value for key, value in asdict(GreyStatistics.of(grey, valid)).items()}
    means = [passes[:MIRRORED].mean(axis=0) for passes in networks]
    field = smoothed_zones(np.mean(means, axis=0))
    front, others = choose_front(trace_lines(field))
    if front is None:
        return row
    signs = measured_signs(
        front.line,
        fold_fronts=[main_lines(mean) for mean in means],
        others=[one.line for one in others if one.main],
        prolonged=front.prolonged,
        probability=np.mean([2 * np.minimum(mean[Zone.GLACIER], mean[Zone.OCEAN]) for mean in means], axis=0),
        zones=field.zones,
        valid=np.ones(label.shape, dtype=bool),
    )
    mirrored = [[main_lines(one) for one in passes[:MIRRORED]] for passes in networks]
    of_mirrored = [lines for one in mirrored for lines in one]
    of_scaled = [main_lines(one) for passes in networks for one in passes[MIRRORED:]]
    return row | {
        "error_px": error_px(front.line, label),
        "error_of_first_px": error_of_one(means[0], label),
        **asdict(signs),
        "networks": spread_px([main_lines(mean) for mean in means], front.line),
        "mirrored": spread_px(of_mirrored, front.line),
        "mirrored and scaled": spread_px([*of_mirrored, *of_scaled], front.line),
        "mirrored, one network": spread_of_one(means[0], mirrored[0]),
        "length_px": front.line.length,
        "bends": bends(front.line),
        "x": front.line.centroid.x,
        "y": front.line.centroid.y,
    }


def front_of_one(mean: np.ndarray) -> LineString | None:
    from nnunet_glacier.lines.front_tracing import choose_front, smoothed_zones, trace_lines

    front, _ = choose_front(trace_lines(smoothed_zones(mean)))
    return None if front is None else front.line


def error_of_one(mean: np.ndarray, label: np.ndarray) -> float:
    """Error of a single network's front; NaN without one."""
    front = front_of_one(mean)
    return float("nan") if front is None else error_px(front, label)


def spread_of_one(mean: np.ndarray, passes: list[list[LineString]]) -> float:
    """Spread of a single network's passes about its own front; NaN without one."""
    front = front_of_one(mean)
    return float("nan") if front is None else spread_px(passes, front)


def parsed() -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, help="converted dataset")
    parser.add_argument("passes", type=Path, nargs="+", help="passes of each network, two or more")
    parser.add_argument("--out", type=Path, required=True, help="table to write")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    scenes = read_scenes(options.dataset / SCENES_CSV)
    rows = []
    for case in tqdm(common_cases(options.passes), unit="scene"):
        networks = [read_passes(folder, case) for folder in options.passes]
        label = read_raster(options.dataset / "frontsTr" / f"{case}.png").values > 0
        image = read_raster(options.dataset / "imagesTr" / f"{case}_0000.png").values.astype(np.float32)
        scene = scenes[case]
        row = {"case": case, "glacier": scene.glacier, "date": scene.date, "sensor": scene.sensor}
        rows.append(row | signs_of(networks, label, image))
    pd.DataFrame(rows).to_csv(options.out, index=False, float_format="%.5g")


if __name__ == "__main__":
    main()
