"""Distance transforms of a training batch: scipy in this process against shifts in torch, on the CPU and on CUDA.

    python benchmarks/distance_transform.py [--threads 1] [--repeats 7]

The batch is that of the paper's preset, two patches of 1024 x 896 with a ragged front 5 pixels wide. "line" is the
distance inside the dilated line (distance-map BCE), "background" that outside the line (distance-weighted losses); the
reach is where the sigmoid of the loss is flat in float32. All contenders give the same distances, and that is checked.
A ratio above 1 says how many times scipy's time another contender needs.

The last lines weigh the loader's workers: what a worker would add to each sample, and what handing the map over adds to
each batch, against computing it in the loss.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch

from nnunet_glacier.losses.distance_transform import (
    FLAT_TANH,
    scipy_distance_transform,
    shifted_distance_transform,
)

BATCH, ROWS, COLUMNS = 2, 1024, 896
LINE_WIDTH_PX = 5
CASES = {
    "line, R = 1": ("line", 1),
    "line, R = 4": ("line", 4),
    "background, w = 4": ("background", 4),
    "background, w = 8": ("background", 8),
    "background, w = 16": ("background", 16),
    "background, all": ("background", float("inf")),
}


def ragged_lines(rng: np.random.Generator) -> torch.Tensor:
    """A batch of masks, each with one front that wanders through the middle."""
    centre = COLUMNS / 2 + np.cumsum(rng.normal(size=(BATCH, ROWS)), axis=1)
    beside = np.abs(np.arange(COLUMNS) - centre[..., None])
    return torch.from_numpy(beside <= LINE_WIDTH_PX / 2)


def seconds(run: Callable[[], object], device: str) -> float:
    """Wall time of one call, the device's work included."""
    start = time.perf_counter()
    run()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def contenders(mask: torch.Tensor, reach_px: float) -> dict[str, tuple[Callable[[], torch.Tensor], str]]:
    """Name, call and device of each way to the same distances."""
    ways = {
        "scipy": (lambda: scipy_distance_transform(mask, reach_px=reach_px), "cpu"),
        "shifts, CPU": (lambda: shifted_distance_transform(mask, reach_px=reach_px), "cpu"),
    }
    if torch.cuda.is_available():
        on_device = mask.cuda()
        ways["shifts, CUDA"] = (lambda: shifted_distance_transform(on_device, reach_px=reach_px), "cuda")
        # scipy for a batch that lies on the device: there and back.
        ways["scipy, from CUDA"] = (
            lambda: scipy_distance_transform(on_device.cpu(), reach_px=reach_px).cuda(),
            "cuda",
        )
    return ways


def compare(name: str, mask: torch.Tensor, reach_px: float, repeats: int) -> float:
    """Print one row per contender, timed in turns; return scipy's median seconds."""
    ways = contenders(mask, reach_px)
    maps = {way: run().cpu() for way, (run, _) in ways.items()}
    for way, distances in maps.items():
        torch.testing.assert_close(distances, maps["scipy"], msg=f"{way} differs from scipy")
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way, (run, device) in ways.items():
            times[way].append(seconds(run, device))
    reference = np.array(times["scipy"])
    for way, measured in times.items():
        ratio = np.median(np.array(measured) / reference)
        print(f"{name:20}{reach_px:9.0f}  {way:18}{1000 * np.median(measured):9.2f}{ratio:8.2f}")
    return float(np.median(reference))


def print_loader_argument(scipy_s: float, repeats: int) -> None:
    """What the loader's workers would have to do for each batch, with one map of float32."""
    maps = torch.rand(BATCH, 1, ROWS, COLUMNS)
    # A worker's batch passes through shared memory and is pinned: two copies at the least.
    copies = np.median([seconds(lambda: maps.clone().clone(), "cpu") for _ in range(repeats)])
    size_mib = maps.numel() * maps.element_size() / 2**20
    print(f"\nin a worker: {1000 * scipy_s / BATCH:.0f} ms more for each sample, and {size_mib:.1f} MiB more in each")
    print(f"batch, {1000 * copies:.1f} ms for two copies of it, for every resolution that has a loss")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1, help="torch threads on the CPU")
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    line = ragged_lines(np.random.default_rng(0))
    print(f"batch of {BATCH} x {ROWS} x {COLUMNS}, {options.threads} torch threads\n")
    print(f"{'':20}{'reach px':>9}  {'':18}{'ms':>9}{'ratio':>8}")
    for name, (side, scale) in CASES.items():
        scipy_s = compare(name, line if side == "line" else ~line, 2 * scale * FLAT_TANH, options.repeats)
    print_loader_argument(scipy_s, options.repeats)


if __name__ == "__main__":
    main()
