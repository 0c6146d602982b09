"""What is measured of every front that networks draw in scenes of a glacier they have not seen, beside its true error.

    python benchmarks/front_signs.py DATASET FIRST SECOND [THIRD ...] --route front --out signs.csv

FIRST and the others are folders of ``benchmarks/network_passes.py``, of two or more networks with the same glaciers
left out. The front is that of ``delineate``: the mean of the networks, each over its mirrored passes, traced without a
box, by its own class or at the edge of zones. Its error is the mean distance between it and the labelled front, over
both directions alike, in pixels; printed is the mean of each glacier, of the first network alone too.
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import shapely
from network_passes import MIRRORED, common_cases, read_passes
from scipy.spatial import cKDTree
from shapely import LineString
from tqdm import tqdm

from nnunet_glacier.delineation.signs import measured_signs
from nnunet_glacier.delineation.training_likeness import GreyStatistics
from nnunet_glacier.domain.front_rules import Route
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes
from nnunet_glacier.lines.broken_bands import trace_broken_bands
from nnunet_glacier.lines.front_shape import bends
from nnunet_glacier.lines.front_tracing import choose_front, mean_distance, smoothed_zones, trace_lines
from nnunet_glacier.lines.front_uncertainty import fold_distances
from nnunet_glacier.lines.points_along import even_points

NOT_FOUND_PX = 60.0
"""Distance of a network that has no front, a quarter of the image."""


@dataclass(frozen=True)
class TracedScene:
    """The lines in what networks say of a scene.

    Attributes:
        front: The front, or None.
        others: The other lines that could be it.
        prolonged: The parts of the front that were not seen.
    """

    front: LineString | None
    others: list[LineString]
    prolonged: tuple[LineString, ...]


def traced(classes: np.ndarray, route: Route) -> TracedScene:
    """The lines in probabilities of zones and front, ``(5, H, W)``, as ``delineate --route`` draws them."""
    if route == "front":
        lines = trace_broken_bands(classes[len(Zone)])
    else:
        lines = trace_lines(smoothed_zones(classes[: len(Zone)]))
    front, others = choose_front(lines)
    return TracedScene(
        None if front is None else front.line,
        [one.line for one in others if one.main],
        () if front is None else front.prolonged,
    )


def main_lines(classes: np.ndarray, route: Route) -> list[LineString]:
    """The lines of one network's front, as the package compares them: of a broken band the front alone."""
    found = traced(classes, route)
    if found.front is None:
        return []
    return [found.front] if route == "front" else [found.front, *found.others]


def probability_of(classes: np.ndarray, route: Route) -> np.ndarray:
    """Probability of the front, ``(H, W)``."""
    if route == "front":
        return classes[len(Zone)]
    probability: np.ndarray = 2 * np.minimum(classes[Zone.GLACIER], classes[Zone.OCEAN])
    return probability


def spread_px(fronts: list[list[LineString]], front: LineString) -> float:
    """Mean distance of several fronts from one."""
    distances = fold_distances(fronts, front)
    return float(np.where(np.isnan(distances), NOT_FOUND_PX, distances).mean())


def error_px(front: LineString, label: np.ndarray) -> float:
    """Mean distance between a front and the labelled pixels, over both directions alike."""
    pixels = np.argwhere(label)[:, ::-1] + 0.5
    there, back = cKDTree(pixels).query(even_points(front, 0.5))[0], shapely.distance(shapely.points(pixels), front)
    return float((there.mean() + back.mean()) / 2)


def signs_of(networks: list[np.ndarray], label: np.ndarray, image: np.ndarray, route: Route) -> dict[str, Any]:
    """One scene: the signs of its front and the front's error; without a front the grey values alone."""
    valid = image > 0
    low, high = np.percentile(image[valid], (1, 99))
    grey = ((image - low) / max(high - low, 1e-6) * 255).clip(0, 255)
    row: dict[str, Any] = {f"grey_{key}": value for key, value in asdict(GreyStatistics.of(grey, valid)).items()}
    means = [passes[:MIRRORED].mean(axis=0) for passes in networks]
    mean = np.mean(means, axis=0)
    found = traced(mean, route)
    if found.front is None:
        return row
    of_networks = [main_lines(each, route) for each in means]
    zones = smoothed_zones(mean[: len(Zone)])
    edge = [one.line for one in trace_lines(zones) if one.main]
    signs = measured_signs(
        found.front,
        fold_fronts=of_networks,
        others=found.others,
        prolonged=found.prolonged,
        probability=np.mean([probability_of(each, route) for each in means], axis=0),
        zones=zones.zones,
        valid=np.ones(label.shape, dtype=bool),
    )
    mirrored = [[main_lines(one, route) for one in passes[:MIRRORED]] for passes in networks]
    of_mirrored = [lines for one in mirrored for lines in one]
    of_scaled = [main_lines(one, route) for passes in networks for one in passes[MIRRORED:]]
    first = next(iter(of_networks[0]), None)
    return row | {
        "error_px": error_px(found.front, label),
        "error_of_first_px": float("nan") if first is None else error_px(first, label),
        **asdict(signs),
        "networks": spread_px(of_networks, found.front),
        "mirrored": spread_px(of_mirrored, found.front),
        "mirrored and scaled": spread_px([*of_mirrored, *of_scaled], found.front),
        # One way alone: the edge runs on along the shores.
        "off the zones": mean_distance(found.front, edge) if edge else NOT_FOUND_PX,
        "mirrored, one network": float("nan") if first is None else spread_px(mirrored[0], first),
        "length_px": found.front.length,
        "bends": bends(found.front),
        "x": found.front.centroid.x,
        "y": found.front.centroid.y,
    }


def parsed() -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, help="converted dataset")
    parser.add_argument("passes", type=Path, nargs="+", help="passes of each network, two or more")
    parser.add_argument("--route", choices=get_args(Route), default="front", help="what fronts are drawn from")
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
        rows.append(row | signs_of(networks, label, image, options.route))
    table = pd.DataFrame(rows)
    table.to_csv(options.out, index=False, float_format="%.5g")
    errors = table.groupby("glacier")[["error_px", "error_of_first_px"]]
    print(errors.mean().join(errors.count().add_suffix(", scenes")).round(1).to_string())


if __name__ == "__main__":
    main()
