"""Tables of scenes and groups of scenes: by sensor and season, by the groups of a figure, and worst first."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from nnunet_glacier.report.evaluations import Evaluation, Unit
from nnunet_glacier.report.measures import Group, per_image, without_front, worst_first
from nnunet_glacier.report.tables import Table
from nnunet_glacier.support.fold_statistics import figure_text, spread

LONGEST_LIST = 200
"""The most scenes that the page lists."""


def sensor_season_table(evaluation: Evaluation, unit: Unit, line: str = "front") -> Table | None:
    """Image distances by sensor and season, mean ± SD over images, as Table A4; None without a date or a sensor."""
    images = per_image(evaluation.main, unit)
    images = images[images["season"].ne("") & images["sensor_group"].ne("")]
    if images.empty:
        return None
    numbers, shown = [], {}
    for season, of_season in [*images.groupby("season"), ("all", images)]:
        cells = {}
        for sensor, of_sensor in [*of_season.groupby("sensor_group"), ("all", of_season)]:
            value = spread(of_sensor["distance"])
            missing = int(of_sensor["distance"].isna().sum())
            head = {"season": season, "sensor": sensor, "images": len(of_sensor), "without_distance": missing}
            numbers.append({**head, f"mean_{unit.name}": value.mean, f"sd_{unit.name}": value.sd})
            cells[sensor] = f"{value.text(0 if unit.name == 'm' else 2)} (n = {len(of_sensor) - missing})"
        shown[season] = cells
    sensors = [*sorted(images["sensor_group"].unique()), "all"]
    table = pd.DataFrame.from_dict(shown, orient="index").reindex(columns=sensors).fillna("–")
    table.index.name = f"Mean distance [{unit.name}]"
    caption = (
        f"{evaluation.name}: the images' mean distances in {unit.name} by season and sensor, mean ± standard deviation "
        f"over n images with a {line}."
    )
    return Table(f"sensor_season_{evaluation.key}", caption, pd.DataFrame(numbers), table.reset_index())


def groups_table(name: str, caption: str, groups: Iterable[Group], unit: Unit) -> Table:
    """What a figure of distances by group shows, in numbers."""
    numbers = []
    for group in groups:
        distance = group.images["distance"]
        quartiles = distance.quantile([0.25, 0.5, 0.75])
        numbers.append(
            {
                "group": group.label,
                "images": len(distance),
                "without_distance": int(distance.isna().sum()),
                f"mean_{unit.name}": distance.mean(),
                f"sd_{unit.name}": distance.std(ddof=1),
                f"quartile_1_{unit.name}": quartiles[0.25],
                f"median_{unit.name}": quartiles[0.5],
                f"quartile_3_{unit.name}": quartiles[0.75],
            }
        )
    table = pd.DataFrame(numbers)
    return Table(name, caption, table, rounded(table, 0 if unit.name == "m" else 2))


def rounded(table: pd.DataFrame, digits: int) -> pd.DataFrame:
    """The table as text: floats with so many digits, unknown values as a dash."""

    def text(value: object) -> str:
        if isinstance(value, float | np.floating):
            return "–" if np.isnan(value) else f"{value:.{digits}f}"
        return str(value)

    return table.map(text).rename(columns=heading)


def heading(column: str) -> str:
    """A column's name for people, with its unit in brackets.

    >>> heading("quartile_1_m"), heading("without_distance"), heading("area_km2"), heading("sd_m")
    ('Quartile 1 [m]', 'Without distance', 'Area [km²]', 'SD [m]')
    """
    units = {"m": "m", "px": "px", "km2": "km²", "percent": "%"}
    *words, last = column.split("_")
    text = " ".join([*words, last] if last not in units or not words else words)
    if text == "sd":
        text = "SD"
    return f"{text[:1].upper()}{text[1:]}" + (f" [{units[last]}]" if last in units and words else "")


def worst_images_table(evaluation: Evaluation, unit: Unit, line: str = "front") -> Table:
    """Every scene by the main route, worst first: missing lines, then the largest mean distance."""
    rows = worst_first(evaluation.main, unit)
    columns = ["case", "prediction", "glacier", "date", "season", "sensor", "pixel_size_m"]
    numbers = rows[[*columns, "mean_distance_m", "mean_distance_px"]].assign(date=rows["date"].dt.strftime("%Y-%m-%d"))
    shown = numbers.fillna({"date": ""}).assign(
        pixel_size_m=[figure_text(value, digits=1).removesuffix(".0") for value in numbers["pixel_size_m"]],
        mean_distance_m=[figure_text(value, digits=0) for value in numbers["mean_distance_m"]],
        mean_distance_px=[figure_text(value, digits=1) for value in numbers["mean_distance_px"]],
    )
    first = f"the first {LONGEST_LIST}, the CSV file holds all" if len(rows) > LONGEST_LIST else "all"
    caption = (
        f"{evaluation.name}: scenes by their worst set of predictions, worst first ({first}); {without_front(rows)} of "
        f"{len(rows)} without a {line}."
    )
    headings = {
        "case": "Scene",
        "prediction": "Set",
        "pixel_size_m": "Pixel [m]",
        "mean_distance_m": "Mean distance [m]",
        "mean_distance_px": "Mean distance [px]",
    }
    shown = shown.rename(columns=lambda name: headings.get(name, str(name).capitalize()))
    return Table(f"scenes_{evaluation.key}", caption, numbers, shown.head(LONGEST_LIST))
