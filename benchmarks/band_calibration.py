"""What the distance between networks says of a front without zones: fitted on one glacier, tried on another.

    python benchmarks/band_calibration.py sverdrup jakobshavn --out band_calibration

Each folder is what ``benchmarks/frontlearning_retreat.py`` wrote of a glacier with several folds that have not seen it.
The interval, ``floor + factor * distance of the networks' fronts``, is meant to hold the mean distance to the labelled
front in 68 % of scenes. For each glacier it is fitted on the others, measured on its own fronts, and stands beside the
positions that ``retreat`` gives along the line of the labels. Written are ``calibration.md``, ``constants.json`` with
what all glaciers together give, and the results of ``retreat``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
from frontlearning_retreat import LABELS_GPKG, with_distances
from predicted_retreat import compare_along_labels
from retreat_calibration import held
from risk_coverage import SHARE, SPREAD, fit

from nnunet_glacier.delineation.front_drawing import AlongTheBand
from nnunet_glacier.formats.delineated_lines import FRONTS_GPKG
from nnunet_glacier.support.files import write_json, write_text_whole
from nnunet_glacier.trainers.catalogue import markdown


def fronts_of(folder: Path) -> geopandas.GeoDataFrame:
    """All fronts of a glacier, rejected ones too, with ``error_px`` and the distance of the networks' fronts."""
    labels, drawn = folder / LABELS_GPKG, folder / "delineated" / FRONTS_GPKG
    pixel_size_m = float(geopandas.read_file(drawn, layer="fronts")["pixel_size_m"].iloc[0])
    layers = [
        with_distances(drawn, layer, labels, pixel_size_m).assign(believed=layer == "fronts")
        for layer in ("fronts", "rejected")
    ]
    table = pd.concat([layer for layer in layers if len(layer)], ignore_index=True)
    stated = AlongTheBand.calibration
    table[SPREAD] = (table["uncertainty_m"] / pixel_size_m - stated.floor_px) / stated.factor
    return table.assign(glacier=folder.name, error_px=table["away_px"]).dropna(subset=[SPREAD, "error_px"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="results of benchmarks/frontlearning_retreat.py")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    tables = {folder: fronts_of(folder) for folder in options.folders}
    rows = []
    for folder, own in tables.items():
        others = pd.concat([table for other, table in tables.items() if other is not folder])
        fitted, pixel_size_m = fit(others, SHARE), own["pixel_size_m"].iloc[0]
        stated_px = fitted.floor_px + fitted.factor * own[SPREAD]
        out = options.out / folder.name
        out.mkdir(parents=True, exist_ok=True)
        believed = own.assign(uncertainty_m=stated_px * pixel_size_m)[own["believed"]]
        believed.to_file(out / "fronts.gpkg", layer="fronts")
        compare_along_labels(folder / LABELS_GPKG, out / "fronts.gpkg", out)
        rows.append(
            {
                "glacier": folder.name,
                "fronts": len(own),
                "fitted elsewhere": f"{fitted.floor_px:.2f} px + {fitted.factor:.2f} * distance",
                "fronts held, of 68 % stated": f"{np.mean(own['error_px'] <= stated_px):.0%}",
                "median interval px": f"{stated_px.median():.1f}",
                "median error px": f"{own['error_px'].median():.1f}",
                **{f"positions: {name}": value for name, value in held(pd.read_csv(out / "positions.csv")).items()},
            }
        )
    every = fit(pd.concat(tables.values()), SHARE)
    write_json(options.out / "constants.json", vars(every))
    text = markdown(pd.DataFrame(rows).astype(str))
    write_text_whole(options.out / "calibration.md", text)
    print(text)
    print(f"all together: {every.floor_px:.2f} px + {every.factor:.2f} * distance")


if __name__ == "__main__":
    main()
