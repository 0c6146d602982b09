"""Convert a scene of CaFFe's largest size against decoding its files and encoding its outputs alone, in one run.

    python benchmarks/convert_scene.py [--size 3561 4476] [--repeats 5]

A made-up scene is written in CaFFe's layout and converted in this process to every label variant. The yardstick
decodes the three PNGs and encodes the four outputs (image, labels, front, zones) with the same libraries and nothing
else. Printed are the shortest processor times of the repeats, which a busy machine disturbs less than wall times, and
their ratios: for writing the scene, and for checking and writing it, which is what the command does. PNG outputs come
out below one, since images and fronts that are plain grey PNGs already are copied, not encoded again.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813
from PIL import Image
from scipy import ndimage

from nnunet_glacier.dataset_conversion.caffe.case import load_case
from nnunet_glacier.dataset_conversion.caffe.inputs import check_scene
from nnunet_glacier.dataset_conversion.caffe.options import CaffeOptions
from nnunet_glacier.dataset_conversion.caffe.stage import describe_dataset
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, case_files, write_case
from nnunet_glacier.domain.scenes import parse_caffe_stem
from nnunet_glacier.domain.zones import zones_to_grey
from nnunet_glacier.formats.caffe import CaffeFiles, caffe_files

STEM = "Crane_2002-11-09_ERS_20_2_061"
VARIANTS = ("fused", "zones", "front", "multitask", "boundary")


def write_scene(root: Path, shape: tuple[int, int]) -> CaffeFiles:
    """A speckled scene with a winding front, rocky shores and missing data, in CaFFe's layout."""
    rng = np.random.default_rng(0)
    rows, columns = shape
    coarse = ndimage.zoom(ndimage.gaussian_filter(rng.normal(size=(rows // 32 + 2, columns // 32 + 2)), 6), 32, order=1)
    relief = coarse[:rows, :columns] / np.abs(coarse).max()
    row = np.linspace(-1, 1, rows)[:, None] + 0.3 * relief
    zones = np.where(row < 0, 2, 3).astype(np.uint8)
    zones[np.abs(np.linspace(-1, 1, columns)[None] + 0.3 * relief) > 0.7] = 1
    zones[:, : columns // 20] = 0
    front = np.zeros(shape, dtype=np.uint8)
    front[1:][(zones[1:] == 3) & (zones[:-1] == 2)] = 255
    speckle = rng.gamma(3, 1 / 3, shape) * np.array([0, 140, 110, 50])[zones]
    files = CaffeFiles(
        STEM,
        "train",
        root / "sar_images" / "train" / f"{STEM}.png",
        root / "zones" / "train" / f"{STEM}_zones.png",
        root / "fronts" / "train" / f"{STEM}_front.png",
        root / "bounding_boxes" / f"{STEM}_front_extent_coord.txt",
    )
    for path, values in (
        (files.image, np.clip(speckle, 0, 255).astype(np.uint8)),
        (files.zones, zones_to_grey(zones)),
        (files.front, front),
    ):
        path.parent.mkdir(parents=True)
        Image.fromarray(values).save(path)
    files.box.parent.mkdir()
    files.box.write_text(f"x,y\n0,{rows}\n0,0\n{columns},0\n{columns},{rows}\n", encoding="utf-8")
    return files


def best_times_s(actions: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """The shortest processor time of each action, taken in turns."""
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(repeats):
        for action, taken in zip(actions, times, strict=True):
            started = time.process_time()
            action()
            taken.append(time.process_time() - started)
    return [min(taken) for taken in times]


def decode_and_encode(files: CaffeFiles, outputs: dict[str, np.ndarray], folder: Path, ending: str) -> None:
    """The yardstick: decode the scene's PNGs, encode its outputs."""
    for path in (files.image, files.zones, files.front):
        np.asarray(Image.open(path))
    for kind, values in outputs.items():
        if kind in ("image", "labels") and ending != ".png":
            sitk.WriteImage(sitk.GetImageFromArray(values), str(folder / f"{kind}{ending}"), useCompression=True)
        else:
            Image.fromarray(values).save(folder / f"{kind}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, nargs=2, default=(3561, 4476), metavar=("ROWS", "COLUMNS"))
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_scene(root / "data_raw", tuple(arguments.size))
        (files,) = caffe_files(root / "data_raw", "train")
        case = Case(parse_caffe_stem(STEM, split="train"), (files.image, files.zones, files.front))
        print(f"{'':<22}{'yardstick':>12}{'write':>18}{'check and write':>22}")
        for ending in (".png", ".nii.gz"):
            for variant in VARIANTS:
                compare(variant, ending, files, case, root, arguments.repeats)


def compare(variant: str, ending: str, files: CaffeFiles, case: Case, root: Path, repeats: int) -> None:
    """Print one line: a label variant in a file format."""
    options = CaffeOptions(labels=variant, file_ending=ending)
    dataset = describe_dataset(root / f"Dataset001_{variant}", options, [check_scene(files)])
    load = partial(load_case, options=options)
    write = partial(write_case, case, dataset=dataset, load=load)
    maps = load(case)
    assert maps.zones is not None
    outputs = {
        "image": np.asarray(Image.open(files.image)),
        "labels": maps.labels,
        "front": np.asarray(Image.open(files.front)),
        "zones": maps.zones,
    }
    yardstick = partial(decode_and_encode, files, outputs, root, ending)
    yardstick_s, write_s, both_s = best_times_s([yardstick, write, lambda: (check_scene(files), write())], repeats)
    assert all(path.is_file() for path in case_files(dataset, case.scene).values())
    print(
        f"{variant + ending:<22}{yardstick_s:10.2f} s{write_s:10.2f} s {write_s / yardstick_s:4.2f}x"
        f"{both_s:13.2f} s {both_s / yardstick_s:4.2f}x",
        flush=True,
    )


if __name__ == "__main__":
    main()
