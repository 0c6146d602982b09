"""Whether the interval that ``retreat`` states holds the true position, on glaciers that the networks have not seen.

    python benchmarks/retreat_calibration.py DATASET FIRST SECOND [THIRD ...] signs.csv --out retreat_calibration

FIRST and the others are folders of ``benchmarks/network_passes.py``, of two or more networks with the same glaciers
left out, and ``signs.csv`` is the table of ``benchmarks/front_signs.py`` on them. Every front of a glacier gets the
uncertainty that is fitted on the other glaciers (``benchmarks/risk_coverage.py``). It is measured at a made-up place
on the map by ``retreat``, along a line derived from the labels, like the labels. The interval is meant to hold 68 %.
Written are the results of ``retreat`` for each glacier and ``held.md``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

import geopandas
import numpy as np
import pandas as pd
from front_signs import traced
from network_passes import MIRRORED, read_passes
from predicted_retreat import CRS, affine_of, compare_along_labels, front_rows
from risk_coverage import SHARE, SPREAD, fit
from tqdm import tqdm

from nnunet_glacier.domain.front_rules import Route
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes
from nnunet_glacier.lines.front_pieces import to_map
from nnunet_glacier.support.files import write_text_whole
from nnunet_glacier.trainers.catalogue import markdown


def predicted_row(scene: Scene, passes: list[Path], uncertainty_px: float, route: Route) -> dict[str, Any] | None:
    """The front of the networks at the made-up place, with its uncertainty; None without one."""
    networks = [read_passes(folder, scene.case)[:MIRRORED].mean(axis=0) for folder in passes]
    front = traced(np.mean(networks, axis=0), route).front
    if front is None:
        return None
    return {
        "case": scene.case,
        "glacier": scene.glacier,
        "date": str(scene.date),
        "uncertainty_m": uncertainty_px * scene.pixel_size_m,
        "geometry": to_map(front, affine_of(scene.pixel_size_m)),
    }


def write_glacier(
    dataset: Path, passes: list[Path], signs: pd.DataFrame, glacier: str, route: Route, out: Path
) -> None:
    """``labels.gpkg`` and ``predicted.gpkg`` of a glacier, and how far `retreat` of both is apart."""
    fitted, scenes = fit(signs[signs["glacier"] != glacier], SHARE), read_scenes(dataset / SCENES_CSV)
    labels, predicted = [], []
    for row in tqdm(signs[signs["glacier"] == glacier].to_dict("records"), desc=glacier, unit="scene"):
        scene = scenes[row["case"]]
        labels += front_rows(read_raster(dataset / "frontsTr" / f"{scene.case}.png").values > 0, scene)
        predicted.append(predicted_row(scene, passes, fitted.interval(row[SPREAD]), route))
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in (("labels", labels), ("predicted", [row for row in predicted if row is not None])):
        geopandas.GeoDataFrame(rows, crs=CRS).to_file(out / f"{name}.gpkg", layer="fronts")
    compare_along_labels(out / "labels.gpkg", out / "predicted.gpkg", out)


def held(positions: pd.DataFrame) -> dict[str, str]:
    """How often the stated interval holds the labels' position, and how wide it is."""
    off_m = (positions["position_m_predicted"] - positions["position_m_labelled"]).abs()
    stated_m = positions["uncertainty_m_predicted"]
    return {
        "days": str(len(positions)),
        "held, of 68 % stated": f"{(off_m <= stated_m).mean():.0%}",
        "held by twice of it": f"{(off_m <= 2 * stated_m).mean():.0%}",
        "median interval m": f"{stated_m.median():.0f}",
        "median absolute difference m": f"{off_m.median():.0f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, help="converted dataset")
    parser.add_argument("passes", type=Path, nargs="+", help="passes of each network, two or more")
    parser.add_argument("signs", type=Path, help="table of benchmarks/front_signs.py")
    parser.add_argument("--route", choices=get_args(Route), default="front", help="what fronts are drawn from")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    signs = pd.read_csv(options.signs).dropna(subset=["error_px"])
    rows = []
    for glacier in sorted(signs["glacier"].unique()):
        out = options.out / glacier
        write_glacier(options.dataset, options.passes, signs, glacier, options.route, out)
        rows.append({"glacier": glacier, **held(pd.read_csv(out / "positions.csv"))})
    text = markdown(pd.DataFrame(rows))
    write_text_whole(options.out / "held.md", text)
    print(text)


if __name__ == "__main__":
    main()
