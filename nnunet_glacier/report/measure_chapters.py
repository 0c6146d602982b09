"""The report's section of the measures beside MDE and zone scores: the line class, tolerances, and every other one."""

from __future__ import annotations

from nnunet_glacier.report.chapters import Material
from nnunet_glacier.report.drawing import report_style, save
from nnunet_glacier.report.measure_plots import draw_line_class, draw_tolerance_scores
from nnunet_glacier.report.measure_tables import every_measure_table, line_class_table
from nnunet_glacier.report.page import Section


def measures_section(material: Material) -> Section:
    """The line class and scores at tolerances as bars, and every measure as a table."""
    evaluations, line = material.evaluations, material.line
    section = Section("measures", f"{line.capitalize()} class and every measure")
    whiskers = "Whiskers are the standard deviation over trained sets."
    figures = {
        "front_class": (
            draw_line_class,
            f"The predicted class of the {line} against the dataset's label of it: Dice, precision, recall, boundary "
            "F-score of the line that the class is thinned to, and IoU with the label dilated by 2 px, in percent, "
            f"means over images. {whiskers}",
        ),
        "tolerance_scores": (
            draw_tolerance_scores,
            f"Dice, IoU and MCC of the predicted and the labelled {line}, both dilated to a tolerance (Davari et al. "
            "2021), and, where it was scored, the distance-weighted Dice of the predicted class (Holzmann et al. "
            f"2021), means over images. {whiskers}",
        ),
    }
    with report_style():
        for name, (draw, caption) in figures.items():
            figure = draw(evaluations)
            if figure is not None:
                section.pictures.append(save(figure, material.figures / name, caption))
    tables = [line_class_table(evaluations, material.unit, line), every_measure_table(evaluations)]
    section.tables += [table for table in tables if table is not None]
    return section
