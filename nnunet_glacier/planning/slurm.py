"""An sbatch file that trains the folds of a dataset as an array of jobs, each of which goes on when it is requeued."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nnunet_glacier.formats.json_files import read_json
from nnunet_glacier.formats.model_plans import entry_problems, plans_problems
from nnunet_glacier.planning.dataset_folders import DatasetFolders, nnunet_folder
from nnunet_glacier.support.environment import FOLDER_VARIABLES, export_line
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.names import is_hidden

PROGRAMS = Path(sys.executable).parent
"""Where ``nnUNetv2_train`` is: in the environment of this program."""

_FORMS = {
    "--time": (r"\d+(:\d\d){0,2}|\d+-\d{1,2}(:\d\d){0,2}", "a time of Slurm's, such as 12:00:00 or 2-00:00:00"),
    "--memory": (r"\d+[KMGT]?", "an amount of memory, such as 32G"),
    "--partition": (r"[\w.,+-]+", "the name of a partition"),
    "--account": (r"[\w.@+-]+", "the name of an account"),
    "--plans": (r"\w+(-\w+)*", "the name of plans, such as paper"),
    "--trainer": (r"[A-Za-z_]\w*", "the name of a trainer's class"),
    "--configuration": (r"\w+", "the name of a configuration, such as 2d"),
}
"""What the words of the file may look like; each stands alone in a line that Slurm or the shell reads."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is trained, and what each fold gets of the cluster.

    Attributes:
        dataset: nnU-Net's full name of the dataset.
        n_folds: Number of folds.
        plans: Name of the plans.
        trainer: Class name of the trainer.
        configuration: Configuration of the plans.
        time: Limit of a fold, in Slurm's form.
        gpus: GPUs of a fold; 0 trains on the CPU.
        cpus: Cores of a fold.
        memory: Memory of a fold, in Slurm's form.
        partition: Partition, or "" for the cluster's own choice.
        account: Account, or "".
    """

    dataset: str
    n_folds: int
    plans: str
    trainer: str
    configuration: str = "2d"
    time: str = "1-00:00:00"
    gpus: int = 1
    cpus: int = 8
    memory: str = "32G"
    partition: str = ""
    account: str = ""

    def words(self) -> dict[str, str]:
        """Its words by the option that gives them."""
        return {option: getattr(self, option.removeprefix("--")) for option in _FORMS}


def job_problems(job: Job, folders: DatasetFolders, environment: Mapping[str, str]) -> list[Problem]:
    """Why a job cannot be written down: words with hidden characters or of another form, plans that are not there."""
    problems = []
    for option, word in job.words().items():
        form, wanted = _FORMS[option]
        optional = word == "" and option in ("--partition", "--account")
        if not optional and not re.fullmatch(form, word, re.ASCII):
            problems.append(Problem(f"{option} {word!a}", f"it is not {wanted}", "Correct it"))
    places = {variable: nnunet_folder(variable) for variable in FOLDER_VARIABLES}
    problems += [place for place in places.values() if isinstance(place, Problem)]
    values = {"the dataset's name": job.dataset, "the programs' folder": str(PROGRAMS)}
    values |= {name: environment.get(name, "") for name in _PASSED}
    for name, value in values.items():
        if is_hidden(value):
            what = f"it holds characters that cannot be seen ({value!a})"
            problems.append(Problem(name, what, "Rename the folder, or correct the variable"))
    return problems or _plans_problems(job, folders)


_PASSED = (*FOLDER_VARIABLES, "nnUNet_extTrainer")
"""nnU-Net's variables that the file sets."""


_PLAN_AGAIN = "Plan the dataset again"


def _plans_problems(job: Job, folders: DatasetFolders) -> list[Problem]:
    path = folders.preprocessed / f"{job.plans}.json"
    if not path.is_file():
        there = sorted(one.stem for one in folders.preprocessed.glob("*.json") if _is_plans(one))
        what = f"there are no such plans; {job.dataset} has {', '.join(there) or 'none'}"
        return [Problem(path, what, "Name others with -p, or make them: nnunet-glacier plan")]
    content, problems = read_json(path, _PLAN_AGAIN)
    problems = problems or plans_problems(path, content, "", None, _PLAN_AGAIN)
    problems = problems or entry_problems(path, content, _PLAN_AGAIN)
    if not problems and job.configuration not in content["configurations"]:
        configurations = ", ".join(content["configurations"]) or "none"
        what = f"they have no configuration {job.configuration}; they have {configurations}"
        problems = [Problem(path, what, "Name another with --configuration")]
    return list(problems)


def _is_plans(path: Path) -> bool:
    content, problems = read_json(path, "")
    return not problems and isinstance(content, dict) and "configurations" in content


def checked_job(job: Job, folders: DatasetFolders, environment: Mapping[str, str]) -> Job:
    """The job, which can be written down.

    Raises:
        InputError: With everything that is wrong with it.
    """
    problems = job_problems(job, folders, environment)
    if problems:
        raise InputError(problems, "The job cannot be written down")
    return job


def sbatch_text(job: Job, environment: Mapping[str, str], programs: Path = PROGRAMS) -> str:
    """The sbatch file.

    Args:
        job: The job, checked.
        environment: nnU-Net's variables, which the jobs get as they are now, with absolute paths.
        programs: Where ``nnUNetv2_train`` is.
    """
    lines = [
        "#!/bin/bash",
        *(f"#SBATCH --{name}={value}" for name, value in _resources(job).items()),
        "#SBATCH --requeue",
        "",
        "# Folds of the dataset, one a job. A job that is requeued, or submitted again, goes on from its checkpoint.",
        "set -e -o pipefail",
        'fold=${SLURM_ARRAY_TASK_ID:?"submit this file with sbatch"}',
        f'export PATH={shlex.quote(str(programs))}:"$PATH"',
        *(f"export {name}={shlex.quote(os.path.abspath(environment[name]))}" for name in FOLDER_VARIABLES),  # noqa: PTH100
        export_line(environment),
        "",
        f'trained="$nnUNet_results"/{shlex.quote(job.dataset)}/{job.trainer}__{job.plans}__{job.configuration}',
        "go_on=()",
        "for name in final latest best; do",
        '    if [ -f "$trained/fold_$fold/checkpoint_$name.pth" ]; then go_on=(--c); fi',
        "done",
        f'exec nnUNetv2_train {shlex.quote(job.dataset)} {job.configuration} "$fold" -p {job.plans} '
        f'-tr {job.trainer}{_device(job)} "${{go_on[@]}}"',
    ]
    return "\n".join(lines) + "\n"


def _resources(job: Job) -> dict[str, str | int]:
    number = job.dataset.split("_")[0]
    asked: dict[str, str | int] = {
        "job-name": number,
        "array": f"0-{job.n_folds - 1}",
        "time": job.time,
        "gres": f"gpu:{job.gpus}" if job.gpus else "",
        "cpus-per-task": job.cpus,
        "mem": job.memory,
        "partition": job.partition,
        "account": job.account,
        # A requeued job adds to its log.
        "output": f"{number}_fold_%a.log",
        "open-mode": "append",
    }
    return {name: value for name, value in asked.items() if value != ""}


def _device(job: Job) -> str:
    if job.gpus == 0:
        return " -device cpu"
    return f" -num_gpus {job.gpus}" if job.gpus > 1 else ""
