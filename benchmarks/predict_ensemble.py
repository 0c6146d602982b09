"""Predict with five folds in one pass against nnU-Net's own route, both as commands, in one run.

    python benchmarks/predict_ensemble.py [--images 3] [--size 1000 1200] [--device cpu]

The stock route is ``nnUNetv2_predict --save_probabilities`` per fold, then ``nnUNetv2_ensemble``, with their default
numbers of processes; ours is ``nnunet-glacier predict``. Both get the same random-weight model of fused labels,
mirroring and tile step. Printed are wall time, processor time of all processes and the size of what is written, each
with its ratio, and in how many pixels the zones differ. On a CPU the network takes most of the time on both routes, so
the larger it is, the closer the ratio comes to 1; beside a GPU the stock route's files take most of the time.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.zones import zones_from_fused

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from nnunet_plans import plans_2d
from tiny_models import make_dataset_json, make_model

BIN = Path(sys.executable).parent
SPACE = LABEL_SPACES["fused"]


def write_scenes(folder: Path, count: int, shape: tuple[int, int]) -> None:
    """Speckled 8-bit scenes with structure at many scales."""
    folder.mkdir()
    for number in range(count):
        rng = np.random.default_rng(number)
        structure = sum(ndimage.gaussian_filter(rng.normal(size=shape), scale) * scale for scale in (3, 12, 48))
        amplitude = np.exp(structure / structure.std() / 2) * np.sqrt(rng.gamma(2, 0.5, shape))
        grey = np.clip(amplitude / np.quantile(amplitude, 0.99) * 254 + 1, 1, 255).astype(np.uint8)
        Image.fromarray(grey).save(folder / f"scene{number}_0000.png")


def timed(name: str, command: Sequence[object], environment: dict[str, str]) -> np.ndarray:
    """Run a command; its wall and processor time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"  {name:<28} {wall:8.1f} s  {processor:8.1f} s of processor time", flush=True)
    return np.array([wall, processor])


def size_of(folder: Path) -> int:
    """Bytes of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def stock_route(
    results: Path, images: Path, out: Path, folds: range, device: str, environment: dict[str, str]
) -> np.ndarray:
    """A prediction a fold, then the ensemble of their probabilities."""
    model = ["-d", "Dataset777_Tiny", "-tr", "nnUNetTrainer", "-p", "tinyPlans", "-c", "2d", "-device", device]
    environment = {**environment, "nnUNet_results": str(results)}
    used = np.zeros(2)
    for fold in folds:
        command = [BIN / "nnUNetv2_predict", "-i", images, "-o", out / f"fold_{fold}", "-f", fold, *model]
        used += timed(f"nnUNetv2_predict, fold {fold}", [*command, "--save_probabilities"], environment)
    parts = [out / f"fold_{fold}" for fold in folds]
    return used + timed("nnUNetv2_ensemble", [BIN / "nnUNetv2_ensemble", "-i", *parts, "-o", out / "mean"], environment)


def differing_zones(stock: Path, ours: Path) -> float:
    """Fraction of pixels whose zone differs."""
    pairs = [(np.asarray(Image.open(path)), np.asarray(Image.open(ours / path.name))) for path in stock.glob("*.png")]
    return float(np.mean([np.mean(zones_from_fused(codes) != zones) for codes, zones in pairs]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=3)
    parser.add_argument("--size", type=int, nargs=2, default=(1000, 1200), help="rows and columns")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--features", type=int, nargs="+", default=(8, 16, 32, 64))
    parser.add_argument("--patch", type=int, nargs=2, default=(256, 256))
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    folds = range(arguments.folds)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        write_scenes(root / "in", arguments.images, tuple(arguments.size))
        model = root / "results" / "Dataset777_Tiny" / "nnUNetTrainer__tinyPlans__2d"
        plans = plans_2d(tuple(arguments.features), tuple(arguments.patch), name="tinyPlans", convolutions=1)
        make_model(model, make_dataset_json(SPACE), plans, folds=tuple(folds))
        environment = dict(os.environ)
        print(f"{arguments.images} images of {arguments.size}, {arguments.folds} folds, {arguments.device}", flush=True)
        command = [BIN / "nnunet-glacier", "predict", model, root / "in", root / "ours", "--device", arguments.device]
        ours = timed("nnunet-glacier predict", command, environment)
        stock = stock_route(root / "results", root / "in", root / "stock", folds, arguments.device, environment)
        wall, processor = ours / stock
        print(f"wall time       {ours[0]:.1f} / {stock[0]:.1f} s = {wall:.2f}")
        print(f"processor time  {ours[1]:.1f} / {stock[1]:.1f} s = {processor:.2f}")
        sizes = size_of(root / "ours"), size_of(root / "stock")
        print(f"disk            {sizes[0] / 1e6:.2f} / {sizes[1] / 1e6:.1f} MB = 1/{sizes[1] / sizes[0]:.0f}")
        print(f"zones differ in {differing_zones(root / 'stock' / 'mean', root / 'ours' / 'zones'):.2e} of the pixels")


if __name__ == "__main__":
    main()
