"""The table of all trainers: what ``nnunet-glacier trainers`` prints and ``docs/trainers.md`` holds."""

from __future__ import annotations

import pandas as pd

from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin

STEP_COST: dict[str, float] = {}
"""A training step's wall time as a multiple of stock nnU-Net's on the same plans and labels.

Measured on two CPU cores with ``python benchmarks/training_step.py --all``.
"""


def trainers_table() -> pd.DataFrame:
    """One row a trainer, in the order of the plugin module.

    Returns:
        Columns ``-tr`` (the class), ``network``, ``loss``, ``ends``, ``augmentation``, ``paper`` (which table it
        stands for, "" if none) and ``step`` (`STEP_COST`, "" where it was not measured).
    """
    rows = []
    for name in plugin.__all__:
        trainer = getattr(plugin, name)
        cost = f"{STEP_COST[name]:.2f}x" if name in STEP_COST else ""
        titles = (trainer.network_title, trainer.loss_title, trainer.stopping_title, trainer.augmentation_title)
        rows.append((name, *titles, trainer.published, cost))
    return pd.DataFrame(rows, columns=["-tr", "network", "loss", "ends", "augmentation", "paper", "step"])


def markdown(table: pd.DataFrame) -> str:
    """A table in Markdown; the first column is set as code."""
    lines = ["| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
    lines += [f"| `{first}` | " + " | ".join(rest) + " |" for first, *rest in table.itertuples(index=False)]
    return "\n".join(lines)


def plain(table: pd.DataFrame) -> str:
    """A table for the screen, columns aligned at their left."""
    rows = [tuple(table.columns), *table.itertuples(index=False)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join(lines)
