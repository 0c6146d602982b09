"""The grid on which the network sees a scene."""

import numpy as np
import pytest
from pyproj import Geod

from nnunet_glacier.lines import grids
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.ground_lengths import on_the_earth
from nnunet_glacier.lines.network_grids import is_square, network_grid
from nnunet_glacier.support.errors import GlacierError

RANGE_M = (64.0, 100.0)
TARGET_M = 80.0
POLAR = Grid((1000, 1601), "EPSG:3413", (10.0, 0.0, -180000.0, 0.0, -10.0, -2270000.0))


def test_square_pixels_of_the_models_size_stay():
    grid = Grid((10, 20), "EPSG:3413", (70.0, 0.0, -180000.0, 0.0, -70.0, -2270000.0))
    assert network_grid(grid, RANGE_M) is grid


def test_square_pixels_of_another_size_are_resampled_in_their_crs():
    """1000 and 1601 pixels of 10 m are 125 and 200.1 of 80 m."""
    grid = network_grid(POLAR, RANGE_M)
    assert grid == Grid((125, 201), "EPSG:3413", (TARGET_M, 0.0, -180000.0, 0.0, -TARGET_M, -2270000.0))


@pytest.mark.parametrize(
    ("affine", "crs"),
    [
        ((10.0, 0.0, -180000.0, 0.0, -25.0, -2270000.0), "EPSG:3413"),
        ((8.0, 6.0, -180000.0, 6.0, -8.0, -2270000.0), "EPSG:3413"),
        ((0.0003, 0.0, -49.8, 0.0, -0.0003, 69.3), "EPSG:4326"),
        ((30.0, 0.0, -5540000.0, 0.0, -30.0, 10700000.0), "EPSG:3857"),
        # Equal-area: 12.6 by 71.3 m on the ground, whose mean is 30 m.
        ((30.0, 0.0, -4805000.0, 0.0, -30.0, 6842000.0), "EPSG:6933"),
    ],
    ids=["oblong", "rotated", "degrees", "web mercator", "equal-area"],
)
def test_other_pixels_are_warped_to_square_metres_that_cover_the_scene(affine, crs):
    scene = Grid((400, 500), crs, affine)
    assert not is_square(scene)
    grid = network_grid(scene, RANGE_M)
    assert grid.crs == "EPSG:3413"
    assert grid.pixel_size_m == pytest.approx(TARGET_M)
    corners = np.array([[0, 0], [500, 0], [0, 400], [500, 400]])
    a, b, c, d, e, f = affine
    places = [on_the_earth(crs, a * x + b * y + c, d * x + e * y + f) for x, y in corners]
    size = grid.affine[0]
    left, top = grid.affine[2], grid.affine[5]
    edges = [
        on_the_earth(grid.crs, left + x * size, top - y * size) for x in (0, grid.shape[1]) for y in (0, grid.shape[0])
    ]
    assert min(longitude for longitude, _ in edges) <= min(longitude for longitude, _ in places) + 0.02
    assert max(latitude for _, latitude in edges) >= max(latitude for _, latitude in places) - 0.01


def test_south_of_sixty_degrees_it_is_utm():
    scene = Grid((300, 300), "EPSG:4326", (0.0005, 0.0, -147.2, 0.0, -0.0005, 58.9))
    assert network_grid(scene, RANGE_M).crs == "EPSG:32606"


def test_a_scene_on_no_place_of_the_earth_is_refused():
    local = 'LOCAL_CS["mine",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]'
    with pytest.raises(GlacierError, match="no place on the Earth"):
        network_grid(Grid((3, 3), local, (80.0, 0.0, 0.0, 0.0, -80.0, 0.0)), RANGE_M)


def test_a_grid_that_does_not_fit_into_memory_is_refused(monkeypatch):
    """Square pixels and degrees: 10 by 16 km and about 20 by 45 km at 1 m, in 1 GB."""
    monkeypatch.setattr(grids, "memory_bytes", lambda: 1e9)
    degrees = Grid((400, 500), "EPSG:4326", (0.001, 0.0, -49.8, 0.0, -0.001, 69.3))
    for scene in (POLAR, degrees):
        with pytest.raises(GlacierError, match="this machine has 1 GB of memory"):
            network_grid(scene, (1.0, 1.0))


def test_the_size_on_the_ground_is_measured_on_the_ellipsoid():
    """A pixel of 0.001 degrees at 70 north, against pyproj's geodesics."""
    scene = Grid((100, 100), "EPSG:4326", (0.001, 0.0, -50.0, 0.0, -0.001, 70.05))
    geod = Geod(ellps="WGS84")
    width = geod.inv(-49.9505, 70, -49.9495, 70)[2]
    height = geod.inv(-49.95, 69.9995, -49.95, 70.0005)[2]
    assert scene.ground_size_m == pytest.approx(np.sqrt(width * height), rel=1e-4)
