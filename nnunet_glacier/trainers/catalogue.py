"""The table of all trainers: what ``nnunet-glacier trainers`` prints and ``docs/trainers.md`` holds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin

STEP_COST_CSV = Path(__file__).with_name("step_cost.csv")
"""Wall time of a training step as a multiple of stock nnU-Net's on the same plans and labels, by trainer.

``benchmarks/training_step.py --csv`` measures it and writes the file; docs/trainers.md says on what it was measured.
"""


def read_step_costs() -> dict[str, float]:
    """The measured costs of `STEP_COST_CSV` by trainer class."""
    return pd.read_csv(STEP_COST_CSV, index_col="trainer")["step"].to_dict()


def trainers_table() -> pd.DataFrame:
    """One row per trainer, in the order of the plugin module.

    Returns:
        Columns ``-tr`` (the class), ``network``, ``loss``, ``ends``, ``augmentation``, ``paper`` (which table it
        stands for, "" if none) and ``step`` (its cost in `STEP_COST_CSV`, "-" where none was measured).
    """
    costs = read_step_costs()
    rows = []
    for name in plugin.__all__:
        trainer = getattr(plugin, name)
        titles = (trainer.network_title, trainer.loss_title, trainer.stopping_title, trainer.augmentation_title)
        rows.append((name, *titles, trainer.published, f"{costs[name]:.2f}x" if name in costs else "-"))
    return pd.DataFrame(rows, columns=["-tr", "network", "loss", "ends", "augmentation", "paper", "step"])


def markdown(table: pd.DataFrame) -> str:
    """A table in Markdown; the first column is set as code."""
    lines = ["| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
    lines += [f"| `{first}` | " + " | ".join(map(str, rest)) + " |" for first, *rest in table.itertuples(index=False)]
    return "\n".join(lines)


def plain(table: pd.DataFrame) -> str:
    """A table for the screen, columns aligned at their left."""
    rows = [tuple(table.columns), *table.itertuples(index=False)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join(lines)
