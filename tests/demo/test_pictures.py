"""The pictures: colours by value, and files that are written."""

import numpy as np
from PIL import Image

from nnunet_glacier.demo.figures import FRONT_COLOURS, front_overlay, zone_picture
from nnunet_glacier.demo.picture import Predicted, ScoredScene, choose_scenes, draw_picture
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.domain.zones import ZONE_COLOURS, Zone


def test_zones_take_their_colours_and_differ_in_lightness():
    """Lightness alone tells them apart, for readers who see no hues and for grey prints."""
    picture = zone_picture(np.array([[0, 1], [2, 3]], np.uint8))
    assert [tuple(colour) for colour in picture.reshape(4, 3)] == [ZONE_COLOURS[zone] for zone in Zone]
    lightness = sorted(np.dot(colour, [0.299, 0.587, 0.114]) for colour in ZONE_COLOURS.values())
    assert min(np.diff(lightness)) > 40


def test_the_overlay_shows_truth_prediction_both_and_the_box():
    """Blue, yellow, magenta, cyan, and the image elsewhere."""
    image = np.full((6, 6), 50, np.uint8)
    truth, prediction = np.zeros((6, 6), bool), np.zeros((6, 6), bool)
    truth[2, 1:4], prediction[2, 3:5] = True, True
    picture = front_overlay(image, truth, prediction, Box(1, 5, -3, 6))
    assert tuple(picture[2, 1]) == FRONT_COLOURS["true front"] == (0, 90, 255)
    assert tuple(picture[2, 4]) == FRONT_COLOURS["predicted front"] == (255, 230, 0)
    assert tuple(picture[2, 3]) == FRONT_COLOURS["both"] == (255, 0, 255)
    assert tuple(picture[1, 0]) == tuple(picture[4, 2]) == tuple(picture[3, 5]) == (0, 255, 255)
    assert tuple(picture[3, 0]) == tuple(picture[0, 0]) == (50, 50, 50)


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
