"""The whole of the scoring against a plain transcription of the published way, on ragged random maps."""

import importlib
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.predicted_maps import PredictedMaps
from nnunet_glacier.domain.scenes import Box
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.lines.front_lines import clean_zones, find_front
from nnunet_glacier.measures.front_distances import front_distances, front_score
from nnunet_glacier.measures.zone_scores import METRICS, zone_confusion, zone_scores

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    """The benchmark, which holds the transcription and times it against ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        return importlib.import_module("score_dataset")


def our_scores(
    predicted: np.ndarray, label: np.ndarray, label_front: np.ndarray, box: Box, pixel_size_m: float
) -> tuple[np.ndarray, int, float]:
    """Zone scores, predicted front pixels and mean distance in metres of arrays, by the package."""
    scores = zone_scores(zone_confusion(predicted, label))
    front = find_front(PredictedMaps(clean_zones(predicted), None), "zones", FrontRules(), pixel_size_m, box)
    score = front_score(front_distances(front, label_front))
    metrics = np.array([getattr(scores, metric) for metric in METRICS])
    return metrics, score.predicted_pixels, score.mean_distance_px * pixel_size_m


def random_zones(rng: np.random.Generator, shape: tuple[int, int], smoothness: float) -> np.ndarray:
    """From salt and pepper to large bodies; sometimes a zone is missing."""
    fields = [ndimage.gaussian_filter(rng.normal(size=shape), smoothness) for _ in Zone]
    zones = np.argmax(fields, axis=0).astype(np.uint8)
    if rng.random() < 0.3:
        zones[zones == rng.integers(4)] = rng.integers(4)
    return zones


def random_box(rng: np.random.Generator, shape: tuple[int, int]) -> Box:
    """Inside the image, or beyond it on any side."""
    rows, columns = shape
    return Box(
        int(rng.integers(-9, rows // 3)),
        int(rng.integers(rows // 2, rows + 9)),
        int(rng.integers(-9, columns // 3)),
        int(rng.integers(columns // 2, columns + 9)),
    )


@pytest.mark.parametrize("smoothness", [0.0, 0.7, 2.0, 6.0])
@pytest.mark.parametrize("seed", range(8))
def test_equal_scores_on_random_maps(benchmark, seed, smoothness):
    """Zone scores of the zones present, front pixels and mean distance, at pixel sizes that divide 750 m and do not."""
    rng = np.random.default_rng([seed, int(10 * smoothness)])
    shape = (int(rng.integers(30, 90)), int(rng.integers(30, 90)))
    label, predicted = random_zones(rng, shape, smoothness), random_zones(rng, shape, smoothness)
    label_front = rng.random(shape) < 0.02
    pixel_size_m = float(rng.choice([6, 17, 25, 40, 75, 110, 250, 750]))
    arguments = (predicted, label, label_front, random_box(rng, shape), pixel_size_m)
    metrics, pixels, distance_m = our_scores(*arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        published = benchmark.published_scores(*arguments)
    np.testing.assert_allclose(metrics[:, ~np.isnan(metrics[0])], published[0], rtol=1e-12)
    assert pixels == published[1]
    assert distance_m == pytest.approx(published[2], rel=1e-12, nan_ok=True)


def test_the_comparison_sees_fronts():
    """The random maps of the test above would prove little if none of them had a front."""
    rng = np.random.default_rng(0)
    counts = [
        our_scores(
            random_zones(rng, (60, 60), 2.0), random_zones(rng, (60, 60), 2.0), np.eye(60) > 0, Box(0, 60, 0, 60), 75.0
        )[1]
        for _ in range(12)
    ]
    assert sum(count > 0 for count in counts) >= 4


def test_the_benchmark_compares_equal_results(benchmark, tmp_path, capsys):
    """From the files on; it ends with the ratio, having checked that both ways agree."""
    tasks = benchmark.make_dataset(tmp_path, [{"pieces": 30, "line_px": 900}] * 2, (700, 900))
    benchmark.compare_with_published(tasks, repeats=1)
    assert "2 scenes" in (output := capsys.readouterr().out) and "results are equal" in output
    assert all(benchmark.score(task).front.has_both_lines for task in tasks)
