"""The pictures: colours by value, and files that are written."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage.color import rgb2lab
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.demo.figures import FRONT_COLOURS, front_overlay, zone_picture
from nnunet_glacier.demo.picture import Predicted, ScoredScene, choose_scenes, draw_picture, read_scored_scenes
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.domain.zones import ZONE_COLOURS, Zone
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.formats.score_summary import SummaryHead
from nnunet_glacier.formats.scores import write_scores


def test_zones_take_their_colours_and_differ_in_lightness():
    """Lightness alone tells them apart, for readers who see no hues and for grey prints."""
    picture = zone_picture(np.array([[0, 1], [2, 3]], np.uint8))
    assert [tuple(colour) for colour in picture.reshape(4, 3)] == [ZONE_COLOURS[zone] for zone in Zone]
    lightness = sorted(np.dot(colour, [0.299, 0.587, 0.114]) for colour in ZONE_COLOURS.values())
    assert min(np.diff(lightness)) > 40


def test_the_overlay_shows_truth_prediction_both_and_the_box():
    """Blue, yellow, red, cyan, and the image elsewhere."""
    image = np.full((6, 6), 50, np.uint8)
    truth, prediction = np.zeros((6, 6), bool), np.zeros((6, 6), bool)
    truth[2, 1:4], prediction[2, 3:5] = True, True
    picture = front_overlay(image, truth, prediction, Box(1, 5, -3, 6))
    assert tuple(picture[2, 1]) == FRONT_COLOURS["true front"] == (0, 90, 255)
    assert tuple(picture[2, 4]) == FRONT_COLOURS["predicted front"] == (255, 230, 0)
    assert tuple(picture[2, 3]) == FRONT_COLOURS["both"] == (220, 40, 0)
    assert tuple(picture[1, 0]) == tuple(picture[4, 2]) == tuple(picture[3, 5]) == (0, 255, 255)
    assert tuple(picture[3, 0]) == tuple(picture[0, 0]) == (50, 50, 50)


DICHROMATS = {
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""What is seen without one kind of cone, in linear RGB (Machado et al. 2009, IEEE TVCG 15, Table 1, severity 1)."""


@pytest.mark.parametrize("matrix", DICHROMATS.values(), ids=DICHROMATS)
def test_the_fronts_differ_with_any_colour_vision(matrix):
    """From each other by 40 units of CIELAB at least, where 2 are just seen."""
    srgb = np.array([FRONT_COLOURS[name] for name in ("true front", "predicted front", "both")]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(matrix).T, 0, 1)
    seen = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    lab = rgb2lab(seen[None])[0]
    assert min(np.linalg.norm(lab[first] - lab[second]) for first, second in ((0, 1), (0, 2), (1, 2))) > 40


def test_glaciers_take_turns_in_the_picture():
    """Two glaciers, three scenes: the first of each, then the second of the first."""
    scenes = [Scene(case=case, split="test", glacier=case[0]) for case in ("A3", "B1", "A1", "A2")]
    assert [scene.case for scene in choose_scenes(scenes, 3)] == ["A1", "B1", "A2"]


def test_the_picture_is_written_with_and_without_a_front(tmp_path):
    """A scene without a predicted front is drawn too."""
    rng = np.random.default_rng(0)
    image, zones = rng.integers(0, 255, (40, 50), dtype=np.uint8), np.full((40, 50), Zone.OCEAN, np.uint8)
    front = np.zeros((40, 50), bool)
    front[10, 5:40] = True
    scene = Scene(case="A", split="test", glacier="A", pixel_size_m=100.0, box=Box(2, 30, 2, 45))
    near, none = (
        Predicted(zones, np.roll(front, 2, axis=0), 200.0),
        Predicted(zones, np.zeros_like(front), float("nan")),
    )
    rows = [
        ScoredScene(scene, image, zones, front, {"shipped model": none, "trained further": near}),
        ScoredScene(scene, image, zones, front, {"shipped model": near, "trained further": none}),
    ]
    draw_picture(rows, tmp_path / "demo.png")
    assert Image.open(tmp_path / "demo.png").size[0] > 1000
    assert [path.name for path in tmp_path.iterdir()] == ["demo.png"]


def scored(folder, split="test"):
    """A dataset with one scene that has a number for a name, and a result with its scores by both routes."""
    dataset, result = folder / "data", folder / "result"
    map_paths = ["images{}/7_0000.png", "zones{}/7.png", "fronts{}/7.png"]
    read = [dataset / path.format("Ts" if split == "test" else "Tr") for path in map_paths]
    for path in (*read, result / "fronts" / "zones" / "7.png", result / "fronts" / "fronts" / "7.png"):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.eye(8, dtype=np.uint8)).save(path)
    write_scenes(dataset / "scenes.csv", [Scene(case="7", split=split, glacier="A", pixel_size_m=20.0)])
    row = {"case": "7", "prediction": "fold_0", "glacier": "A", "predicted_front_pixels": 8, "label_front_pixels": 8}
    rows = [
        {**row, "route": route, "mean_distance_m": 20 * off_px, "mean_distance_px": off_px}
        for route, off_px in (("zones", 2.0), ("front", 9.0))
    ]
    head = SummaryHead((result,), dataset, "single", "test", route="zones")
    write_scores(result / "scores", pd.DataFrame(rows), head.to_json())
    return dataset, result


def test_the_error_is_that_of_the_main_route(tmp_path):
    """Also of a case whose name is a number."""
    dataset, result = scored(tmp_path)
    (row,) = read_scored_scenes(dataset, result, None, 3, tmp_path / "out.png")
    assert row.predicted["predicted"].error_m == 40.0


def test_no_picture_is_drawn_without_test_scenes_or_over_a_file_that_is_read(tmp_path):
    """Each in a sentence, and as every picture it ends with what matplotlib draws."""
    dataset, result = scored(tmp_path / "tested")
    image = dataset / "imagesTs" / "7_0000.png"
    before = image.read_bytes()
    untested = scored(tmp_path / "untested", "train")
    for arguments, text in (
        ((dataset, result, image), f"{image}: it is read too, and would be written over"),
        ((dataset, result, tmp_path / "picture"), "a picture cannot end with ''. Give one of .png, .pdf, .svg"),
        ((*untested, tmp_path / "out.png"), "scenes.csv: no scene in it is a test scene"),
    ):
        run = CliRunner().invoke(app, ["demo", "picture", *map(str, arguments)])
        assert run.exit_code == 2
        assert text in run.output
    assert image.read_bytes() == before
    assert not (tmp_path / "out.png").exists()
