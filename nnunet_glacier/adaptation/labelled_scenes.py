"""The labelled scenes of the new glacier: opened once, checked against the model, and chosen for the training."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nnunet_glacier.domain.choices import SceneChoice
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.dataset import open_dataset
from nnunet_glacier.formats.dataset_json import CONVERT_AGAIN, DATASET_JSON, DatasetDescription
from nnunet_glacier.formats.raw_layout import IMAGES, LABELS, image_name, map_folder
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import absent_folder, read_list
from nnunet_glacier.support.resume import contents_of

_CONVERT = "Convert the scenes with nnunet-glacier convert"
_DATASET = f"{_CONVERT}, and give the folder DatasetXXX_Name that it wrote"


@dataclass(frozen=True)
class LabelledScenes:
    """The labelled scenes of a converted dataset.

    Attributes:
        folder: The dataset.
        description: What its ``dataset.json`` says.
        images: Images of each case, one a channel; every case has a label.
        known: What the dataset's table says of the cases that stand in it.
    """

    folder: Path
    description: DatasetDescription
    images: Mapping[str, tuple[Path, ...]]
    known: Mapping[str, Scene]

    @property
    def dataset_json(self) -> dict[str, Any]:
        """Content of its ``dataset.json``."""
        return dict(self.description.content)

    @cached_property
    def dates(self) -> dict[str, datetime.date | None]:
        """Day of each case; None where it is not known."""
        return {case: self.known[case].date if case in self.known else None for case in self.images}

    @cached_property
    def sensors(self) -> dict[str, str]:
        """Group of the sensor of each case (`Scene.sensor_group`); "" where it is not known."""
        return {case: self.known[case].sensor_group if case in self.known else "" for case in self.images}

    def label(self, case: str) -> Path:
        """The label map of a case."""
        return map_folder(self.folder, LABELS, "train") / f"{case}{self.description.file_ending}"

    def contents(self, cases: Sequence[str]) -> dict[str, list[str]]:
        """SHA-256 of the images and the label of cases, in the order of the channels."""
        return {case: contents_of((*self.images[case], self.label(case))) for case in cases}


def open_labelled_scenes(folder: Path) -> LabelledScenes:
    """The cases of a converted dataset's training part that have a label.

    Raises:
        InputError: If the dataset cannot be read, or has no labelled scene.
    """
    problems = absent_folder(folder, _DATASET)
    if not problems and not (folder / DATASET_JSON).is_file():
        problems = [Problem(folder, f"it has no {DATASET_JSON}, so it is no converted dataset", _DATASET)]
    if problems:
        raise InputError(problems, "The dataset cannot be used")
    dataset = open_dataset(folder, with_scenes=False)
    description = dataset.description
    assert description is not None
    if not description.content.get("channel_names"):
        what = "it has no 'channel_names', so how many images a case has is not known"
        raise InputError([Problem(description.path, what, CONVERT_AGAIN)])
    ending, channels = description.file_ending, len(description.content["channel_names"])
    image_folder, label_folder = (map_folder(folder, kind, "train") for kind in (IMAGES, LABELS))
    images = {}
    for path in dataset.training_files()[1]:
        case = path.name[: -len(ending)]
        images[case] = tuple(image_folder / image_name(case, channel, ending) for channel in range(channels))
    missing = [path for paths in images.values() for path in paths if not path.is_file()]
    problems = [Problem(path, "the label has no such image", f"{_CONVERT} again") for path in missing]
    if not images:
        problems = [Problem(label_folder, f"there is no labelled scene (*{ending}) in it", _CONVERT)]
    if problems:
        raise InputError(problems, "The dataset cannot be used")
    known = {case: dataset.scenes[case].scene for case in images if case in dataset.scenes}
    return LabelledScenes(folder, description, images, known)


def choose_scenes(
    dates: Mapping[str, datetime.date | None],
    wanted: int | Sequence[str] | None,
    choice: SceneChoice = "earliest",
) -> tuple[str, ...]:
    """The scenes to train on, in the order of their dates; those without a date come last, by name.

    Args:
        dates: Day of each labelled case, or None.
        wanted: How many; or their names; None for all.
        choice: Which of them, where `wanted` is a number.

    Raises:
        InputError: If there are not as many, or a name is none of them.

    >>> day = datetime.date
    >>> dates = {"a": day(2020, 5, 1), "b": day(2019, 5, 1), "c": None, "d": day(2021, 5, 1)}
    >>> choose_scenes(dates, 2)
    ('b', 'a')
    >>> choose_scenes(dates, 2, "spread")
    ('a', 'c')
    """
    ordered = sorted(dates, key=lambda case: (dates[case] or datetime.date.max, case))
    if wanted is None:
        return tuple(ordered)
    if isinstance(wanted, int):
        if not 1 <= wanted <= len(ordered):
            what = f"{wanted} is not between 1 and the number of labelled scenes, {len(ordered)}"
            raise InputError([Problem("--scenes", what, "Give fewer, or leave it out for all")])
        if choice == "spread":
            # The middle one of each of as many equal parts of the series.
            return tuple(ordered[(2 * part + 1) * len(ordered) // (2 * wanted)] for part in range(wanted))
        return tuple(ordered[:wanted])
    unknown = [case for case in wanted if case not in dates]
    if unknown or not wanted:
        remedy = "Give names of files in labelsTr, without their ending"
        raise InputError([Problem("--scenes", f"{case!r} is no labelled scene", remedy) for case in unknown or [""]])
    return tuple(case for case in ordered if case in set(wanted))


def read_choice(text: str) -> int | tuple[str, ...]:
    """The scenes that a user asks for: a number, names with commas between, or a ``.txt`` file of names.

    Raises:
        InputError: If there is no such file, or it is no text in UTF-8.

    >>> read_choice("5"), read_choice("a, b")
    (5, ('a', 'b'))
    """
    if re.fullmatch("[0-9]{1,18}", text):
        return int(text)
    if not text.endswith(".txt"):
        return tuple(name.strip() for name in text.split(",") if name.strip())
    return tuple(read_list(Path(text)))
