"""The pictures of distance maps and weights show what the losses compute, of the line that the label holds."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.losses.distance_map import distance_map
from nnunet_glacier.losses.distance_weights import distance_weights
from nnunet_glacier.pictures.line_labels import line_of_codes, line_of_mask, read_line
from nnunet_glacier.pictures.loss_figure import draw_panels
from nnunet_glacier.pictures.loss_maps import Options, loss_panels, middle_window
from nnunet_glacier.support.errors import GlacierError

LINE = np.zeros((40, 60), bool)
LINE[5:30, 20] = True


def dataset_json(variant):
    space = LABEL_SPACES[variant]
    labels = {**space.nnunet_labels(), "ignore": space.n_codes}
    return {"labels": labels, "tasks": space.to_json(), "file_ending": ".png"}


def write_mask(path, line=LINE, on=255, off=0):
    Image.fromarray(np.where(line, on, off).astype(np.uint8)).save(path)
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["loss-maps", *map(str, arguments)])


def test_panels_hold_what_the_losses_compute():
    """Each panel's values are the function's at the parameters of its title, and the figure draws its window."""
    options = Options(w=(3, 5), R=(1.0,), k=(0.1, 0.25), distance_weight=(8.0,))
    panels = loss_panels(LINE, options)
    assert [panel.title.split("\n")[-1] for panel in panels] == [
        "label",
        "w = 3, R = 1, k = 0.1",
        "w = 5, R = 1, k = 0.25",
        "w = 8",
    ]
    line = torch.from_numpy(LINE)
    expected = [line, distance_map(line, w=3), distance_map(line, w=5, k=0.25), distance_weights(line, 8)]
    window = slice(2, 22), slice(10, 40)
    figure = draw_panels(panels, window)
    shown = [axes for axes in figure.axes if axes.get_title()]
    for axes, panel, values in zip(shown, panels, expected, strict=True):
        np.testing.assert_array_equal(panel.values, values.numpy())
        np.testing.assert_array_equal(axes.images[0].get_array(), values.numpy()[window])
        assert axes.images[0].get_clim() == (0, 1)
        assert axes.images[0].get_extent() == [9.5, 39.5, 21.5, 1.5]


def test_values_of_a_straight_line_by_hand():
    """For w = 3 and R = 1, sigmoid(1) beside the line and sigmoid(2) on it, less 1/2, scaled to 1; k elsewhere."""
    values = loss_panels(LINE, Options(w=(3,), R=(1.0,), k=(0.2,), distance_weight=(4.0,)))
    edge = np.tanh(0.5) / np.tanh(1)
    np.testing.assert_allclose(values[1].values[15, 17:24], [0.2, 0.2, edge, 1, edge, 0.2, 0.2], rtol=1e-6)
    np.testing.assert_allclose(values[2].values[15, 20:23], [1, np.tanh(1 / 8), np.tanh(2 / 8)], rtol=1e-6)


def test_the_defaults_are_those_of_the_papers():
    """Davari et al. (2021), Fig. 2 has five maps; a single parameter is completed by the loss's own defaults."""
    assert Options().distance_maps() == [(5, 4, 0.1), (15, 4, 0.1), (15, 8, 0.1), (5, 4, 0.5), (5, 4, 1)]
    assert Options().distance_weight == (4, 8, 16)
    assert Options(R=(2.0, 4.0)).distance_maps() == [(3, 2, 0.1), (3, 4, 0.1)]


def test_the_window_stays_within_the_image():
    """Around row 17 of the line, column 20, and shifted where it would leave the image."""
    assert middle_window(LINE, 10) == (slice(12, 22), slice(15, 25))
    assert middle_window(LINE, 36) == (slice(0, 36), slice(2, 38))
    rows, columns = middle_window(LINE, 128)
    assert LINE[rows, columns].shape == LINE.shape


@pytest.mark.parametrize(("on", "off"), [(255, 0), (0, 255), (1, 0), (7, 200)])
def test_a_mask_is_read_in_either_polarity(tmp_path, on, off):
    """CaFFe's fronts are light on dark, FrontLearning's dark on light."""
    np.testing.assert_array_equal(read_line(write_mask(tmp_path / "front.png", on=on, off=off)), LINE)


@pytest.mark.parametrize(
    ("variant", "codes", "expected"),
    [
        ("fused", [0, 3, 4, 5], [0, 0, 1, 0]),
        ("front", [0, 1, 2, 0], [0, 1, 0, 0]),
        ("multitask", [3, 4, 7, 8], [0, 1, 1, 0]),
        ("boundary", [8, 12, 4, 16], [0, 1, 1, 0]),
        ("grounding_line", [0, 1, 0, 2], [0, 1, 0, 0]),
    ],
)
def test_the_line_of_a_label_map(variant, codes, expected):
    """Decoded from the dataset's tasks; the code after the last is the ignore label, which is no line."""
    line = line_of_codes(np.array([codes], np.uint8), dataset_json(variant))
    np.testing.assert_array_equal(line, np.array([expected], bool))


def test_label_maps_are_found_by_their_dataset_json(tmp_path):
    """It lies above labelsTr, or beside the map: 4 of fused labels is the front, although 0 and 4 alone make a mask."""
    codes = np.full(LINE.shape, 4, np.uint8)
    codes[:10] = 0
    for folder in (tmp_path / "labelsTr", tmp_path):
        folder.mkdir(exist_ok=True)
        (tmp_path / "dataset.json").write_text(json.dumps(dataset_json("fused")))
        Image.fromarray(codes).save(folder / "case.png")
        np.testing.assert_array_equal(read_line(folder / "case.png"), codes == 4)


def test_labels_without_a_line_are_refused(tmp_path):
    """Zones alone, zones' grey values, a foreign code, and a mask of one value."""
    with pytest.raises(GlacierError, match="there is no line among them"):
        line_of_codes(np.zeros((2, 2), np.uint8), dataset_json("zones"))
    with pytest.raises(GlacierError, match="the value 9, which is no label"):
        line_of_codes(np.array([[0, 9]], np.uint8), dataset_json("fused"))
    with pytest.raises(GlacierError, match=r"4 values \(0, 64, 127, 254\), and a mask has two"):
        line_of_mask(np.array([[0, 64, 127, 254]], np.uint8))
    with pytest.raises(GlacierError, match="there is no line in it"):
        read_line(write_mask(tmp_path / "empty.png", line=np.zeros((4, 4), bool)))


@pytest.mark.parametrize(("ending", "begin"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_the_command_writes_the_picture(tmp_path, ending, begin):
    """In the format of the ending, the same bytes each time."""
    label = write_mask(tmp_path / "front.png")
    out = [tmp_path / f"{name}.{ending}" for name in "ab"]
    for path in out:
        result = run(label, path, "--w", "3,5", "--R", "2", "--distance-weight", "", "--whole")
        assert result.exit_code == 0, result.output
        assert "2 maps of front.png (40 x 60 pixels)" in result.output
    assert out[0].read_bytes().startswith(begin)
    assert out[0].read_bytes() == out[1].read_bytes()


def test_every_mistake_is_said_at_once(tmp_path):
    """Even sides, R of 0, k above 1, unequal numbers, the ending and the label; nothing is written."""
    result = run(
        tmp_path / "missing.png", tmp_path / "out.jpg", "--w", "4,5", "--R", "0,1,2", "--k", "1.5",
        "--distance-weight", "-4",
    )  # fmt: skip
    assert result.exit_code == 2
    for text in (
        "7 problems",
        "--w: 4 is not odd",
        "--R: 0 is not above 0",
        "--k: 1.5 is not in (0, 1]",
        "--distance-weight: -4 is not above 0",
        "2, 3 and 1 values do not go together",
        "a picture cannot end with '.jpg'",
        "missing.png: there is no such file",
    ):
        assert text in result.output
    assert not list(tmp_path.iterdir())
    assert run(tmp_path / "missing.png", tmp_path / "out.png", "--k", "a").exit_code == 2
