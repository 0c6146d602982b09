"""The measures of predicted classes: the class of the line before it is thinned, and the zones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

from nnunet_glacier.domain.measures import LINE_CLASS, ZONES, MeasureUnit
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.measures.band_scores import BandScores
from nnunet_glacier.measures.bands import DISTANCE_WEIGHTS_PX, LABEL_RADII_PX, certainty_m
from nnunet_glacier.measures.comparison import Comparison
from nnunet_glacier.measures.line_distances import boundary_f_score, hd95_pooled
from nnunet_glacier.measures.measure import Measure
from nnunet_glacier.measures.zone_scores import METRICS, ZONE_TITLES

_LINE = "_against_line"
"""Ends the names of scores against the labelled line of one pixel, whatever width the dataset's labels have."""


def _band_label(name: str) -> Callable[[Comparison], BandScores]:
    """The scores of the band that a measure's name stands for."""
    if name.endswith(_LINE):
        return lambda scene: scene.band_scores_against_line
    return lambda scene: scene.band_scores


def _band_overlap(label: str, ending: str = "") -> Iterator[Measure]:
    titles = {"precision": "Precision", "recall": "Recall", "dice": "Dice", "iou": "IoU", "mcc": "MCC"}
    scores = _band_label(ending)
    for metric, title in titles.items():

        def of(scene: Comparison, metric: str = metric) -> float:
            return getattr(scores(scene).overlap, metric)

        yield Measure(
            f"band_{metric}{ending}",
            "-1 to 1" if metric == "mcc" else "0-1",
            f"{title} of the predicted line class and {label}",
            LINE_CLASS,
            f"{title} against the one-pixel line" if ending else title,
            of,
            label=title,
            further=metric in ("iou", "mcc") or bool(ending),
        )


def _label_dilated(label: str, ending: str = "") -> Iterator[Measure]:
    scores, of_line = _band_label(ending), " against the one-pixel line" if ending else ""

    def over_dilated_union(radius: int, scene: Comparison) -> float:
        return scores(scene).label_dilated(radius).over_dilated_union

    def over_plain_union(radius: int, scene: Comparison) -> float:
        return scores(scene).label_dilated(radius).over_plain_union

    for radius in LABEL_RADII_PX:
        yield Measure(
            f"band_iou_label_dilated_{radius}px{ending}",
            "0-1",
            f"IoU of the predicted line class and {label} dilated by {radius} px (Gattolin)",
            LINE_CLASS,
            f"IoU, label dilated by {radius} px{of_line}",
            partial(over_dilated_union, radius),
            label=f"IoU, label\ndilated {radius} px",
            further=radius != LABEL_RADII_PX[0] or bool(ending),
        )
        yield Measure(
            f"band_iou_tolerant_{radius}px{ending}",
            "0-1",
            f"Predicted line class within {radius} px of {label}, over the union of both as they are",
            LINE_CLASS,
            f"Within {radius} px of the label, over plain union{of_line}",
            partial(over_plain_union, radius),
            further=True,
        )


def _weighted_dice(label: str, ending: str = "") -> Iterator[Measure]:
    scores, of_line = _band_label(ending), " against the one-pixel line" if ending else ""

    def weighted_dice(weight: float, scene: Comparison) -> float:
        return scores(scene).weighted_dice(weight)

    for weight in DISTANCE_WEIGHTS_PX:
        yield Measure(
            f"band_weighted_dice_{weight:g}px{ending}",
            "0-1",
            f"Distance-weighted Dice of the predicted line class and {label}, w = {weight:g} px (Holzmann et al. 2021, "
            "Eq. 2)",
            LINE_CLASS,
            f"Distance-weighted Dice, w = {weight:g} px{of_line}",
            partial(weighted_dice, weight),
            family="" if ending else "band_weighted_dice_px",
            at=math.nan if ending else weight,
            further=bool(ending),
        )


def _boundary_f(tolerance: int, scene: Comparison) -> float:
    return boundary_f_score(scene.band_scores.boundary_distances_px, tolerance)


def _band_boundaries() -> Iterator[Measure]:
    for tolerance in LABEL_RADII_PX:
        yield Measure(
            f"band_boundary_f_{tolerance}px",
            "0-1",
            f"Boundary F-score of the boundaries of both masks within {tolerance} px (Gattolin, Eq. 5)",
            LINE_CLASS,
            f"Boundary F-score of the masks at {tolerance} px",
            partial(_boundary_f, tolerance),
            further=True,
        )

    def hd95_px(scene: Comparison) -> float:
        return hd95_pooled(scene.band_scores.boundary_distances_px)

    meaning = "HD95 of the boundaries of both masks, both directions together (Gattolin, Eq. 8)"

    def hd95_m(scene: Comparison) -> float:
        return hd95_px(scene) * scene.pixel_size_m

    units: tuple[tuple[MeasureUnit, Callable[[Comparison], float]], ...] = (("m", hd95_m), ("px", hd95_px))
    for unit, of in units:
        yield Measure(f"band_hd95_{unit}", unit, meaning, LINE_CLASS, "HD95 of the masks", of, further=True)


def band_measures() -> Iterator[Measure]:
    """The predicted class of the line against the dataset's own label of that class, and against the thin line.

    Where a dataset has no label maps both are the line of one pixel.
    """
    own, line = "the dataset's label of it", "the labelled line of one pixel"
    yield from _band_overlap(own)
    yield from _label_dilated(own)
    yield from _weighted_dice(own)
    yield from _band_overlap(line, _LINE)
    yield from _label_dilated(line, _LINE)
    yield from _weighted_dice(line, _LINE)
    yield from _band_boundaries()
    thickness = (
        "Mean thickness of the predicted line class: its area over the labelled line's length (Holzmann et al. 2021)"
    )
    rows: tuple[tuple[str, MeasureUnit, str, str, Callable[[Comparison], float]], ...] = (
        ("band_thickness_px", "px", thickness, "Mean thickness", lambda scene: scene.thickness_px),
        ("band_thickness_m", "m", thickness, "Mean thickness", lambda scene: scene.thickness_px * scene.pixel_size_m),
        (
            "band_certainty_m",
            "m",
            "Half the thickness: how certain the line is across the band (Holzmann et al. 2021)",
            "Certainty, half the thickness",
            lambda scene: certainty_m(scene.thickness_px, scene.pixel_size_m),
        ),
    )
    for name, unit, meaning, title, of in rows:
        yield Measure(name, unit, meaning, LINE_CLASS, title, of, further=True)


def zone_metrics() -> Iterator[Measure]:
    """The published scores of the zones: of each metric the mean of the four, then each zone."""
    for metric, title in METRICS.items():
        for place, zone in enumerate(("macro", *ZONE_TITLES.values())):

            def of(scene: Comparison, metric: str = metric, place: int = place) -> float:
                return math.nan if scene.zones is None else scene.zones.with_macro(metric)[place]

            mean = zone == "macro"
            yield Measure(
                f"{metric}_{zone.lower()}",
                "0-1",
                f"{title}, plain mean of the four zones" if mean else f"{title} of zone {zone}",
                ZONES,
                f"{title}, mean of the four zones" if mean else f"{title} of {zone}",
                of,
                label=title if mean else zone,
                published=True,
            )


def further_zone_scores() -> Iterator[Measure]:
    """The scores of the zones that are not published for CaFFe."""

    def macro(scene: Comparison) -> float:
        return math.nan if scene.zones is None else scene.zones.with_macro("mcc")[0]

    def weighted(scene: Comparison) -> float:
        return math.nan if scene.zones is None else scene.zones.weighted_f1

    meaning = "MCC, plain mean of the four zones"
    yield Measure("mcc_macro", "-1 to 1", meaning, ZONES, "MCC, mean of the four zones", macro, further=True)
    for zone in Zone:

        def of(scene: Comparison, zone: Zone = zone) -> float:
            return math.nan if scene.zones is None else float(scene.zones.mcc[zone])

        name, title = f"mcc_{zone.name.lower()}", f"MCC of {ZONE_TITLES[zone]}"
        meaning = f"MCC of zone {ZONE_TITLES[zone]} against the rest"
        yield Measure(name, "-1 to 1", meaning, ZONES, title, of, further=True)
    meaning = "F1 of the zones weighted with their labelled pixels (Pires de Lima et al. 2023)"
    yield Measure("f1_weighted", "0-1", meaning, ZONES, "F1 weighted with labelled pixels", weighted, further=True)
