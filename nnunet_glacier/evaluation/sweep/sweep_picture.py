"""The threshold sweep as a picture: mean Dice and MDE against the threshold, the chosen one marked."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nnunet_glacier.evaluation.sweep.threshold_sweep import Curve, ThresholdChoice, comparable
from nnunet_glacier.support.diagrams import DIAGRAM_STYLE, figure_style, save_svg_and_png
from nnunet_glacier.support.wording import counted

_SIZE = (4.6, 4.8)
_DPI = 200
_DICE, _MDE, _CHOSEN = "#0072B2", "#D55E00", "0.35"
"""After the palette of Okabe and Ito; the curves differ in lightness and marker too."""

_STYLE: dict[str, Any] = {
    **DIAGRAM_STYLE,
    "lines.markersize": 4.5,
    # On white, so that the line of the chosen threshold does not cross it.
    "legend.framealpha": 1.0,
    "legend.edgecolor": "none",
}


def write_picture(stem: Path, dice: Curve, mde: Curve, unit: str, choice: ThresholdChoice) -> None:
    """Write the picture as ``.svg`` and ``.png``, each whole or not at all; the same scores give the same bytes.

    Args:
        stem: Path of the files without their ending.
        dice: Mean Dice against the threshold.
        mde: MDE against the threshold.
        unit: Unit of the MDE: ``m`` or ``px``.
        choice: The chosen threshold.
    """
    with figure_style(_STYLE):
        save_svg_and_png(draw_sweep(dice, mde, unit, choice), stem, _DPI)


def draw_sweep(dice: Curve, mde: Curve, unit: str, choice: ThresholdChoice) -> Figure:
    """The picture: Dice above, MDE below, on one axis of thresholds.

    Where more cases than at other thresholds have no line, the MDE leaves the difficult ones out and cannot be
    compared: its marks are open there.
    """
    figure = Figure(figsize=_SIZE, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    _curve(above, dice, (True,) * len(dice.scores), _DICE, "o", "")
    _curve(below, mde, comparable(mde), _MDE, "s", "open: more cases without a line, not comparable")
    above.set_ylabel("mean Dice [no unit]")
    below.set_ylabel(f"mean distance error [{unit}]")
    below.set_xlabel("probability threshold [no unit]")
    chosen = above if choice.criterion == "dice" else below
    for axes in (above, below):
        axes.axvline(choice.threshold, color=_CHOSEN, linestyle=(0, (4, 2)), linewidth=1, zorder=1)
        axes.grid(visible=True)
    score = choice.scores[choice.thresholds.index(choice.threshold)]
    chosen.plot(choice.threshold, score, "o", color=_CHOSEN, markersize=10, fillstyle="none")
    best = f"highest mean Dice, {score:.3f}" if choice.criterion == "dice" else f"lowest MDE, {score:.4g} {unit}"
    above.set_title(
        f"Threshold {choice.threshold:g}: {best}, on {counted(choice.images, 'validation case')}",
        loc="left",
        fontsize=8.5,
    )
    return figure


def _curve(axes: Axes, curve: Curve, filled: tuple[bool, ...], shade: str, marker: str, open_means: str) -> None:
    axes.plot(curve.thresholds, curve.scores, color=shade)
    known = [index for index, score in enumerate(curve.scores) if not math.isnan(score)]
    for full in (True, False):
        chosen = [index for index in known if filled[index] is full]
        if not chosen:
            continue
        x, y = [curve.thresholds[index] for index in chosen], [curve.scores[index] for index in chosen]
        face = shade if full else "white"
        label = None if full else open_means
        axes.plot(x, y, marker, color=shade, markerfacecolor=face, label=label)
    if any(not filled[index] for index in known):
        axes.legend(loc="best")
    axes.yaxis.set_major_locator(MaxNLocator(6))
    if not known:
        axes.set_yticks([])
        axes.text(0.5, 0.5, "no case has any", ha="center", transform=axes.transAxes, backgroundcolor="white")
