"""Scenes in time by glacier and sensor, and the areas of the zones in time (Herrmann et al. 2023, Fig. 5 and C1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from nnunet_glacier.domain.zones import ZONE_COLOURS, Zone
from nnunet_glacier.report.drawing import (
    MARKERS,
    ZONE_NAMES,
    colour,
    new_figure,
    outside_legend,
    shortened,
)
from nnunet_glacier.report.scene_facts import SceneFacts
from nnunet_glacier.support.wording import hex_colour

_STACK = (Zone.OCEAN, Zone.GLACIER, Zone.ROCK, Zone.NA)
"""Zones from the bottom of the figure up."""

_BAR_DAYS = 60


def draw_timeline(scenes: pd.DataFrame) -> Figure | None:
    """One mark per scene: glaciers in rows, sensors by colour and mark, time across; None where no scene has a date.

    Args:
        scenes: One row per scene, with ``glacier``, ``sensor_group`` and ``date``.
    """
    dated = scenes[scenes["date"].notna()]
    if dated.empty:
        return None
    glaciers = sorted(dated["glacier"].unique())
    sensors = sorted(dated["sensor_group"].unique())
    figure = new_figure(1.2 + len(glaciers) * max(0.42, 0.13 * len(sensors)))
    axes = figure.subplots()
    for row, glacier in enumerate(glaciers):
        own = sorted(dated.loc[dated["glacier"] == glacier, "sensor_group"].unique())
        for lane, sensor in enumerate(own):
            dates = dated.loc[(dated["glacier"] == glacier) & (dated["sensor_group"] == sensor), "date"]
            place = sensors.index(sensor)
            height = row + (lane - (len(own) - 1) / 2) * 0.8 / len(own)
            shade, marker = colour(place), MARKERS[place % len(MARKERS)]
            axes.scatter(
                dates, [height] * len(dates), s=15, linewidths=0.3, edgecolors="white", color=shade, marker=marker
            )
    counts = dated["glacier"].value_counts()
    axes.set_yticks(range(len(glaciers)), [f"{shortened(name)} ({counts[name]})" for name in glaciers])
    axes.set_ylim(len(glaciers) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    for row in range(len(glaciers) - 1):
        axes.axhline(row + 0.5, color="0.85", linewidth=0.6)
    axes.grid(axis="x")
    axes.set_xlabel("date of acquisition")
    date_axis(axes)
    handles = [
        Line2D([], [], color=colour(place), marker=MARKERS[place % len(MARKERS)], linestyle="none", markersize=4.5)
        for place in range(len(sensors))
    ]
    for handle, sensor in zip(handles, sensors, strict=True):
        handle.set_label(shortened(sensor) or "sensor unknown")
    outside_legend(figure, handles, 6)
    return figure


def date_axis(axes: Axes) -> None:
    """Few, short dates along the x axis."""
    locator = AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def zone_shares(facts: Sequence[SceneFacts]) -> pd.DataFrame:
    """Share of each zone in every dated scene with zones, in percent of the image, and its area in km².

    Returns:
        One row per scene, source (``label`` or ``prediction``) and zone: glacier, case, date, source, zone,
        share_percent, area_km2 (NaN without a pixel size).
    """
    rows = []
    for scene_facts in facts:
        for source, pixels in (("label", scene_facts.label_pixels), ("prediction", scene_facts.pixels)):
            if pixels is None or scene_facts.scene.date is None:
                continue
            for zone in Zone:
                rows.append(
                    {
                        "glacier": scene_facts.scene.glacier,
                        "case": scene_facts.scene.case,
                        "date": pd.Timestamp(scene_facts.scene.date),
                        "source": source,
                        "zone": ZONE_NAMES[zone],
                        "share_percent": 100 * pixels[zone] / pixels.sum(),
                        "area_km2": pixels[zone] * scene_facts.scene.pixel_size_m**2 / 1e6,
                    }
                )
    columns = ["glacier", "case", "date", "source", "zone", "share_percent", "area_km2"]
    return pd.DataFrame(rows, columns=columns)


def draw_zone_areas(shares: pd.DataFrame) -> Figure | None:
    """Shares of the zones in time, one row per glacier, label beside prediction; None where no dated scene has zones.

    Args:
        shares: `zone_shares`.
    """
    if shares.empty:
        return None
    glaciers = sorted(shares["glacier"].unique())
    sources = [source for source in ("label", "prediction") if source in set(shares["source"])]
    figure = new_figure(0.95 + 1.55 * len(glaciers))
    grid = figure.subplots(len(glaciers), len(sources), sharey=True, sharex="row", squeeze=False)
    for line, glacier in zip(grid, glaciers, strict=True):
        for axes, source in zip(line, sources, strict=True):
            of_source = shares[(shares["glacier"] == glacier) & (shares["source"] == source)]
            _stack(axes, of_source)
            axes.set_title(f"{shortened(glacier, 24)}, {source} (n = {of_source['case'].nunique()})", loc="left")
        line[0].set_ylabel("share of image [%]")
    for axes in grid[-1]:
        axes.set_xlabel("date of acquisition")
    outside_legend(
        figure, [Patch(facecolor=hex_colour(ZONE_COLOURS[zone]), label=ZONE_NAMES[zone]) for zone in _STACK], 4
    )
    return figure


def _stack(axes: Axes, shares: pd.DataFrame) -> None:
    """Zones on top of each other; bars where all scenes are of one day. Scenes of one day are averaged."""
    table = shares.pivot_table(index="date", columns="zone", values="share_percent", aggfunc="mean")
    layers = [table[ZONE_NAMES[zone]].to_numpy() for zone in _STACK]
    shades = [hex_colour(ZONE_COLOURS[zone]) for zone in _STACK]
    if len(table) > 1:
        axes.stackplot(table.index, np.array(layers), colors=shades, linewidth=0)
        axes.set_xlim(table.index[0], table.index[-1])
        axes.plot(table.index, np.full(len(table), 101.5), "|", color="0.3", markersize=3, clip_on=False)
    elif len(table):
        base = np.zeros(1)
        for layer, shade in zip(layers, shades, strict=True):
            axes.bar(table.index, layer, width=_BAR_DAYS, bottom=base, color=shade)
            base = base + layer
        day = table.index[0]
        axes.set_xlim(day - pd.Timedelta(days=365), day + pd.Timedelta(days=365))
    axes.set_ylim(0, 100)
    date_axis(axes)
