"""Mean and sample standard deviation of the scores of several folds or repeated trainings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnunet_glacier.evaluation.results.summary import WITHOUT_ENDS, SubsetScore
from nnunet_glacier.measures.zone_scores import METRICS
from nnunet_glacier.support.fold_statistics import Spread, spread

FIGURES = {
    "images": "images",
    "no_front": "no_front",
    "no_front_predicted": "no_front_predicted",
    "no_front_labelled": "no_front_labelled",
    "mde_m": "mde_m",
    "mde_px": "mde_px",
    "image_mean_m": "mean_of_image_means_m",
    "image_mean_px": "mean_of_image_means_px",
    "image_median_m": "median_of_image_means_m",
    "image_median_px": "median_of_image_means_px",
    "no_front_share": "no_front_share",
    "front_length_mde_m": "front_length_normalised_mde_m",
    "front_length_mde_px": "front_length_normalised_mde_px",
    "image_mad_m": "mad_of_image_means_m",
    "image_mad_px": "mad_of_image_means_px",
    "image_p95_m": "p95_of_image_means_m",
    "image_p95_px": "p95_of_image_means_px",
}
"""Attributes of `SubsetScore` that are averaged over folds, and their names in ``summary.json``."""


def over_folds(folds: Mapping[str, Mapping[str, SubsetScore]]) -> dict[str, dict[str, Spread]]:
    """Every figure of every subset over the folds: subset to attribute of `SubsetScore` to spread.

    A subset that a fold lacks is averaged over the folds that have it.
    """
    names = dict.fromkeys(name for subsets in folds.values() for name in subsets)
    return {
        name: {
            figure: spread([getattr(subsets[name], figure) for subsets in folds.values() if name in subsets])
            for figure in FIGURES
        }
        for name in names
    }


def zones_over_folds(folds: Mapping[str, SubsetScore]) -> dict[str, list[Spread]]:
    """Each zone metric over the folds: macro, NA, rock, glacier, ocean."""
    return {
        metric: [spread(values) for values in zip(*(fold.zones[metric] for fold in folds.values()), strict=True)]
        for metric in METRICS
    }


def measures_over_folds(folds: Mapping[str, SubsetScore]) -> dict[str, Spread]:
    """The mean over images of every measure, over the folds; those that no fold has are left out."""
    names = dict.fromkeys(name for fold in folds.values() for name, over in fold.measures.items() if over.images)
    return {name: spread([fold.measures[name].mean for fold in folds.values()]) for name in names}


def over_folds_json(folds: Mapping[str, Mapping[str, SubsetScore]]) -> dict[str, Any]:
    """The entry ``over_folds`` of ``summary.json``."""
    subsets: dict[str, dict[str, Any]] = {}
    for name, figures in over_folds(folds).items():
        having = {fold: subsets[name] for fold, subsets in folds.items() if name in subsets}
        measures = {measure: value.to_json() for measure, value in measures_over_folds(having).items()}
        subsets[name] = {FIGURES[figure]: value.to_json() for figure, value in figures.items()}
        subsets[name]["measures_over_images"] = measures
        without_ends = [fold.without_ends for fold in having.values() if fold.without_ends is not None]
        for key in WITHOUT_ENDS if without_ends else ():
            subsets[name][key] = spread([one[key] for one in without_ends]).to_json()
    return {
        "standard_deviation": "sample (n - 1)",
        "subsets": subsets,
        "zone_metrics_mean_over_images": {
            metric: [value.to_json() for value in values]
            for metric, values in zones_over_folds({name: fold["all"] for name, fold in folds.items()}).items()
        },
    }
