"""Evaluations with known numbers, a tiny dataset with predictions, and training logs."""

import datetime
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.lines.front_lines import front_from_zones

ROWS, COLUMNS = 80, 100
FRONT_COLUMN = 40


def score(case: str, distance_m: float, **values: object) -> dict[str, object]:
    """A row of ``scores.csv``: 20 m pixels, 10 predicted and 10 labelled front pixels unless said otherwise."""
    row = {
        "case": case,
        "prediction": "only",
        "route": "zones",
        "split": "test",
        "glacier": "COL",
        "date": "2014-01-15",
        "season": "winter",
        "sensor": "TDX",
        "pixel_size_m": 20.0,
        "predicted_front_pixels": 10,
        "label_front_pixels": 10,
        "mean_distance_m": distance_m,
        "mean_distance_px": distance_m / 20,
    }
    return {**row, **values}


def write_evaluation(
    folder: Path, rows: list[dict[str, object]], scheme: str = "single", summary: dict[str, object] | None = None
) -> Path:
    """An evaluation of predictions and a dataset that are not there any more; more of its summary may be given."""
    folder.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(folder / "scores.csv", index=False)
    gone = str(folder / "gone")
    head = {"predictions": [gone], "dataset": gone, "scheme": scheme, "route": rows[0]["route"]}
    (folder / "summary.json").write_text(json.dumps(head | (summary or {})))
    return folder


def experiment(folder: Path, distances_m: Sequence[float]) -> Path:
    """A repeated experiment with one image and an MDE for each training."""
    rows = [score("a", distance, prediction=f"fold_{fold}") for fold, distance in enumerate(distances_m)]
    return write_evaluation(folder, rows, "repeated")


def mde_intervals(**ends: tuple[float | None, float | None]) -> dict[str, object]:
    """What ``summary.json`` holds of one route's intervals: unit to lower and upper end."""
    entries = {f"mde_{unit}_interval": {"low": low, "high": high, "scenes": 5} for unit, (low, high) in ends.items()}
    return {"subsets": {"all": entries}}


def fjord(front: int) -> np.ndarray:
    """Glacier left and ocean right of a column, rock on top and no information in a corner."""
    zones = np.full((ROWS, COLUMNS), 2, dtype=np.uint8)
    zones[:, front:] = 3
    zones[:10] = 1
    zones[:5, :10] = 0
    return zones


def write_dataset(root: Path, dates: dict[str, str], *, placed: bool = True) -> Path:
    """A converted dataset of test scenes of Columbia at 20 m a pixel, fronts in `FRONT_COLUMN`.

    Args:
        root: Its folder.
        dates: Case to date, or "" for none.
        placed: Whether the scenes have a place on the map.
    """
    scenes = []
    affine = (20.0, 0.0, 500_000.0, 0.0, -20.0, 6_770_000.0)
    for case, date in dates.items():
        image = np.tile(np.linspace(40, 200, COLUMNS).astype(np.uint8), (ROWS, 1))
        write_raster(root / "imagesTs" / f"{case}_0000.png", image)
        write_raster(root / "zonesTs" / f"{case}.png", fjord(FRONT_COLUMN))
        write_raster(root / "frontsTs" / f"{case}.png", front_from_zones(fjord(FRONT_COLUMN)).astype(np.uint8) * 255)
        day = datetime.date.fromisoformat(date) if date else None
        place = {"crs": "EPSG:32606", "affine": affine} if placed else {}
        scenes.append(Scene(case, "test", "COL", day, "TDX", 20.0, 1, box=Box(5, 75, 20, 80), **place))
    write_scenes(root / "scenes.csv", scenes)
    return root


def write_predictions(folder: Path, fronts: dict[str, int | None]) -> Path:
    """What ``predict`` writes: zone maps and front bands with the front in a column, or without any front."""
    for case, front in fronts.items():
        zones = fjord(front if front is not None else COLUMNS)
        band = np.zeros((ROWS, COLUMNS), dtype=np.uint8)
        if front is not None:
            band[10:, front - 1 : front + 2] = 255
        write_raster(folder / "zones" / f"{case}.png", zones)
        write_raster(folder / "fronts" / f"{case}.png", band)
    return folder


def log_text(
    first: int, losses: list[tuple[float, float]], dice: str = "[np.float32(0.8), np.float32(0.6), nan]"
) -> str:
    """A log as nnU-Net writes it, from an epoch on, with training and validation losses."""
    lines = []
    for epoch, (train, validation) in enumerate(losses, start=first):
        lines += [
            "",
            f"Epoch {epoch}",
            "Current learning rate: 0.01",
            f"train_loss {train}",
            f"val_loss {validation}",
            f"Pseudo dice {dice}",
            "Pseudo dice per task: {'zones': 0.9}",
            "Epoch time: 12.3 s",
        ]
    return "".join(f"2025-01-01 10:00:00.123456: {line} \n" for line in lines)


def write_model(folder: Path, folds: int) -> Path:
    """A trained model's folder with two epochs a fold."""
    for fold in range(folds):
        log = folder / f"fold_{fold}" / "training_log_2025_1_2_10_00_00.txt"
        log.parent.mkdir(parents=True)
        log.write_text(log_text(0, [(-0.1 - fold / 10, -0.05), (-0.5, -0.4)]))
    return folder
