"""``nnunet-glacier model pack``: trained folders to a packed model, whose weights cannot run code."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from nnunet_glacier.domain.choices import CheckpointName
from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.formats.model import Model, open_model
from nnunet_glacier.formats.model_plans import PLANS_JSON
from nnunet_glacier.formats.packed_files import ARCHIVE_ENDING
from nnunet_glacier.formats.packed_model import (
    CARD,
    MODEL_JSON,
    TRAINER_SOURCE,
    NormalForm,
    description_problems,
    weights_file,
    write_packed,
)
from nnunet_glacier.formats.prediction_record import versions
from nnunet_glacier.formats.trained_folders import FOLD_ALL
from nnunet_glacier.formats.weights import encode_weights
from nnunet_glacier.inference.front_route import best_route
from nnunet_glacier.inference.predictor import find_trainer, load_predictor
from nnunet_glacier.lines.phase_channels import CHANNELS
from nnunet_glacier.models.alike import unlike_problems
from nnunet_glacier.support.environment import trainer_folders
from nnunet_glacier.support.errors import GlacierError, InputError, Problem, all_of
from nnunet_glacier.support.files import folder_problems, given_twice
from nnunet_glacier.support.partial_files import is_partial
from nnunet_glacier.support.wording import counted, no_file, quoted

_SUMMARY = "Nothing was packed"
_OWN_PACKAGES = ("nnunetv2", "nnunet_glacier")


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``nnunet-glacier model pack``.

    Attributes:
        name: What to call the model; None for the output's name.
        purpose: What it is for, in a sentence.
        licence: Licence of the weights, with the credit that it asks for; "" for what packed models say of theirs.
        card: The model card, a Markdown file; None for one that is made of what is known.
        folds: Folds to take of every trained folder; None for all that are finished.
        checkpoint: ``final`` or ``best``.
        trainer: Class name of the trainer that builds the network, where it is not that of the first folder.
        half: Whether to keep the weights in half precision.
        pixel_size_m: Least and greatest pixel size of what it was trained on; None for what the models say.
        values: What a pixel's value is; None for what a packed model says, or else 8-bit grey amplitude, or the names
            of several channels.
        nodata: Value of pixels without data in 8-bit images that declare none; None for what the models say.
        seeds: Seed of the training of each packed fold, by fold.
        commands: The commands that make it again.
        overwrite: Whether to replace a packed model.
    """

    name: str | None = None
    purpose: str = ""
    licence: str = ""
    card: Path | None = None
    folds: tuple[str, ...] | None = None
    checkpoint: CheckpointName = "final"
    trainer: str | None = None
    half: bool = False
    pixel_size_m: tuple[float, float] | None = None
    values: str | None = None
    nodata: int | None = None
    seeds: Mapping[str, int] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    overwrite: bool = False


def pack_model(trained: Sequence[Path], out: Path, options: Options) -> str:
    """Pack the folds of trained folders into one model.

    Folds keep their names where these are different; else, and where ``all`` is beside others, they are numbered in
    their order.

    Args:
        trained: Trained folders, whose networks, labels and preprocessing are the same.
        out: A folder to write, or an archive that ends in ``.zip``.
        options: The options.

    Returns:
        What was packed.

    Raises:
        InputError: With everything that is wrong with folders, options and output.
    """
    models = all_of(*(lambda path=path: open_model(path, options.folds, options.checkpoint) for path in trained))
    trainer = options.trainer or models[0].trainer
    names = _fold_names(models)
    sources = dict(zip(names, ((model, fold) for model in models for fold in model.folds), strict=True))
    description = _description(out, models, trainer, sources, options)
    problems = [*_out_problems(out, options), *_option_problems(options, names), *_nodata_problems(models, options)]
    problems += [*given_twice([model.folder for model in models]), *unlike_problems(models, trainer)]
    problems += description_problems(MODEL_JSON, description, "Correct the option, such as --name")
    if problems:
        raise InputError(problems, _SUMMARY)
    for model in models:
        load_predictor(replace(model, trainer=trainer), torch.device("cpu"), mirroring=False, tile_step=0.5)
    files, problems = _weights(sources, options.half)
    if problems:
        raise InputError(problems, _SUMMARY)
    files |= {PLANS_JSON: _json(models[0].plans), DATASET_JSON: _json(models[0].dataset_json)}
    source = _own_source(trainer)
    if source is not None:
        files[TRAINER_SOURCE] = source.read_bytes()
    files[CARD] = options.card.read_bytes() if options.card else _plain_card(description).encode()
    write_packed(out, description, files)
    _remove_stale(out, files)
    return _told(out, description, files)


def _fold_names(models: Sequence[Model]) -> list[str]:
    """Names of the folds in the packed model.

    >>> from types import SimpleNamespace as Some
    >>> _fold_names([Some(folds=("1",)), Some(folds=("0", "2"))])
    ['1', '0', '2']
    >>> _fold_names([Some(folds=("all",)), Some(folds=("all",))])
    ['0', '1']
    """
    names = [fold for model in models for fold in model.folds]
    if len(set(names)) < len(names) or (FOLD_ALL in names and len(names) > 1):
        return [str(number) for number in range(len(names))]
    return names


def _out_problems(out: Path, options: Options) -> list[Problem]:
    archive = out.suffix.lower() == ARCHIVE_ENDING
    problems = folder_problems(out.absolute().parent if archive else out)
    if archive and out.is_dir():
        problems.append(Problem(out, "it is a folder", f"Give another name, without {ARCHIVE_ENDING} for a folder"))
    elif archive and out.exists() and not options.overwrite:
        problems.append(Problem(out, "it exists", "Choose another OUT, or replace it with --overwrite"))
    elif not archive and not problems and out.is_dir():
        there = {path.name for path in out.iterdir()}
        if MODEL_JSON in there and not options.overwrite:
            problems.append(Problem(out, "it is a packed model already", "Replace it with --overwrite"))
        foreign = sorted(name for name in there if not _belongs(name))
        if not foreign and MODEL_JSON not in there and not any(map(_is_weights, there)):
            # Weights are written first, so that without any the others are of no run that was stopped.
            foreign = sorted(name for name in there if not is_partial(out / name))
        if foreign:
            what = f"it holds {counted(len(foreign), 'file')} of something else, such as {foreign[0]}"
            problems.append(Problem(out, what, "Give a folder of its own"))
    return problems


def _belongs(name: str) -> bool:
    fixed = {MODEL_JSON, CARD, TRAINER_SOURCE, PLANS_JSON, DATASET_JSON}
    return name in fixed or is_partial(Path(name)) or _is_weights(name)


def _is_weights(name: str) -> bool:
    return name.startswith("fold_") and name.endswith(".safetensors")


def _option_problems(options: Options, names: Sequence[str]) -> list[Problem]:
    problems = []
    if options.card is not None and not options.card.is_file():
        problems.append(Problem(options.card, no_file(options.card), "Give the model card, or leave --card out"))
    least, greatest = options.pixel_size_m or (1.0, 1.0)
    if not 0 < least <= greatest < 1e5:
        what = f"{least:g} to {greatest:g} is no range of pixel sizes in metres"
        problems.append(Problem("--pixel-size-m", what, "Give the least and the greatest, such as 30,100"))
    unknown = sorted(set(options.seeds) - set(names))
    if unknown:
        what = f"there is no fold {', '.join(unknown)}"
        problems.append(Problem("--seeds", what, f"The packed folds are {', '.join(names)}"))
    return problems


def _nodata_problems(models: Sequence[Model], options: Options) -> list[Problem]:
    """Models that take different values for missing data, where the user does not say which holds."""
    said = {model.folder: model.nodata for model in models}
    if options.nodata is not None or len(set(said.values())) < 2:
        return []
    listed = ", ".join(f"{'none' if nodata is None else nodata} of {folder}" for folder, nodata in said.items())
    return [Problem("--nodata", f"the models have different values of pixels without data: {listed}", "Give one")]


def _weights(sources: Mapping[str, tuple[Model, str]], half: bool) -> tuple[dict[str, bytes], list[Problem]]:
    """The files of the folds' weights, and what does not fit into half precision."""
    files, problems = {}, []
    for name, (model, fold) in tqdm(sources.items(), desc="packing", unit="fold"):
        try:
            files[weights_file(name)] = encode_weights(model.weights(fold), half=half)
        except GlacierError as error:
            problems.append(Problem(model.weights_path(fold), str(error), "Pack it without --float16"))
    return files, problems


def _description(
    out: Path, models: Sequence[Model], trainer: str, sources: Mapping[str, tuple[Model, str]], options: Options
) -> dict[str, Any]:
    first = models[0]
    folds = {
        name: {
            "trained_as": f"{model.name}/fold_{fold}",
            "sha256_of_checkpoint": model.checkpoint_sha256()[fold],
            "epochs": model.epochs.get(fold),
            "seed": options.seeds.get(name),
        }
        for name, (model, fold) in sources.items()
    }
    return {
        "name": options.name or out.name.removesuffix(ARCHIVE_ENDING),
        "purpose": options.purpose,
        "licence": options.licence or _licences(models),
        "trainer": trainer,
        "configuration": first.configuration,
        "mirroring_axes": None if first.mirroring_axes is None else list(first.mirroring_axes),
        "precision": "float16" if options.half else "float32",
        "input": {
            "pixel_size_m": _pixel_sizes(options, models),
            "values": _values(first) if options.values is None else options.values,
            "nodata": first.nodata if options.nodata is None else options.nodata,
        },
        "route": best_route(first, trainer),
        "folds": folds,
        "versions": versions(),
        "commands": list(options.commands),
    }


def _licences(models: Sequence[Model]) -> str:
    """What packed models say of their licences, which weights that are packed again keep."""
    said = [model.packed.description.licence for model in models if model.packed is not None]
    return "; ".join(dict.fromkeys(filter(None, said)))


def _values(model: Model) -> str:
    """What a pixel's value is: what a packed model says, or what is known of the channels of its dataset."""
    if model.packed is not None:
        return model.packed.description.input.values
    kind = model.dataset_json.get("channels", {}).get("kind")
    if kind in CHANNELS:
        return ", ".join(CHANNELS[kind])
    names = model.dataset_json.get("channel_names") or model.dataset_json["modality"]
    return NormalForm().values if model.n_channels == 1 else ", ".join(map(str, names.values()))


def _pixel_sizes(options: Options, models: Sequence[Model]) -> list[float] | None:
    """The least and greatest pixel size that is asked for, or that the models were trained on."""
    said = [options.pixel_size_m] if options.pixel_size_m else [model.pixel_size_m for model in models]
    sizes_m = [size_m for pair in said if pair for size_m in pair]
    return [min(sizes_m), max(sizes_m)] if None not in said else None


def _own_source(trainer: str) -> Path | None:
    """The file of a trainer that is neither nnU-Net's nor ours."""
    try:
        trainer_class = find_trainer(trainer)
    except GlacierError:
        return None
    package, *_ = parts = trainer_class.__module__.split(".")
    if package in _OWN_PACKAGES:
        return None
    # nnU-Net forgets the modules of these folders once it has found a class in them.
    places = (Path(folder).joinpath(*parts).with_suffix(".py") for folder in trainer_folders(os.environ))
    return next((path for path in places if path.is_file()), None)


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


def _plain_card(description: Mapping[str, Any]) -> str:
    """A model card of what is known."""
    pixel_size_m = description["input"]["pixel_size_m"]
    sizes = "not recorded" if pixel_size_m is None else "{:g} to {:g} m".format(*pixel_size_m)
    lines = [
        f"# {description['name']}",
        "",
        description["purpose"] or "What the model is for was not recorded.",
        "",
        f"* Licence: {description['licence'] or 'not recorded'}",
        f"* Input: {description['input']['values']}; pixel size: {sizes}",
        f"* Trainer {description['trainer']}, configuration {description['configuration']}",
        *(f"* Fold {name}: {fold['trained_as']}" for name, fold in description["folds"].items()),
        "",
        *(["Made by", "", "```", *description["commands"], "```"] if description["commands"] else []),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _remove_stale(out: Path, files: Mapping[str, bytes]) -> None:
    """Delete what an earlier, replaced packed model had beyond the present one."""
    stale = [] if out.is_file() else [*out.glob(weights_file("*")), out / TRAINER_SOURCE]
    for path in stale:
        if path.name not in files:
            path.unlink(missing_ok=True)


def _told(out: Path, description: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    size = sum(map(len, files.values())) / 1e6
    folds = description["folds"]
    lines = [f"Packed {counted(len(folds), 'fold')} as {description['name']}, {size:.1f} MB: {out}"]
    lines += [f"  fold {name}: {fold['trained_as']}" for name, fold in folds.items()]
    if TRAINER_SOURCE in files:
        lines.append(
            f"{description['trainer']} is neither nnU-Net's nor this package's: its source is {TRAINER_SOURCE}, "
            "and whoever uses the model needs it in a folder of nnUNet_extTrainer."
        )
    lines.append(f"Next: nnunet-glacier predict {quoted(out)} IMAGES OUT")
    return "\n".join(lines)
