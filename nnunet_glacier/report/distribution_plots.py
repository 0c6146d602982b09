"""Images' mean distances by glacier, season, resolution and sensor (Herrmann et al. 2023, Fig. 10 to 12)."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnunet_glacier.report.drawing import box_and_dots, box_legend, colour, new_figure, outside_legend, shortened
from nnunet_glacier.report.evaluations import METRES, Unit
from nnunet_glacier.report.experiment_plots import above_zero, plain_log_ticks
from nnunet_glacier.report.measures import Group
from nnunet_glacier.report.published import BASELINES, Published

GROUPINGS = {
    "glacier_season": ("glacier and season", "glacier", "season"),
    "resolution": ("resolution", "pixel_size_m", ""),
    "sensor_glacier": ("sensor and glacier", "sensor_group", "glacier"),
}
"""Name of each grouping in files: its title, its column, and the column of the groups within it."""


def draw_groups(groups: Sequence[Group], unit: Unit, *, published: bool) -> Figure | None:
    """One row per group on a log axis: box, median, mean, and a dot per image; None where no image has a distance.

    Args:
        groups: `measures.nested_groups`.
        unit: Unit of the distances.
        published: Whether to draw the published baselines, which are in metres.
    """
    if not groups[0].images["distance"].notna().any():
        return None
    figure = new_figure(1.35 + 0.36 * len(groups))
    axes = figure.subplots()
    families = list(dict.fromkeys(group.family for group in groups))
    for row, group in enumerate(groups):
        values = group.images["distance"].dropna().to_numpy(dtype=float)
        shade = "0.35" if group.level == 0 else colour(families.index(group.family) - 1)
        box_and_dots(axes, above_zero(values, unit), row, shade)
    axes.set_yticks(range(len(groups)), [_label(group) for group in groups])
    axes.set_ylim(len(groups) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xscale("log")
    axes.set_xlabel(f"mean distance per image [{unit.name}], log scale")
    handles = box_legend("one image")
    if published and unit == METRES:
        baselines = (BASELINES["zones"][0], BASELINES["front"][0])
        for entry, shade in zip(baselines, ("0.25", "0.6"), strict=True):
            axes.axvline(entry.mde_m, color=shade, linewidth=1.1, zorder=1)
            handles.append(_baseline_handle(entry, shade))
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * 1.05)
    plain_log_ticks(axes)
    outside_legend(figure, handles, 3)
    return figure


def _label(group: Group) -> str:
    """The group's name, indented by level, with its images and those without a distance."""
    distance = group.images["distance"]
    missing = int(distance.isna().sum())
    lacking = f", {missing} without a distance" if missing else ""
    return f"{shortened(group.label)} (n = {len(distance) - missing}{lacking})"


def _baseline_handle(entry: Published, shade: str) -> Line2D:
    label = f"{entry.method}: MDE {entry.mde_m:.0f} m (published)"
    return Line2D([], [], color=shade, linewidth=1.1, label=label)
