"""Fronts over their scenes as a moving picture: one frame a day, the earlier fronts behind it, and the curve beside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
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
_COLOURS = 128
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
    with figure_style(DIAGRAM_STYLE):
        film = _Film(reference, series[0], images)
        days = range(len(reference.fronts.days))
        frames = [film.frame(number) for number in tqdm(days, desc="frames", unit="day")]
    durations = [_FRAME_MS] * (len(frames) - 1) + [_LAST_MS]
    options = {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 0}
    write_whole(path, lambda temporary: frames[0].save(temporary, format="GIF", **options))


class _Film:
    """A figure that stays, and what changes in it from day to day; it holds one image at a time."""

    def __init__(self, reference: Reference, series: Series, images: Sequence[Background]) -> None:
        self.reference, self.table, self.images = reference, series.table, images
        self.days = reference.fronts.days
        self.window, self.scale = window_of(reference), date_scale(self.days)
        self.shown: tuple[Background, AxesImage | None] | None = None
        figure = Figure(figsize=(8.4, 4.2), layout="constrained", dpi=_DPI)
        self.canvas = FigureCanvasAgg(figure)
        self.map, self.curve = figure.subplots(1, 2, width_ratios=[1.15, 1])
        set_map_axes(self.map, self.window)
        draw_reference(self.map, reference, self.window, on_image=bool(images))
        self.map.set_title(self.days[0].day.isoformat(), loc="left")
        self.times = pd.to_datetime(self.table["date"])
        self.position_km = self.table["position_m"] / 1000
        self.curve.plot(self.times, self.position_km, "o", ms=2, color="0.8")
        self.curve.set_title(series.method, loc="left")
        self.curve.set_ylabel(position_label(reference))
        self.curve.xaxis.set_major_locator(locator := AutoDateLocator(minticks=3, maxticks=8))
        self.curve.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        self.curve.grid()
        self.canvas.draw()
        figure.set_layout_engine("none")

    def frame(self, number: int) -> Image.Image:
        """The picture of a day."""
        day = self.days[number]
        self._show_image(number)
        lasting = {id(artist) for axes in (self.map, self.curve) for artist in axes.get_children()}
        self.map.set_title(day.day.isoformat(), loc="left")
        draw_fronts(self.map, self.days[max(number - _EARLIER, 0) : number], self.scale, self.window, alpha=_FAINT)
        draw_fronts(self.map, [day], self.scale, self.window, width=2.2)
        iso = day.day.isoformat()
        until, now = (self.table["date"] <= iso).to_numpy(), (self.table["date"] == iso).to_numpy()
        self.curve.plot(self.times[until], self.position_km[until], "o", ms=2.5, color=BLUE)
        self.curve.plot(self.times[now], self.position_km[now], "o", ms=6, mfc="none", mec=VERMILION, mew=1.5)
        self.canvas.draw()
        picture = Image.fromarray(np.asarray(self.canvas.buffer_rgba())[..., :3])
        for axes in (self.map, self.curve):
            for artist in [artist for artist in axes.get_children() if id(artist) not in lasting]:
                artist.remove()
        return picture.quantize(_COLOURS, dither=Image.Dither.NONE)

    def _show_image(self, number: int) -> None:
        """Put the image nearest in time below the map, if it is not there."""
        if not self.images:
            return
        image = nearest(self.images, self.days[number].day)
        if self.shown is not None and self.shown[0] == image:
            return
        if self.shown is not None and self.shown[1] is not None:
            self.shown[1].remove()
        self.shown = (image, image.draw(self.map, self.reference.plane, self.window))
