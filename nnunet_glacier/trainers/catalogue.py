"""The table of all trainers: what ``nnunet-glacier trainers`` prints and ``docs/trainers.md`` holds."""

from __future__ import annotations

import pandas as pd

from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin

STEP_COST: dict[str, float] = {
    "nnUNetTrainerGlacier": 1.00,
    "nnUNetTrainerGlacierLate": 0.99,
    "nnUNetTrainerGlacierEarly": 1.50,
    "nnUNetTrainerGlacierAttentionUNet": 1.09,
    "nnUNetTrainerGlacierASPPUNet": 1.07,
    "nnUNetTrainerGlacierUNetPlusPlus": 3.38,
    "nnUNetTrainerGlacierCE": 1.01,
    "nnUNetTrainerGlacierDice": 1.01,
    "nnUNetTrainerGlacierFocal": 1.01,
    "nnUNetTrainerGlacierBCE": 1.00,
    "nnUNetTrainerGlacierWeightedBCE": 1.00,
    "nnUNetTrainerGlacierDistanceMapBCE": 1.04,
    "nnUNetTrainerGlacierDistanceWeightedBCE4": 1.04,
    "nnUNetTrainerGlacierDistanceWeightedBCE8": 1.05,
    "nnUNetTrainerGlacierDistanceWeightedBCE16": 1.04,
    "nnUNetTrainerGlacierDistanceWeightedDice": 1.02,
    "nnUNetTrainerGlacierFocalTverskyBCE": 0.99,
    "nnUNetTrainerGlacierMCCLoss": 0.99,
    "nnUNetTrainerGlacierMCC": 1.00,
    "nnUNetTrainerGlacierBCEStopping": 0.99,
    "nnUNetTrainerGlacierBCEMCC": 1.02,
    "nnUNetTrainerGlacierWeightedBCEMCC": 0.99,
    "nnUNetTrainerGlacierDistanceMapBCEMCC": 1.03,
    "nnUNetTrainerGlacierDistanceMapBCEk1MCC": 1.05,
    "nnUNetTrainerGlacierAttentionUNetBCE": 1.07,
    "nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE4": 1.12,
    "nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE8": 1.13,
    "nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE16": 1.12,
    "nnUNetTrainerGlacierPhase": 1.00,
    "nnUNetTrainerGlacierGroundingLineASPPUNet": 0.48,
    "nnUNetTrainerGlacierGroundingLineAttentionUNet": 0.54,
    "nnUNetTrainerGlacierGroundingLineUNetPlusPlus": 18.65,
}
"""A training step's wall time as a multiple of stock nnU-Net's on the same plans and labels.

Measured on one CPU core with ``python benchmarks/training_step.py --all --threads 1 --rounds 9``; late and early
branching without ``--all``, on zones x front against stock on fused labels.
"""


def trainers_table() -> pd.DataFrame:
    """One row a trainer, in the order of the plugin module.

    Returns:
        Columns ``-tr`` (the class), ``network``, ``loss``, ``ends``, ``augmentation``, ``paper`` (which table it
        stands for, "" if none) and ``step`` (`STEP_COST`, "-" where it was not measured).
    """
    rows = []
    for name in plugin.__all__:
        trainer = getattr(plugin, name)
        titles = (trainer.network_title, trainer.loss_title, trainer.stopping_title, trainer.augmentation_title)
        step = f"{STEP_COST[name]:.2f}x" if name in STEP_COST else "-"
        rows.append((name, *titles, trainer.published, step))
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
