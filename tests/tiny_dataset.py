"""A dataset of tiny made-up scenes in nnU-Net's raw format, for tests that train."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.zones import FUSED_FRONT, Zone

SIZE = 64
N_TRAINING = 6
GREY = {Zone.NA: 0, Zone.ROCK: 200, Zone.GLACIER: 140, Zone.OCEAN: 60}


def write_tiny_dataset(folder: Path, labels: str) -> None:
    """Write six training and two test scenes with the labels of a variant, and two folds."""
    rng = np.random.default_rng(0)
    cases = [f"scene_{index}" for index in range(N_TRAINING)]
    for case in cases:
        _write_case(folder, "Tr", case, labels, rng)
    for case in ("scene_90", "scene_91"):
        _write_case(folder, "Ts", case, labels, rng)
    space = LABEL_SPACES[labels]
    dataset = {
        "channel_names": {"0": "SAR"},
        "labels": space.nnunet_labels(),
        "numTraining": N_TRAINING,
        "file_ending": ".png",
        "overwrite_image_reader_writer": "NaturalImage2DIO",
        "tasks": space.to_json(),
        "label_variant": labels,
    }
    (folder / "dataset.json").write_text(json.dumps(dataset))
    half = N_TRAINING // 2
    folds = [{"train": cases[:half], "val": cases[half:]}, {"train": cases[half:], "val": cases[:half]}]
    (folder / "splits_final.json").write_text(json.dumps(folds))


def _write_case(folder: Path, part: str, case: str, labels: str, rng: np.random.Generator) -> None:
    zones, front, boundary = _scene(int(rng.integers(24, 44)))
    grey = np.vectorize(GREY.get)(zones) + rng.normal(0, 10, zones.shape)
    image = np.clip(grey, 1, 255).astype(np.uint8)
    space = LABEL_SPACES[labels]
    if labels == "fused":
        codes = np.where(front, FUSED_FRONT, zones)
    else:
        codes = space.encode(*(zones, front.astype(int), boundary.astype(int))[: len(space.tasks)])
    for name, array in ((f"images{part}/{case}_0000.png", image), (f"labels{part}/{case}.png", codes)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(array.astype(np.uint8)).save(path)


def _scene(front_row: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rock at both sides, glacier above and ocean below the front row, a strip without information.

    A block of 4x4 pixels has every combination of classes: nnU-Net's mean Dice is NaN if a label occurs nowhere.
    """
    zones = np.full((SIZE, SIZE), Zone.OCEAN, dtype=int)
    zones[:front_row] = Zone.GLACIER
    zones[:, :12] = zones[:, -12:] = Zone.ROCK
    zones[:4] = Zone.NA
    front = np.zeros((SIZE, SIZE), dtype=bool)
    front[front_row - 3 : front_row + 2, 12:-12] = True
    boundary = np.zeros((SIZE, SIZE), dtype=bool)
    boundary[4:front_row, 10:15] = boundary[4:front_row, -15:-10] = True
    every = np.arange(16).reshape(4, 4)
    block = np.s_[50:54, 30:34]
    zones[block], front[block], boundary[block] = every % 4, every // 4 % 2, every // 8
    return zones, front, boundary
