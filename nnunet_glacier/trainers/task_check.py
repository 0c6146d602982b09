"""Whether a trainer takes a dataset: its tasks are compared with those of ``dataset.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nnunet_glacier.domain.labels import LabelSpace
from nnunet_glacier.support.errors import GlacierError


def accepted_label_space(
    trainer: str, accepted: Sequence[LabelSpace] | None, dataset_json: Mapping[str, Any]
) -> LabelSpace | None:
    """The label space of a dataset, if a trainer takes it.

    Args:
        trainer: Class name of the trainer, for the message.
        accepted: The label spaces that it takes; None for any dataset of one task, with or without a ``tasks`` entry.
        dataset_json: The dataset.

    Returns:
        The dataset's label space, or None where it has no ``tasks`` entry.

    Raises:
        GlacierError: If the trainer does not take the dataset; both lists of tasks are written out.
    """
    if accepted is None:
        if "tasks" not in dataset_json:
            return None
        space = LabelSpace.from_dataset_json(dataset_json)
        if len(space.tasks) == 1:
            return space
        raise GlacierError(
            f"{trainer} was made for one task, but the dataset has {_written_out(space)}. "
            "Train with -tr nnUNetTrainerGlacierLate or -tr nnUNetTrainerGlacierEarly."
        )
    space = LabelSpace.from_dataset_json(dataset_json)
    if space in accepted:
        return space
    choices = ", or ".join(_written_out(choice) for choice in accepted)
    raise GlacierError(
        f"{trainer} was made for {choices}, but the dataset has {_written_out(space)}. Convert it with "
        "--labels multitask or --labels boundary, or train one task with -tr nnUNetTrainerGlacier."
    )


def _written_out(space: LabelSpace) -> str:
    return " x ".join(f"{task.name} ({', '.join(task.classes)})" for task in space.tasks)
