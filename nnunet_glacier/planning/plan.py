"""The stage ``plan``: nnU-Net's fingerprint and plans, and plans with a preset beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nnunet_glacier.domain.labels import LabelSpace
from nnunet_glacier.formats.folds import SPLITS_JSON, read_folds, write_folds
from nnunet_glacier.formats.plan_entries import START_KEY
from nnunet_glacier.planning.dataset_folders import FINGERPRINT, DatasetFolders, folds_of
from nnunet_glacier.planning.further_training import Start, further_plans, start_problems
from nnunet_glacier.planning.preset_plans import CONFIGURATION, check_stages, preset_plans
from nnunet_glacier.planning.presets import Preset
from nnunet_glacier.support.disk import writing
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.files import read_text, write_json
from nnunet_glacier.support.logs import end_of, printed_to
from nnunet_glacier.support.parallel import default_workers
from nnunet_glacier.support.whole_files import is_whole
from nnunet_glacier.support.wording import counted

NNUNET_PLANS = "nnUNetPlans"
LOADER_PROCESSES = "nnUNet_n_proc_DA"


def plan_dataset(
    folders: DatasetFolders,
    preset: Preset,
    plans_name: str,
    *,
    start: Start | None = None,
    verify: bool = False,
    overwrite: bool = False,
    workers: int | None = None,
    say: Callable[[str], None] = print,
) -> Path:
    """Write plans with a preset for a dataset, and put its folds where nnU-Net looks for them.

    Args:
        folders: The dataset, from `find_dataset`.
        preset: What to set.
        plans_name: Name of the plans and of their file.
        start: A model to train further: its network, patch and spacing are taken, and of the preset the schedule alone.
        verify: Whether to run nnU-Net's check of every image and label first.
        overwrite: Whether to replace other plans of that name, other folds and the fingerprint.
        workers: Processes; None for one per core.
        say: Is told of each step as it begins, a line each, and of the log that has what nnU-Net prints.

    Returns:
        The plans file, ``nnUNet_preprocessed/<dataset>/<plans_name>.json``; the log beside it has the same name with
        ``.log``.

    Raises:
        GlacierError: If nnU-Net fails; the message names the log and has its end.
        InputError: If the name is taken or unfit, the folds there are others, or the patch does not fit the stages;
            no plans are written then. The stages that nnU-Net chooses are known only after the fingerprint, which
            stays.
    """
    problems = _name_and_fold_problems(folders, plans_name, overwrite) + _patch_problems(preset)
    problems += start_problems(start, folders.description) if start else []
    if problems:
        raise InputError(problems, f"{folders.name} cannot be planned")
    folders.preprocessed.mkdir(parents=True, exist_ok=True)
    workers = default_workers() if workers is None else max(1, workers)
    if folders.dataset.folds is not None and (overwrite or not (folders.preprocessed / SPLITS_JSON).is_file()):
        # Whole or not at all, which nnU-Net's own copy would not be.
        write_folds(folders.preprocessed / SPLITS_JSON, folders.dataset.folds)
    nnunet_plans = _by_nnunet(folders, folders.preprocessed / f"{plans_name}.log", verify, overwrite, workers, say)
    try:
        plans = (
            further_plans(start, preset, folders.name, plans_name)
            if start
            else preset_plans(nnunet_plans, preset, plans_name)
        )
    except ValueError as error:
        outcome = "no plans were written; the fingerprint stays for the next try"
        raise InputError([_patch_problem(error)], f"{folders.name} cannot be planned", outcome) from None
    return _write_plans(folders.preprocessed / f"{plans_name}.json", plans, overwrite)


def _patch_problems(preset: Preset) -> list[Problem]:
    """Problems of patch and stages that show before the dataset is read, if the preset gives both."""
    if preset.patch_size is None or preset.stages is None or preset.shrink_patch or preset.fit_stages:
        return []
    try:
        check_stages(preset.patch_size, preset.stages)
    except ValueError as error:
        return [_patch_problem(error)]
    return []


def _patch_problem(error: ValueError) -> Problem:
    remedy = "Give --patch-size as multiples of a higher power of two, or fewer --stages."
    return Problem("--patch-size", str(error), remedy)


def _name_and_fold_problems(folders: DatasetFolders, plans_name: str, overwrite: bool) -> list[Problem]:
    problems = []
    if plans_name == NNUNET_PLANS or "__" in plans_name or not plans_name.replace("-", "_").isidentifier():
        problems.append(
            Problem(
                f"--name {plans_name}",
                "cannot be used: it is nnU-Net's own, or not letters, digits and single _ or -",
                "Give another, such as --name laptop_long.",
            )
        )
    ours, theirs = folders.dataset.folds, folders.preprocessed / SPLITS_JSON
    if ours is not None and theirs.is_file() and not overwrite and ours != read_folds(theirs):
        problems.append(
            Problem(
                theirs,
                f"holds other folds than {folders.raw / SPLITS_JSON}; trained models there may depend on them",
                "Keep the old folds by copying them over the new, or replace them with --overwrite.",
            )
        )
    return problems


@contextmanager
def _planning_environment() -> Iterator[None]:
    """Hide ``nnUNet_n_proc_DA=0``, right for training on a CPU, from the planner, which needs a positive number."""
    value = os.environ.get(LOADER_PROCESSES)
    if value == "0":
        os.environ[LOADER_PROCESSES] = "1"
    try:
        yield
    finally:
        if value == "0":
            os.environ[LOADER_PROCESSES] = "0"


def _by_nnunet(
    folders: DatasetFolders, log: Path, verify: bool, overwrite: bool, workers: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """nnU-Net's check if asked for, its fingerprint unless it is there, and its plans, which are returned.

    All that it prints goes into the log.
    """
    scenes = counted(len(folders.dataset.training_files()[0]), "training scene")
    try:
        with _planning_environment(), writing(folders.preprocessed):
            log.unlink(missing_ok=True)
            if verify:
                say(f"nnU-Net's check of {scenes}; log: {log}")
                _verify(folders, workers, log)
            if overwrite or not _fingerprint_is_current(folders):
                say(f"nnU-Net's fingerprint of {scenes}; log: {log}")
                _extract_fingerprint(folders, workers, log)
            say(f"nnU-Net's plans; log: {log}")
            return _nnunet_plans(folders, log)
    except (GlacierError, OSError):
        raise
    except Exception as error:
        # What a library's planner and its worker processes can fail with is anything.
        what = str(error).strip().rstrip(".") or type(error).__name__
        raise GlacierError(f"nnU-Net could not plan {folders.name}: {what}.\n{end_of(log)}") from error


def _verify(folders: DatasetFolders, workers: int, log: Path) -> None:
    """Run nnU-Net's check of every image and label; it prints what is wrong with which file."""
    from nnunetv2.experiment_planning.verify_dataset_integrity import verify_dataset_integrity

    try:
        with printed_to(log):
            verify_dataset_integrity(str(folders.raw), workers)
    except (AssertionError, RuntimeError) as error:
        remedy = f"Mend what the log names, and convert the dataset again.\n{end_of(log)}"
        raise InputError([Problem(folders.raw, f"did not pass nnU-Net's check ({error})", remedy)]) from None


def _extract_fingerprint(folders: DatasetFolders, workers: int, log: Path) -> None:
    from nnunetv2.experiment_planning.plan_and_preprocess_api import extract_fingerprint_dataset

    with printed_to(log):
        extract_fingerprint_dataset(_dataset_id(folders), num_processes=workers, clean=True, verbose=False)


def _fingerprint_is_current(folders: DatasetFolders) -> bool:
    fingerprint, described = folders.preprocessed / FINGERPRINT, folders.description
    if not is_whole(fingerprint) or fingerprint.stat().st_mtime < described.path.stat().st_mtime:
        return False
    return len(_read(fingerprint)["shapes_after_crop"]) == described.training_cases


def _nnunet_plans(folders: DatasetFolders, log: Path) -> dict[str, Any]:
    """Run nnU-Net's planner, which also copies ``dataset.json`` and the folds to the preprocessed folder."""
    from nnunetv2.experiment_planning.plan_and_preprocess_api import plan_experiment_dataset

    from nnunet_glacier.planning.nnunet_planner import KeepingPlanner

    # It prints its whole plans; the summary has what matters.
    with printed_to(log):
        plans, _ = plan_experiment_dataset(_dataset_id(folders), KeepingPlanner)
    # Through JSON, so that plans just made and plans read from a file compare equal.
    return json.loads(json.dumps(plans))


def _dataset_id(folders: DatasetFolders) -> int:
    return int(folders.name[len("Dataset") :].split("_")[0])


def _write_plans(path: Path, plans: dict[str, Any], overwrite: bool) -> Path:
    if path.is_file() and not overwrite and _read(path) != plans:
        raise InputError(
            [
                Problem(
                    path,
                    "holds other plans, on which trained models may depend",
                    "Give another --name, or replace them with --overwrite.",
                )
            ]
        )
    write_json(path, plans)
    return path


def _read(path: Path) -> Any:
    try:
        return json.loads(read_text(path))
    except ValueError as error:
        remedy = "Restore it, or delete it and give the same command again"
        raise InputError([Problem(path, f"it is no JSON, or not the whole of it ({error})", remedy)]) from None


def plan_summary(folders: DatasetFolders, plans_file: Path, preset: Preset) -> str:
    """What was planned, where it stands, and the commands of nnU-Net that come next.

    Args:
        folders: The dataset.
        plans_file: What `plan_dataset` wrote.
        preset: What it was given.
    """
    plans = _read(plans_file)
    configuration = plans["configurations"][CONFIGURATION]
    architecture = configuration["architecture"]["arch_kwargs"]
    patch, image = configuration["patch_size"], configuration["median_image_size_in_voxels"]
    spacing = " x ".join(f"{edge:g}" for edge in configuration["spacing"])
    name, number = plans["plans_name"], _dataset_id(folders)
    trainer, *others = preset.trainers or (suggested_trainer(folders.space, folders.description.channels),)
    if START_KEY in plans:
        trainer, others = plans[START_KEY]["trainer"], []
    lines = [
        f"{plans_file}: patch {patch[0]}x{patch[1]} at spacing {spacing}, batch {configuration['batch_size']}, "
        f"features {architecture['features_per_stage']}, {counted(plans['num_epochs'], 'epoch')} of "
        f"{counted(plans['num_iterations_per_epoch'], 'iteration')}.",
    ]
    if any(edge > size for edge, size in zip(patch, image, strict=True)):
        lines.append(
            f"The median image is {image[0]:.0f}x{image[1]:.0f} pixels of that spacing; "
            "smaller images are padded to the patch."
        )
    stages = architecture["n_stages"]
    if preset.stages is not None and stages < preset.stages and preset.fit_stages:
        lines.append(f"The patch can be halved for {stages} stages, and not for the preset's {preset.stages}.")
    if preset.preparation:
        lines.append(f"The preset is for a dataset made by: nnunet-glacier {preset.preparation}")
    lines += [
        "Next, with nnU-Net's own commands:",
        f"  nnUNetv2_preprocess -d {number} -plans_name {name} -c {CONFIGURATION}",
        f"  nnUNetv2_train {number} {CONFIGURATION} FOLD -p {name} -tr {trainer}   (FOLD: {_fold_numbers(folders)})",
    ]
    if others:
        lines.append(f"The other rows of the paper's tables: -tr {', '.join(others)}")
    return "\n".join(lines)


def _fold_numbers(folders: DatasetFolders) -> str:
    return " ".join(str(fold) for fold in range(folds_of(folders)))


def suggested_trainer(space: LabelSpace, channels: Mapping[str, Any]) -> str:
    """The trainer that fits a dataset's tasks and channels.

    Args:
        space: What its labels mean.
        channels: How its channels were made (`DatasetDescription.channels`).

    >>> from nnunet_glacier.domain.labels import LABEL_SPACES
    >>> suggested_trainer(LABEL_SPACES["fused"], {})
    'nnUNetTrainerGlacier'
    >>> suggested_trainer(LABEL_SPACES["multitask"], {})
    'nnUNetTrainerGlacierLate'
    >>> suggested_trainer(LABEL_SPACES["grounding_line"], {"kind": "reim"})
    'nnUNetTrainerGlacierPhase'
    """
    if len(space.tasks) > 1:
        return "nnUNetTrainerGlacierLate"
    # Interferograms say what their channels hold; other trainers' augmentation changes the meaning of a phase.
    return "nnUNetTrainerGlacierPhase" if "kind" in channels else "nnUNetTrainerGlacier"
