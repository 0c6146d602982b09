"""Cost of a scene and peak memory of `delineate`, `evaluate` and `retreat` on 10, 100 and 1,000 scenes.

    python benchmarks/many_scenes.py [--scenes 10 100 1000] [--stages delineate evaluate retreat] [--workers 1]

The scenes are made up and tiny, so that what a stage does for each scene besides its pixels shows: `delineate` has
GeoTIFFs of 100x100 pixels and a stand-in that takes bright for glacier in place of the network; `evaluate` zone maps of
256x512 pixels in CaFFe's layout; `retreat` a folder of fronts, a file a day, with a centreline.

Each stage runs in a process of its own, once on three scenes, to import and open what there is, and then on all.
Printed are the processor time of the second run by its scenes and the peak memory of the process, and both against
those of the smallest number. With several workers times are wall times.
"""

from __future__ import annotations

import argparse
import datetime
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import rasterio
from large_scenes import ragged_zones, write_scene
from pyproj import Transformer

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.model import Model, open_model

EDGE_PX, PIXEL_SIZE_M = 100, 76.0
WEST, NORTH = 500_000.0, 7_700_000.0
CRS = "EPSG:32622"
DIFFERENT = 10
"""Label maps that are made; the other scenes repeat them."""

ONE = "--one"


class BrightIsGlacier:
    """A stand-in for the network: grey is how probable glacier is, and the rest ocean, alike in both folds."""

    mirroring, tile_step = False, 1.0

    def __init__(self, model: Model) -> None:
        self.model = model

    def zone_probabilities(
        self,
        pixels: np.ndarray,
        valid: np.ndarray | None = None,
        *,
        pixel_size_m: float = 1.0,
        progress: Callable[[int], object] = lambda tiles: None,
    ) -> np.ndarray:
        """As `nnunet_glacier.delineation.one_scene.ZoneModel` says."""
        zones = np.zeros((2, len(Zone), *pixels.shape), dtype=np.float16)
        zones[:, Zone.GLACIER] = pixels / 255
        zones[:, Zone.OCEAN] = 1 - pixels / 255
        if valid is not None:
            zones[:, :, ~valid] = 0
            zones[:, Zone.NA, ~valid] = 1
        return zones


def make_scenes(folder: Path, count: int) -> None:
    """GeoTIFFs with a front that waves, each a little further west."""
    (folder / "scenes").mkdir(parents=True)
    columns, rows = np.meshgrid(np.arange(EDGE_PX), np.arange(EDGE_PX))
    for number in range(count):
        front = 50 + 8 * np.sin(rows / 9 + number) - 20 * number / count
        values = (20 + 180 * np.clip(front - columns, 0, 1)).astype(np.uint8)
        place = rasterio.Affine(PIXEL_SIZE_M, 0, WEST, 0, -PIXEL_SIZE_M, NORTH)
        shape = {"width": EDGE_PX, "height": EDGE_PX, "count": 1, "dtype": "uint8"}
        path = folder / "scenes" / f"S1A_IW_GRDH_{_day(number):%Y%m%d}T102345.tif"
        with rasterio.open(path, "w", driver="GTiff", crs=CRS, transform=place, **shape) as target:
            target.write(values, 1)


def make_labels(folder: Path, count: int) -> None:
    """Labelled and predicted zone maps in CaFFe's layout."""
    maps = [ragged_zones(seed, (256, 512), pieces=20, line_px=500) for seed in range(min(count, DIFFERENT))]
    for number in range(count):
        write_scene(folder, number, *maps[number % len(maps)])


def make_lines(folder: Path, count: int) -> None:
    """A GeoJSON a day with a front across the centreline, which retreats by 10 m a week with a season."""
    (folder / "lines").mkdir(parents=True)
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)

    def write(path: Path, x: np.ndarray, y: np.ndarray) -> None:
        line = {"type": "LineString", "coordinates": np.column_stack(to_degrees.transform(x, y)).tolist()}
        features = [{"type": "Feature", "properties": {}, "geometry": line}]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")

    along = np.linspace(-3000, 3000, 200)
    for number in range(count):
        x = WEST - 10.0 * number + 200 * np.sin(number / 8) + 150 * np.sin(along / 400 + number)
        write(folder / "lines" / f"{_day(number):%Y%m%d}.geojson", x, NORTH + along)
    ends = np.linspace(WEST - 10 * count - 5000, WEST + 5000, 50)
    write(folder / "centreline.geojson", ends, np.full(50, NORTH))


def _day(number: int) -> datetime.date:
    return datetime.date(1995, 1, 1) + datetime.timedelta(days=7 * number)


def run_delineate(folder: Path, out: Path, workers: int) -> None:
    """Delineate the folder's scenes, with a stand-in for the network, or the shipped model where others load it."""
    from nnunet_glacier.delineation.options import Options
    from nnunet_glacier.delineation.stage import delineate

    model = open_model("caffe-256", ["0"])
    quick = Options(workers=workers, mirroring=False, tile_step=1.0, folds=("0",), route="zones")
    delineate(folder / "scenes", out, BrightIsGlacier(model) if workers == 1 else "caffe-256", quick)


def run_evaluate(folder: Path, out: Path, workers: int) -> None:
    """Score the folder's predictions."""
    from nnunet_glacier.evaluation.evaluate import evaluate
    from nnunet_glacier.evaluation.options import Options

    evaluate([folder / "predicted"], folder / "data_raw", out, Options(workers=workers))


def run_retreat(folder: Path, out: Path, workers: int) -> None:
    """Measure the folder's fronts."""
    from nnunet_glacier.time_series.retreat import Options, retreat

    retreat(folder / "lines", out, Options(centreline=folder / "centreline.geojson", upstream="start", workers=workers))


STAGES = {
    "delineate": (make_scenes, run_delineate),
    "evaluate": (make_labels, run_evaluate),
    "retreat": (make_lines, run_retreat),
}
"""What makes a stage's input, and what runs it."""


def run_one(stage: str, root: Path, workers: int) -> None:
    """Run a stage on few scenes and then on all; print the second run's seconds and the peak memory in MiB."""
    _, run = STAGES[stage]
    clock = time.process_time if workers == 1 else time.monotonic
    run(root / "few", root / "out_few", workers)
    started = clock()
    run(root / "all", root / "out_all", workers)
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"seconds": clock() - started, "peak_mib": max(peaks)}))


def measure(stage: str, count: int, workers: int) -> tuple[float, float]:
    """Milliseconds a scene, and peak memory in MiB."""
    root = Path(tempfile.mkdtemp(prefix="many_scenes_"))
    try:
        make, _ = STAGES[stage]
        # retreat needs a few days to tell anything.
        make(root / "few", 3)
        make(root / "all", count)
        command = [sys.executable, __file__, ONE, stage, str(root), "--workers", str(workers)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        told = json.loads(done.stdout.splitlines()[-1])
        return 1000 * told["seconds"] / count, told["peak_mib"]
    finally:
        shutil.rmtree(root)


def print_table(stages: Sequence[str], counts: Sequence[int], workers: int) -> None:
    """Measure all stages with all numbers of scenes."""
    print("| stage | scenes | ms a scene | against the first | peak MiB | against the first |")
    print("|---|---|---|---|---|---|")
    for stage in stages:
        first: tuple[float, float] | None = None
        for count in counts:
            cost_ms, peak_mib = measure(stage, count, workers)
            first = first or (cost_ms, peak_mib)
            ratios = f"{cost_ms / first[0]:.2f} | {peak_mib:.0f} | {peak_mib / first[1]:.2f}"
            print(f"| {stage} | {count} | {cost_ms:.1f} | {ratios} |", flush=True)


def main() -> None:
    """Measure what is asked for, or one stage in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(ONE, nargs=2, metavar=("STAGE", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run_one(given.one[0], Path(given.one[1]), given.workers)
    else:
        print_table(given.stages, given.scenes, given.workers)


if __name__ == "__main__":
    main()
