"""How much of the error the flagged fronts hold, and whether the stated uncertainty does: on glaciers left out.

    python benchmarks/risk_coverage.py signs.csv --route front --out risk_coverage

``signs.csv`` is the table of ``benchmarks/front_signs.py``. Written to OUT are

* ``predictors.md``: for each sign and glacier the area under the risk-coverage curve (mean error of the fronts that
  are kept, over all shares kept) between random order, 0, and the order of the true errors, 1;
* ``thresholds.md``: what each flag holds, its threshold chosen on three glaciers and measured on the fourth;
* ``calibration.md``: share of scenes whose error lies within the stated uncertainty, fitted and measured likewise;
* ``constants.json``: what all four glaciers give, with the origin, for the package;
* ``risk_coverage.png`` and ``.svg``.
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from calibration import fitted_calibration
from matplotlib import pyplot

from nnunet_glacier.delineation.believability import AT_ZONES, OF_FRONT_CLASS, Limits, flags, is_rejected
from nnunet_glacier.delineation.series_believability import (
    UNCONFIRMED_CHANGE,
    UNUSUAL_LENGTH,
    UNUSUAL_SHAPE,
    SeriesFront,
    series_flags,
)
from nnunet_glacier.delineation.signs import Signs
from nnunet_glacier.delineation.training_likeness import GreyRange, GreyStatistics, Likeness
from nnunet_glacier.domain.front_rules import Route
from nnunet_glacier.lines.front_uncertainty import Calibration
from nnunet_glacier.support.diagrams import DIAGRAM_STYLE, figure_style, save_svg_and_png
from nnunet_glacier.support.files import write_json, write_text_whole
from nnunet_glacier.trainers.catalogue import markdown

SHARE = 0.68
"""Share of scenes that the interval is to hold: that of one standard deviation."""

FLAGGED, REJECTED, SELDOM = 0.75, 0.9, 0.95
"""Quantiles of a sign on other glaciers beyond which a front is flagged, rejected, and rejected by a weaker sign."""

THRESHOLDS = ("improbable", "rival_share", "prolonged_share", "sinuosity", "na_share")
"""Signs whose threshold is their quantile `REJECTED` on other glaciers too."""

PREDICTORS = (
    *("networks", "mirrored", "mirrored and scaled", "off the zones"),
    *(*THRESHOLDS, "ends_at_edge", "bends", "unlike"),
)
"""Signs that are larger where a front is doubtful."""

SPREAD = "networks"

LIMITS: dict[Route, Limits] = {"front": OF_FRONT_CLASS, "zones": AT_ZONES}
"""The package's own, by what fronts are drawn from."""

GREY = ["grey_mean", "grey_deviation", "grey_skewness", "grey_texture"]
GLACIER_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")
PIXEL_M = 80.0
"""About the size of the pixels, for the series' lengths; its rules are free of scale."""


def area_under(error_px: np.ndarray, sign: np.ndarray) -> float:
    """Mean over all shares kept of the mean error of the kept, the least doubtful first; ties in expectation."""
    by_sign = pd.Series(error_px).groupby(sign).transform("mean").to_numpy()
    kept = by_sign[np.argsort(sign, kind="stable")]
    return float((np.cumsum(kept) / np.arange(1, len(kept) + 1)).mean())


def skill(error_px: np.ndarray, sign: np.ndarray) -> float:
    """0 for an order that says nothing of the error, 1 for that of the errors themselves."""
    best, none = area_under(error_px, error_px), float(error_px.mean())
    return (none - area_under(error_px, sign)) / (none - best)


def grey_range(rows: pd.DataFrame) -> GreyRange:
    """The range of the training images' statistics."""
    low, high = (rows[GREY].quantile(share) for share in (0.005, 0.995))
    return GreyRange(GreyStatistics(*low), GreyStatistics(*high))


def with_derived(table: pd.DataFrame) -> pd.DataFrame:
    """The table with signs that depend on the other glaciers or scenes."""
    table = table.assign(improbable=-table["mean_probability"], unlike=0.0, series="")
    for glacier, rows in table.groupby("glacier"):
        trained = grey_range(table[table["glacier"] != glacier])
        table.loc[rows.index, "unlike"] = [
            trained.unlikeness(GreyStatistics(*values)) for values in rows[GREY].to_numpy()
        ]
        table.loc[rows.index, "series"] = series_words(rows)
    return table


def series_words(rows: pd.DataFrame) -> list[str]:
    """The words of one glacier's series; positions are along the line through which the fronts' centres vary most."""
    centres = rows[["x", "y"]].to_numpy()
    along = centres - np.median(centres, axis=0)
    direction = np.linalg.svd(along, full_matrices=False)[2][0]
    days = pd.to_datetime(rows["date"]).map(pd.Timestamp.toordinal)
    fronts = [
        SeriesFront(float(day), length * PIXEL_M, int(bends), float(position) * PIXEL_M)
        for day, length, bends, position in zip(days, rows["length_px"], rows["bends"], along @ direction, strict=True)
    ]
    return [", ".join(words) for words in series_flags(fronts)]


def predictors(table: pd.DataFrame) -> pd.DataFrame:
    """Skill of each sign for each glacier and over all."""
    rows = []
    for name in PREDICTORS:
        by_glacier = {
            glacier: skill(each["error_px"].to_numpy(), each[name].to_numpy())
            for glacier, each in table.groupby("glacier")
        }
        over_all = skill(table["error_px"].to_numpy(), table[name].to_numpy())
        figures = {**by_glacier, "mean": np.mean(list(by_glacier.values())), "pooled": over_all}
        rows.append({"sign": name, **{key: f"{value:.2f}" for key, value in figures.items()}})
    return pd.DataFrame(rows)


def held(rows: pd.DataFrame, flagged: np.ndarray) -> dict[str, Any]:
    """What a flag holds: of the fronts, of the error, and the mean errors on both sides."""
    error_px = rows["error_px"].to_numpy()
    means = [f"{error_px[which].mean():.1f}" if which.any() else "-" for which in (flagged, ~flagged)]
    return {
        "flagged": f"{flagged.mean():.0%}",
        "of the error": f"{error_px[flagged].sum() / error_px.sum():.0%}",
        "mean error flagged px": means[0],
        "others px": means[1],
    }


def limit_elsewhere(table: pd.DataFrame, glacier: str, quantile: float, sign: str = SPREAD) -> float:
    """A threshold of a sign from the other glaciers, each with the same weight."""
    others = table[table["glacier"] != glacier]
    return float(others.groupby("glacier")[sign].quantile(quantile).mean())


def thresholds(table: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """What is beyond each threshold of the other glaciers on each glacier, and last what the package rejects."""
    rows = []
    for glacier, each in table.groupby("glacier"):
        quantiles = {f"{SPREAD}, flagged": (SPREAD, FLAGGED), f"{SPREAD}, rejected": (SPREAD, REJECTED)}
        quantiles |= {f"{SPREAD}, seldom": (SPREAD, SELDOM), "improbable, flagged": ("improbable", FLAGGED)}
        quantiles |= {sign: (sign, REJECTED) for sign in THRESHOLDS}
        tried: dict[str, np.ndarray] = {}
        for name, (sign, quantile) in quantiles.items():
            limit = limit_elsewhere(table, str(glacier), quantile, sign)
            tried[f"{name} > {limit:.2f}"] = (each[sign] > limit).to_numpy()
        tried["both ends at the edge"] = (each["ends_at_edge"] > 1).to_numpy()
        tried["unlike the other glaciers"] = (each["unlike"] > 0).to_numpy()
        words = [word_set(row, limits) for row in each.to_dict("records")]
        for word in (UNUSUAL_LENGTH, UNUSUAL_SHAPE, UNCONFIRMED_CHANGE):
            tried[word] = np.array([word in one for one in words])
        tried["rejected by the package"] = np.array([is_rejected(one) for one in words])
        rows += [{"flag": name, "glacier": glacier, **held(each, flagged)} for name, flagged in tried.items()]
    return pd.DataFrame(rows)


def word_set(row: dict[str, Any], limits: Limits) -> set[str]:
    """The words of a front with the package's own thresholds."""
    signs = Signs(
        spread_px=row[SPREAD],
        likeness=Likeness(unlike_training=row["unlike"]),
        **{
            key: row[key]
            for key in (
                "mean_probability",
                "rival_share",
                "ends_at_edge",
                "ends_off_land_px",
                "prolonged_share",
                "sinuosity",
                "na_share",
            )
        },
    )
    return {*flags(signs, limits), *(word for word in row["series"].split(", ") if word)}


def calibrations(table: pd.DataFrame) -> pd.DataFrame:
    """Coverage of the interval on each glacier, fitted on the others; for 0.5 and 0.9 too."""
    rows = []
    for share in (0.5, SHARE, 0.9):
        for glacier, each in table.groupby("glacier"):
            fitted = fit(table[table["glacier"] != glacier], share)
            stated = fitted.interval(each[SPREAD])
            plain = table[table["glacier"] != glacier]["error_px"].quantile(share)
            rows.append(
                {
                    "stated": f"{share:.0%}",
                    "glacier": glacier,
                    "scenes": str(len(each)),
                    "floor px": f"{fitted.floor_px:.1f}",
                    "factor": f"{fitted.factor:.2f}",
                    "held": f"{(each['error_px'] <= stated).mean():.0%}",
                    "median uncertainty px": f"{stated.median():.1f}",
                    "held by one width": f"{(each['error_px'] <= plain).mean():.0%}",
                }
            )
    return pd.DataFrame(rows)


def fit(rows: pd.DataFrame, share: float) -> Calibration:
    """A calibration in which every glacier has the same weight: as many scenes of each, even over the spread."""
    least = rows.groupby("glacier").size().min()
    drawn = [
        each.sort_values(SPREAD).iloc[np.linspace(0, len(each) - 1, least).round().astype(int)]
        for _, each in rows.groupby("glacier")
    ]
    even = pd.concat(drawn)
    return fitted_calibration(even[SPREAD].to_numpy(), even["error_px"].to_numpy(), share)


def constants(table: pd.DataFrame) -> dict[str, Any]:
    """What all glaciers together give."""
    calibration = fit(table, SHARE)
    trained = grey_range(table)
    return {
        "origin": f"{len(table)} scenes of {table['glacier'].nunique()} glaciers, each left out of all networks",
        "calibration": vars(calibration),
        "flagged_spread_px": limit_elsewhere(table, "", FLAGGED),
        "rejected_spread_px": limit_elsewhere(table, "", REJECTED),
        "rejected_spread_px, where the probability tells more": limit_elsewhere(table, "", SELDOM),
        "limits": {sign: limit_elsewhere(table, "", REJECTED, sign) for sign in THRESHOLDS},
        "improbable, flagged": limit_elsewhere(table, "", FLAGGED, "improbable"),
        "grey_low": vars(trained.low),
        "grey_high": vars(trained.high),
    }


def draw(table: pd.DataFrame, out: Path) -> None:
    """Risk-coverage curves of each glacier, and error against stated uncertainty."""
    glaciers = sorted(table["glacier"].unique())
    with figure_style(DIAGRAM_STYLE):
        figure, axes = pyplot.subplots(1, len(glaciers) + 1, figsize=(11, 2.6), constrained_layout=True)
        for axis, glacier in zip(axes, glaciers, strict=False):
            draw_curves(axis, table[table["glacier"] == glacier], (SPREAD, "mirrored", "improbable"))
        label_curves(axes, glaciers)
        for glacier, colour in zip(glaciers, GLACIER_COLOURS, strict=False):
            each, fitted = table[table["glacier"] == glacier], fit(table[table["glacier"] != glacier], SHARE)
            axes[-1].scatter(fitted.interval(each[SPREAD]), each["error_px"], s=4, color=colour, label=glacier)
        top = float(table["error_px"].quantile(0.99))
        axes[-1].plot([0, top], [0, top], color="0.3", linewidth=0.7)
        axes[-1].set(title="under the line: held", xlabel="stated uncertainty [px]", ylabel="error [px]")
        axes[-1].set(xlim=(0, top), ylim=(0, top))
        axes[-1].legend(frameon=False, markerscale=2)
        save_svg_and_png(figure, out / "risk_coverage", 150)
        pyplot.close(figure)


CURVES = {
    SPREAD: ("spread of networks", "#0072b2"),
    "mirrored": ("mirrored passes too", "#d55e00"),
    "improbable": ("low probability", "#cc79a7"),
    "error_px": ("true order", "0.6"),
}
"""Name and colour of each sign's curve."""


def draw_curves(axis: Any, rows: pd.DataFrame, signs: Sequence[str]) -> None:
    """The curves of one glacier: that of some of `CURVES`, of the true order and of random order."""
    error_px = rows["error_px"].to_numpy()
    kept = np.arange(1, len(error_px) + 1)
    for sign in (*signs, "error_px"):
        name, colour = CURVES[sign]
        ordered = error_px[np.argsort(rows[sign].to_numpy(), kind="stable")]
        axis.plot(kept / len(kept), np.cumsum(ordered) / kept, color=colour, label=name)
    axis.axhline(error_px.mean(), color="0.6", linestyle=":", label="random order")


def label_curves(axes: Sequence[Any], glaciers: Sequence[str]) -> None:
    """Titles and labels of a row of curves; the first axis has the legend."""
    for axis, glacier in zip(axes, glaciers, strict=False):
        axis.set(title=f"{glacier} left out", xlabel="share of fronts kept", ylim=(0, None), xlim=(0, 1))
    axes[0].set_ylabel("mean error of the kept [px]")
    axes[0].legend(frameon=False, loc="lower right")


def parsed() -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("signs", type=Path, help="table of benchmarks/front_signs.py")
    parser.add_argument("--route", choices=LIMITS, default="front", help="what its fronts were drawn from")
    parser.add_argument("--out", type=Path, required=True, help="folder for tables and figure")
    options = parser.parse_args()
    options.limits = LIMITS[options.route]
    return options


def main() -> None:
    options = parsed()
    options.out.mkdir(parents=True, exist_ok=True)
    table = pd.read_csv(options.signs)
    without = table["error_px"].isna()
    print(f"{without.sum()} of {len(table)} scenes have no front and are left out.")
    table = with_derived(table[~without].reset_index(drop=True))
    made: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "predictors": predictors,
        "thresholds": partial(thresholds, limits=options.limits),
        "calibration": calibrations,
    }
    for name, make in made.items():
        text = markdown(make(table))
        write_text_whole(options.out / f"{name}.md", text)
        print(text)
    write_json(options.out / "constants.json", constants(table))
    draw(table, options.out)
    print(f"In the package: {options.limits}.")


if __name__ == "__main__":
    main()
