"""Score large made-up scenes against the published way, against decoding alone, and against themselves, in one run.

    python benchmarks/score_dataset.py [--scenes 20] [--published 2] [--repeats 2]

The scenes are 3000x4000 pixels with fronts of 4,000 pixels and 350 ragged pieces in the predicted zones, in CaFFe's
layout on disk. Printed are ratios of

* one core: a plain transcription of the published scoring (`published_scoring`) to ours, both with decoding, which
  must give equal results; ours to decoding the same three PNGs with the same library; 10,000 pieces of zones to the
  same ones joined by bridges, and to 400; lines of 8,000, 16,000 and 32,000 pixels to 4,000, with the peak memory of
  a process that does nothing else;
* the whole command with one and with two processes.

Times on one core are processor times, the shortest of the repeats, taken in turns: a busy machine disturbs them less
than wall times. The last ratio is of wall times and means something on an idle machine only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from large_scenes import PIXEL_SIZE_M, SHAPE, ragged_zones, write_scene
from PIL import Image
from published_scoring import published_scores
from scipy import ndimage

from nnunet_glacier.domain.zones import Zone, zones_from_grey
from nnunet_glacier.evaluation.evaluate import evaluate
from nnunet_glacier.evaluation.inputs.scoring_input import open_input
from nnunet_glacier.evaluation.inputs.scoring_plan import make_plan
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.evaluation.scene_scores import SceneScore, ScoringTask, score_scene
from nnunet_glacier.measures.zone_scores import METRICS

LINES_PX = (4000, 8000, 16000, 32000)
MEMORY = "--peak-memory-of"
SECONDS = "--seconds-of"


def make_dataset(root: Path, scenes: Sequence[dict[str, Any]], shape: tuple[int, int] = SHAPE) -> list[ScoringTask]:
    """Write one scene for each set of `ragged_zones`' options; the tasks that score them."""
    for number, options in enumerate(scenes):
        write_scene(root, number, *ragged_zones(number, shape, **options))
    return make_plan(open_input([root / "predicted"], root / "data_raw"), Options()).tasks


def score(task: ScoringTask) -> SceneScore:
    """Our score of a scene by its one route."""
    (scene_score,) = score_scene(task)
    assert isinstance(scene_score, SceneScore), scene_score
    return scene_score


def files_of(task: ScoringTask) -> list[Path]:
    """The predicted and labelled zones and the labelled front."""
    assert task.reference.zones is not None
    return [*task.prediction.files, task.reference.zones, task.reference.front]


def decode(task: ScoringTask) -> list[np.ndarray]:
    """The floor: the scene's three files as arrays."""
    return [np.asarray(Image.open(path)) for path in files_of(task)]


def score_as_published(task: ScoringTask) -> tuple[np.ndarray, int, float]:
    """The published way, from the files on."""
    predicted, zones, front = decode(task)
    box = task.reference.scene.box
    assert box is not None
    return published_scores(zones_from_grey(predicted), zones_from_grey(zones), front > 0, box, PIXEL_SIZE_M)


def assert_equal(ours: SceneScore, published: tuple[np.ndarray, int, float]) -> None:
    metrics, front_pixels, mean_distance_m = published
    assert ours.zones is not None and ours.front.predicted_pixels == front_pixels
    np.testing.assert_allclose([getattr(ours.zones, metric) for metric in METRICS], metrics, rtol=1e-12)
    np.testing.assert_allclose(ours.mean_distance_m, mean_distance_m, rtol=1e-12)


def shortest_s(actions: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """The shortest processor time of each action, taken in turns."""
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(repeats):
        for action, taken in zip(actions, times, strict=True):
            started = time.process_time()
            action()
            taken.append(time.process_time() - started)
    return [min(taken) for taken in times]


def compare_with_published(tasks: Sequence[ScoringTask], repeats: int) -> None:
    ours_s = published_s = 0.0
    for task in tasks:
        started = time.process_time()
        published = score_as_published(task)
        published_s += time.process_time() - started
        assert_equal(score(task), published)
        ours_s += shortest_s([partial(score, task)], repeats)[0]
    ours_s, published_s = ours_s / len(tasks), published_s / len(tasks)
    print(f"published way, {len(tasks)} scenes: {published_s:.1f} s a scene, ours {ours_s:.2f} s, results are equal")
    print(f"  {published_s / ours_s:.1f} times faster (at least 15)", flush=True)


def compare_with_decoding(tasks: Sequence[ScoringTask], repeats: int) -> None:
    times = [shortest_s([partial(score, task), partial(decode, task)], repeats) for task in tasks]
    ours_s, floor_s = np.sum(times, axis=0)
    print(
        f"decoding alone, {len(tasks)} scenes: {floor_s / len(tasks):.3f} s a scene, ours {ours_s / len(tasks):.3f} s"
    )
    print(f"  {ours_s / floor_s:.2f} times the floor (at most 5)", flush=True)


def compare_pieces(root: Path, repeats: int) -> None:
    """Many pieces against few, and against the same edges in few pieces: what pieces cost and what edges cost."""
    tasks = make_dataset(root, [{"pieces": 400}, {"pieces": 10_000, "joined": True}, {"pieces": 10_000}])
    few_s, joined_s, many_s = shortest_s([partial(score, task) for task in tasks], repeats + 1)
    floors = shortest_s([partial(decode, task) for task in tasks], repeats + 1)
    few, joined, many = (count_pieces(task) for task in tasks)
    more, without_decoding = many_s / few_s, (many_s - floors[2]) / (few_s - floors[0])
    print(f"{many} pieces of zones {many_s:.3f} s, their edges in {joined} pieces {joined_s:.3f} s, ", end="")
    print(f"{few} pieces with short edges {few_s:.3f} s")
    print(f"  {many_s / joined_s:.2f} times at the same length of edges (at most 1)")
    print(f"  {more:.2f} times with the longer edges; without decoding {without_decoding:.2f}", flush=True)


def count_pieces(task: ScoringTask) -> int:
    """8-connected pieces of the predicted ocean and of what is not ocean."""
    zones = task.prediction.read().zones
    assert zones is not None
    return sum(ndimage.label(mask, np.ones((3, 3)))[1] for mask in (zones == Zone.OCEAN, zones != Zone.OCEAN))


def compare_lines(root: Path, repeats: int) -> None:
    tasks = make_dataset(root, [{"line_px": line_px} for line_px in LINES_PX])
    times = shortest_s([partial(score, task) for task in tasks], repeats + 1)
    print("length of the labelled front, predicted front, processor time, ratio, peak memory of its process")
    for number, (task, taken) in enumerate(zip(tasks, times, strict=True)):
        front = score(task).front
        command = [sys.executable, __file__, MEMORY, str(root), str(number)]
        memory = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        lengths = f"{front.label_pixels:6d} px {front.predicted_pixels:6d} px"
        print(f"  {lengths} {taken:6.3f} s {taken / times[0]:5.2f} {memory}", flush=True)


def print_peak_memory(root: Path, number: int) -> None:
    score(make_plan(open_input([root / "predicted"], root / "data_raw"), Options()).tasks[number])
    # Linux: unlike getrusage's, this figure leaves out what the parent held when it started this process.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak_kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    print(f"{peak_kib / 1024:.0f} MiB")


def compare_processes(root: Path, repeats: int) -> None:
    """The command with one and two processes, and what of it the first process does itself, which nothing shares."""
    wall_s: dict[int, list[float]] = {1: [], 2: []}
    own_s: dict[int, list[float]] = {1: [], 2: []}
    for workers in (1, 2) * repeats:
        command = [sys.executable, __file__, SECONDS, str(root), str(workers)]
        taken = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        wall_s[workers].append(float(taken[0]))
        own_s[workers].append(float(taken[1]))
    for name in ("scores.csv", "summary.json"):
        assert (root / "scores_1" / name).read_bytes() == (root / "scores_2" / name).read_bytes()
    one_s, two_s = min(wall_s[1]), min(wall_s[2])
    print(f"the command with one process {one_s:.1f} s of wall time, with two {two_s:.1f} s, same files written")
    print(f"  {one_s / two_s:.2f} times faster (at least 1.7)")
    print(f"  processor time that cannot be shared: {min(own_s[2]):.2f} s of {min(own_s[1]):.2f} s", flush=True)


def print_seconds(root: Path, workers: int) -> None:
    """Wall time of the command and processor time of this process in it, the second time: its processes stay warm."""
    for _ in range(2):
        started = time.perf_counter(), time.process_time()
        options = Options(workers=workers, overwrite=True)
        evaluate([root / "predicted"], root / "data_raw", root / f"scores_{workers}", options)
        taken = time.perf_counter() - started[0], time.process_time() - started[1]
    print(*taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--published", type=int, default=2, help="scenes that are scored the published way too")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument(MEMORY, nargs=2, metavar=("FOLDER", "NUMBER"), help=argparse.SUPPRESS)
    parser.add_argument(SECONDS, nargs=2, metavar=("FOLDER", "PROCESSES"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.seconds_of:
        print_seconds(Path(arguments.seconds_of[0]), int(arguments.seconds_of[1]))
        return
    if arguments.peak_memory_of:
        print_peak_memory(Path(arguments.peak_memory_of[0]), int(arguments.peak_memory_of[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        tasks = make_dataset(root / "scenes", [{}] * arguments.scenes)
        print(f"{arguments.scenes} scenes of {SHAPE[0]}x{SHAPE[1]} pixels")
        compare_with_published(tasks[: arguments.published], arguments.repeats)
        compare_with_decoding(tasks, arguments.repeats)
        compare_pieces(root / "pieces", arguments.repeats)
        compare_lines(root / "lines", arguments.repeats)
        compare_processes(root / "scenes", arguments.repeats)


if __name__ == "__main__":
    main()
