"""The report's sections that need the scores alone: experiments, published results, distributions, time, training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.report.distribution_plots import GROUPINGS, draw_groups
from nnunet_glacier.report.drawing import Picture, report_style, save
from nnunet_glacier.report.evaluations import Evaluation, Unit
from nnunet_glacier.report.experiment_plots import (
    draw_experiments,
    draw_image_distances,
    draw_line_measures,
    draw_zone_scores,
    has_boxes,
)
from nnunet_glacier.report.left_out import different_scenes_text, left_out_entries
from nnunet_glacier.report.measures import nested_groups, per_image
from nnunet_glacier.report.page import Facts, Section
from nnunet_glacier.report.scene_tables import groups_table, sensor_season_table, worst_images_table
from nnunet_glacier.report.significance import differences_table, significance_table
from nnunet_glacier.report.tables import (
    Table,
    experiments_table,
    line_measures_table,
    published_table,
    zones_table,
)
from nnunet_glacier.report.timelines import draw_timeline
from nnunet_glacier.report.training_logs import TrainedModel
from nnunet_glacier.report.training_plots import draw_training
from nnunet_glacier.support.bootstrap import Bootstrap
from nnunet_glacier.support.wording import counted


@dataclass(frozen=True)
class Material:
    """What the sections are made from.

    Attributes:
        evaluations: The experiments.
        unit: Unit of distances in the whole report.
        published: Whether published results stand beside them.
        figures: Folder for figures.
        line: What is scored: ``front``, or ``grounding line``.
        bootstrap: How scenes are drawn for intervals of differences.
    """

    evaluations: Sequence[Evaluation]
    unit: Unit
    published: bool
    figures: Path
    line: str = "front"
    bootstrap: Bootstrap = field(default_factory=Bootstrap)


def scored_section(material: Material) -> Section:
    """What was scored, against what, and how."""
    facts = []
    for evaluation in material.evaluations:
        rules, line = evaluation.rules, material.line
        entries = [
            ("evaluation", str(evaluation.folder)),
            ("predictions", ", ".join(map(str, evaluation.predictions))),
            ("dataset", str(evaluation.dataset)),
            ("scheme", evaluation.scheme),
            *left_out_entries(evaluation),
            ("routes", f"{', '.join(evaluation.routes)} (figures show {evaluation.route})"),
            (f"{material.line}s", "as they were delivered" if evaluation.delivered else _found_by(rules)),
        ]
        if "zones" in evaluation.routes:
            decoding = "over other zones too, as published" if rules.published_decoding else "into the front band alone"
            entries.append(("fused labels, if any", f"the glacier grows {decoding}"))
        if evaluation.cut_ends_m is not None:
            entries.append(("ends cut", f"{evaluation.cut_ends_m:g} m at each end of labels, in scores without ends"))
        if evaluation.threshold is not None:
            entries.append(("threshold", f"{line} where its probability is above {evaluation.threshold:g}"))
        facts.append(Facts(evaluation.name, entries))
    return Section("scored", "What was scored", facts=facts)


def _found_by(rules: FrontRules) -> str:
    return f"pieces of up to {rules.min_front_length_m:g} m deleted, {rules.front_side} side of the edge"


def experiments_section(material: Material) -> Section:
    """MDE of the experiments, their images' distances, and which differences are significant."""
    evaluations, unit = material.evaluations, material.unit
    section = Section(
        "experiments", f"{material.line.capitalize()} errors of the experiments", different_scenes_text(evaluations)
    )
    section.tables.append(experiments_table(evaluations, unit, material.line))
    baselines = " Lines: published results on CaFFe's 122 test images." if material.published else ""
    several = any(evaluation.table["prediction"].nunique() > 1 for evaluation in evaluations)
    one_value = "one trained set of predictions" if several else "one experiment"
    boxes = "; boxes reach from the first to the third quartile" if has_boxes(evaluations, unit) else ""
    with report_style():
        section.pictures.append(
            save(
                draw_experiments(evaluations, unit, published=material.published),
                material.figures / "experiments",
                f"Mean distance error of the experiments by route. Each dot is {one_value}{boxes}.{baselines}",
            )
        )
        spread = draw_image_distances(evaluations, unit)
        if spread is not None:
            caption = (
                "Mean distances of the images by the main route, on a log axis. Each dot is one image (of several "
                f"sets, the mean over those with a {material.line}). Boxes reach from the first to the third quartile."
            )
            section.pictures.append(save(spread, material.figures / "experiments_images", caption))
        bars = draw_line_measures(evaluations, unit, material.line)
        if bars is not None:
            caption = (
                f"Share of the labelled {material.line} that predictions cover and boundary F-score within tolerances, "
                "and distances, as means over images; whiskers are the standard deviation over trained sets."
            )
            section.pictures.append(save(bars, material.figures / "line_measures", caption))
    measures = line_measures_table(evaluations, unit, material.line)
    section.tables += [measures] if measures is not None else []
    for route in ("front", "zones"):
        tables = [
            significance_table(evaluations, route, unit),
            differences_table(evaluations, route, unit, material.bootstrap),
        ]
        section.tables += [table for table in tables if table is not None]
    return section


def zones_section(material: Material) -> Section:
    """Zone scores as bars and as a table."""
    section = Section("zones", "Zone scores")
    table = zones_table(material.evaluations)
    with report_style():
        figure = draw_zone_scores(material.evaluations)
        if table is not None and figure is not None:
            caption = (
                "Precision, recall, F1 and IoU as means of the four zones (left) and IoU by zone (right), in percent; "
                "whiskers are the standard deviation over trained sets."
            )
            section.pictures.append(save(figure, material.figures / "zone_scores", caption))
            section.tables.append(table)
    return section


def published_section(material: Material) -> Section:
    """Published results beside the experiments, where they are of the same glaciers."""
    section = Section("published", "Beside published results")
    if material.published:
        counts = sorted({evaluation.main["case"].nunique() for evaluation in material.evaluations})
        section.intro = (
            "Published results are means over CaFFe's 122 test images of Columbia and Mapple. This report scored "
            f"{' and '.join(map(str, counts))} images named after these glaciers: the rows compare only as far as the "
            "images are the same."
        )
        section.tables.append(published_table(material.evaluations))
    return section


def distributions_section(material: Material, evaluation: Evaluation) -> Section:
    """The images' distances of one experiment by glacier and season, resolution, sensor and glacier."""
    section = Section(f"groups-{evaluation.key}", f"Where {evaluation.name} errs")
    section.intro = (
        "Mean distances of the images, by group. Boxes reach from the first to the third quartile; n counts images "
        "with a distance, and images without one are in no box."
    )
    images, unit = per_image(evaluation.main, material.unit), material.unit
    for name, (title, outer, inner) in GROUPINGS.items():
        groups = nested_groups(images, outer, inner)
        if all(len(group.images) == len(images) for group in groups):
            # Leave out a grouping of which all scenes are one group: it would show the same box twice.
            continue
        with report_style():
            figure = draw_groups(groups, unit, published=material.published)
            if figure is None:
                continue
            stem = f"{name}_{evaluation.key}"
            caption = f"{evaluation.name}: mean distances of the images by {title}, on a log axis [{unit.name}]."
            section.pictures.append(save(figure, material.figures / stem, caption))
        section.tables.append(groups_table(stem, f"{evaluation.name} by {title} [{unit.name}].", groups, unit))
    table = sensor_season_table(evaluation, unit, material.line)
    if table is not None:
        section.tables.append(table)
    section.tables.append(worst_images_table(evaluation, unit, material.line))
    return section


def timeline_section(material: Material) -> Section:
    """When the scored scenes were taken, by glacier and sensor."""
    section = Section("timeline", "Scenes in time")
    together = pd.concat([evaluation.main for evaluation in material.evaluations]).drop_duplicates("case")
    undated = int(together["date"].isna().sum())
    with report_style():
        figure = draw_timeline(together)
        if figure is not None:
            without = counted(undated, "scene without a date is", "scenes without a date are")
            lacking = f" {without} left out." if undated else ""
            caption = f"Scored scenes by glacier (number of scenes), date and sensor.{lacking}"
            section.pictures.append(save(figure, material.figures / "timeline", caption))
    return section


def training_section(models: Sequence[TrainedModel], figures: Path) -> Section:
    """Training and validation curves of the models."""
    section = Section("training", "Training")
    if not models:
        return section
    section.intro = (
        "From nnU-Net's logs. The loss is Dice plus cross-entropy unless the trainer says otherwise; losses of "
        "different trainers are not comparable. Pseudo Dice is measured on validation patches, classes averaged."
    )
    with report_style():
        caption = "Training and validation loss (left) and pseudo Dice on validation patches (right) by epoch."
        section.pictures.append(save(draw_training(models), figures / "training", caption))
    everything = pd.concat([model.epochs.assign(model=model.name) for model in models], ignore_index=True)
    section.tables.append(_last_epochs(everything))
    return section


def _last_epochs(everything: pd.DataFrame) -> Table:
    """The CSV holds every epoch; the page shows each fold's last one."""
    numbers = everything[["model", "fold", "epoch", "train_loss", "val_loss", "pseudo_dice"]]
    last = numbers.loc[numbers.groupby(["model", "fold"], sort=False)["epoch"].idxmax()]
    shown = last.assign(
        epoch=last["epoch"].astype(int).astype(str),
        **{name: last[name].map("{:.3f}".format) for name in ("train_loss", "val_loss", "pseudo_dice")},
    ).rename(columns=lambda name: name.replace("_", " "))
    return Table("training", "The last epoch of each fold; the CSV file holds every epoch.", numbers, shown)


def all_pictures(sections: Sequence[Section]) -> list[Picture]:
    """The pictures of all sections."""
    return [picture for section in sections for picture in section.pictures]
