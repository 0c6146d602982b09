"""What is wrong with the maps of a scene: first what their headers tell, and for a refusal also what the pixels do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nnunet_glacier.domain.front_rules import Route
from nnunet_glacier.evaluation.scene_scores import ScoringTask
from nnunet_glacier.formats.map_sizes import read_shapes, size_problems
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.formats.scored_maps import read_scored_maps
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.parallel import map_with_progress


def header_problems(prediction: Prediction, reference: SceneFiles, routes: tuple[Route, ...]) -> list[Problem]:
    """Files of a scene that cannot be opened, maps that differ in size, and a box outside of them.

    Args:
        prediction: What was predicted of the scene.
        reference: The scene and its labels; their files exist.
        routes: Routes that are scored; a front mask that none of them needs is not looked at.
    """
    unused = None if "front" in routes else prediction.front
    # The size of probabilities is compared when they are read: those of nnU-Net have no header.
    predicted = [path for path in prediction.files if path not in (unused, prediction.probability)]
    labels = [path for path in (reference.front, reference.zones, reference.ignored_in) if path is not None]
    remedy = "Predict at the size of the dataset's image"
    return _header_problems(predicted, labels, reference, prediction.where, remedy)


def line_header_problems(reference: SceneFiles) -> list[Problem]:
    """The same of a scene whose lines are scored as they were delivered: of its labels alone.

    Args:
        reference: The scene and its labels; that of its line exists.
    """
    labels = [path for path in (reference.front, reference.ignored_in) if path is not None]
    return _header_problems([], labels, reference, reference.front, "Restore the labels from the dataset")


def _header_problems(
    predicted: Sequence[Path], labels: Sequence[Path], reference: SceneFiles, where: Path, remedy: str
) -> list[Problem]:
    """What headers tell; `where` and `remedy` are of maps that differ in size."""
    shapes, unread = read_shapes([*predicted, *labels])
    restore, again = "Restore the label from the dataset", "Predict the case again, or mend it"
    problems = [Problem(path, what, restore if path in labels else again) for path, what in unread.items()]
    problems += size_problems(where, shapes, remedy)
    if reference.front in shapes:
        problems += reference.box_problems(shapes[reference.front])
    return problems


def pixel_problems(tasks: Sequence[ScoringTask], known: Sequence[Problem], workers: int | None) -> list[Problem]:
    """Files that cannot be decoded or whose values mean nothing, without those that are named already.

    Nothing is measured; a refusal then names everything at once.

    Args:
        tasks: Every scene that there is a prediction of, whatever is wrong with it.
        known: What is known to be wrong; a file in it is not named again.
        workers: Processes; None for one per core.
    """
    named = {problem.where for problem in known}
    read = map_with_progress(_problems_of, tasks, description="check", workers=workers) if tasks else ()
    return [problem for problems in read for problem in problems if problem.where not in named]


def _problems_of(task: ScoringTask) -> list[Problem]:
    try:
        read_scored_maps(task.reference, task.prediction, front="front" in task.routes)
    except InputError as error:
        return list(error.problems)
    return []
