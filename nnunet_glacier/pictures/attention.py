"""``nnunet-glacier attention``: where trained Attention U-Nets look (Holzmann et al. 2021, Fig. 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from nnunet_glacier.architectures.attention_gate import resize_linearly
from nnunet_glacier.architectures.attention_unet import GatedDecoder
from nnunet_glacier.domain.choices import CheckpointName
from nnunet_glacier.formats.model import Model
from nnunet_glacier.inference.cases import Case, find_cases
from nnunet_glacier.inference.fold_pass import prepare_case
from nnunet_glacier.inference.georeference import Georeference, write_tiff
from nnunet_glacier.inference.images import ImageFormat, check_case, image_format_of, load_case
from nnunet_glacier.inference.maps import Placement
from nnunet_glacier.inference.predictor import choose_device, load_predictor, quiet
from nnunet_glacier.pictures.attention_figure import Row, attention_figure, stretched
from nnunet_glacier.pictures.figure_files import picture_style, save_picture
from nnunet_glacier.pictures.tiled_attention import tiled_attention
from nnunet_glacier.pictures.trained_checkpoints import describe, gated_decoder, open_checkpoint
from nnunet_glacier.support.diagrams import picture_problems
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import overwrite_problems
from nnunet_glacier.support.names import label_problems
from nnunet_glacier.support.wording import counted, some_of

if TYPE_CHECKING:
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

_SUMMARY = "No attention was drawn"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``nnunet-glacier attention``.

    Attributes:
        fold: The fold of each trained folder; None for the first that has the checkpoint.
        checkpoint: The checkpoint of each trained folder.
        task: The task whose decoder is meant, of early branching; None for the first.
        case: The case to draw, where the images are several; None where they are one.
        names: What to call the models, in their order; empty for trainer, fold and epoch.
        opacity: Of the maps over the image, in [0, 1].
        arrays: Whether to write the maps too, a GeoTIFF for each model.
        device: ``auto``, ``cuda``, ``cuda:1``, ``mps`` or ``cpu``.
    """

    fold: str | None = None
    checkpoint: CheckpointName = "final"
    task: str | None = None
    case: str | None = None
    names: tuple[str, ...] = ()
    opacity: float = 0.75
    arrays: bool = False
    device: str = "auto"


@dataclass(frozen=True)
class _Loaded:
    """A model that is ready for its image."""

    predictor: nnUNetPredictor
    decoder: GatedDecoder
    case: Case
    image_format: ImageFormat


def draw_attention(paths: Sequence[Path | str], image: Path, out: Path, options: Options) -> str:
    """Draw the attention maps of each level of one or several models over an image.

    Args:
        paths: Models as `open_model` takes them, or checkpoints in the folds of trained folders.
        image: An image, or a folder or list of images with one case, see `find_cases`.
        out: PNG, PDF or SVG to write.
        options: The options.

    Returns:
        What was drawn.

    Raises:
        InputError: With everything that is wrong with models, image, options and output.
    """
    device = choose_device(options.device)
    problems = picture_problems(out, image)
    if options.names and len(options.names) != len(paths):
        what = f"{counted(len(options.names), 'name')} for {counted(len(paths), 'model')}"
        problems.append(Problem("--name", what, "Give it once for each model, in their order"))
    problems += label_problems("--name", options.names)
    models, unreadable = _open(paths, options)
    problems += unreadable
    if problems:
        raise InputError(problems, _SUMMARY)
    arrays = [out.with_name(f"{out.stem}_{number}.tif") for number in range(1, len(paths) + 1) if options.arrays]
    loaded = _load(models, image, options, device, [out, *arrays])

    names = options.names or tuple(map(describe, models))
    bar = tqdm(zip(names, loaded, strict=True), total=len(loaded), desc="attention", unit="model")
    rows = [
        Row(name, model_attention(item.predictor, item.decoder, item.case, item.image_format, device))
        for name, item in bar
    ]
    first = load_case(loaded[0].case, loaded[0].image_format)
    with picture_style():
        save_picture(attention_figure(stretched(first.pixels[0, 0]), rows, options.opacity), out)
    place = first.georeference or Georeference(None, None)
    for path, row in zip(arrays, rows, strict=False):
        _write_arrays(path, row, place)
    return "\n".join([*(_described(row) for row in rows), f"Picture: {out}", *(f"Maps: {path}" for path in arrays)])


def model_attention(
    predictor: nnUNetPredictor, decoder: GatedDecoder, case: Case, image_format: ImageFormat, device: torch.device
) -> np.ndarray:
    """Attention maps of a case in the pixels of its image.

    Returns:
        Float32 in [0, 1], ``(levels, H, W)``, the finest first; NaN outside the part that preprocessing keeps,
        where the image is 0 or has no data.
    """
    with quiet():
        prepared = prepare_case(case, image_format, predictor)
    network = predictor.network.to(device).eval()
    tile = tuple(predictor.configuration_manager.patch_size)
    maps = tiled_attention(network, decoder, prepared.data[:, 0], tile)
    network.cpu()
    kept = prepared.properties["shape_after_cropping_and_before_resampling"][1:]
    at_size = resize_linearly(maps[None], [int(size) for size in kept])[0].numpy()
    placement = Placement.noted(prepared.properties, predictor.plans_manager.transpose_backward)
    return np.stack([placement.restore(level[None], np.nan) for level in at_size])


def _open(paths: Iterable[Path | str], options: Options) -> tuple[list[Model], list[Problem]]:
    models: list[Model] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            models.append(open_checkpoint(path, options.fold, options.checkpoint))
        except InputError as error:
            problems += error.problems
    return models, problems


def _load(
    models: Sequence[Model], image: Path, options: Options, device: torch.device, written: Sequence[Path]
) -> list[_Loaded]:
    """Every model with its gated decoder and the case in the form that it takes.

    Raises:
        InputError: With everything wrong with networks and image, and the images that would be written over, each
            problem once.
    """
    loaded = []
    problems: list[Problem] = []
    for model in models:
        image_format = image_format_of(model)
        case, unfit = _one_case(image, image_format, options.case, written)
        predictor = load_predictor(model, torch.device("cpu"), mirroring=False, tile_step=0.5)
        tasks = model.space.names if model.space else ()
        decoder, ungated = gated_decoder(predictor.network, tasks, options.task, model.folder)
        problems += [*unfit, *ungated]
        if case is not None and decoder is not None:
            loaded.append(_Loaded(predictor, decoder, case, image_format))
    if problems:
        raise InputError(list(dict.fromkeys(problems)), _SUMMARY)
    return loaded


def _one_case(
    image: Path, image_format: ImageFormat, name: str | None, written: Sequence[Path]
) -> tuple[Case | None, list[Problem]]:
    """The case that is asked for, decoded once to see whether the model can take it.

    None of the images may be written over, whichever of their cases is asked for.
    """
    listed = find_cases([image], image_format.endings, image_format.n_channels)
    cases = [case for case in listed.cases if name in (None, case.name)]
    over = overwrite_problems(written, [file for case in listed.cases for file in case.files])
    if not listed.problems and len(cases) == 1:
        problem = check_case(cases[0], image_format).problem
        return cases[0], over if problem is None else [*over, problem]
    there = some_of(case.name for case in listed.cases)
    problems = [*over, *listed.problems]
    if listed.cases and not cases:
        problems.append(Problem(image, f"there is no case {name!r} in it", f"It has {there}"))
    elif len(cases) > 1:
        problems.append(Problem(image, f"there are {len(cases)} cases in it", f"Choose with --case: {there}"))
    return None, problems


def _write_arrays(path: Path, row: Row, place: Georeference) -> None:
    write_tiff(path, row.maps, place, names=[f"attention, level {level}" for level in range(1, len(row.maps) + 1)])


def _described(row: Row) -> str:
    means = ", ".join(f"{np.nanmean(values):.2f}" for values in row.maps)
    return f"{' '.join(row.name.split())}: mean attention by level, finest first: {means}"
