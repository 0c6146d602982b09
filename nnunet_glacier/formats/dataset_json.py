"""``dataset.json``: what the label maps and images of a dataset, a model or a folder of predictions mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.domain.labels import FRONT, FUSED, GROUNDING_LINE, ICE, ICE_TYPE, LabelSpace
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

DATASET_JSON = "dataset.json"

CONVERT_AGAIN = "Convert the dataset again with 'nnunet-glacier convert'"
"""What to do about the ``dataset.json`` of a dataset."""

PIXEL_SIZE_M = "pixel_size_m"
"""Least and greatest pixel size of the training scenes, in metres; absent where one of them is not known."""

NODATA = "nodata"
"""Value of pixels without data in 8-bit images; absent where every value is data, or it is not known."""

MASKS = "masks"
"""Names of the channels that say yes or no of a pixel; absent where there is none."""

IGNORE = "ignore"
"""nnU-Net's name for the label of pixels that are not learnt from and not scored."""


@dataclass(frozen=True)
class DatasetDescription:
    """What a ``dataset.json`` says, checked whole (`read_description`).

    Attributes:
        path: The file.
        content: All of it.
        space: What the labels mean; None where it names no tasks, as nnU-Net's own datasets do not.
    """

    path: Path
    content: Mapping[str, Any]
    space: LabelSpace | None

    @property
    def file_ending(self) -> str:
        """Ending of images and label maps, such as ``.png``."""
        return self.content["file_ending"]

    @property
    def ignore(self) -> int | None:
        """Value of pixels without a label, or None."""
        value = self.content["labels"].get(IGNORE)
        return value if isinstance(value, int) else None

    @property
    def n_channels(self) -> int | None:
        """Number of input channels, or None where it does not say (``modality`` is the older name)."""
        names = self.content.get("channel_names") or self.content.get("modality")
        return len(names) if isinstance(names, dict) and names else None

    @property
    def training_cases(self) -> int | None:
        """Number of training cases, or None where it does not say."""
        return self.content.get("numTraining")

    @property
    def channels(self) -> Mapping[str, Any]:
        """How a converter made the channels; empty where it does not say."""
        return self.content.get("channels", {})

    @property
    def has_line(self) -> bool:
        """Whether label maps hold a front or a grounding line."""
        return self.space is not None and bool({FRONT.name, FUSED.name, GROUNDING_LINE.name} & set(self.space.names))

    @property
    def has_classes_alone(self) -> bool:
        """Whether label maps hold ice types, or ice and everything else: areas without a line between them."""
        return self.space is not None and self.space.names in ((ICE_TYPE.name,), (ICE.name,))


def read_description(path: Path, remedy: str = CONVERT_AGAIN) -> DatasetDescription:
    """Read a ``dataset.json`` and check its form.

    Args:
        path: The file.
        remedy: What to do if it cannot be used.

    Raises:
        InputError: If there is no such file, it is no JSON, or an entry is missing or of another form; with every such
            entry, its value, and what is wanted.
    """
    # Names of this module are imported by every worker process, and pydantic takes a third of a second.
    from nnunet_glacier.formats.json_files import read_json

    content, problems = read_json(path, remedy)
    if problems:
        raise InputError(problems)
    return described(path, content, remedy)


def described(path: Path, content: Any, remedy: str = CONVERT_AGAIN) -> DatasetDescription:
    """The content of a ``dataset.json`` that has been parsed, such as that of a packed model, with its form checked.

    Args:
        path: Where it came from, for the error.
        content: What it holds.
        remedy: What to do if it cannot be used.

    Raises:
        InputError: If an entry is missing or of another form, as by `read_description`.
    """
    from nnunet_glacier.formats.dataset_schema import faults_of

    faults = faults_of(content)
    space = None
    if not faults and "tasks" in content:
        try:
            space = LabelSpace.from_dataset_json(content)
        except GlacierError as error:
            faults = [str(error)]
    if faults:
        raise InputError([Problem(path, what, remedy) for what in faults])
    return DatasetDescription(path, content, space)


def mask_channels(content: Mapping[str, Any]) -> list[int]:
    """Numbers of the channels that say yes or no of a pixel, of the content of a ``dataset.json``.

    >>> mask_channels({"channel_names": {"0": "SAR", "1": "rock"}, "masks": ["rock"]})
    [1]
    """
    masks = content.get(MASKS, ())
    return [int(number) for number, name in content.get("channel_names", {}).items() if name in masks]


def known_space(description: DatasetDescription, remedy: str = CONVERT_AGAIN) -> LabelSpace:
    """What the labels mean.

    Raises:
        InputError: If the ``dataset.json`` names no tasks.
    """
    if description.space is None:
        what = (
            "it has no 'tasks' entry, so what its labels mean is not known; datasets written by "
            "'nnunet-glacier convert' have one"
        )
        raise InputError([Problem(description.path, what, remedy)])
    return description.space
