"""The pass over the cases: read ahead, all folds on the device, write behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from tqdm import tqdm

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.inference.cases import Case
from nnunet_glacier.inference.ensemble import FoldEnsemble
from nnunet_glacier.inference.images import ImageFormat, LoadedImage, load_case
from nnunet_glacier.inference.maps import Placement, TaskMaps, task_maps, without_first_class
from nnunet_glacier.inference.outputs import OutputPlan, write_case
from nnunet_glacier.inference.prefetch import WriteBehind, read_ahead
from nnunet_glacier.inference.valid_pixels import cut_to_valid, normalisations_of
from nnunet_glacier.support.errors import GlacierError

if TYPE_CHECKING:
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor


@dataclass(frozen=True)
class Prepared:
    """A case, read and preprocessed.

    Attributes:
        case: The case.
        image: Its pixels and place as read.
        data: What the network gets, float32, ``(channels, 1, h, w)``.
        properties: What nnU-Net's preprocessor noted.
    """

    case: Case
    image: LoadedImage
    data: torch.Tensor
    properties: dict[str, Any]


def prepare_case(case: Case, image_format: ImageFormat, predictor: nnUNetPredictor) -> Prepared:
    """Read a case and preprocess it with the model's own preprocessor, by its valid pixels alone."""
    image = load_case(case, image_format)
    data, properties = preprocess(image.pixels, image.valid, image.properties, predictor)
    return Prepared(case, image, data, properties)


def preprocess(
    pixels: np.ndarray, valid: np.ndarray | None, properties: dict[str, Any], predictor: nnUNetPredictor
) -> tuple[torch.Tensor, dict[str, Any]]:
    """Preprocess an image with the model's own preprocessor, by its valid pixels alone.

    Args:
        pixels: float32, ``(channels, 1, H, W)``.
        valid: Which pixels make the statistics, bool, ``(H, W)``; None for all.
        properties: What nnU-Net's reader noted, the spacing.
        predictor: nnU-Net's predictor.

    Returns:
        What the network gets, float32, ``(channels, 1, h, w)``, and what nnU-Net's preprocessor noted.
    """
    plans, configuration = predictor.plans_manager, predictor.configuration_manager
    run = partial(
        configuration.preprocessor_class(verbose=False).run_case_npy,
        seg=None,
        properties=properties,
        plans_manager=plans,
        configuration_manager=configuration,
        dataset_json=predictor.dataset_json,
    )
    if valid is None:
        data, _, properties = run(pixels)
    else:
        cut = cut_to_valid(pixels, valid, normalisations_of(configuration, plans))
        data, _, properties = run(cut.pixels)
        data *= cut.factors[:, None, None, None]
        cut.note(properties, plans.transpose_forward)
    return torch.from_numpy(data), properties


def predict_cases(
    cases: Sequence[Case],
    predictor: nnUNetPredictor,
    image_format: ImageFormat,
    plan: OutputPlan,
    folds: Sequence[str],
    threads: int,
) -> tuple[str, ...]:
    """Predict and write cases, with a progress bar over images and folds.

    Args:
        cases: The cases.
        predictor: nnU-Net's predictor with the weights of all folds.
        image_format: What the model takes.
        plan: Which files a case gets.
        folds: Names of the folds.
        threads: Threads that read and preprocess, and as many that write.

    Returns:
        The cases that were accumulated on the CPU for want of device memory.

    Raises:
        GlacierError: If a fold gives outputs that are no finite numbers; what was written before stays.
    """
    prepare = partial(prepare_case, image_format=image_format, predictor=predictor)
    label_writer = image_format.reader()
    on_cpu = []
    with tqdm(total=len(cases) * len(folds), desc="predicting", unit="fold") as bar, WriteBehind(threads) as behind:
        ensemble = FoldEnsemble(predictor, plan.space, folds=folds, with_spread=plan.spread, progress=bar.update)
        for number, prepared in enumerate(read_ahead(prepare, cases, threads), start=1):
            case, image = prepared.case, prepared.image
            bar.set_postfix_str(f"image {number} of {len(cases)}")
            ensemble.say = partial(_say, case.name)
            try:
                maps = _maps(ensemble, prepared, plan, nodata_known=image_format.nodata_of(image.dtype) is not None)
            except GlacierError as error:
                raise GlacierError(f"{', '.join(map(str, case.files))}: {error}") from None
            if ensemble.left_device:
                on_cpu.append(case.name)
            behind.submit(write_case, case, plan, maps, image.georeference, label_writer, image.properties)
    return tuple(on_cpu)


def _say(case: str, sentence: str) -> None:
    tqdm.write(f"{case}: {sentence}")


def _maps(ensemble: FoldEnsemble, prepared: Prepared, plan: OutputPlan, *, nodata_known: bool) -> dict[str, TaskMaps]:
    """The maps of each task of a prepared case; where it is known which pixels hold data, these are no NA."""
    placement = Placement.noted(prepared.properties, ensemble.predictor.plans_manager.transpose_backward)
    averages = ensemble.average(prepared.data, prepared.properties)
    if nodata_known:
        named = zip(averages, plan.classes.values(), strict=True)
        averages = [without_first_class(average) if names[0] == Zone.NA.name else average for average, names in named]
    make = partial(
        task_maps,
        placement=placement,
        probabilities=plan.probabilities,
        regions=plan.regions,
        holds_data=prepared.image.holds_data,
    )
    try:
        maps = [make(average) for average in averages]
    except torch.cuda.OutOfMemoryError:
        maps = [make(average.cpu()) for average in averages]
    return dict(zip(plan.classes, maps, strict=True))
