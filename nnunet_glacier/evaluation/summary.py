"""Means over images and pixels, by subset, and their place in ``summary.json``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnunet_glacier.evaluation.empty_masks import Mean, mean_of_known, median_of_known, null_if_nan
from nnunet_glacier.evaluation.groups import subsets
from nnunet_glacier.evaluation.scene_scores import SceneScore
from nnunet_glacier.evaluation.zone_scores import METRICS

ZONE_COLUMNS = ("macro", "NA", "rock", "glacier", "ocean")
"""Order of the five zone figures everywhere."""


@dataclass(frozen=True)
class SubsetScore:
    """The scores of a subset of the images.

    Attributes:
        images: Number of images.
        no_front: Images without a distance: no front predicted, or none labelled.
        no_front_predicted: Images without a predicted front.
        no_front_labelled: Images without a labelled front.
        no_pixel_size: Images whose pixel size is not known; they are in no figure in metres.
        mde_m: Mean distance error: mean of the distances of all pixels of all images, in metres.
        mde_px: The same in pixels.
        image_mean_m: Mean of the images' mean distances, in metres.
        image_mean_px: The same in pixels.
        image_median_m: Median of the images' mean distances, in metres.
        image_median_px: The same in pixels.
        zones: For each metric the macro mean and the four zones, means over the images in which every zone is in the
            label or the prediction, as the published code needs.
        images_in_zone_mean: Number of those images.
        zones_where_present: For each metric and zone the mean over the images in which that zone is in the label or
            the prediction, with their number.
    """

    images: int
    no_front: int
    no_front_predicted: int
    no_front_labelled: int
    no_pixel_size: int
    mde_m: float
    mde_px: float
    image_mean_m: float
    image_mean_px: float
    image_median_m: float
    image_median_px: float
    zones: Mapping[str, tuple[float, ...]]
    images_in_zone_mean: int
    zones_where_present: Mapping[str, tuple[Mean, ...]]


def score_subset(scores: Sequence[SceneScore]) -> SubsetScore:
    """The scores of a subset; figures without any image are NaN (`empty_masks`)."""
    measured = [score for score in scores if not math.isnan(score.scene.pixel_size_m)]
    with_zones = [score.zones for score in scores if score.zones is not None]
    complete = [zones for zones in with_zones if not zones.absent]
    return SubsetScore(
        images=len(scores),
        no_front=sum(not score.front.found for score in scores),
        no_front_predicted=sum(not score.front.predicted_pixels for score in scores),
        no_front_labelled=sum(not score.front.label_pixels for score in scores),
        no_pixel_size=len(scores) - len(measured),
        mde_m=_pooled(measured, [score.scene.pixel_size_m for score in measured]),
        mde_px=_pooled(scores, [1.0] * len(scores)),
        image_mean_m=mean_of_known(score.mean_distance_m for score in scores).value,
        image_mean_px=mean_of_known(score.front.mean_distance_px for score in scores).value,
        image_median_m=median_of_known(score.mean_distance_m for score in scores),
        image_median_px=median_of_known(score.front.mean_distance_px for score in scores),
        zones={metric: _columns([zones.with_macro(metric) for zones in complete]) for metric in METRICS},
        images_in_zone_mean=len(complete),
        zones_where_present={
            metric: tuple(mean_of_known(getattr(zones, metric)[zone] for zones in with_zones) for zone in range(4))
            for metric in METRICS
        },
    )


def _pooled(scores: Sequence[SceneScore], scales: Sequence[float]) -> float:
    """Mean of the distances of all pixels of all images with a front (paper 001, Eq. 1); NaN if there is none."""
    pairs = [(score.front, scale) for score, scale in zip(scores, scales, strict=True) if score.front.found]
    count = sum(front.distance_count for front, _ in pairs)
    return math.fsum(front.distance_sum_px * scale for front, scale in pairs) / count if count else math.nan


def _columns(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    columns = zip(*rows, strict=True) if rows else [()] * len(ZONE_COLUMNS)
    return tuple(mean_of_known(column).value for column in columns)


def score_subsets(scores: Sequence[SceneScore]) -> dict[str, SubsetScore]:
    """The scores of every subset (`groups.subsets`), ``all`` first."""
    return {name: score_subset(members) for name, members in subsets(scores).items()}


def subset_json(subset: SubsetScore) -> dict[str, Any]:
    """A subset's entry in ``summary.json``."""
    return {
        "images": subset.images,
        "no_front": subset.no_front,
        "no_front_predicted": subset.no_front_predicted,
        "no_front_labelled": subset.no_front_labelled,
        "no_pixel_size": subset.no_pixel_size,
        "mde_m": null_if_nan(subset.mde_m),
        "mde_px": null_if_nan(subset.mde_px),
        "mean_of_image_means_m": null_if_nan(subset.image_mean_m),
        "mean_of_image_means_px": null_if_nan(subset.image_mean_px),
        "median_of_image_means_m": null_if_nan(subset.image_median_m),
        "median_of_image_means_px": null_if_nan(subset.image_median_px),
        "images_in_zone_mean": subset.images_in_zone_mean,
        "zone_metrics_mean_over_images": _zones_json(subset),
        "zone_metrics_mean_where_present": {
            metric: [{"mean": null_if_nan(mean.value), "images": mean.count} for mean in means]
            for metric, means in subset.zones_where_present.items()
        },
    }


def _zones_json(subset: SubsetScore) -> dict[str, list[float | None]] | None:
    if not subset.images_in_zone_mean:
        return None
    return {metric: [null_if_nan(value) for value in values] for metric, values in subset.zones.items()}


def image_json(score: SceneScore) -> dict[str, Any]:
    """An image's entry in ``summary.json``."""
    zones = score.zones
    columns = {metric: zones.with_macro(metric) for metric in METRICS} if zones is not None else {}
    return {
        "predicted_front_pixels": score.front.predicted_pixels,
        "label_front_pixels": score.front.label_pixels,
        "front_found": score.front.found,
        "mean_distance_m": null_if_nan(score.mean_distance_m),
        "mean_distance_px": null_if_nan(score.front.mean_distance_px),
        "winter": score.season == "winter" if score.season else None,
        "zone_metrics_macro_na_rock_glacier_ocean": columns if zones is not None and not zones.absent else None,
        "zone_metrics_where_present": {
            metric: [null_if_nan(value) for value in values[1:]] for metric, values in columns.items()
        },
        "prediction": score.prediction,
        "remarks": score.remarks,
    }


def result_json(scores: Sequence[SceneScore]) -> dict[str, Any]:
    """One set of predictions and one route in ``summary.json``, under the names of the published scores."""
    everything = {name: subset_json(subset) for name, subset in score_subsets(scores).items()}
    return {
        "images": {score.scene.case: image_json(score) for score in scores},
        "subsets": everything,
        "zone_metrics_mean_over_images": everything["all"]["zone_metrics_mean_over_images"],
        "images_in_zone_mean": everything["all"]["images_in_zone_mean"],
    }
