"""How far delineated grounding lines lie from the true ones of made-up interferograms: distances, and a picture.

    python benchmarks/grounding_line_distances.py out totten ifg/all_manual_segm_gl.gpkg --picture lines.png

OUT is the folder of ``nnunet-glacier delineate``, SCENES the interferograms with real and imaginary part that it drew,
LINES the GeoPackage of ``nnunet-glacier demo interferograms``. Points lie 100 m apart along both lines; scenes without
a delineated line are in no distance.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import rasterio
import shapely
from matplotlib import pyplot

from nnunet_glacier.formats.delineated_lines import GROUNDING_LINES, read_delineated

STEP_M = 100.0
NEAR_M = 200.0


def points_of(lines: Any) -> np.ndarray:
    """Points along lines, `STEP_M` apart or nearer."""
    return shapely.points(shapely.get_coordinates(shapely.segmentize(lines, STEP_M)))


def draw(axes: pyplot.Axes, scene: Any, truth: Any, drawn: geopandas.GeoDataFrame) -> None:
    """The phase of a scene under the true lines, light blue, and the delineated ones, orange."""
    bounds = scene.bounds
    phase = np.angle(scene.read(1) + 1j * scene.read(2))
    axes.imshow(phase, extent=(bounds.left, bounds.right, bounds.bottom, bounds.top), cmap="gray", alpha=0.55)
    if not truth.is_empty:
        geopandas.GeoSeries([truth]).plot(ax=axes, color="#56b4e9", linewidth=6)
    if len(drawn):
        drawn.plot(ax=axes, color="#d55e00", linewidth=2)
    axes.set(title=Path(scene.name).stem[:24], xticks=[], yticks=[], xlabel="", ylabel="")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder of delineate")
    parser.add_argument("scenes", type=Path, help="folder of the interferograms")
    parser.add_argument("lines", type=Path, help="the true lines")
    parser.add_argument("--picture", type=Path, required=True)
    options = parser.parse_args()
    paths = sorted(options.scenes.glob("*.tif"))
    drawn = read_delineated(options.out / GROUNDING_LINES.name, GROUNDING_LINES)[GROUNDING_LINES.main]
    truth = geopandas.read_file(options.lines)
    figure, panels = pyplot.subplots(-(-len(paths) // 3), 3, figsize=(12, 4 * -(-len(paths) // 3)), squeeze=False)
    for unused in panels.flat[len(paths) :]:
        unused.axis("off")
    to_truth, to_drawn = [], []
    for axes, path in zip(panels.flat, paths, strict=False):
        with rasterio.open(path) as scene:
            of_scene = truth[truth["scene"] == path.stem].to_crs(scene.crs)
            true_line = shapely.intersection(shapely.union_all(of_scene.geometry), shapely.box(*scene.bounds))
            own = drawn[drawn["case"] == path.stem].to_crs(scene.crs)
            draw(axes, scene, true_line, own)
        if len(own) and not true_line.is_empty:
            line = shapely.union_all(own.geometry)
            to_truth.append(shapely.distance(points_of(line), true_line))
            to_drawn.append(shapely.distance(points_of(true_line), line))
    there, back = np.concatenate(to_truth), np.concatenate(to_drawn)
    print(f"delineated to true: median {np.median(there):.0f} m, mean {there.mean():.0f} m")
    print(f"true to delineated: median {np.median(back):.0f} m; {(back < NEAR_M).mean():.0%} within {NEAR_M:.0f} m")
    figure.tight_layout()
    figure.savefig(options.picture, dpi=75)


if __name__ == "__main__":
    main()
