"""Areas in degrees of every kind and in metres, on grids in degrees and in metres, over the antimeridian."""

import geopandas
import numpy as np
import pytest
import shapely
from pyproj import Transformer
from shapely import MultiPolygon, Polygon, box

from nnunet_glacier.delineation.area import Area, area_on, box_area, read_areas
from nnunet_glacier.formats.areas_on_grids import area_on_grid, without_jumps
from nnunet_glacier.lines.grids import Grid

SOUTH, NORTH = -74.0, -71.0
ACROSS = {
    "from 0 to 360": box(178, SOUTH, 182, NORTH),
    "below -180": box(-182, SOUTH, -178, NORTH),
    "with a jump": Polygon([(178, SOUTH), (-178, SOUTH), (-178, NORTH), (178, NORTH)]),
    "cut": MultiPolygon([box(178, SOUTH, 180, NORTH), box(-180, SOUTH, -178, NORTH)]),
}
"""One area, as files write it: four degrees about the antimeridian."""

DEGREES = {west: Grid((20, 40), "EPSG:4326", (0.25, 0, west, 0, -0.25, -70.0)) for west in (175.0, -185.0, 535.0)}
"""From 175 east to 175 west, counted from three meridians."""

IN_DEGREES = np.zeros((20, 40), dtype=bool)
IN_DEGREES[4:16, 12:28] = True
"""The area's pixels on any of them: 178 is 12 pixels east of 175, and -71 is 4 south of -70."""

POLAR = Grid((70, 50), "EPSG:3031", (10_000.0, 0, -250_000.0, 0, -10_000.0, -1_560_000.0))


def degrees_of(grid):
    """Longitude from 0 to 360 and latitude of the middles of pixels."""
    rows, columns = np.indices(grid.shape)
    a, _, c, _, e, f = grid.affine
    to_degrees = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(c + a * (columns + 0.5), f + e * (rows + 0.5))
    return longitude % 360, latitude


def write(path, shape, crs="EPSG:4326"):
    geopandas.GeoSeries([shape], crs=crs).to_file(path)
    return path


def inside(grid, *areas):
    return area_on(grid, areas)[1]


@pytest.mark.parametrize("west", DEGREES)
@pytest.mark.parametrize("kind", ACROSS)
def test_an_area_in_degrees_cuts_a_scene_in_degrees(tmp_path, kind, west):
    """However the two count their longitudes; the area on the scene is one polygon, of which no line is cut in two."""
    (area,) = read_areas([write(tmp_path / "area.gpkg", ACROSS[kind])])
    polygon, mask = area_on(DEGREES[west], [area])
    assert np.array_equal(mask, IN_DEGREES)
    near = shapely.intersection(polygon, box(0, 0, 40, 20))
    assert near.symmetric_difference(box(12, 4, 28, 16)).area < 1e-6
    assert near.geom_type == "Polygon"


@pytest.mark.parametrize("west", DEGREES)
def test_a_box_cuts_a_scene_in_degrees(west):
    """West beyond east is over the antimeridian; from 0 to 360, or from -360 to 0, it is the same."""
    for first, last in ((178, -178), (178, 182), (-182, -178), (538, 542)):
        assert np.array_equal(inside(DEGREES[west], box_area((first, SOUTH, last, NORTH))), IN_DEGREES), first
    assert inside(DEGREES[west], box_area((-180, -90, 180, 0))).all()
    half = inside(DEGREES[west], box_area((-180, -90, 0, 0)))
    assert not half[:, :20].any() and half[:, 20:].all()


@pytest.mark.parametrize("west", DEGREES)
def test_an_area_in_metres_cuts_a_scene_in_degrees(tmp_path, west):
    """The same degrees drawn on a polar map, with curved edges; a circle round the pole, with and without a hole."""
    drawn = shapely.segmentize(ACROSS["from 0 to 360"], 0.01)
    path = tmp_path / "area.gpkg"
    geopandas.GeoSeries([drawn], crs="EPSG:4326").to_crs("EPSG:3031").to_file(path)
    assert np.array_equal(inside(DEGREES[west], *read_areas([path])), IN_DEGREES)
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3031", always_xy=True)
    outer, inner = (shapely.Point(0, 0).buffer(to_metres.transform(0, latitude)[1], 1000) for latitude in (-71, -74))
    rows = np.zeros(20, dtype=bool)
    rows[4:] = True
    assert np.array_equal(inside(DEGREES[west], Area(outer, "EPSG:3031")), np.repeat(rows[:, None], 40, axis=1))
    rows[16:] = False
    ring = Area(outer.difference(inner), "EPSG:3031")
    assert np.array_equal(inside(DEGREES[west], ring), np.repeat(rows[:, None], 40, axis=1))


@pytest.mark.parametrize("kind", ACROSS)
def test_an_area_in_degrees_cuts_a_scene_in_metres(tmp_path, kind):
    """By the degrees of the middles of pixels."""
    longitude, latitude = degrees_of(POLAR)
    expected = (longitude > 178) & (longitude < 182) & (latitude > SOUTH) & (latitude < NORTH)
    assert 100 < expected.sum() < 1500
    (area,) = read_areas([write(tmp_path / "area.gpkg", ACROSS[kind])])
    # Edges along a parallel are straight in degrees: chords of a thousandth lie within metres of them.
    assert np.array_equal(inside(POLAR, area), expected)
    assert area_on(POLAR, [area])[0].geom_type == "Polygon"
    assert np.array_equal(inside(POLAR, box_area((178, SOUTH, -178, NORTH))), expected)


def test_an_area_on_another_polar_map_cuts_a_scene_there():
    """In the north: what was drawn on EPSG:3413 in the pixels of a scene in degrees over the antimeridian."""
    grid = Grid((20, 40), "EPSG:4326", (0.25, 0, 175.0, 0, -0.25, 75.0))
    drawn = shapely.segmentize(box(178, 71, 182, 74), 0.01)
    metres = geopandas.GeoSeries([drawn], crs="EPSG:4326").to_crs("EPSG:3413")[0]
    assert np.array_equal(inside(grid, Area(metres, "EPSG:3413")), IN_DEGREES)


@pytest.mark.parametrize("west", [178.0, -182.0])
def test_a_mask_cuts_scenes_in_degrees_and_in_metres(tmp_path, west):
    """A fjord's mask in degrees, counted from either side: a quarter of a degree a pixel, as the scenes have."""
    import rasterio

    values, place = np.ones((12, 16), dtype=np.uint8), rasterio.Affine(0.25, 0, west, 0, -0.25, NORTH)
    values[:, 0] = 0
    settings = {"height": 12, "width": 16, "count": 1, "dtype": "uint8", "crs": "EPSG:4326", "transform": place}
    with rasterio.open(tmp_path / "mask.tif", "w", driver="GTiff", **settings) as target:
        target.write(values, 1)
    (area,) = read_areas([tmp_path / "mask.tif"])
    expected = IN_DEGREES.copy()
    expected[:, 12] = False
    for grid in DEGREES.values():
        assert np.array_equal(inside(grid, area), expected)
    longitude, latitude = degrees_of(POLAR)
    expected = (longitude > 178.25) & (longitude < 182) & (latitude > SOUTH) & (latitude < NORTH)
    assert np.array_equal(inside(POLAR, area), expected)


def test_jumps_are_edges_of_more_than_half_a_turn():
    """A hole on the other side stays a hole; a band round the earth stays one; what has no jump stays as it is."""
    ring = without_jumps(ACROSS["with a jump"])
    assert ring.equals(ACROSS["from 0 to 360"])
    hole = [(-179.5, -73), (-179, -73), (-179, -72), (-179.5, -72)]
    holed = without_jumps(Polygon(ACROSS["with a jump"].exterior, [hole]))
    assert holed.equals(ACROSS["from 0 to 360"].difference(box(180.5, -73, 181, -72)))
    band = box(-180, -90, 180, -60)
    assert without_jumps(band) is band
    wide = box(0, -80, 180, -60)
    assert without_jumps(MultiPolygon([wide, ACROSS["with a jump"]])).bounds == (0, -80, 182, -60)


def test_a_ring_round_the_pole_in_degrees_encloses_it():
    """As a circle of a polar map becomes, which jumps once; on a scene at the pole it has no slit on the diagonal."""
    longitudes = np.arange(5.0, 365, 10)
    turned = np.where(longitudes > 180, longitudes - 360, longitudes)
    cap = without_jumps(Polygon(np.column_stack([turned, np.full(36, -80.0)])))
    assert cap.bounds[1:] == (-90, pytest.approx(cap.bounds[2]), -80)
    assert cap.bounds[2] - cap.bounds[0] == pytest.approx(360)
    grid = Grid((40, 40), "EPSG:3031", (100_000.0, 0, -2_000_000.0, 0, -100_000.0, 2_000_000.0))
    mask = inside(grid, Area(cap, "EPSG:4326"))
    _, latitude = degrees_of(grid)
    assert np.array_equal(mask, latitude < -80)


def test_an_area_that_has_no_place_on_the_map_is_empty():
    """The other hemisphere of a transverse Mercator map, and an area elsewhere."""
    grid = Grid((9, 9), "EPSG:32601", (1000.0, 0, 300_000.0, 0, -1000.0, 7_500_000.0))
    assert area_on_grid(box(0, -10, 10, 0), "EPSG:4326", grid).is_empty
    assert not area_on_grid(box(-182, 60, -174, 70), "EPSG:4326", grid).is_empty
