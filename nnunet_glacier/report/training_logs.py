"""Training and validation curves from the text logs that nnU-Net writes while it trains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nnunet_glacier.formats.model import locate_model
from nnunet_glacier.formats.packed_model import is_packed
from nnunet_glacier.formats.shipped_models import is_shipped
from nnunet_glacier.report.evaluations import name_problems
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.names import distinct_names

LOG_PATTERN = "training_log_*.txt"

_FLOAT = r"(?:np\.float\d+\()?([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf))\)?"
_EPOCH = re.compile(r": Epoch (\d+)\s*$")
_LOSS = re.compile(rf": (train_loss|val_loss) {_FLOAT}\s*$")
_DICE = re.compile(r": Pseudo dice \[(.*)\]\s*$")
_NUMBER = re.compile(_FLOAT)


@dataclass(frozen=True)
class TrainedModel:
    """The curves of one model.

    Attributes:
        name: Name in figures and tables.
        epochs: One row per fold and epoch: fold, epoch, train_loss, val_loss, pseudo_dice.
    """

    name: str
    epochs: pd.DataFrame


def read_models(folders: Sequence[Path]) -> list[TrainedModel]:
    """The curves of trained models' folders, ``Trainer__Plans__configuration``, each with folders ``fold_*``.

    Raises:
        InputError: With every folder that has no readable log, as shipped and packed models have none.
    """
    problems = name_problems("--models", folders, ())
    models = []
    for folder, name in zip(folders, distinct_names(folders), strict=True):
        packed = _packed_model(folder)
        if packed is not None:
            problems += packed
            continue
        folds = {path.name: path for path in sorted(folder.glob("fold_*")) if any(path.glob(LOG_PATTERN))}
        tables = [read_fold(path).assign(fold=fold) for fold, path in folds.items()]
        epochs = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
        if epochs.empty:
            what = "no epoch in fold_*/training_log_*.txt" if folds else "no fold_*/training_log_*.txt in it"
            remedy = "Give a trained model's folder, such as .../nnUNetTrainerGlacier__nnUNetPlans__2d"
            problems.append(Problem(folder, what, remedy))
        models.append(TrainedModel(name, epochs))
    if problems:
        raise InputError(problems, "The training logs cannot be read")
    return models


def _packed_model(path_or_name: Path) -> list[Problem] | None:
    """Why a shipped or packed model has no logs, or that there is none of this name; None for other paths."""
    try:
        model = locate_model(path_or_name)
    except InputError as error:
        return list(error.problems)
    if not is_packed(model):
        return None
    kind = "shipped" if is_shipped(model) else "packed"
    remedy = "Give the trained folder that it was packed from, or leave it out"
    return [Problem(path_or_name, f"it is a {kind} model, which holds no training logs", remedy)]


def read_fold(folder: Path) -> pd.DataFrame:
    """The epochs of one fold; of an epoch that was trained again after a stop, the later log counts."""
    logs = sorted(folder.glob(LOG_PATTERN), key=_log_time)
    rows = [row for log in logs for row in parse_log(log.read_text(encoding="utf-8", errors="replace"))]
    columns = ["epoch", "train_loss", "val_loss", "pseudo_dice"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates("epoch", keep="last").sort_values("epoch")


def _log_time(log: Path) -> tuple[int, ...]:
    """Year, month, day, ... of a log's name, in which they are not padded."""
    return tuple(int(number) for number in re.findall(r"\d+", log.name))


def parse_log(text: str) -> list[dict[str, float]]:
    """The finished epochs of a log: epoch, losses and pseudo_dice, the mean of the classes' that are known.

    >>> log = '''2025-01-01 10:00:00.1: Epoch 3
    ... 2025-01-01 10:00:09.1: train_loss -0.5
    ... 2025-01-01 10:00:09.2: val_loss -0.4
    ... 2025-01-01 10:00:09.2: Pseudo dice [np.float32(0.8), np.float32(0.6), nan]'''
    >>> [{name: round(value, 3) for name, value in row.items()} for row in parse_log(log)]
    [{'epoch': 3, 'train_loss': -0.5, 'val_loss': -0.4, 'pseudo_dice': 0.7}]
    """
    rows: list[dict[str, float]] = []
    current: dict[str, float] = {}
    for line in text.splitlines():
        if match := _EPOCH.search(line):
            current = {"epoch": int(match[1])}
        elif "epoch" in current and (match := _LOSS.search(line)):
            current[match[1]] = float(match[2])
        elif "epoch" in current and (match := _DICE.search(line)):
            values = np.array([float(number) for number in _NUMBER.findall(match[1])])
            known = values[~np.isnan(values)]
            current["pseudo_dice"] = float(known.mean()) if len(known) else np.nan
            if "train_loss" in current and "val_loss" in current:
                rows.append(current)
                current = {}
    return rows
