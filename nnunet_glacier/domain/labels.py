"""What the labels mean: tasks, and the product label space of multi-task datasets.

A dataset has one or several *tasks* (zones; front or not; boundary or not). A case has one label map. With several
tasks it holds *codes*: with task sizes ``(4, 2, 2)`` the code is ``zone + 4 * front + 8 * boundary``. Every function
on codes and probabilities works on numpy arrays and on torch tensors alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from nnunet_glacier.domain.zones import FUSED_FRONT, Zone, zones_from_fused
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.wording import counted

_NAME = re.compile(r"\w[\w-]{0,99}")
"""Names of tasks, which become parts of file names."""


@dataclass(frozen=True)
class Task:
    """One thing to segment.

    Attributes:
        name: ``zones``, ``front``, ``boundary``, ``fused``, ``grounding_line``, ``ice_type`` or ``ice``.
        classes: Class names in the order of their ids; the first is the background.
        thin: Whether the foreground is a line a few pixels wide; thin tasks of multi-task networks get no deep
            supervision.
    """

    name: str
    classes: tuple[str, ...]
    thin: bool = False

    @property
    def size(self) -> int:
        """Number of classes, background included."""
        return len(self.classes)


ZONES = Task("zones", tuple(zone.name if zone is Zone.NA else zone.name.lower() for zone in Zone))
FRONT = Task("front", ("none", "front"), thin=True)
BOUNDARY = Task("boundary", ("none", "boundary"), thin=True)
FUSED = Task("fused", (*ZONES.classes, "front"))
GROUNDING_LINE = Task("grounding_line", ("none", "grounding line"), thin=True)
ICE = Task("ice", ("other", "ice"))
"""The zones of Davari et al. (2021), ice or not: CaFFe's glacier against rock, ocean with mélange, and missing data."""

ICE_TYPE = Task("ice_type", ("water", "new ice", "nilas", "young ice", "first-year ice", "old ice"))
"""Dominant ice types of Pires de Lima et al. (2023), youngest first; water is the background that nnU-Net asks for."""


@dataclass(frozen=True)
class LabelSpace:
    """The tasks of a dataset and the codes of its label maps.

    With one task the code is the class id. With several, task 0 varies fastest:
    ``code = c_0 + s_0 * (c_1 + s_1 * (c_2 + ...))`` for classes ``c_i`` and task sizes ``s_i``.

    Attributes:
        tasks: At least one task; names are unique.
    """

    tasks: tuple[Task, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of classes of each task."""
        return tuple(task.size for task in self.tasks)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tasks, in the order of the code."""
        return tuple(task.name for task in self.tasks)

    @property
    def n_codes(self) -> int:
        """Number of codes: the product of the task sizes."""
        return math.prod(self.sizes)

    def encode(self, *maps: Any) -> Any:
        """Codes from one class map per task.

        Args:
            *maps: Class ids, one integer array or tensor per task, all of one shape.

        Returns:
            Codes, same shape and type as the first map's.

        >>> LABEL_SPACES["multitask"].encode(np.array([0, 3, 2]), np.array([0, 1, 0]))
        array([0, 7, 2])
        """
        if len(maps) != len(self.tasks):
            raise ValueError(f"{counted(len(maps), 'class map')} for {counted(len(self.tasks), 'task')} {self.names}")
        codes = maps[-1]
        for size, classes in zip(self.sizes[-2::-1], maps[-2::-1], strict=True):
            codes = classes + size * codes
        return codes

    def decode(self, codes: Any) -> tuple[Any, ...]:
        """One class map per task from codes: the inverse of `encode`, same shape and type as the codes."""
        maps = []
        for size in self.sizes[:-1]:
            maps.append(codes % size)
            codes = codes // size
        return (*maps, codes)

    def marginals(self, probabilities: Any, axis: int = 0) -> tuple[Any, ...]:
        """Each task's probabilities from the joint ones, by summing over the other tasks.

        Args:
            probabilities: Joint probabilities with `n_codes` entries along `axis`; float array or tensor.
            axis: The axis of the codes: 0 for ``(C, H, W)``, 1 for ``(N, C, H, W)``.

        Returns:
            One array or tensor per task, with the task's size along `axis`.
        """
        axis = axis % probabilities.ndim
        before, after = tuple(probabilities.shape[:axis]), tuple(probabilities.shape[axis + 1 :])
        # C order: the last of the split axes varies fastest, and task 0 varies fastest in the code.
        grid = probabilities.reshape(before + self.sizes[::-1] + after)
        count = len(self.tasks)
        marginals = []
        for index in range(count):
            others = tuple(axis + count - 1 - other for other in range(count) if other != index)
            marginals.append(grid.sum(others) if others else grid)
        return tuple(marginals)

    def joint_log_probabilities(self, *logits: Any, axis: int = 0) -> Any:
        """Joint log-probabilities from one logit map per task.

        The outer sum of the tasks' log-softmaxes: its softmax is the product of the tasks' probabilities, and the
        cross-entropy on codes is the sum of the tasks' cross-entropies.

        Args:
            *logits: One float array or tensor per task, with the task's size along `axis`.
            axis: The class axis: 0 for ``(C, H, W)``, 1 for ``(N, C, H, W)``.

        Returns:
            Log-probabilities with `n_codes` entries along `axis`, each in ``(-inf, 0]``.
        """
        if tuple(task_logits.shape[axis] for task_logits in logits) != self.sizes:
            shapes = [tuple(task_logits.shape) for task_logits in logits]
            raise ValueError(f"logits of shapes {shapes} along axis {axis} do not fit the tasks {self.names}")
        axis = axis % logits[0].ndim
        count = len(self.tasks)
        before, after = tuple(logits[0].shape[:axis]), tuple(logits[0].shape[axis + 1 :])
        joint: Any = 0
        for index, task_logits in enumerate(logits):
            split = [1] * count
            split[count - 1 - index] = self.sizes[index]
            joint = joint + _log_softmax(task_logits, axis).reshape(before + tuple(split) + after)
        return joint.reshape((*before, self.n_codes, *after))

    def code_name(self, code: int) -> str:
        """Name of a code in ``dataset.json``: the class names that are not background, or ``background``."""
        if code == 0:
            return "background"
        classes = [task.classes[index] for task, index in zip(self.tasks, self.decode(code), strict=True) if index > 0]
        return "+".join(classes)

    def nnunet_labels(self) -> dict[str, int]:
        """The ``labels`` entry of ``dataset.json``: every code under its name, ``background`` first."""
        return {self.code_name(code): code for code in range(self.n_codes)}

    def to_json(self) -> list[dict[str, Any]]:
        """The ``tasks`` entry of ``dataset.json``."""
        return [{"name": task.name, "classes": list(task.classes), "thin": task.thin} for task in self.tasks]

    @classmethod
    def from_dataset_json(cls, dataset_json: Mapping[str, Any]) -> LabelSpace:
        """The label space that a ``dataset.json`` declares under ``tasks``.

        Raises:
            GlacierError: If there is no ``tasks`` entry, it is of another form, or it does not fit the number of
                ``labels``.
        """
        if "tasks" not in dataset_json:
            raise GlacierError(
                "dataset.json has no 'tasks' entry, so what its labels mean is not known; datasets written by "
                "'nnunet-glacier convert' have one"
            )
        space = cls(_tasks_from_json(dataset_json["tasks"]))
        labels = [label for label in dataset_json.get("labels", {}) if label != "ignore"]
        if labels and len(labels) != space.n_codes:
            declared = counted(len(labels), "label")
            raise GlacierError(
                f"dataset.json declares {declared}, but its tasks {space.names} have {space.n_codes} codes"
            )
        return space


def _tasks_from_json(entries: Any) -> tuple[Task, ...]:
    """The tasks of a ``dataset.json``, the inverse of `LabelSpace.to_json`."""
    good = isinstance(entries, list) and entries and all(map(_is_task, entries))
    if not good or len({entry["name"] for entry in entries}) < len(entries):
        raise GlacierError(
            "the 'tasks' entry of dataset.json must be a list of tasks with different names (of letters, digits, _ "
            "and -, which become parts of file names) and at least two classes, "
            f'such as {{"name": "front", "classes": ["none", "front"], "thin": true}}, but it is {entries!r}'
        )
    return tuple(Task(entry["name"], tuple(entry["classes"]), bool(entry.get("thin", False))) for entry in entries)


def _is_task(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not _NAME.fullmatch(entry["name"]):
        return False
    classes = entry.get("classes")
    return isinstance(classes, list) and len(classes) > 1 and all(isinstance(name, str) for name in classes)


def _log_softmax(logits: Any, axis: int) -> Any:
    if isinstance(logits, np.ndarray):
        return special.log_softmax(logits, axis=axis)
    return logits.log_softmax(axis)


LABEL_SPACES: dict[str, LabelSpace] = {
    "fused": LabelSpace((FUSED,)),
    "zones": LabelSpace((ZONES,)),
    "front": LabelSpace((FRONT,)),
    "multitask": LabelSpace((ZONES, FRONT)),
    "boundary": LabelSpace((ZONES, FRONT, BOUNDARY)),
    "grounding_line": LabelSpace((GROUNDING_LINE,)),
    "sea_ice": LabelSpace((ICE_TYPE,)),
    "ice": LabelSpace((ICE,)),
}
"""Label spaces by name: the variants of Herrmann et al. (2023), Fig. 6, as ``convert caffe --labels`` takes them, then
grounding lines, sea ice types, and ice or not, which ``convert caffe`` makes too."""


def zones_and_front(
    codes: np.ndarray, space: LabelSpace, *, published_decoding: bool = False
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The zone map and the front mask that a label map of any of our label spaces holds.

    Args:
        codes: Codes of `space`, integer, shape ``(H, W)``.
        space: The dataset's label space.
        published_decoding: How zones of fused labels are made (`zones_from_fused`).

    Returns:
        Zone ids (uint8) or None where the space has no zones, and the band (bool) of the front, or of the grounding
        line, or None where it has neither.
    """
    classes: dict[str, np.ndarray] = dict(zip(space.names, space.decode(np.asarray(codes)), strict=True))
    if FUSED.name in classes:
        fused = classes[FUSED.name]
        return zones_from_fused(fused, published=published_decoding), fused == FUSED_FRONT
    zones = classes.get(ZONES.name)
    front = classes.get(FRONT.name, classes.get(GROUNDING_LINE.name))
    return (
        None if zones is None else zones.astype(np.uint8),
        None if front is None else front.astype(bool),
    )
