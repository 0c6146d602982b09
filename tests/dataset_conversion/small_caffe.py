"""A few tiny scenes in CaFFe's layout, for the tests of conversion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from typer.testing import CliRunner, Result

from nnunet_glacier.cli import app

TRAIN = (
    "Crane_2002-11-09_ERS_20_2_061",
    "Crane_2007-09-22_ENVISAT_20_1_467",
    "DBE_2008-03-30_TSX_7_1_140",
    "Jorum_2003-01-18_ERS_20_1_061",
    "SI_2009-12-25_PALSAR_17_1_136",
    "JAC_2015-06-01_TDX_6_1_015",
)
TEST = ("Mapple_2011-06-18_TDX_7_1_024",)
SHAPE = (12, 10)


def scene_maps(seed: int) -> dict[str, np.ndarray]:
    """Image, zones (grey values) and front (0, 255): rock, glacier and ocean one above the other, NA on the left."""
    rng = np.random.default_rng(seed)
    zones = np.full(SHAPE, 64, dtype=np.uint8)
    zones[3:7] = 127
    zones[7:] = 254
    zones[:, 0] = 0
    front = np.zeros(SHAPE, dtype=np.uint8)
    front[7, 1 + seed % 3 :] = 255
    return {"image": rng.integers(1, 256, SHAPE).astype(np.uint8), "zones": zones, "front": front}


def paths(root: Path, split: str, stem: str) -> dict[str, Path]:
    """The four files of a scene."""
    return {
        "image": root / "sar_images" / split / f"{stem}.png",
        "zones": root / "zones" / split / f"{stem}_zones.png",
        "front": root / "fronts" / split / f"{stem}_front.png",
        "box": root / "bounding_boxes" / f"{stem}_front_extent_coord.txt",
    }


def write_scene(root: Path, split: str, stem: str, seed: int = 0) -> dict[str, Path]:
    """Write one scene; its bounding box is rows 1 to 11 and columns -2 to 9."""
    files = paths(root, split, stem)
    for kind, values in scene_maps(seed).items():
        files[kind].parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(values).save(files[kind])
    files["box"].parent.mkdir(exist_ok=True)
    files["box"].write_text("x,y\n-2.2,11.0\n-2.2,1.0\n9.0,1.0\n9.0,11.0\n", encoding="utf-8")
    return files


def write_dataset(root: Path) -> Path:
    """Six training scenes of five glaciers and one test scene."""
    for seed, stem in enumerate(TRAIN):
        write_scene(root, "train", stem, seed)
    for seed, stem in enumerate(TEST, start=len(TRAIN)):
        write_scene(root, "test", stem, seed)
    return root


def convert(*arguments: object) -> Result:
    """Run ``nnunet-glacier convert`` in this process, on one core."""
    return CliRunner().invoke(app, ["convert", *map(str, arguments), "--workers", "1"])
