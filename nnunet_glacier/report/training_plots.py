"""Training and validation loss and pseudo Dice by epoch, a row for each model (Gattolin, Fig. 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnunet_glacier.report.drawing import COLOURS, new_figure, outside_legend, shortened
from nnunet_glacier.report.training_logs import TrainedModel

_CURVES: dict[str, tuple[str, str, Any]] = {
    "train_loss": ("training", COLOURS[0], "-"),
    "val_loss": ("validation", COLOURS[5], (0, (4, 1.5))),
}
_DICE_COLOUR = COLOURS[2]


def draw_training(models: Sequence[TrainedModel]) -> Figure:
    """Loss and pseudo Dice of every model: each fold thin, their mean thick; the same axes for all models."""
    figure = new_figure(0.75 + 1.75 * len(models))
    grid = figure.subplots(len(models), 2, sharex=True, sharey="col", squeeze=False)
    for (losses, dice), model in zip(grid, models, strict=True):
        folds = model.epochs["fold"].nunique()
        for column, (_, shade, style) in _CURVES.items():
            _curve(losses, model.epochs, column, shade, style)
        _curve(dice, model.epochs, "pseudo_dice", _DICE_COLOUR, "-")
        losses.set_title(f"{shortened(model.name, 52)} ({folds} fold{'s' if folds != 1 else ''})", loc="left")
        losses.set_ylabel("loss [no unit]")
        dice.set_ylabel("pseudo Dice [no unit]")
        for axes in (losses, dice):
            axes.grid()
            axes.margins(x=0.02)
    for axes in grid[-1]:
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
    handles = [Line2D([], [], color=shade, linestyle=style, label=name) for name, shade, style in _CURVES.values()]
    handles.append(Line2D([], [], color=_DICE_COLOUR, label="pseudo Dice (validation)"))
    handles.append(Line2D([], [], color="0.5", linewidth=0.6, label="a fold; thick: mean of the folds"))
    outside_legend(figure, handles, 4)
    return figure


def _curve(axes: Axes, epochs: pd.DataFrame, column: str, shade: str, style: object) -> None:
    table = epochs.pivot_table(index="epoch", columns="fold", values=column)
    if table.empty:
        return
    marker = "o" if len(table) == 1 else None
    if table.shape[1] > 1:
        axes.plot(table.index, table, color=shade, linewidth=0.6, alpha=0.45, linestyle=style)
    axes.plot(table.index, table.mean(axis=1), color=shade, linewidth=1.6, linestyle=style, marker=marker, markersize=3)
