import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from rasterio import Affine
from rasterio.features import rasterize
from shapely.geometry import LineString, MultiLineString, Point
from small_dinsar import GRID, SCENES, getz_lines, line_through, write_tiff

from nnunet_glacier.dataset_conversion.dinsar.grounding_lines import read_line_table
from nnunet_glacier.dataset_conversion.geodata.line_burning import burn_lines
from nnunet_glacier.lines.grids import Grid


def touched(lines: list, grid: Grid) -> np.ndarray:
    """Pixels that a line crosses, by intersecting each pixel's square with the lines."""
    a, _, c, _, e, f = grid.affine
    rows, columns = np.indices(grid.shape)
    squares = shapely.box(c + a * columns, f + e * (rows + 1), c + a * (columns + 1), f + e * rows)
    return shapely.intersects(squares, shapely.union_all(lines))


@pytest.mark.filterwarnings("ignore:Column names longer", "ignore:Normalized/laundered")
@pytest.mark.parametrize("ending", [".gpkg", ".shp", ".geojson"])
def test_the_getz_table_in_every_format(tmp_path, ending):
    """Matched by source_file without .shp; 44 of 57 features have no geometry; MultiLineStrings stay lines.

    A shapefile cuts the column's name to ten letters.
    """
    path = tmp_path / f"lines{ending}"
    getz_lines().to_file(path)
    table = read_line_table(path)
    assert table.problems == []
    assert (table.n_features, table.n_empty) == (57, 44)
    assert set(table.scenes) == {*SCENES, "gl_999_elsewhere"}
    drawn = table.scenes[SCENES[0]]
    assert len(drawn.parts) == 2
    assert drawn.files == (path,)
    assert not table.scenes[SCENES[-1]].has_line
    lengths = sorted(line.length for _, lines in drawn.parts for line in lines)
    frame = getz_lines()
    expected = frame[frame.source_file == f"{SCENES[0]}.shp"].geometry.dropna().length
    np.testing.assert_allclose(lengths, sorted(expected))


def test_the_dlr_table(tmp_path):
    """UUID, T1 to T4 and dataset: several features a scene, exact matches, the first acquisition's day."""
    rows = [
        {"UUID": "ab", "T1": "2013-04-02 09:12:33", "T4": "2013-05-05 09:12:33", "dataset": "train"},
        {"UUID": "ab", "T1": "2013-04-02 09:12:33", "T4": "2013-05-05 09:12:33", "dataset": "train"},
        {"UUID": "abc", "T1": None, "T4": None, "dataset": "Validation"},
    ]
    lines = [line_through(5.3, 1.1, 9.4), line_through(7.3, 1.1, 9.4), line_through(9.5, 1, 9)]
    path = tmp_path / "lines.geojson"
    gpd.GeoDataFrame(rows, geometry=lines, crs="EPSG:3031").to_crs(4326).to_file(path)
    table = read_line_table(path)
    assert len(table.scenes["ab"].parts) == 2
    assert table.scenes["ab"].date == datetime.date(2013, 4, 2)
    assert table.scenes["ab"].sets == ("train",)
    assert (table.scenes["abc"].date, table.scenes["abc"].sets) == (None, ("validation",))


def test_dates_and_names_in_other_types(tmp_path):
    """A column of times, and a shapefile's DATE1 with an hour in T1; numbers name scenes too."""
    path = tmp_path / "lines.gpkg"
    times = pd.to_datetime(["2018-05-18T05:08:54", None])
    lines = [line_through(5.3, 1.1, 9.4), line_through(7.3, 1.1, 9.4)]
    frame = gpd.GeoDataFrame({"scene": [7, 8], "T1": times}, geometry=lines, crs="EPSG:3031")
    frame.to_file(path)
    table = read_line_table(path)
    assert table.scenes["7"].date == datetime.date(2018, 5, 18)
    assert table.scenes["8"].date is None
    frame = gpd.GeoDataFrame({"scene": [7, 8], "T1": "T050854", "DATE1": "19960203"}, geometry=lines, crs="EPSG:3031")
    frame.to_file(tmp_path / "old.shp")
    assert read_line_table(tmp_path / "old.shp").scenes["8"].date == datetime.date(1996, 2, 3)


def test_a_folder_of_files_is_matched_by_name(tmp_path):
    """One shapefile a scene, as Mohajerani et al. write them; their CRS may differ; an empty one draws nothing."""
    frame = gpd.GeoDataFrame({"ID": ["a"]}, geometry=[line_through(5.3, 1.1, 9.4)], crs="EPSG:3031")
    frame.to_file(tmp_path / "one.shp")
    frame.to_crs(4326).to_file(tmp_path / "two.gpkg")
    frame.iloc[:0].to_file(tmp_path / "three.gpkg")
    table = read_line_table(tmp_path)
    assert table.problems == []
    assert sorted(table.scenes) == ["one", "two"]
    burned = [burn_lines(table.scenes[name].parts, GRID) for name in ("one", "two")]
    assert np.array_equal(*burned)
    assert burned[0].sum() == touched(list(frame.geometry), GRID).sum()


def test_delineations_beside_their_tiles(tmp_path):
    """delineation_X is the line of coco_X; the tiles themselves are none."""
    ones = np.ones((1, 2, 2), np.uint8)
    for name in ("coco_gl_x0000_y0512_DIR00", "delineation_gl_x0000_y0512_DIR00"):
        write_tiff(tmp_path / f"{name}.tif", ones)
    table = read_line_table(tmp_path)
    assert list(table.scenes) == ["coco_gl_x0000_y0512_DIR00"]
    assert table.scenes["coco_gl_x0000_y0512_DIR00"].raster.stem.startswith("delineation")


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_every_fault_of_a_line_file_is_told(tmp_path):
    """A column that is not there with those that are; no CRS; points; no lines; a damaged file."""
    path = tmp_path / "lines.gpkg"
    getz_lines().to_file(path)
    problem = str(read_line_table(path, line_column="name", group_column="site").problems)
    assert "no column 'name'" in problem
    assert "no column 'site'" in problem
    assert "source_file" in problem
    bare = tmp_path / "bare.shp"
    gpd.GeoDataFrame({"a": [1]}, geometry=[line_through(1, 2, 3)]).to_file(bare)
    assert "it has no CRS" in str(read_line_table(bare).problems[0])
    points = tmp_path / "points.gpkg"
    gpd.GeoDataFrame({"a": [1, 2]}, geometry=[Point(0, 0)] * 2, crs="EPSG:3031").to_file(points)
    assert "2 features are of type Point" in str(read_line_table(points).problems[0])
    (tmp_path / "damaged.gpkg").write_bytes(b"nothing")
    assert "cannot be read as lines" in str(read_line_table(tmp_path / "damaged.gpkg").problems[0])
    assert "there is no such file" in str(read_line_table(tmp_path / "nowhere.gpkg").problems[0])
    (tmp_path / "empty").mkdir()
    assert "there are no lines in it" in str(read_line_table(tmp_path / "empty").problems[0])


def test_lines_in_the_grids_crs_are_burned_as_published():
    """Exactly rasterio's mask with all_touched, which is every pixel that a line crosses; or Bresenham's."""
    lines = [
        line_through(7.3, 1.2, 40.7),
        MultiLineString([line_through(20.1, 3.3, 9.2), line_through(25.6, 4.1, 8.4)]),
    ]
    burned = burn_lines([("EPSG:3031", lines)], GRID)
    transform = Affine(*GRID.affine)
    assert np.array_equal(burned, rasterize(lines, GRID.shape, transform=transform, all_touched=True) == 1)
    assert np.array_equal(burned, touched(lines, GRID))
    plain = burn_lines([("EPSG:3031", lines)], GRID, all_touched=False)
    assert np.array_equal(plain, rasterize(lines, GRID.shape, transform=transform) == 1)
    assert 0 < plain.sum() < burned.sum()
    assert not burn_lines([], GRID).any()


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3412", "EPSG:32703"])
def test_lines_in_another_crs_are_brought_to_the_grid(crs):
    """Degrees, another polar projection, UTM: the pixels that the same line crosses in the grid's own CRS."""
    line = line_through(7.3, 1.2, 40.7).segmentize(50)
    moved = list(gpd.GeoSeries([line], crs="EPSG:3031").to_crs(crs))
    assert np.array_equal(burn_lines([(crs, moved)], GRID), touched([line], GRID))


def test_a_line_in_degrees_over_the_antimeridian_stays_short_on_a_polar_map():
    """The edge from 179.9 to -179.9 crosses a few pixels of EPSG:3031, not the whole scene."""
    grid = Grid((20, 30), "EPSG:3031", (1000.0, 0.0, -15_500.0, 0.0, -1000.0, -1_300_200.0))
    line = LineString([(-14_000, -1_310_000), (14_300, -1_311_000)])
    torn = gpd.GeoSeries([line], crs="EPSG:3031").to_crs(4326)
    longitudes = torn.iloc[0].xy[0]
    assert longitudes[0] < -179 < 179 < longitudes[1]
    assert np.array_equal(burn_lines([("EPSG:4326", list(torn))], grid), touched([line], grid))


@pytest.mark.parametrize("west", [179.0, -181.0])
def test_a_grid_in_degrees_over_the_antimeridian_takes_a_line_once(west):
    """Whether the scene counts its longitudes up from 179 or down from -179; and no line runs round the earth."""
    grid = Grid((20, 40), "EPSG:4326", (0.05, 0, west, 0, -0.05, -70.0))
    burned = burn_lines([("EPSG:4326", [LineString([(179.22, -70.52), (-179.18, -70.52)])])], grid)
    expected = np.zeros(grid.shape, bool)
    expected[10, 4:37] = True
    assert np.array_equal(burned, expected)
    assert not burn_lines([("EPSG:4326", [LineString([(170, -70.5), (172, -70.5)])])], grid).any()


def test_a_long_edge_of_a_polar_map_is_curved_in_degrees():
    """Lines drawn in EPSG:3031 for a scene in EPSG:4326, as DLR's: the edge follows the polar map's straight line."""
    grid = Grid((80, 60), "EPSG:4326", (0.05, 0, -110.0, 0, -0.02, -74.0))
    line = LineString([(-1_560_000, -570_000), (-1_620_000, -480_000)])
    dense = gpd.GeoSeries([line.segmentize(20)], crs="EPSG:3031").to_crs(4326)
    expected = touched(list(dense), grid)
    assert expected.sum() > 40
    burned = burn_lines([("EPSG:3031", [line])], grid)
    # Chords of a pixel's length may miss or touch a corner.
    assert (burned != expected).sum() <= 2
    coarse = touched(list(gpd.GeoSeries([line], crs="EPSG:3031").to_crs(4326)), grid)
    assert (coarse != expected).sum() > 10
