"""Whether a model can be trained further on a dataset, by their two ``dataset.json``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nnunet_glacier.domain.labels import LabelSpace
from nnunet_glacier.support.errors import GlacierError, Problem


def mismatches(model: Mapping[str, Any], dataset: Mapping[str, Any], where: Path) -> list[Problem]:
    """Why a model cannot be trained further on a dataset: other tasks, channels or files.

    Args:
        model: ``dataset.json`` of the model.
        dataset: ``dataset.json`` of the dataset.
        where: The dataset's folder, for the messages.
    """
    pairs = [
        ("tasks", _tasks(model), _tasks(dataset), "Convert it with the model's --labels"),
        ("channels", _channels(model), _channels(dataset), "Convert it with the model's channels"),
        ("file format", model.get("file_ending"), dataset["file_ending"], "Convert it with the model's --file-format"),
    ]
    return [
        Problem(where, f"its {what} ({theirs}) are not the model's ({ours})", remedy)
        for what, ours, theirs, remedy in pairs
        if ours != theirs
    ]


def _tasks(dataset_json: Mapping[str, Any]) -> str:
    """The tasks with their classes, or the labels where there are no tasks; an ignore label needs no output."""
    if "tasks" in dataset_json:
        try:
            tasks = LabelSpace.from_dataset_json(dataset_json).tasks
        except GlacierError as error:
            return f"unreadable: {error}"
        return " x ".join(f"{task.name}: {', '.join(task.classes)}" for task in tasks)
    return ", ".join(f"{name} {value}" for name, value in dataset_json["labels"].items() if name != "ignore")


def _channels(dataset_json: Mapping[str, Any]) -> str:
    names = dataset_json.get("channel_names") or dataset_json.get("modality") or {}
    kind = dataset_json.get("channels", {}).get("kind")
    return ", ".join(names.values()) + (f" of kind {kind}" if kind else "")
