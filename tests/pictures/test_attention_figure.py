"""The figure has a row for each model and a column for each level, on one scale."""

import numpy as np
import pytest

from nnunet_glacier.pictures.attention_figure import Row, attention_figure, over_grey, stretched
from nnunet_glacier.pictures.figure_files import picture_style

RNG = np.random.default_rng(0)


def test_every_map_stands_in_its_row_and_column():
    """The layers of each panel are the image and the map as they came, from 0 to 1."""
    image = RNG.random((8, 12), dtype=np.float32)
    rows = [Row("first", RNG.random((3, 8, 12))), Row("second", RNG.random((2, 8, 12)))]
    with picture_style():
        figure = attention_figure(image, rows)
    *panels, bar = figure.axes
    grid = [panels[:4], panels[4:]]
    assert [axes.get_title() for axes in grid[0]] == ["image", "level 1 (finest)", "level 2", "level 3 (coarsest)"]
    assert not grid[1][3].get_visible()
    for row, axes_of_row in zip(rows, grid, strict=True):
        assert axes_of_row[0].get_ylabel() == row.name
        for axes, values in zip(axes_of_row[1:], row.maps, strict=False):
            under, over = axes.images
            np.testing.assert_array_equal(under.get_array(), image)
            np.testing.assert_array_equal(over.get_array(), values)
            assert over.get_clim() == (0, 1)
            assert axes.get_xlabel() == f"{values.min():.2f} to {values.max():.2f}"
    assert bar.get_ylabel() == "attention coefficient"
    assert bar.get_ylim() == (0, 1)


def test_parts_that_the_model_did_not_see_have_no_range():
    """NaN is left out of the range below a map."""
    maps = np.array([[[np.nan, 0.25], [0.5, np.nan]]])
    with picture_style():
        figure = attention_figure(np.zeros((2, 2)), [Row("model", maps)])
    assert figure.axes[1].get_xlabel() == "0.25 to 0.50"


def test_greys_are_stretched_between_percentiles():
    """A few extreme pixels do not darken the rest; an even image stays one grey."""
    values = stretched(np.array([[-1e6, *range(1001), 1e6]], np.float32))
    assert values.min() == 0
    assert values.max() == 1
    assert values[0, 501] == pytest.approx(0.5, abs=1e-3)
    assert not stretched(np.full((2, 2), 7.0)).any()


def test_the_colour_bar_has_the_colours_of_the_panels():
    """Opaque, the map's own; half through, halfway to grey."""
    from matplotlib import colormaps

    own = np.array(colormaps["viridis"](0.7)[:3])
    np.testing.assert_allclose(over_grey(1.0)(0.7)[:3], own)
    np.testing.assert_allclose(over_grey(0.5)(0.7)[:3], (own + 0.5) / 2)
