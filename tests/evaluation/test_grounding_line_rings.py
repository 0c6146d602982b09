"""Pinning points: closed grounding lines are scored, and drawn, as whole rings."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.dataset import open_dataset
from nnunet_glacier.formats.predictions import open_predictions
from nnunet_glacier.formats.rasters import read_raster, write_raster
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.postprocessing.extract_fronts import Options, extract_fronts
from nnunet_glacier.report.scene_maps import SceneSource, read_scene_maps

SHAPE = (70, 90)


def ring_and_line() -> np.ndarray:
    """A diamond of 80 pixels around (30, 30), and a line of 60 that runs down the image."""
    rows, columns = np.indices(SHAPE)
    mask = np.abs(rows - 30) + np.abs(columns - 30) == 20
    mask[5:65, 75] = True
    return mask


def write_both(root, variant: str):
    """A dataset of one scene, and a prediction that is its line, pixel by pixel."""
    space = LABEL_SPACES[variant]
    content = {"labels": space.nnunet_labels(), "tasks": space.to_json(), "file_ending": ".png"}
    line, dataset, predictions = ring_and_line(), root / "dataset", root / "predictions"
    write_raster(dataset / "frontsTs" / "a.png", line.astype(np.uint8) * 255)
    write_scenes(dataset / "scenes.csv", [Scene("a", "test", "Getz", pixel_size_m=100.0)])
    write_raster(predictions / "a.png", line.astype(np.uint8))
    for folder in (dataset, predictions):
        (folder / "dataset.json").write_text(json.dumps(content))
    return predictions, dataset


def scores(root, variant: str) -> pd.Series:
    predictions, dataset = write_both(root, variant)
    arguments = ["evaluate", predictions, dataset, root / "out", "--workers", 1]
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return pd.read_csv(root / "out" / "scores.csv").iloc[0]


def test_a_perfect_prediction_of_a_ring_has_distance_0_and_covers_it(tmp_path):
    """Of a grounding line every pixel is scored."""
    row = scores(tmp_path, "grounding_line")
    assert row["predicted_front_pixels"] == row["label_front_pixels"] == 140
    assert row["mean_distance_m"] == 0 and row["coverage_2px"] == row["coverage_100m"] == 1


def test_calving_fronts_are_scored_as_published(tmp_path):
    """The longest path opens the ring: of its 80 pixels one way round is left, 41."""
    row = scores(tmp_path, "front")
    assert row["predicted_front_pixels"] == 60 + 41 and row["coverage_2px"] < 1


@pytest.mark.parametrize(
    ("variant", "line", "for_a_gis"),
    [("grounding_line", "Grounding line", "lines PREDICTIONS LINES"), ("front", "Front", "fronts PREDICTIONS FRONTS")],
)
def test_the_screen_says_which_line_it_is(tmp_path, variant, line, for_a_gis):
    """In the title, in the column of images without one, and in what comes next."""
    predictions, dataset = write_both(tmp_path, variant)
    arguments = ["evaluate", predictions, dataset, tmp_path / "out", "--workers", 1]
    told = CliRunner().invoke(app, list(map(str, arguments))).output
    title = f"{line} errors, {line.lower()} taken from the predicted {line.lower()}"
    assert title in told and f"{line}s of up to 750 m deleted" in told
    assert f"no {line.lower()}" in told.split(title)[1].splitlines()[1]
    assert f"'nnunet-glacier {for_a_gis}'" in told


@pytest.mark.parametrize(("variant", "pixels"), [("grounding_line", 140), ("front", 101)])
def test_the_report_and_the_fronts_show_what_is_scored(tmp_path, variant, pixels):
    """The same rule for the overlays, and for the masks that ``fronts`` writes."""
    predictions, dataset = write_both(tmp_path, variant)
    files, prediction = open_dataset(dataset).scenes["a"], open_predictions(predictions).cases["a"]
    assert read_scene_maps(SceneSource(files, prediction, "front", FrontRules())).front.sum() == pixels
    extract_fronts(predictions, tmp_path / "fronts", Options(scenes=dataset, workers=1))
    assert np.count_nonzero(read_raster(tmp_path / "fronts" / "fronts" / "a.png").values) == pixels


def test_the_lines_of_fronts_go_all_round_a_ring(tmp_path):
    """Pixels of 12 m: of the 80 diagonal steps neither half is longer than 750 m, and the line of 60 pixels goes."""
    predictions, _ = write_both(tmp_path, "grounding_line")
    extract_fronts(predictions, tmp_path / "fronts", Options(pixel_size_m=12.0, workers=1))
    case = json.loads((tmp_path / "fronts" / "fronts.json").read_text())["cases"]["a"]
    assert case["front_pixels"] == 80 and case["length_m"] == pytest.approx(80 * math.sqrt(2) * 12)


@pytest.mark.parametrize("content", [None, '{"labels": {"background": 0, "line": 1}, "file_ending": ".png"}'])
def test_without_a_label_space_lines_count_as_calving_fronts(tmp_path, content):
    """No ``dataset.json``, and one that says nothing of tasks."""
    _, dataset = write_both(tmp_path, "grounding_line")
    assert open_dataset(dataset / "scenes.csv").scenes["a"].grounding_line
    (dataset / "dataset.json").unlink()
    if content is not None:
        (dataset / "dataset.json").write_text(content)
    assert not open_dataset(dataset).scenes["a"].grounding_line
