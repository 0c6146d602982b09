"""``fronts`` and ``lines`` refuse maps of another size than their scene, whose lines would lie at the wrong place."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.dataset import open_dataset
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.rasters import write_geotiff, write_raster
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.postprocessing.case_sizes import case_size_problems
from nnunet_glacier.support.errors import Problem

SIZE = (60, 50)
BIG = (120, 100)
CUT = (30, 30)
TABLE_ALONE = ("frontsTs", "imagesTs")


def run(stage: str, *arguments: object):
    return CliRunner().invoke(app, [stage, *map(str, arguments), "--workers", "1"])


def fjord(shape: tuple[int, int]) -> np.ndarray:
    """Glacier left, ocean in the right half."""
    zones = np.full(shape, 2, dtype=np.uint8)
    zones[:, shape[1] // 2 :] = 3
    return zones


def predict(folder: Path, case: str, zones: tuple[int, int], front: tuple[int, int] | None = None) -> None:
    """What ``predict`` writes of a case, in these sizes."""
    write_raster(folder / "zones" / f"{case}.png", fjord(zones))
    shape = front or zones
    band = np.zeros(shape, dtype=np.uint8)
    band[:, shape[1] // 2] = 255
    write_raster(folder / "fronts" / f"{case}.png", band)


@pytest.fixture
def dataset(tmp_path) -> Path:
    """Three scenes of 60x50 pixels with images and labels, and boxes within them."""
    root = tmp_path / "dataset"
    scenes = [Scene(case, "test", "Made", pixel_size_m=20.0, box=Box(0, 60, 5, 45)) for case in "ABC"]
    for case in "ABC":
        write_raster(root / "imagesTs" / f"{case}_0000.png", np.zeros(SIZE, dtype=np.uint8))
        write_raster(root / "frontsTs" / f"{case}.png", np.zeros(SIZE, dtype=np.uint8))
    write_scenes(root / "scenes.csv", scenes)
    return root


@pytest.mark.parametrize("stage", ["fronts", "lines"])
@pytest.mark.parametrize("box", ["--box", "--no-box"])
def test_maps_of_another_size_than_their_scene_are_all_named(dataset, tmp_path, stage, box):
    """One twice as large, one cut to a part; the third is right. Both sizes stand there, and nothing is written."""
    predict(tmp_path / "maps", "A", BIG)
    predict(tmp_path / "maps", "B", SIZE)
    predict(tmp_path / "maps", "C", CUT)
    result = run(stage, tmp_path / "maps", tmp_path / "out", "--scenes", dataset, box)
    assert result.exit_code == 2 and "2 problems; nothing was written" in result.output, result.output
    for what in (
        "zones/A.png: its maps differ in size (rows x columns): zones/A.png 120x100, fronts/A.png 120x100, "
        "imagesTs/A_0000.png 60x50. Predict at the size of the scene's image",
        "zones/C.png: its maps differ in size (rows x columns): zones/C.png 30x30, fronts/C.png 30x30, "
        "imagesTs/C_0000.png 60x50. Predict at",
    ):
        assert what in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("stage", ["fronts", "lines"])
def test_maps_of_the_scenes_size_become_lines(dataset, tmp_path, stage):
    """The same folder in the right size."""
    for case in "ABC":
        predict(tmp_path / "maps", case, SIZE)
    result = run(stage, tmp_path / "maps", tmp_path / "out", "--scenes", dataset)
    assert result.exit_code == 0 and "3 cases" in result.output, result.output


def test_a_scene_whose_image_was_moved_away_is_compared_with_its_label(dataset, tmp_path):
    """And a broken image does not hide the label either; with nothing that can be opened the first file is named."""
    (dataset / "imagesTs" / "A_0000.png").unlink()
    (dataset / "imagesTs" / "B_0000.png").write_bytes(b"broken")
    (dataset / "imagesTs" / "C_0000.png").write_bytes(b"broken")
    (dataset / "frontsTs" / "C.png").unlink()
    for case in "ABC":
        predict(tmp_path / "maps", case, BIG)
    result = run("fronts", tmp_path / "maps", tmp_path / "out", "--scenes", dataset)
    assert result.exit_code == 2 and "3 problems" in result.output, result.output
    for what in ("frontsTs/A.png 60x50", "frontsTs/B.png 60x50", "C_0000.png: it cannot be read as an image"):
        assert what in result.output


@pytest.mark.parametrize("stage", ["fronts", "lines"])
def test_maps_of_a_case_that_differ_are_refused_without_a_dataset(tmp_path, stage):
    """Also where only one of them is used: nobody knows which is right."""
    predict(tmp_path / "maps", "A", CUT, front=SIZE)
    result = run(stage, tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20)
    assert result.exit_code == 2 and "1 problem;" in result.output, result.output
    assert "zones/A.png 30x30, fronts/A.png 60x50. Predict the case again" in result.output
    assert not (tmp_path / "out").exists()


def test_a_run_that_is_done_is_checked_again(dataset, tmp_path):
    """Images that came to the table later show that the maps of the first run are none of theirs."""
    predict(tmp_path / "maps", "A", BIG)
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    for name in TABLE_ALONE:
        (dataset / name).rename(hidden / name)
    arguments = ("fronts", tmp_path / "maps", tmp_path / "out", "--scenes", dataset)
    assert run(*arguments).exit_code == 0
    for name in TABLE_ALONE:
        (hidden / name).rename(dataset / name)
    result = run(*arguments)
    assert result.exit_code == 2 and "imagesTs/A_0000.png 60x50" in result.output


def described(tmp_path: Path, box: Box) -> SceneFiles:
    """A scene of a table without images."""
    write_scenes(tmp_path / "scenes.csv", [Scene("A", "test", "Made", pixel_size_m=20.0, box=box)])
    return open_dataset(tmp_path).scenes["A"]


def problems_of(tmp_path: Path, box: Box, shape: tuple[int, int]) -> list[Problem]:
    write_raster(tmp_path / "maps" / "A.png", np.zeros(shape, dtype=np.uint8))
    prediction = Prediction("A", zones=tmp_path / "maps" / "A.png", grey=True)
    return case_size_problems(prediction, described(tmp_path, box), box)


def test_a_box_beyond_the_map_tells_of_a_cut_map_where_no_image_does(tmp_path):
    """A stop at the edge and a start before it, as published boxes have them, are no fault; a stop beyond is."""
    assert problems_of(tmp_path, Box(-30, 60, 0, 50), SIZE) == []
    (problem,) = problems_of(tmp_path, Box(0, 61, 0, 50), SIZE)
    assert problem.where == tmp_path / "maps" / "A.png"
    assert problem.what == (
        f"it has 60x50 pixels (rows x columns), and the box of its scene in {tmp_path / 'scenes.csv'} goes to 61x50"
    )


def test_a_box_beyond_an_image_of_the_maps_size_is_kept_as_published(tmp_path):
    """The image says that the map is whole; the box only has to overlap it."""
    write_raster(tmp_path / "imagesTs" / "A_0000.png", np.zeros(SIZE, dtype=np.uint8))
    assert problems_of(tmp_path, Box(0, 61, 0, 50), SIZE) == []
    (problem,) = problems_of(tmp_path, Box(60, 70, 0, 50), SIZE)
    assert problem.where == tmp_path / "scenes.csv" and "does not overlap its image of 60x50" in problem.what


def test_probabilities_of_another_size_than_the_label_map_are_refused(dataset, tmp_path):
    """The label map fits its scene, the probability that the line is taken from does not."""
    predict(tmp_path / "maps", "A", SIZE)
    steps = np.zeros((2, *BIG), dtype=np.uint8)
    steps[1, :, 50] = 255
    path = tmp_path / "maps" / "probabilities" / "A_front.tif"
    write_geotiff(path, steps, names=LABEL_SPACES["front"].tasks[0].classes, scale=1 / 255)
    result = run("lines", tmp_path / "maps", tmp_path / "out", "--scenes", dataset, "--threshold", 0.5)
    assert result.exit_code == 2 and "1 problem;" in result.output, result.output
    assert "(rows x columns): the map 60x50, its probability 120x100" in result.output
    assert not (tmp_path / "out").exists()
