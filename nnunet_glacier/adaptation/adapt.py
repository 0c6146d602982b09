"""The stage ``adapt``: a trained model and labelled scenes of a new glacier in, a trained folder out."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from nnunet_glacier.adaptation.adapted_plans import adapted_plans
from nnunet_glacier.adaptation.label_contents import remarks_on_labels
from nnunet_glacier.adaptation.labelled_scenes import LabelledScenes, choose_scenes, open_labelled_scenes
from nnunet_glacier.adaptation.record import HELD_OUT, Record, check_record, write_adaptation
from nnunet_glacier.adaptation.work_folders import DATASET_NAME, WorkFolders
from nnunet_glacier.domain.adaptation import ADAPTED_SHARE, SERIES
from nnunet_glacier.domain.choices import SceneChoice
from nnunet_glacier.formats.checkpoints import CHECKPOINT_FILES
from nnunet_glacier.formats.dataset_json import DATASET_JSON, NODATA, PIXEL_SIZE_M
from nnunet_glacier.formats.dataset_mismatches import mismatches
from nnunet_glacier.formats.model_plans import PLANS_JSON
from nnunet_glacier.formats.trained_folders import UNFINISHED, unfinished_folds
from nnunet_glacier.planning.presets import ADAPTATION, SERIES_ADAPTATION, with_overrides
from nnunet_glacier.support.disk import writing
from nnunet_glacier.support.errors import InputError, Problem, all_of
from nnunet_glacier.support.files import write_json, write_text_whole
from nnunet_glacier.support.locks import alone_in
from nnunet_glacier.support.parallel import default_workers
from nnunet_glacier.support.wording import counted, quoted

if TYPE_CHECKING:
    from nnunet_glacier.formats.model import Model
    from nnunet_glacier.trainers.training import Training


@dataclass(frozen=True)
class Options:
    """What a user may choose.

    Attributes:
        scenes: How many scenes to train on, or their names; None for all.
        choice: Which of them, where `scenes` is a number.
        folds: Folds of the model; None for all that it has.
        schedule: What is otherwise than in `ADAPTATION`, or `SERIES_ADAPTATION` where the labels are of a whole series:
            length, learning rates, momentum and seed; None leaves an entry as it is.
        share: Of the adapted weights in their mean with the model's, in (0, 1]; None for `ADAPTED_SHARE`, and for all
            of them where the labels are of a whole series.
        trainer: Class name of the trainer; None for the model's.
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
        overwrite: Replace another adaptation in the output folder; what others have put there stays.
        workers: Processes that preprocess; None for one a core.
    """

    scenes: int | Sequence[str] | None = None
    choice: SceneChoice = "spread"
    folds: Sequence[str] | None = None
    schedule: Mapping[str, Any] = field(default_factory=dict)
    share: float | None = None
    trainer: str | None = None
    device: str = "auto"
    overwrite: bool = False
    workers: int | None = None


@dataclass(frozen=True)
class Adaptation:
    """All that an adaptation is made of, checked.

    Attributes:
        training: What every fold is trained with.
        scenes: The labelled scenes.
        chosen: Those that are trained on.
        share: Of the adapted weights.
        model: What is adapted.
        starts: The model's fold that each fold of the output starts from, by the fold's number.
        record: What is written of all this.
        remarks: What is odd about the labels of single scenes, a sentence each.
    """

    training: Training
    scenes: LabelledScenes
    chosen: tuple[str, ...]
    share: float
    model: Model
    starts: dict[int, str]
    record: Record
    remarks: list[str]


def adapt(path_or_name: Path | str, dataset: Path, out: Path, options: Options | None = None) -> str:
    """Fine-tune a trained ensemble on a few labelled scenes; folds that are done already are kept.

    nnU-Net's preprocessed data and unfinished folds lie in ``out/unfinished`` until the last fold is done, so that
    none of nnU-Net's folders needs to be set. The ``fold_all`` of a model becomes ``fold_0``.

    Args:
        path_or_name: The trained folder or packed model to start from, or the name of a shipped model.
        dataset: A converted dataset of the model's tasks and channels, with labelled scenes in ``labelsTr``.
        out: Folder to write: ``fold_*``, ``plans.json`` and ``dataset.json`` as in any trained folder,
            ``adaptation.json`` (`Record`), and `HELD_OUT` where scenes are left.
        options: What to train on and how.

    Returns:
        The text for the screen.

    Raises:
        InputError: With everything that is wrong with model, dataset or output folder, or if another run trains there;
            nothing was trained then.
    """
    options = options or Options()
    made = _prepare(path_or_name, dataset, out, options)
    out.mkdir(parents=True, exist_ok=True)
    # Another run would preprocess its scenes over those that this one trains on, and remove them when it is done.
    with alone_in(out):
        write_adaptation(out, made.record, overwrite=options.overwrite)
        return _finish(made, dataset, out, options)


def _finish(made: Adaptation, dataset: Path, out: Path, options: Options) -> str:
    """Train the folds that are not done; the text for the screen."""
    todo = {number: fold for number, fold in made.starts.items() if not (out / f"fold_{number}").is_dir()}
    work = WorkFolders(out / UNFINISHED)
    if todo:
        _train(made, todo, work, options)
    # Folds of an earlier run that were not asked for in this one keep what they have come to.
    unfinished = [f"fold_{fold}" for fold in unfinished_folds(out)]
    if not unfinished:
        shutil.rmtree(work.root, ignore_errors=True)
    return _closing(out, dataset, made, kept=len(made.starts) - len(todo), unfinished=unfinished)


def _prepare(path_or_name: Path | str, dataset: Path, out: Path, options: Options) -> Adaptation:
    """Look at all of the input.

    Raises:
        InputError: With everything that is wrong.
    """
    from nnunet_glacier.adaptation.source_model import find_trainer, open_source
    from nnunet_glacier.inference.predictor import choose_device
    from nnunet_glacier.trainers.training import Training

    device = choose_device(options.device)
    model, scenes = all_of(lambda: open_source(path_or_name, options.folds), lambda: open_labelled_scenes(dataset))
    trainer, (chosen, remarks), starts, _ = all_of(
        lambda: find_trainer(options.trainer or model.trainer),
        lambda: _chosen(scenes, options),
        lambda: _numbered(model.folds),
        lambda: _refuse(mismatches(model.dataset_json, scenes.dataset_json, dataset) + _same_folder(model.folder, out)),
    )
    of_series = scenes.dataset_json.get("source") == SERIES
    preset = with_overrides(SERIES_ADAPTATION if of_series else ADAPTATION, **options.schedule)
    plans = adapted_plans(model.plans, model.configuration, preset, DATASET_NAME)
    schedule = {key: value for key, value in asdict(preset).items() if value is not None}
    settings: dict[str, Any] = {"trainer": trainer.__name__, "scenes": scenes.contents(chosen)}
    share = options.share
    if share is None:
        share = 1.0 if of_series else ADAPTED_SHARE
    settings |= {"schedule": schedule, "share": share}
    record = Record(settings, model.checkpoint_sha256(), model.place, str(dataset.absolute()))
    _refuse(check_record(out, record, overwrite=options.overwrite))
    training = Training(trainer, plans, model.configuration, scenes.dataset_json, device)
    return Adaptation(training, scenes, chosen, share, model, starts, record, remarks)


def _chosen(scenes: LabelledScenes, options: Options) -> tuple[tuple[str, ...], list[str]]:
    """The scenes to train on, and what is odd about their labels.

    Raises:
        InputError: If they cannot be chosen, or teach nothing.
    """
    chosen = choose_scenes(scenes.dates, options.scenes, options.choice)
    return chosen, remarks_on_labels(scenes, chosen)


def _numbered(folds: Sequence[str]) -> dict[int, str]:
    """The model's folds by the number of the fold that they become."""
    if "all" in folds and len(folds) > 1:
        what = "fold all stands beside others, and would become fold 0 of the output"
        raise InputError([Problem("--folds", what, "Adapt it alone, to an OUT of its own")])
    return {0 if fold == "all" else int(fold): fold for fold in folds}


def _same_folder(model_folder: Path, out: Path) -> list[Problem]:
    same = out.resolve() == model_folder.resolve()
    return [Problem(out, "it is the model itself", "Give another folder as OUT")] if same else []


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InputError(problems, "The model cannot be adapted")


def _train(made: Adaptation, todo: dict[int, str], work: WorkFolders, options: Options) -> None:
    """Preprocess the chosen scenes and train the folds; a fold moves to the output folder when it is done."""
    from nnunet_glacier.adaptation.source_model import starting_checkpoint
    from nnunet_glacier.adaptation.training import mix_with_start, preprocess, train

    training, out = made.training, work.root.parent
    for remark in made.remarks:
        tqdm.write(remark)
    name = training.plans["plans_name"]
    work.write(made.scenes, made.chosen, training.plans, max(todo) + 1)
    with work.as_nnunets(training.device.type), writing(work.root):
        preprocess(name, training.configuration, options.workers or default_workers())
        for number, fold in todo.items():
            folder = work.trained(training.trainer.__name__, name, training.configuration) / f"fold_{number}"
            tqdm.write(f"fold {number}: log in {folder}, and in {out / folder.name} when it is done")
            start = starting_checkpoint(made.model, fold, work.root / "model")
            if not (folder / CHECKPOINT_FILES["final"]).is_file():
                train(training, number, start, folder)
            for file_name in CHECKPOINT_FILES.values():
                if (folder / file_name).is_file():
                    mix_with_start(folder / file_name, start, made.share)
            write_json(out / PLANS_JSON, training.plans)
            nodata = {} if made.model.nodata is None else {NODATA: made.model.nodata}
            write_json(out / DATASET_JSON, {**made.scenes.dataset_json, **nodata})
            folder.rename(out / folder.name)


def _closing(out: Path, dataset: Path, made: Adaptation, *, kept: int, unfinished: Sequence[str]) -> str:
    """What was written and what comes next."""
    held_out = [path for case, paths in made.scenes.images.items() if case not in made.chosen for path in paths]
    days: list[Any] = [made.scenes.dates[case] for case in made.chosen]
    span = "" if None in days else f" of {days[0]} to {days[-1]}"
    trained_on = f"trained on {counted(len(made.chosen), 'scene')}{span}"
    lines = [f"{out}: {counted(len(made.starts), 'fold')} {trained_on}" + (f"; {kept} kept." if kept else ".")]
    if unfinished:
        lines.append(f"Begun and not done: {', '.join(unfinished)}; run again with these among --folds to go on.")
    size = "" if PIXEL_SIZE_M in made.scenes.dataset_json else " --pixel-size-m N"
    delineate = f"  nnunet-glacier delineate SCENES OUT --model {quoted(out)}{size}    # the lines of other scenes"
    if not held_out:
        return "\n".join([*lines, "Next:", delineate, f"  nnunet-glacier predict {quoted(out)} IMAGES PREDICTIONS"])
    lines += _other_sensors(made)
    text = "".join(f"{path.absolute()}\n" for path in held_out)
    write_text_whole(out / HELD_OUT, text)
    lines += [
        f"{out / HELD_OUT} lists the images of the labelled scenes that were held out. Next, to score them:",
        f"  nnunet-glacier predict {quoted(out)} {quoted(out / HELD_OUT)} PREDICTIONS",
        f"  nnunet-glacier evaluate PREDICTIONS {quoted(dataset)} SCORES --allow-missing",
        delineate,
    ]
    return "\n".join(lines)


def _other_sensors(made: Adaptation) -> list[str]:
    """What is to be said where scenes are held out of sensors that no scene of the training is of."""
    learned = {made.scenes.sensors[case] for case in made.chosen}
    others = [sensor for sensor in made.scenes.sensors.values() if sensor and sensor not in learned]
    if not others:
        return []
    names = ", ".join(sorted(set(others)))
    return [
        f"{counted(len(others), 'scene', 'scenes')} that were held out are of sensors that the training has not seen "
        f"({names}): there the model can be worse than {made.model.name}. Train on scenes of each sensor."
    ]
