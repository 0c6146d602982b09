"""Scoring every scene of a plan once: on all cores or a cluster, going on where an earlier run was stopped."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from nnunet_glacier.evaluation.inputs.faults import Fault
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.evaluation.results.score_record import ScoreRecord, task_key
from nnunet_glacier.evaluation.scene_scores import SceneScore, ScoringTask, score_scene
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.parallel import map_with_progress


def score_all(
    tasks: Sequence[ScoringTask], record_file: Path, options: Options
) -> tuple[list[SceneScore], list[Fault]]:
    """The scores of all scenes in the order of the tasks, and what is wrong with those that have none.

    Each scene's scores are kept in the record file as soon as they are there, and scenes that it holds already are
    not scored again. When all is done the file holds these scenes alone.

    Args:
        tasks: The scenes to score.
        record_file: Where the scores are kept.
        options: Workers and backend; whether all is scored anew.
    """
    keys = [task_key(task) for task in tasks]
    with closing(ScoreRecord(record_file)) as record:
        known = {} if options.overwrite else record.wanted(set(keys))
        open_tasks = [(key, task) for key, task in zip(keys, tasks, strict=True) if key not in known]
        faults = _score_open(open_tasks, record, known, options, done=len(tasks) - len(open_tasks))
        kept = {key: known[key] for key in keys if key in known}
        if kept:
            record.finish_scores(kept)
    return [score for scores in kept.values() for score in scores], faults


def _score_open(
    open_tasks: Sequence[tuple[str, ScoringTask]],
    record: ScoreRecord,
    known: dict[str, list[SceneScore]],
    options: Options,
    done: int,
) -> list[Fault]:
    """Score what is not known yet and add it to the record and to the known ones, in place."""
    faults = []
    results = map_with_progress(
        score_scene,
        [task for _, task in open_tasks],
        description="score",
        workers=options.workers,
        backend=options.backend,
        done=done,
    )
    for (key, task), answers in zip(open_tasks, results, strict=True):
        problems = [item for item in answers if isinstance(item, Problem)]
        if problems:
            faults += [Fault(task.set_name, task.reference.scene.case, problem) for problem in problems]
            continue
        known[key] = [item for item in answers if isinstance(item, SceneScore)]
        record.add_scores(key, known[key])
    return faults
