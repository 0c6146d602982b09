"""Fronts over their scenes as a moving picture: one frame a day, the earlier fronts behind it, and the curve beside."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from PIL import Image
from tqdm import tqdm

from nnunet_glacier.support.diagrams import DIAGRAM_STYLE, figure_style
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.time_series.background import Background, nearest
from nnunet_glacier.time_series.map_figure import date_scale, draw_fronts, draw_reference, set_map_axes, window_of
from nnunet_glacier.time_series.position_figure import BLUE, VERMILION, position_label
from nnunet_glacier.time_series.references import Reference
from nnunet_glacier.time_series.series import Series

_DPI = 90
_FRAME_MS, _LAST_MS = 250, 2000
_FAINT = 0.4
_EARLIER = 5
"""Earlier fronts that stay in the picture."""


def write_animation(path: Path, reference: Reference, series: Sequence[Series], images: Sequence[Background]) -> None:
    """Write a GIF: the front of each day, over the image nearest in time, beside its position by the first method.

    Args:
        path: The ``.gif`` file.
        reference: The fronts, and what they were measured against.
        series: The series of its methods.
        images: Images, none or more.
    """
    days = reference.fronts.days
    with figure_style(DIAGRAM_STYLE):
        frames = [
            _frame(number, reference, series[0], images) for number in tqdm(range(len(days)), desc="frames", unit="day")
        ]
    durations = [_FRAME_MS] * (len(frames) - 1) + [_LAST_MS]
    options = {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 0, "optimize": True}
    write_whole(path, lambda temporary: frames[0].save(temporary, format="GIF", **options))


def _frame(number: int, reference: Reference, series: Series, images: Sequence[Background]) -> Image.Image:
    days = reference.fronts.days
    day = days[number]
    window = window_of(reference)
    figure = Figure(figsize=(8.4, 4.2), layout="constrained", dpi=_DPI)
    on_map, curve = figure.subplots(1, 2, width_ratios=[1.15, 1])
    set_map_axes(on_map, window)
    if images:
        nearest(images, day.day).draw(on_map, reference.plane, window)
    scale = date_scale(days)
    draw_fronts(on_map, days[max(number - _EARLIER, 0) : number], scale, window, width=0.8, alpha=_FAINT)
    draw_fronts(on_map, [day], scale, window, width=2.2)
    draw_reference(on_map, reference, window, on_image=bool(images))
    on_map.set_title(day.day.isoformat(), loc="left")
    table = series.table
    times = pd.to_datetime(table["date"])
    until = (table["date"] <= day.day.isoformat()).to_numpy()
    curve.plot(times, table["position_m"] / 1000, "o", ms=2, color="0.8")
    curve.plot(times[until], table["position_m"][until] / 1000, "o", ms=2.5, color=BLUE)
    now = (table["date"] == day.day.isoformat()).to_numpy()
    curve.plot(times[now], table["position_m"][now] / 1000, "o", ms=6, mfc="none", mec=VERMILION, mew=1.5)
    curve.set_title(series.method, loc="left")
    curve.set_ylabel(position_label(reference))
    curve.xaxis.set_major_locator(locator := AutoDateLocator(maxticks=6))
    curve.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    curve.grid()
    return _picture(figure)


def _picture(figure: Figure) -> Image.Image:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    with Image.open(buffer) as image:
        return Image.fromarray(np.asarray(image.convert("RGB"))).quantize(128, dither=Image.Dither.NONE)
