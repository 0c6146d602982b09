"""Maps of what stays the same at each glacier, for ``convert caffe --channel``: its rock, and the median of its scenes.

    python benchmarks/static_maps.py shared/data/caffe_256/data_raw --out static

Writes ``OUT/rock/GLACIER.png``, 255 where more than half of the glacier's scenes with a zone there have rock, which
stands for a mask that a user draws once or takes from a land cover map; and ``OUT/median/GLACIER.png``, the median of
its scenes with each scene's mean and deviation taken out, which needs no label. The scenes of a glacier must lie on one
grid, as those of caffe_256 do. Printed is how well the rock of single scenes agrees with the mask.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd

from nnunet_glacier.domain.scenes import parse_caffe_stem
from nnunet_glacier.domain.zones import Zone, zones_from_grey
from nnunet_glacier.formats.caffe import CaffeFiles, caffe_files, find_caffe_root
from nnunet_glacier.formats.grey_png import read_grey_png
from nnunet_glacier.formats.rasters import write_raster

STRETCH = (0.5, 99.5)
"""Percentiles of the median that become 0 and 255."""


def rock_of(zones: np.ndarray) -> np.ndarray:
    """Where most zone maps ``(N, H, W)`` that have a zone have rock, bool ``(H, W)``."""
    return 2 * (zones == Zone.ROCK).sum(axis=0) > (zones != Zone.NA).sum(axis=0)


def median_of(images: np.ndarray) -> np.ndarray:
    """The median of images ``(N, H, W)``, each by its own mean and deviation without 0, uint8 ``(H, W)``."""
    valid = images > 0
    mean, deviation = (statistic(images, axis=(1, 2), where=valid, keepdims=True) for statistic in (np.mean, np.std))
    median = np.median((images - mean) / deviation, axis=0)
    low, high = np.percentile(median, STRETCH)
    return np.round(255 * np.clip((median - low) / (high - low), 0, 1)).astype(np.uint8)


def agreement(zones: np.ndarray, rock: np.ndarray) -> float:
    """Intersection over union of the scenes' rock and the mask, over all pixels that have a zone."""
    labelled, own = zones != Zone.NA, zones == Zone.ROCK
    return float((labelled & own & rock).sum() / (labelled & (own | rock)).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_raw", type=Path, help="a dataset in CaFFe's layout")
    parser.add_argument("--out", type=Path, required=True, help="folder for the maps")
    options = parser.parse_args()
    scenes: dict[str, list[CaffeFiles]] = defaultdict(list)
    for files in caffe_files(find_caffe_root(options.data_raw), "train"):
        scenes[parse_caffe_stem(files.stem).glacier].append(files)
    rows = []
    for glacier, all_files in sorted(scenes.items()):
        zones = np.stack([zones_from_grey(read_grey_png(files.zones)) for files in all_files])
        images = np.stack([read_grey_png(files.image) for files in all_files])
        rock = rock_of(zones)
        for name, values in (("rock", np.where(rock, np.uint8(255), np.uint8(0))), ("median", median_of(images))):
            (options.out / name).mkdir(parents=True, exist_ok=True)
            write_raster(options.out / name / f"{glacier}.png", values)
        rows.append({"glacier": glacier, "scenes": len(zones), "rock": rock.mean(), "IoU": agreement(zones, rock)})
    print(pd.DataFrame(rows).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
