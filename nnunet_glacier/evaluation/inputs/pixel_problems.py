"""What only the pixels of maps and labels tell, for a refusal that names everything: nothing is measured."""

from __future__ import annotations

from collections.abc import Sequence

from nnunet_glacier.evaluation.scene_scores import ScoringTask
from nnunet_glacier.formats.scored_maps import read_scored_maps
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.parallel import map_with_progress


def pixel_problems(tasks: Sequence[ScoringTask], found: Sequence[Problem], workers: int | None) -> list[Problem]:
    """Files that cannot be decoded or whose values mean nothing, without those that are named already.

    Args:
        tasks: Every scene that there is a prediction of, whatever is wrong with it.
        found: What is known to be wrong; a file in it is not named again.
        workers: Processes; None for one a core.
    """
    named = {problem.where for problem in found}
    read = map_with_progress(_problems_of, tasks, description="check", workers=workers) if tasks else ()
    return [problem for problems in read for problem in problems if problem.where not in named]


def _problems_of(task: ScoringTask) -> list[Problem]:
    try:
        read_scored_maps(task.reference, task.prediction, front="front" in task.routes)
    except InputError as error:
        return list(error.problems)
    return []
