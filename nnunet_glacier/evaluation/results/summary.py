"""Means over images and pixels, by subset, and their place in ``summary.json``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnunet_glacier.evaluation.results.groups import subsets
from nnunet_glacier.evaluation.scene_scores import SceneScore
from nnunet_glacier.measures.means import (
    Distribution,
    Mean,
    distribution,
    front_length_mean,
    mad_of_known,
    mean_of_known,
    median_of_known,
    null_if_nan,
    percentile_of_known,
    pooled_mean,
    share_without_front,
)
from nnunet_glacier.measures.measure import Measure
from nnunet_glacier.measures.zone_scores import METRICS
from nnunet_glacier.support.bootstrap import Bootstrap, Interval, pooled_mean_interval

ZONE_COLUMNS = ("macro", "NA", "rock", "glacier", "ocean")
"""Order of the five zone figures everywhere."""

WITHOUT_ENDS = ("mde_without_ends_m", "mde_without_ends_px", "no_front_without_ends")
"""Names of `pooled_without_ends` in ``summary.json``."""


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
        no_front_share: Share of the images without a distance, in [0, 1].
        front_length_mde_m: Mean of the images' mean distances weighted with their labelled fronts' pixels, in metres.
        front_length_mde_px: The same in pixels.
        image_mad_m: Median absolute deviation of the images' mean distances from their median, in metres.
        image_mad_px: The same in pixels.
        image_p95_m: 95th percentile of the images' mean distances, in metres.
        image_p95_px: The same in pixels.
        mde_interval_m: Bootstrap interval of `mde_m` over scenes.
        mde_interval_px: Bootstrap interval of `mde_px` over scenes.
        measures: The chosen measures that are not published, over the images.
        without_ends: The MDE without the ends of labels (`pooled_without_ends`); None where that is not asked for.
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
    no_front_share: float
    front_length_mde_m: float
    front_length_mde_px: float
    image_mad_m: float
    image_mad_px: float
    image_p95_m: float
    image_p95_px: float
    mde_interval_m: Interval
    mde_interval_px: Interval
    measures: Mapping[str, Distribution]
    without_ends: Mapping[str, float] | None = None


def score_subset(
    scores: Sequence[SceneScore], measures: Sequence[Measure] = (), bootstrap: Bootstrap | None = None
) -> SubsetScore:
    """The scores of a subset; figures without any image are NaN (`means`).

    Args:
        scores: Those of its images.
        measures: The measures that are put together.
        bootstrap: How scenes are drawn for intervals.
    """
    measured = [score for score in scores if not math.isnan(score.scene.pixel_size_m)]
    counts, sums_m, sums_px = distance_sums(scores)
    means_m = [score.mean_distance_m for score in scores]
    means_px = [score.front.mean_distance_px for score in scores]
    front_lengths = [score.front.label_pixels for score in scores]
    with_zones = [score.zones for score in scores if score.zones is not None]
    complete = [zones for zones in with_zones if not zones.absent]
    return SubsetScore(
        images=len(scores),
        no_front=sum(not score.front.has_both_lines for score in scores),
        no_front_predicted=sum(not score.front.predicted_pixels for score in scores),
        no_front_labelled=sum(not score.front.label_pixels for score in scores),
        no_pixel_size=len(scores) - len(measured),
        mde_m=pooled_mean(sums_m.tolist(), np.where(np.isnan(sums_m), 0, counts).tolist()),
        mde_px=pooled_mean(sums_px.tolist(), counts.tolist()),
        image_mean_m=mean_of_known(means_m).value,
        image_mean_px=mean_of_known(means_px).value,
        image_median_m=median_of_known(means_m),
        image_median_px=median_of_known(means_px),
        zones={metric: _columns([zones.with_macro(metric) for zones in complete]) for metric in METRICS},
        images_in_zone_mean=len(complete),
        zones_where_present={
            metric: tuple(mean_of_known(getattr(zones, metric)[zone] for zones in with_zones) for zone in range(4))
            for metric in METRICS
        },
        no_front_share=share_without_front([score.front.has_both_lines for score in scores]),
        front_length_mde_m=front_length_mean(means_m, front_lengths),
        front_length_mde_px=front_length_mean(means_px, front_lengths),
        image_mad_m=mad_of_known(means_m),
        image_mad_px=mad_of_known(means_px),
        image_p95_m=percentile_of_known(means_m, 95),
        image_p95_px=percentile_of_known(means_px, 95),
        mde_interval_m=_interval(sums_m, counts, bootstrap),
        mde_interval_px=_interval(sums_px, counts, bootstrap),
        measures={
            measure.name: distribution([score.measures[measure.name] for score in scores])
            for measure in measures
            if not measure.published
        },
        without_ends=pooled_without_ends(scores),
    )


def pooled_without_ends(scores: Sequence[SceneScore]) -> dict[str, float] | None:
    """Figures without the ends of labels; None where no score has them.

    Returns:
        `WITHOUT_ENDS`: the mean over the remaining pixels of both lines in all images, in metres and pixels, NaN
        without any; and the number of images of whose prediction or label nothing remains.
    """
    known = [(score.without_ends, score.scene.pixel_size_m) for score in scores if score.without_ends is not None]
    if not known:
        return None
    counts = [middle.distance_count for middle, _ in known]
    sums_px = [middle.distance_sum_px for middle, _ in known]
    sums_m = [middle.distance_sum_px * pixel_size_m for middle, pixel_size_m in known]
    figures = (pooled_mean(sums_m, counts), pooled_mean(sums_px, counts), counts.count(0))
    return dict(zip(WITHOUT_ENDS, figures, strict=True))


def distance_sums(scores: Sequence[SceneScore]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number of distances of each image, their sum in metres and in pixels; NaN sums where they are not known."""
    counts = np.array([score.front.distance_count for score in scores], dtype=np.int64)
    sums_px = np.array([score.front.distance_sum_px for score in scores], dtype=np.float64)
    return counts, sums_px * [score.scene.pixel_size_m for score in scores], sums_px


def _interval(sums: np.ndarray, counts: np.ndarray, bootstrap: Bootstrap | None) -> Interval:
    return pooled_mean_interval(sums, np.where(np.isnan(sums), 0, counts), bootstrap)


def _columns(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    columns = zip(*rows, strict=True) if rows else [()] * len(ZONE_COLUMNS)
    return tuple(mean_of_known(column).value for column in columns)


def score_subsets(
    scores: Sequence[SceneScore], measures: Sequence[Measure] = (), bootstrap: Bootstrap | None = None
) -> dict[str, SubsetScore]:
    """The scores of every subset (`groups.subsets`), ``all`` first; arguments as of `score_subset`."""
    return {name: score_subset(members, measures, bootstrap) for name, members in subsets(scores).items()}


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
        "no_front_share": null_if_nan(subset.no_front_share),
        "front_length_normalised_mde_m": null_if_nan(subset.front_length_mde_m),
        "front_length_normalised_mde_px": null_if_nan(subset.front_length_mde_px),
        "mad_of_image_means_m": null_if_nan(subset.image_mad_m),
        "mad_of_image_means_px": null_if_nan(subset.image_mad_px),
        "p95_of_image_means_m": null_if_nan(subset.image_p95_m),
        "p95_of_image_means_px": null_if_nan(subset.image_p95_px),
        "mde_m_interval": subset.mde_interval_m.to_json(),
        "mde_px_interval": subset.mde_interval_px.to_json(),
        "measures_over_images": {name: over.to_json() for name, over in subset.measures.items() if over.images},
        **{name: null_if_nan(value) for name, value in (subset.without_ends or {}).items()},
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
        "front_found": score.front.has_both_lines,
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


def result_json(scores: Sequence[SceneScore], scored: Mapping[str, SubsetScore]) -> dict[str, Any]:
    """One set of predictions and one route in ``summary.json``, under the names of the published scores.

    Args:
        scores: The scores of the images.
        scored: Those of their subsets (`score_subsets`).
    """
    everything = {name: subset_json(subset) for name, subset in scored.items()}
    return {
        "images": {score.scene.case: image_json(score) for score in scores},
        "subsets": everything,
        "zone_metrics_mean_over_images": everything["all"]["zone_metrics_mean_over_images"],
        "images_in_zone_mean": everything["all"]["images_in_zone_mean"],
    }
