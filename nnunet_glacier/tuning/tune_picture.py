"""The validation losses of a sweep's configurations as a picture: a curve each, the best one marked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nnunet_glacier.support.diagrams import DIAGRAM_STYLE, figure_style, save_svg_and_png

if TYPE_CHECKING:
    from nnunet_glacier.tuning.training import Curves

_SIZE, _DPI = (5.2, 4.2), 200
_BEST, _OTHERS = "#D55E00", "0.6"


def write_picture(stem: Path, curves: Sequence[tuple[str, Curves]], best: str) -> None:
    """Write the picture as ``.svg`` and ``.png``, each whole or not at all.

    Args:
        stem: Path of the files without their ending.
        curves: Label and curves of every training.
        best: The label of the best configuration, whose trainings are marked.
    """
    with figure_style(DIAGRAM_STYLE):
        save_svg_and_png(draw_curves(curves, best), stem, _DPI)


def draw_curves(curves: Sequence[tuple[str, Curves]], best: str) -> Figure:
    """Validation loss above, pseudo Dice below, against the epoch."""
    figure = Figure(figsize=_SIZE, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    for label, curve in sorted(curves, key=lambda pair: pair[0] == best):
        marked = label == best
        style = {"color": _BEST if marked else _OTHERS, "linewidth": 1.6 if marked else 0.8}
        above.plot(range(len(curve.losses)), curve.losses, **style)
        below.plot(range(len(curve.dice)), curve.dice, **style)
    above.set_ylabel("validation loss")
    below.set_ylabel("pseudo Dice [no unit]")
    below.set_xlabel("epoch")
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    above.set_title(f"Lowest loss: {best}", loc="left", fontsize=8.5)
    for axes in (above, below):
        axes.grid(visible=True)
    return figure
