"""``nnunet-glacier predict``: images in, a folder of maps out, with every fold of a model in one pass."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.formats.model import Model, open_model
from nnunet_glacier.formats.prediction_record import PREDICTION_JSON, Earlier, read_record, write_record
from nnunet_glacier.inference.cases import find_cases
from nnunet_glacier.inference.fold_pass import predict_cases
from nnunet_glacier.inference.images import ImageFormat, image_format_of
from nnunet_glacier.inference.inspection import (
    Inspected,
    description_problems,
    image_problems,
    inspect_cases,
    remove_earlier,
    resume_problems,
)
from nnunet_glacier.inference.maps import PROBABILITY_SCALE, SPREAD_SCALE
from nnunet_glacier.inference.outputs import STOCK_TASK, OutputPlan
from nnunet_glacier.inference.predictor import choose_device, load_predictor, quiet
from nnunet_glacier.inference.settings import Options, nodata_settings, recorded_settings
from nnunet_glacier.inference.summary import Summary
from nnunet_glacier.lines.pixel_sizes import MAX_PIXEL_SIZE_RATIO
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.files import folder_problems, write_json
from nnunet_glacier.support.locks import locked
from nnunet_glacier.support.resume import differences

_SUMMARY = "Nothing was predicted"


def predict(path_or_name: Path | str, images: Sequence[Path], out: Path, options: Options) -> Summary:
    """Predict images with all folds of a trained model.

    Args:
        path_or_name: A model as `open_model` takes it.
        images: Folders, image files and ``.txt`` lists of them.
        out: The output folder; cases complete in it are skipped if it was predicted with the same. Several runs may
            write their cases into one at a time.
        options: The options.

    Raises:
        InputError: With everything that is wrong with the model, or with the images and the output folder.
    """
    if options.problems():
        raise InputError(options.problems(), _SUMMARY)
    device = choose_device(options.device)
    model = open_model(path_or_name, options.folds, options.checkpoint)
    image_format, plan = _what_the_model_does(model, out, options)
    settings = recorded_settings(model, options)
    earlier = read_record(out)

    searched = find_cases(images, image_format.endings, image_format.n_channels)
    problems = [*options.problems_with(model, has_regions=plan.regions is not None), *folder_problems(out, *images)]
    problems += [*searched.problems, *description_problems(out, model.dataset_json)]
    if not options.overwrite:
        problems += resume_problems(plan, searched.cases, earlier, settings)
    done = frozenset(() if options.overwrite else (case.name for case in searched.cases if plan.is_complete(case)))
    inspected = inspect_cases(searched.cases, done, image_format)
    problems += image_problems(inspected, done, plan, None if options.overwrite else earlier)
    if problems:
        raise InputError(problems, _SUMMARY)

    started = time.monotonic()
    todo = [case for case in searched.cases if case.name not in done]
    predictor = None
    if todo:
        predictor = load_predictor(model, device, mirroring=options.mirroring, tile_step=options.tile_step)
    if earlier is not None:
        # With other settings nothing of the earlier run may stay beside this one's. What it left of these cases may be
        # of another image, whose checksum goes with the record below.
        others = bool(differences(earlier.settings, settings))
        remove_earlier(out, earlier, earlier.cases if others else [case.name for case in todo])
    notes = {"model": model.name, "model_folder": str(model.folder.resolve()), "device": str(device)}
    on_cpu: tuple[str, ...] = ()
    if predictor is not None:
        write_json(out / DATASET_JSON, model.dataset_json)
        for path in (path for case in todo for path in plan.files(case).values()):
            path.unlink(missing_ok=True)
        _record(plan, settings, inspected, finished=False, **notes)
        threads = options.workers or (2 if device.type == "cuda" else 1)
        on_cpu = predict_cases(todo, predictor, image_format, plan, model.folds, threads)
    if predictor is not None or (earlier is not None and not earlier.finished):
        _record(plan, settings, inspected, on_cpu, finished=True, **notes)
    return Summary(
        plan=plan,
        model=model,
        device=str(device),
        predicted=tuple(case.name for case in todo),
        skipped=tuple(sorted(done)),
        left_out=searched.left_out,
        other_dtypes=_other_dtypes(inspected) if image_format.in_pixels and image_format.eight_bit else {},
        other_pixel_sizes_m=_other_pixel_sizes(inspected, model) if image_format.in_pixels else (),
        without_data=_without_data(inspected),
        nodata_in_8_bit=image_format.nodata_in_8_bit,
        on_cpu=on_cpu,
        seconds=time.monotonic() - started,
    )


def _what_the_model_does(model: Model, out: Path, options: Options) -> tuple[ImageFormat, OutputPlan]:
    """Which images the model takes and which files it gives."""
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    with quiet():
        labels = PlansManager(model.plans).get_label_manager(model.dataset_json)
    plan = OutputPlan(
        out,
        model.space,
        _class_names(model, labels),
        model.file_ending,
        probabilities=options.probabilities,
        spread=options.spread,
        regions=tuple(int(label) for label in labels.regions_class_order) if labels.has_regions else None,
    )
    return replace(image_format_of(model), **nodata_settings(model, options)), plan


def _class_names(model: Model, labels: Any) -> dict[str, tuple[str, ...]]:
    """Names of each task's classes, in the order of the network's outputs."""
    if model.space is not None:
        return {task.name: task.classes for task in model.space.tasks}
    ids = {name: label for name, label in labels.label_dict.items() if name != "ignore"}
    if labels.has_regions:
        return {STOCK_TASK: tuple(name for name in ids if name != "background")}
    return {STOCK_TASK: tuple(sorted(ids, key=ids.__getitem__))}


def _record(
    plan: OutputPlan,
    settings: dict[str, Any],
    inspected: Sequence[Inspected],
    on_cpu: Sequence[str] = (),
    **notes: Any,
) -> None:
    """Write ``prediction.json`` for this run's cases and those of other runs with the same settings.

    It is read again, since other runs may have written their cases into it meanwhile.
    """
    own = {
        entry.case.name: {
            "images": [str(path.resolve()) for path in entry.case.files],
            "sha256": list(entry.sha256),
            "files": [path.relative_to(plan.out).as_posix() for path in plan.files(entry.case).values()],
        }
        for entry in inspected
    }
    with locked(plan.out / PREDICTION_JSON):
        others = read_record(plan.out)
        if others is None or differences(others.settings, settings):
            others = Earlier(settings, {})
        write_record(
            plan.out,
            settings,
            {**others.cases, **own},
            **notes,
            scales={"probabilities_uint8": PROBABILITY_SCALE, "spread": SPREAD_SCALE},
            accumulated_on_cpu=sorted({*others.on_cpu, *on_cpu}),
        )


def _other_dtypes(inspected: Sequence[Inspected]) -> dict[str, int]:
    """Types of pixels other than 8 bits, with the number of images."""
    dtypes = [entry.checked.dtype for entry in inspected if entry.checked.dtype not in ("", "uint8")]
    return {dtype: dtypes.count(dtype) for dtype in sorted(set(dtypes))}


def _other_pixel_sizes(inspected: Sequence[Inspected], model: Model) -> tuple[float, ...]:
    """Pixel sizes, in metres, that are far from those that the model learned from."""
    if model.pixel_size_m is None:
        return ()
    least, greatest = model.pixel_size_m
    sizes_m = (entry.checked.pixel_size_m for entry in inspected)
    return tuple(one for one in sizes_m if max(one / greatest, least / one) > MAX_PIXEL_SIZE_RATIO)


def _without_data(inspected: Sequence[Inspected]) -> tuple[int, float]:
    """Number of images with pixels without data, and the share of these among the pixels of those images."""
    gaps = [entry.checked for entry in inspected if entry.checked.pixels_without_data]
    missing = sum(gap.pixels_without_data for gap in gaps)
    return len(gaps), missing / max(sum(gap.pixels for gap in gaps), 1)
