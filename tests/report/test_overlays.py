"""Fronts over images: colours at known pixels, smaller pictures, windows, time series."""

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from nnunet_glacier.domain.front_colours import BOTH_FRONTS, BOUNDING_BOX, PREDICTED_FRONT, TRUE_FRONT
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.report.drawing import new_figure, report_style, save
from nnunet_glacier.report.front_series import choose_background, segments, window_of_labels
from nnunet_glacier.report.overlays import (
    draw_scale_bar,
    overlay_rgb,
    round_length,
    window_of_fronts,
)
from nnunet_glacier.report.scene_facts import SceneFacts, common_grid
from nnunet_glacier.report.scene_maps import stretched
from nnunet_glacier.report.timelines import zone_shares


def column(shape, place):
    mask = np.zeros(shape, dtype=bool)
    mask[:, place] = True
    return mask


def test_colours_are_those_of_the_published_figures():
    """Label blue, prediction yellow, both magenta, box cyan, everything else the image's grey."""
    image = np.full((20, 30), 90, dtype=np.uint8)
    prediction = column(image.shape, 12)
    prediction[5, 12], prediction[5, 10] = False, True
    picture = overlay_rgb(image, column(image.shape, 10), prediction, Box(2, 18, 4, 26))
    assert picture.shape == (20, 30, 3)
    assert tuple(picture[3, 10]) == TRUE_FRONT
    assert tuple(picture[3, 12]) == PREDICTED_FRONT
    assert tuple(picture[5, 10]) == BOTH_FRONTS
    for row, place in ((2, 4), (17, 25), (2, 20), (9, 4)):
        assert tuple(picture[row, place]) == BOUNDING_BOX
    for row, place in ((1, 4), (18, 20), (9, 26), (9, 15)):
        assert tuple(picture[row, place]) == (90, 90, 90)


def test_a_box_beyond_the_image_is_cut_off():
    """Published boxes may reach outside: the sides that lie there are not drawn, and nothing wraps around."""
    image = np.zeros((10, 10), dtype=np.uint8)
    picture = overlay_rgb(image, np.zeros(image.shape, dtype=bool), None, Box(-5, 6, 3, 20))
    drawn = np.argwhere((picture == BOUNDING_BOX).all(axis=2))
    assert {tuple(place) for place in drawn} == {(row, 3) for row in range(6)} | {(5, c) for c in range(3, 10)}


def test_a_large_image_becomes_smaller_and_keeps_its_lines():
    """4000 x 1000 pixels become 800 x 200; a front one pixel wide is still there, in its place."""
    image = np.zeros((4000, 1000), dtype=np.uint8)
    picture = overlay_rgb(image, column(image.shape, 503), None, None, 900)
    assert picture.shape == (800, 200, 3)
    blue = np.flatnonzero((picture[400] == TRUE_FRONT).all(axis=1))
    assert 503 // 5 in blue
    assert blue.size == 5


def test_images_are_stretched_for_the_eye():
    """The percentiles 1 and 99 become black and white; unknown pixels and plain images do no harm."""
    image = np.linspace(-1000.0, 1000.0, 101).reshape(1, -1)
    grey = stretched(image)
    assert (grey[0, 0], grey[0, 50], grey[0, -1]) == (0, 128, 255)
    assert (stretched(np.full((3, 3), 7)) == 127).all()
    assert (stretched(np.full((3, 3), np.nan)) == 127).all()


def test_pixels_without_a_value_do_not_change_the_greys_of_the_others():
    """Decibels beside a wide margin: as 0 it would be brighter than all of them."""
    decibels = np.linspace(-25.0, -5.0, 101)
    image = np.concatenate([decibels, np.full(900, np.nan), [np.inf, -np.inf]]).reshape(1, -1)
    grey = stretched(image)[0]
    np.testing.assert_array_equal(grey[:101], stretched(decibels.reshape(1, -1))[0])
    assert grey.dtype == np.uint8 and not grey[101:].any()


@pytest.mark.parametrize(("wanted", "length"), [(0.99, 0.5), (1.0, 1.0), (4.9, 2.0), (52.0, 50.0)])
def test_scale_bars_have_round_lengths(wanted, length):
    """1, 2 or 5 times a power of ten, never longer than wanted."""
    assert round_length(wanted) == pytest.approx(length)


def test_the_scale_bar_is_as_long_as_it_says(tmp_path):
    """200 columns of 20 m are 4 km: a bar of 1 km is 50 columns; without a pixel size there is none."""
    with report_style():
        axes = new_figure(2).subplots()
        draw_scale_bar(axes, 200, 20.0)
        assert list(axes.get_lines()[0].get_xdata()) == [0, 50]
        assert axes.texts[0].get_text() == "1 km"
        without = new_figure(2).subplots()
        draw_scale_bar(without, 200, float("nan"))
        assert not without.get_lines()


def test_the_window_holds_all_fronts():
    """The window of a comparison holds every front with a margin, inside the image; all of it without any front."""
    label, other = np.zeros((100, 200), dtype=bool), np.zeros((100, 200), dtype=bool)
    label[40:60, 50] = True
    other[50, 50:91] = True
    # The longer side is 41: a margin of 8.
    assert window_of_fronts([label, other]) == (slice(32, 68), slice(42, 99))
    assert window_of_fronts([np.zeros((5, 6), dtype=bool)]) == (slice(0, 5), slice(0, 6))


def test_front_pixels_are_joined_without_triangles():
    """Neighbours are joined; a diagonal only where no corner pixel joins the two already."""
    stairs = np.array([[0, 0], [0, 1], [1, 1], [3, 0], [4, 1]])
    steps = {tuple(map(tuple, step)) for step in segments(stairs).tolist()}
    assert steps == {((0, 0), (0, 1)), ((0, 1), (1, 1)), ((3, 0), (4, 1))}
    assert len(segments(np.empty((0, 2), dtype=int))) == 0


def facts(case, *, shape=(10, 20), affine=None, size=20.0, day=1, front=((2, 3),)):
    scene = Scene(
        case, "test", "COL", datetime.date(2014, 1, day), "TDX", size, crs="EPSG:32606" if affine else "", affine=affine
    )
    pixels = np.array(front, dtype=np.int32)
    counts = np.array([10, 20, 70, 100])
    return SceneFacts(scene, shape, pixels, pixels, counts, None)


def test_map_coordinates_put_scenes_of_different_sizes_together():
    """The same place has the same coordinates in km in two scenes; one without a place is left out and counted."""
    first = facts("a", affine=(20.0, 0.0, 1000.0, 0.0, -20.0, 9000.0), front=((2, 3),))
    second = facts("b", affine=(10.0, 0.0, 1000.0, 0.0, -10.0, 9000.0), size=10.0, shape=(40, 40), front=((4, 6),))
    grid = common_grid([first, second, facts("c")])
    assert (grid.unit, grid.crs, grid.left_out) == ("km", "EPSG:32606", 1)
    assert grid.to_plane(first, first.label_front).tolist() == [pytest.approx([1.07, 8.95])]
    assert grid.to_plane(second, second.label_front).tolist() == [pytest.approx([1.065, 8.955])]
    assert grid.extent(first) == pytest.approx((1.0, 1.4, 8.8, 9.0))
    assert choose_background(grid) is second


def test_without_map_coordinates_only_scenes_of_one_size_are_put_together():
    """The most frequent size wins; without a pixel size coordinates are pixels."""
    grid = common_grid([facts("a"), facts("b", shape=(9, 9)), facts("c")])
    assert [one.scene.case for one in grid.facts] == ["a", "c"]
    assert (grid.unit, grid.crs, grid.left_out) == ("km", "", 1)
    unknown = common_grid([facts("a", size=float("nan")), facts("b", size=float("nan"))])
    assert unknown.unit == "px"
    assert len(unknown.facts) == 2


def test_the_window_of_a_series_ends_with_the_image():
    """Labelled fronts with a margin of a third, not beyond the background."""
    early = facts("a", shape=(100, 200), size=1000.0, front=((40, 50), (60, 50)))
    grid = common_grid([early, facts("b", shape=(100, 200), size=1000.0, front=())])
    left, right, bottom, top = window_of_labels(grid, early)
    assert (left, right) == pytest.approx((50.5 - 7, 50.5 + 7))
    assert (bottom, top) == pytest.approx((-60.5 - 7, -40.5 + 7))


def test_zone_shares_add_up():
    """Shares are percent of the image, areas pixels times their size: 100 ocean pixels of 20 m are 0.04 km²."""
    shares = zone_shares([facts("a")])
    assert list(shares["source"].unique()) == ["label"]
    assert shares["share_percent"].sum() == pytest.approx(100)
    ocean = shares[shares["zone"] == "ocean"].iloc[0]
    assert (ocean["share_percent"], ocean["area_km2"]) == (pytest.approx(50), pytest.approx(0.04))
    assert ocean["date"] == pd.Timestamp("2014-01-01")


def test_a_figure_is_the_same_bytes_every_time(tmp_path):
    """No times and no random names: the SVG and the PNG of the same figure are equal."""
    for name in ("first", "second"):
        with report_style():
            figure = new_figure(2)
            axes = figure.subplots()
            axes.plot([0, 1], [0, 1], label="a line")
            axes.legend()
            save(figure, tmp_path / name, "A line.")
    for ending in ("svg", "png"):
        assert (tmp_path / f"first.{ending}").read_bytes() == (tmp_path / f"second.{ending}").read_bytes()
    assert imread(tmp_path / "first.png").std() > 0.01


def test_rows_that_run_north_are_drawn_in_pixels():
    """On the map their bottom would lie above their top."""
    north = Scene("a", "test", "COL", pixel_size_m=20.0, crs="EPSG:32606", affine=(20.0, 0.0, 0.0, 0.0, -20.0, 0.0))
    south = replace(north, case="b", affine=(20.0, 0.0, 0.0, 0.0, 20.0, 0.0))
    nothing = np.zeros((0, 2), dtype=np.int32)
    grids = [common_grid([SceneFacts(scene, (80, 100), nothing, nothing, None, None)]) for scene in (north, south)]
    assert [grid.crs for grid in grids] == ["EPSG:32606", ""]
    left, right, bottom, top = grids[1].extent(grids[1].facts[0])
    assert left < right and bottom < top
