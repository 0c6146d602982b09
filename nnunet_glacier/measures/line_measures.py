"""The measures of two lines: how far they lie apart, what agrees within a tolerance, and their overlap when dilated."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from nnunet_glacier.domain.measures import DILATED, LINES, WITHIN, MeasureUnit
from nnunet_glacier.measures import line_distances
from nnunet_glacier.measures.comparison import Comparison
from nnunet_glacier.measures.front_distances import FrontDistances, front_score
from nnunet_glacier.measures.measure import Measure
from nnunet_glacier.measures.tolerance_scores import JAKOBSHAVN_TOLERANCES_M, PUBLISHED_TOLERANCES_M

TOLERANCES_PX = (2, 3, 5)
"""Gattolin's tolerance, and two that are nearer to the error of published grounding lines."""

TOLERANCES_M = (100, 250, 500)
"""From the distance by which careful people differ to that by which good networks err on CaFFe."""


def mean_distances() -> Iterator[Measure]:
    """The published score of a line, of one image."""
    yield from distance(
        "mean_distance",
        "Mean",
        "Mean distance over the pixels of both lines (Herrmann et al. 2023, Eq. 1, of one image)",
        lambda distances: front_score(distances).mean_distance_px,
        label="Mean",
        published=True,
    )


def shares_within() -> Iterator[Measure]:
    """Shares of the lines within tolerances in metres and in pixels."""
    yield from _within(
        "coverage",
        "Label covered within {}",
        "Share of the labelled line within {} of the predicted one; 0 if none was predicted",
        "Covered\n≤ {}",
        line_distances.coverage,
    )
    yield from _within(
        "boundary_f",
        "Boundary F-score at {}",
        "Boundary F-score: labelled and predicted line within {} of each other (Gattolin, Eq. 5)",
        "Boundary\nF ≤ {}",
        line_distances.boundary_f_score,
    )


def distance(
    name: str,
    title: str,
    meaning: str,
    of: Callable[[FrontDistances], float],
    *,
    label: str = "",
    published: bool = False,
    further: bool = False,
) -> Iterator[Measure]:
    """A distance in metres and in pixels."""

    def in_px(scene: Comparison) -> float:
        return of(scene.distances_px)

    def in_m(scene: Comparison) -> float:
        return of(scene.distances_px) * scene.pixel_size_m

    units: tuple[tuple[MeasureUnit, Callable[[Comparison], float]], ...] = (("m", in_m), ("px", in_px))
    for unit, value in units:
        yield Measure(
            f"{name}_{unit}", unit, meaning, LINES, title, value, label=label, published=published, further=further
        )


def further_distances() -> Iterator[Measure]:
    """The other distances of two lines."""
    yield from distance(
        "median_distance",
        "Median",
        "Median distance over the pixels of both lines",
        line_distances.median_distance,
        label="Median",
    )
    yield from distance(
        "mad_distance",
        "Median absolute deviation",
        "Median absolute deviation of the distances from their median",
        line_distances.mad_distance,
        further=True,
    )
    yield from distance(
        "hd95_pooled",
        "HD95, both directions together",
        "HD95: 95th percentile of the distances of both directions together (Gattolin, Eq. 8)",
        line_distances.hd95_pooled,
        label="HD95",
    )
    yield from distance(
        "hd95_larger_direction",
        "HD95, larger of both directions",
        "HD95: larger of the two directions' 95th percentiles (as in MONAI)",
        line_distances.hd95_larger_direction,
        further=True,
    )
    yield from distance(
        "polis",
        "PoLiS, average of both directions",
        "PoLiS: average of the two directions' mean distances (Avbelj et al. 2015)",
        line_distances.polis,
        label="PoLiS",
    )
    yield from distance(
        "predicted_to_label",
        "Predicted line to label",
        "Mean distance of the predicted line to the labelled one",
        line_distances.predicted_to_label_mean,
        further=True,
    )
    yield from distance(
        "label_to_predicted",
        "Label to predicted line",
        "Mean distance of the labelled line to the predicted one",
        line_distances.label_to_predicted_mean,
        further=True,
    )


def distances_without_ends() -> Iterator[Measure]:
    """The mean distance of two lines without the ends of the label."""

    def in_px(scene: Comparison) -> float:
        return front_score(scene.distances_without_ends_px).mean_distance_px

    def in_m(scene: Comparison) -> float:
        return in_px(scene) * scene.pixel_size_m

    units: tuple[tuple[MeasureUnit, Callable[[Comparison], float]], ...] = (("m", in_m), ("px", in_px))
    for unit, value in units:
        yield Measure(
            f"mean_distance_without_ends_{unit}",
            unit,
            "Mean distance over the pixels of both lines, without the label's pixels within --cut-ends-m of its ends "
            "and the predicted pixels nearest to those",
            LINES,
            "Mean, without the label's ends",
            value,
            label="Mean,\nno ends",
            cut_ends=True,
        )


def _within(
    name: str, title: str, meaning: str, label: str, share: Callable[[FrontDistances, float], float]
) -> Iterator[Measure]:
    """A share within each tolerance; `title`, `meaning` and `label` hold a place for it."""
    for unit, tolerances in (("m", TOLERANCES_M), ("px", TOLERANCES_PX)):
        for tolerance in tolerances:

            def of(scene: Comparison, tolerance: float = tolerance, unit: str = unit) -> float:
                tolerance_px = scene.in_px(tolerance) if unit == "m" else tolerance
                return math.nan if math.isnan(tolerance_px) else share(scene.distances_px, tolerance_px)

            within = f"{tolerance} {unit}"
            yield Measure(
                f"{name}_{tolerance}{unit}",
                "0-1",
                meaning.format(within),
                WITHIN,
                title.format(within),
                of,
                label=label.format(within),
                family=f"{name}_{unit}",
                at=tolerance,
                further=unit == "px" and tolerance != TOLERANCES_PX[0],
            )


def dilated_lines() -> Iterator[Measure]:
    """Overlap of prediction and label dilated to the published tolerances.

    Short pieces of the prediction count, as in the paper, which deletes none. The line class is scored against the
    dataset's own label of it, the edge of zones against the labelled line.
    """
    for tolerance_m in PUBLISHED_TOLERANCES_M:
        for metric, title in (("iou", "IoU"), ("dice", "Dice"), ("mcc", "MCC")):

            def of(scene: Comparison, tolerance_m: float = tolerance_m, metric: str = metric) -> float:
                return getattr(scene.dilated(tolerance_m), metric)

            yield Measure(
                f"tolerance_{metric}_{tolerance_m:g}m",
                "-1 to 1" if metric == "mcc" else "0-1",
                f"{title} of the uncleaned prediction and label, dilated to {tolerance_m:g} m (Davari et al. 2021)",
                DILATED,
                f"{title} at {tolerance_m:g} m",
                of,
                label=f"{title}\n{tolerance_m:g} m",
                family=f"tolerance_{metric}_m",
                at=tolerance_m,
                further=tolerance_m not in JAKOBSHAVN_TOLERANCES_M,
            )
