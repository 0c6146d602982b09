"""How much of the error of fronts without zones each sign holds, on glaciers left out.

    python benchmarks/band_risk_coverage.py sverdrup jakobshavn --out band_risk_coverage

Each folder is what ``benchmarks/frontlearning_retreat.py`` wrote of a glacier with several folds that have not seen
it; all fronts count, rejected ones too. Written are ``predictors.md``, for each sign and glacier the area under the
risk-coverage curve as in ``benchmarks/risk_coverage.py``, and ``band_risk_coverage.png`` and ``.svg``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from band_calibration import fronts_of
from matplotlib import pyplot
from published_fronts import sinuosity
from risk_coverage import SPREAD, draw_curves, label_curves, skill

from nnunet_glacier.formats.delineated_lines import BETWEEN_FLAGS
from nnunet_glacier.support.diagrams import DIAGRAM_STYLE, figure_style, save_svg_and_png
from nnunet_glacier.support.files import write_text_whole
from nnunet_glacier.trainers.catalogue import markdown

SIGNS = (SPREAD, "improbable", "sinuosity", "prolonged_share", "flags_count")
"""Signs that are larger where a front is doubtful."""


def signs_of(folder: Path) -> pd.DataFrame:
    """A glacier's fronts with their signs and ``error_px``."""
    fronts = fronts_of(folder)
    return fronts.assign(
        improbable=-fronts["mean_probability"],
        sinuosity=[
            sinuosity(front, size_m) for front, size_m in zip(fronts.geometry, fronts["pixel_size_m"], strict=True)
        ],
        prolonged_share=fronts["prolonged_m"] / fronts["length_m"],
        flags_count=[
            len([flag for flag in flags.split(BETWEEN_FLAGS) if flag]) for flags in fronts["flags"].fillna("")
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="results of benchmarks/frontlearning_retreat.py")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    tables = {folder.name.capitalize(): signs_of(folder) for folder in options.folders}
    rows = []
    for sign in SIGNS:
        skills = {name: skill(table["error_px"].to_numpy(), table[sign].to_numpy()) for name, table in tables.items()}
        figures = {**skills, "mean": np.mean(list(skills.values()))}
        rows.append({"sign": sign, **{name: f"{value:.2f}" for name, value in figures.items()}})
    text = markdown(pd.DataFrame(rows))
    write_text_whole(options.out / "predictors.md", text)
    print(text)
    with figure_style(DIAGRAM_STYLE):
        figure, axes = pyplot.subplots(1, len(tables), figsize=(3 * len(tables), 2.6), constrained_layout=True)
        row = list(np.atleast_1d(axes))
        for axis, table in zip(row, tables.values(), strict=True):
            draw_curves(axis, table, (SPREAD, "improbable"))
        label_curves(row, list(tables))
        save_svg_and_png(figure, options.out / "band_risk_coverage", 150)
        pyplot.close(figure)


if __name__ == "__main__":
    main()
