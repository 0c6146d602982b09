"""The report's section of the measures beside MDE and zone scores: the front class, tolerances, and every other one."""

from __future__ import annotations

from nnunet_glacier.report.chapters import Material
from nnunet_glacier.report.drawing import report_style, save
from nnunet_glacier.report.measure_plots import draw_front_class, draw_tolerance_scores
from nnunet_glacier.report.measure_tables import every_measure_table, front_class_table
from nnunet_glacier.report.page import Section


def measures_section(material: Material) -> Section:
    """The front class and scores at tolerances as bars, and every measure as a table."""
    evaluations = material.evaluations
    section = Section("measures", "Front class and every measure")
    whiskers = "Whiskers are the standard deviation over trained sets."
    figures = {
        "front_class": (
            draw_front_class,
            "The front class (calving front or grounding line) as it was predicted, against the labelled line: Dice, "
            "precision and recall, boundary F-score of the line that it is thinned to, and IoU with the label dilated "
            f"by 2 px, in percent, means over images. {whiskers}",
        ),
        "tolerance_scores": (
            draw_tolerance_scores,
            "Dice, IoU and MCC of the predicted and the labelled line, both dilated to a tolerance, and the "
            f"distance-weighted Dice of the front class where it was scored, means over images. {whiskers}",
        ),
    }
    with report_style():
        for name, (draw, caption) in figures.items():
            figure = draw(evaluations)
            if figure is not None:
                section.pictures.append(save(figure, material.figures / name, caption))
    tables = [front_class_table(evaluations, material.unit), every_measure_table(evaluations)]
    section.tables += [table for table in tables if table is not None]
    return section
