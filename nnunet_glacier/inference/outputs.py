"""What a prediction writes for a case: which files, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nnunet_glacier.domain.choices import ProbabilityType
from nnunet_glacier.domain.labels import BOUNDARY, FRONT, FUSED, ZONES, LabelSpace, zones_and_front
from nnunet_glacier.formats import prediction_layout as layout
from nnunet_glacier.formats.image_files import ending_of
from nnunet_glacier.formats.prediction_layout import PROBABILITIES, SPREAD
from nnunet_glacier.inference.cases import Case
from nnunet_glacier.inference.georeference import Georeference, write_tiff
from nnunet_glacier.inference.images import TIFF_ENDINGS
from nnunet_glacier.inference.maps import PROBABILITY_SCALE, SPREAD_SCALE, TaskMaps
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.support.whole_files import is_whole

FOLDERS = {"zones": layout.ZONES, "front": layout.FRONTS, "boundary": layout.BOUNDARIES, "labels": layout.LABELS}
STOCK_TASK = "labels"
"""Name of the one task of a model without tasks in its dataset.json."""


@dataclass(frozen=True)
class OutputPlan:
    """Which files a case of this model gets.

    Attributes:
        out: The output folder.
        space: The model's tasks, or None.
        classes: Class names of each task.
        label_ending: Ending of label maps of a model whose labels are neither zones nor fronts.
        probabilities: Type of the probabilities to write, or None.
        spread: Whether to write the spread over folds.
        regions: For region-based models, the labels in the order in which they are painted; else None.
    """

    out: Path
    space: LabelSpace | None
    classes: Mapping[str, Sequence[str]]
    label_ending: str
    probabilities: ProbabilityType | None = None
    spread: bool = False
    regions: tuple[int, ...] | None = None

    @property
    def maps(self) -> tuple[str, ...]:
        """The kinds of map: zones, front and boundary as far as the model has them, else labels."""
        names = set(self.space.names) if self.space else set()
        kinds = []
        if names & {ZONES.name, FUSED.name}:
            kinds.append("zones")
        if names & {FRONT.name, FUSED.name}:
            kinds.append("front")
        if BOUNDARY.name in names:
            kinds.append("boundary")
        return tuple(kinds) or ("labels",)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that are written to."""
        extra = (PROBABILITIES,) * (self.probabilities is not None) + (SPREAD,) * self.spread
        return tuple(self.out / name for name in (*(FOLDERS[kind] for kind in self.maps), *extra))

    def files(self, case: Case) -> dict[str, Path]:
        """Every file of a case: maps under their kind, the rest under ``probabilities/task`` and ``spread/task``."""
        image = ".tif" if is_tiff(case) else ".png"
        endings = {"labels": image if is_tiff(case) else self.label_ending}
        files = {kind: self.out / FOLDERS[kind] / f"{case.name}{endings.get(kind, image)}" for kind in self.maps}
        for task in self.classes:
            if self.probabilities is not None:
                ending = ".tif" if is_tiff(case) else ".npz"
                files[f"{PROBABILITIES}/{task}"] = self.out / PROBABILITIES / f"{case.name}_{task}{ending}"
            if self.spread:
                files[f"{SPREAD}/{task}"] = self.out / SPREAD / f"{case.name}_{task}{image}"
        return files

    def is_complete(self, case: Case) -> bool:
        """Whether all files of a case are there and whole."""
        return all(is_whole(path) for path in self.files(case).values())


def is_tiff(case: Case) -> bool:
    """Whether the case's images are TIFFs, so that its maps become TIFFs."""
    return bool(ending_of(case.files[0], TIFF_ENDINGS))


def product_maps(maps: Mapping[str, TaskMaps], space: LabelSpace | None) -> dict[str, np.ndarray]:
    """The maps to write from each task's classes.

    Args:
        maps: Maps by task.
        space: The model's tasks, or None.

    Returns:
        ``zones``: zone ids, ``front`` and ``boundary``: 0 or 255, or ``labels``: class ids; all ``(H, W)``.
    """
    if space is None or set(space.names).isdisjoint((ZONES.name, FUSED.name, FRONT.name, BOUNDARY.name)):
        codes = space.encode(*(maps[name].classes for name in space.names)) if space else maps[STOCK_TASK].classes
        return {"labels": codes}
    zones, front = zones_and_front(space.encode(*(maps[name].classes for name in space.names)), space)
    products: dict[str, np.ndarray] = {}
    if zones is not None:
        products["zones"] = zones
    if front is not None:
        products["front"] = _mask(front)
    if BOUNDARY.name in maps:
        products["boundary"] = _mask(maps[BOUNDARY.name].classes > 0)
    return products


def _mask(where: np.ndarray) -> np.ndarray:
    return where.astype(np.uint8) * np.uint8(255)


def write_case(
    case: Case,
    plan: OutputPlan,
    maps: Mapping[str, TaskMaps],
    georeference: Georeference | None,
    label_writer: Any,
    properties: dict[str, Any],
) -> None:
    """Write every file of a case, each whole or not at all.

    Args:
        case: The case.
        plan: Which files it gets.
        maps: Its maps by task.
        georeference: Where it lies, for TIFFs.
        label_writer: nnU-Net's reader-writer of the model, which writes label maps of other endings.
        properties: What that reader noted about the image.
    """
    files = plan.files(case)
    for kind, pixels in product_maps(maps, plan.space).items():
        if kind == "labels" and georeference is None:
            write_whole(files[kind], partial(_write_labels, label_writer, pixels[None], properties))
        else:
            write_map(files[kind], pixels, georeference)
    for task, task_maps in maps.items():
        if task_maps.probabilities is not None:
            path = files[f"{PROBABILITIES}/{task}"]
            _write_probabilities(path, task_maps.probabilities, plan.classes[task], georeference)
        if task_maps.spread is not None:
            write_map(files[f"{SPREAD}/{task}"], task_maps.spread, georeference, scale=SPREAD_SCALE)


def _write_labels(label_writer: Any, labels: np.ndarray, properties: dict[str, Any], path: Path) -> None:
    label_writer.write_seg(labels, str(path), properties)


def write_map(path: Path, pixels: np.ndarray, georeference: Georeference | None, scale: float | None = None) -> None:
    """Write one map of integers, ``(H, W)``: PNG, or GeoTIFF where there is a georeference."""
    if georeference is not None:
        write_tiff(path, pixels[None], georeference, scale=scale)
    else:
        write_whole(path, partial(Image.fromarray(pixels).save, format="PNG"))


def _write_probabilities(
    path: Path, probabilities: np.ndarray, classes: Sequence[str], georeference: Georeference | None
) -> None:
    scale = PROBABILITY_SCALE if probabilities.dtype == np.uint8 else 1.0
    if georeference is not None:
        write_tiff(path, probabilities, georeference, names=classes, scale=scale)
        return
    content: dict[str, Any] = {
        "probabilities": probabilities,
        "classes": np.array(list(classes)),
        "scale": np.float64(scale),
    }
    write_whole(path, lambda temporary: np.savez_compressed(temporary, **content))
