"""What the distance between networks says of a front without zones: fitted on one glacier, tried on another.

    python benchmarks/band_calibration.py sverdrup jakobshavn --out band_calibration

Each folder is what ``benchmarks/frontlearning_retreat.py`` wrote of a glacier with several folds that have not seen
it. Two intervals are fitted. That of a front is ``floor + factor * mean distance of the networks' fronts``, and is
meant to hold the mean distance to the labelled front in 68 % of scenes. That of a position is so many pixels, and is
meant to hold how far the position is from the labels', across the front. For each glacier both are fitted on the
others, measured on its own fronts, and tried by ``retreat`` along the line of the labels. Printed is too how the
error of a position goes with the distance of the networks' fronts. Written are ``calibration.md``, ``constants.json``
with what all glaciers together give, and the results of ``retreat``.
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
from nnunet_glacier.lines.front_uncertainty import Calibration
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
    stated = AlongTheBand.calibrations.line
    table[SPREAD] = (table["uncertainty_m"] / pixel_size_m - stated.floor_px) / stated.factor
    return table.assign(glacier=folder.name, error_px=table["away_px"]).dropna(subset=[SPREAD, "error_px"])


def positions_of(folder: Path, fronts: geopandas.GeoDataFrame) -> pd.DataFrame:
    """Days with one trace: ``error_px`` of the position across the front, and the distance of the networks' fronts."""
    days = pd.read_csv(folder / "positions.csv").query("traces_predicted == 1")
    of_front = fronts.set_index("case").loc[days["source_predicted"]]
    # What a pixel across the front is worth along the line.
    along = days["line_uncertainty_m_predicted"].to_numpy() / of_front["position_uncertainty_m"].to_numpy()
    off_m = (days["position_m_predicted"] - days["position_m_labelled"]).abs().to_numpy()
    error_px = off_m / along / of_front["pixel_size_m"].to_numpy()
    return pd.DataFrame({"glacier": folder.name, SPREAD: of_front[SPREAD].to_numpy(), "error_px": error_px})


def fitted_px(positions: pd.DataFrame) -> float:
    """Pixels that hold the error in `SHARE` of positions, every glacier with the same weight."""
    return fit(positions.assign(**{SPREAD: 0.0}), SHARE).floor_px


def told(fitted: Calibration) -> str:
    """A calibration in words."""
    return f"{fitted.floor_px:.2f} px + {fitted.factor:.2f} * distance"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="results of benchmarks/frontlearning_retreat.py")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    tables = {folder: fronts_of(folder) for folder in options.folders}
    positions = {folder: positions_of(folder, table) for folder, table in tables.items()}
    rows = []
    for folder, own in tables.items():
        others, other_positions = (
            pd.concat([table for other, table in each.items() if other is not folder]) for each in (tables, positions)
        )
        fitted, position_px = fit(others, SHARE), fitted_px(other_positions)
        line_px = fitted.interval(own[SPREAD])
        out = options.out / folder.name
        out.mkdir(parents=True, exist_ok=True)
        stated = own.assign(
            uncertainty_m=line_px * own["pixel_size_m"], position_uncertainty_m=position_px * own["pixel_size_m"]
        )
        stated[own["believed"]].to_file(out / "fronts.gpkg", layer="fronts")
        compare_along_labels(folder / LABELS_GPKG, out / "fronts.gpkg", out)
        rows.append(
            {
                "glacier": folder.name,
                "fronts": len(own),
                "fitted elsewhere": told(fitted),
                "fronts held, of 68 % stated": f"{np.mean(own['error_px'] <= line_px):.0%}",
                "median interval px": f"{line_px.median():.1f}",
                "median error px": f"{own['error_px'].median():.1f}",
                "position, fitted elsewhere": f"{position_px:.2f} px",
                **{f"positions: {name}": value for name, value in held(pd.read_csv(out / "positions.csv")).items()},
            }
        )
    every, every_px = fit(pd.concat(tables.values()), SHARE), fitted_px(pd.concat(positions.values()))
    write_json(options.out / "constants.json", {"line": vars(every), "position_px": every_px})
    text = markdown(pd.DataFrame(rows).astype(str))
    write_text_whole(options.out / "calibration.md", text)
    print(text)
    print(f"all together: {told(every)}; of a position {every_px:.2f} px")
    for folder, table in positions.items():
        r = table[[SPREAD, "error_px"]].corr(method="spearman").iloc[0, 1]
        print(f"{folder.name}: error of a position and distance of the networks' fronts, Spearman's r {r:.2f}")


if __name__ == "__main__":
    main()
