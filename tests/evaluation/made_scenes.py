"""Made-up zone maps and predictions that several tests score."""

import json
from pathlib import Path

import numpy as np

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.zones import zones_to_grey
from nnunet_glacier.formats.rasters import write_raster

SHAPE = (60, 50)


def fjord(front: int) -> np.ndarray:
    """All four zones: NA and rock on top, glacier left and ocean right of column `front`."""
    zones = np.full(SHAPE, 2, dtype=np.uint8)
    zones[:, front:] = 3
    zones[:5, :] = 1
    zones[:2, :] = 0
    return zones


def write_dataset_json(folder: Path, variant: str) -> None:
    """What nnU-Net writes beside label maps of a converted dataset."""
    space = LABEL_SPACES[variant]
    content = {"labels": space.nnunet_labels(), "tasks": space.to_json(), "file_ending": ".png"}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.json").write_text(json.dumps(content))


def predict_zones(folder: Path, fronts: dict[str, int]) -> Path:
    """Zone maps in grey, each with its front in the given column."""
    for case, front in fronts.items():
        write_raster(folder / f"{case}.png", zones_to_grey(fjord(front)))
    return folder


def predict_bands(folder: Path, fronts: dict[str, int | None]) -> Path:
    """Label maps of a front-only model, a band of five columns each, or nothing."""
    for case, front in fronts.items():
        band = np.zeros(SHAPE, dtype=np.uint8)
        if front is not None:
            band[5:, front - 2 : front + 3] = 1
        write_raster(folder / f"{case}.png", band)
    return folder
