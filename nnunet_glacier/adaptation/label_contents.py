"""What the labels of the scenes teach: without a glacier in any of them a model would unlearn what one is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnunet_glacier.adaptation.labelled_scenes import LabelledScenes
from nnunet_glacier.domain.labels import FRONT, GROUNDING_LINE, ICE, ZONES, LabelSpace, Task
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

SUBJECTS = (ZONES.classes[Zone.GLACIER], ICE.classes[1], FRONT.classes[1], GROUNDING_LINE.classes[1])
"""The classes for which networks are trained; of several tasks the first one here counts."""

_REMEDY = "Label some in one of them, or choose other scenes with --scenes"


def remarks_on_labels(scenes: LabelledScenes, chosen: Sequence[str]) -> list[str]:
    """What is odd about the labels of single scenes among others that teach: a sentence for each.

    Args:
        scenes: The labelled scenes.
        chosen: Those that are trained on, at least one.

    Raises:
        InputError: With every label map that cannot be read; or if none of them has a pixel of what the network is for
            (`SUBJECTS`; where the tasks are others, of any class but the first).
    """
    subject, known = _subject(scenes.description.space), {}
    problems = []
    for case in chosen:
        try:
            known[case] = set(_classes(scenes, case, subject))
        except GlacierError as error:
            problems.append(Problem(scenes.label(case), str(error), "Convert the scene again, or take it out"))
    if problems:
        raise InputError(problems)
    wanted = {subject[0].classes.index(subject[1])} if subject else set().union(*known.values()) - {0}
    without = {case: _fault(found, subject) for case, found in known.items() if not found & wanted}
    if len(without) == len(known):
        raise InputError([Problem(scenes.label(case), what, _REMEDY) for case, what in without.items()])
    # A scene without a line teaches where there is none.
    areas = subject is None or not subject[0].thin
    return [f"{case}: {what}." for case, what in without.items() if areas or not known[case]]


def _subject(space: LabelSpace | None) -> tuple[Task, str] | None:
    """The class that a dataset's labels are about, with its task; None where it is none of `SUBJECTS`."""
    tasks = () if space is None else space.tasks
    return next(((task, name) for name in SUBJECTS for task in tasks if name in task.classes), None)


def _classes(scenes: LabelledScenes, case: str, subject: tuple[Task, str] | None) -> Iterator[int]:
    """The classes in a label map, of the task that counts, without pixels that have no label."""
    codes = np.unique(read_raster(scenes.label(case)).values)
    codes = codes[codes != scenes.description.ignore].astype(np.int64)
    space = scenes.description.space
    maps = space.decode(codes)[space.tasks.index(subject[0])] if space and subject else codes
    yield from map(int, np.unique(maps))


def _fault(found: set[int], subject: tuple[Task, str] | None) -> str:
    """What a label map that does not hold the subject holds instead."""
    if not found:
        return "none of its pixels has a label"
    if subject is None:
        return "its label is the first class everywhere"
    task, name = subject
    if len(found) == 1 and not task.thin:
        (only,) = found
        return f"its label is {task.classes[only]} everywhere"
    return f"there is no {name} in its label"
