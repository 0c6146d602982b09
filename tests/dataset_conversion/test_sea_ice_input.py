"""Charts and Sentinel-1 scenes as they are read: codes, names, units, areas, windows."""

import warnings

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.enums import ColorInterp
from rasterio.errors import NodataShadowWarning
from shapely.geometry import Point, Polygon
from small_dinsar import write_tiff
from small_sea_ice import GRID, JANUARY, MARCH, SHAPE, area, channels, chart_rows, write_chart

from nnunet_glacier.dataset_conversion.geodata.area_burning import burn_areas
from nnunet_glacier.dataset_conversion.geodata.scene_windows import Window, cut_in_halves, sample_crops
from nnunet_glacier.dataset_conversion.sea_ice.charts import find_charts, read_chart
from nnunet_glacier.dataset_conversion.sea_ice.codes import class_of_area
from nnunet_glacier.dataset_conversion.sea_ice.inputs import find_scenes, read_scene, standardised
from nnunet_glacier.dataset_conversion.sea_ice.options import SeaIceOptions
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.errors import GlacierError, InputError

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")

PLAIN = SeaIceOptions()


@pytest.mark.parametrize(
    ("kind", "stage", "expected"),
    [
        ("W", 99, 0),
        ("w", None, 0),
        ("W", 45.0, 0),
        ("I", 81, 1),
        ("I", "82", 2),
        ("i", 83.0, 3),
        ("I", " 86 ", 4),
        ("I", 95, 5),
        ("I", 99, 6),
        ("I", 13, 6),
        ("I", 78, 6),
        ("L", -1, 6),
        ("L", None, 6),
    ],
)
def test_the_class_of_an_area(kind, stage, expected):
    """Water, the types by age, and ignore for land and ice of no known type; numbers and texts alike."""
    assert class_of_area(kind, stage) == expected


@pytest.mark.parametrize(
    ("kind", "stage", "said"),
    [
        ("I", 84, "poly_type I with SA 84"),
        ("I", None, "poly_type I with SA none"),
        ("I", float("nan"), "poly_type I with SA none"),
        ("W", 86, "poly_type W with SA 86"),
        ("N", 86, "poly_type N with SA 86"),
        (None, 86, "poly_type none with SA 86"),
        ("I", "old", "poly_type I with SA old"),
    ],
)
def test_what_is_not_known_is_not_guessed(kind, stage, said):
    """Other codes of SIGRID-3, nothing at all, water that is said to be ice."""
    with pytest.raises(GlacierError, match=said):
        class_of_area(kind, stage)
    ignored = said.rpartition(" ")[2]
    assert class_of_area(kind, stage, ignored_codes=(ignored,)) == 6


def test_undetermined_ice_may_be_water_as_published():
    """By name only; land stays land."""
    assert class_of_area("I", 99, undetermined="water") == 0
    assert class_of_area("L", 99, undetermined="water") == 6


def test_a_chart_with_upper_case_names_and_gaps_is_read(tmp_path):
    """Columns and values in either case, features without geometry counted, several parts."""
    rows = chart_rows()
    rows.append({"id": 9, "poly_type": "i", "SA": 95, "SD": 0, "geometry": None})
    rows.append({"id": 10, "poly_type": "i", "SA": 95, "SD": 0, "geometry": Polygon()})
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:32633")
    path = tmp_path / "SEAICE_S1_20180313T181225.SHP"
    frame.rename(columns={"poly_type": "POLY_TYPE", "SA": "sa"}).to_file(path.with_suffix(".shp"))
    chart = read_chart(path.with_suffix(".shp"), PLAIN)
    assert [(key, len(polygons)) for key, polygons in chart.areas] == [
        (0, 1),
        (1, 1),
        (2, 1),
        (3, 1),
        (4, 1),
        (5, 1),
        (6, 2),
    ]
    assert chart.n_empty == 2
    charts, others, problems = find_charts(tmp_path)
    assert (list(charts), others, problems) == ([MARCH], 0, [])


def test_every_fault_of_a_chart_is_listed_with_its_number(tmp_path):
    """Unknown codes by code, an empty SA, other geometries."""
    rows = chart_rows()
    for number, (kind, stage) in enumerate([("I", 84), ("I", 84), ("I", None), ("W", 86), ("X", 86)]):
        rows.append({"id": 20 + number, "poly_type": kind, "SA": stage, "SD": 0, "geometry": area(70, 0, 71, 1)})
    path = write_chart(tmp_path / f"seaice_s1_{MARCH}.shp", rows)
    with pytest.raises(InputError) as error:
        read_chart(path, PLAIN)
    said = [problem.what for problem in error.value.problems]
    assert said == [
        "2 areas have poly_type I with SA 84",
        "1 area has poly_type I with SA none",
        "1 area has poly_type W with SA 86",
        "1 area has poly_type X with SA 86",
    ]
    assert all(problem.where == path for problem in error.value.problems)
    chart = read_chart(path, SeaIceOptions(ignored_codes=("84", "86", "none")))
    assert {key: len(polygons) for key, polygons in chart.areas}[6] == 2 + 5 + 1
    rows = [{"poly_type": "I", "SA": 86, "geometry": Point(400_100, 8_200_000)}]
    path = write_chart(tmp_path / f"seaice_s1_{JANUARY}.shp", rows)
    with pytest.raises(InputError, match="The input") as error:
        read_chart(path, PLAIN)
    assert "1 feature is of type Point" in str(error.value)


def test_charts_that_cannot_be_read_are_refused_with_the_reason(tmp_path):
    """No column, no CRS, no shapefile."""
    bare = [{"id": 1, "geometry": area(0, 0, 9, 9)}]
    for rows, crs, said in (
        (bare, 32633, "it has no column poly_type and none sa; it has id, geometry"),
        (chart_rows(), None, "it has no CRS"),
    ):
        path = write_chart(tmp_path / f"seaice_s1_{MARCH}.shp", rows, crs)
        with pytest.raises(InputError) as error:
            read_chart(path, PLAIN)
        assert said in str(error.value)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError) as error:
        read_chart(path, PLAIN)
    assert "it cannot be read as an ice chart" in str(error.value)


def test_charts_are_found_by_their_names(tmp_path):
    """Halves of the published code and other files are counted; two of one time are a fault; so is none."""
    for name in (
        f"a/seaice_s1_{MARCH}",
        f"a/seaice_s1_{MARCH}-NE",
        f"a/seaice_s1_{MARCH}-SW",
        f"b/SEAICE_S1_{JANUARY}",
    ):
        write_chart(tmp_path / f"{name}.shp", chart_rows()[:1])
    charts, others, problems = find_charts(tmp_path)
    assert (sorted(charts), others, problems) == ([JANUARY, MARCH], 2, [])
    write_chart(tmp_path / "b" / f"seaice_s1_{MARCH}.gpkg", chart_rows()[:1])
    assert "a second chart of its time" in str(find_charts(tmp_path)[2][0])
    (tmp_path / "none").mkdir()
    assert "there are no charts seaice_s1_" in str(find_charts(tmp_path / "none")[2][0])


def test_scenes_are_found_by_their_times(tmp_path):
    """One file, ESA's product name, three files in either case; faults of names all at once."""
    product = f"S1A_EW_GRDM_1SDH_{JANUARY.upper()}_20180116T075530_020182_0226B3"
    for name in (MARCH, product, "20180417t074606_HH", "20180417t074606-ia", "20180417t074606_HV"):
        write_tiff(tmp_path / "good" / f"{name}.tif", channels(0)[:1], GRID)
    scenes, problems = find_scenes(tmp_path / "good")
    assert problems == []
    assert {time: [path.stem for path in paths] for time, paths in scenes.items()} == {
        JANUARY: [product],
        MARCH: [MARCH],
        "20180417t074606": ["20180417t074606_HH", "20180417t074606_HV", "20180417t074606-ia"],
    }
    for name in (f"{MARCH}_HH", f"{MARCH}_HV", f"{JANUARY}", f"{JANUARY}_HH", "dem", "20181399t000000"):
        write_tiff(tmp_path / "bad" / f"{name}.tif", channels(0)[:1], GRID)
    scenes, problems = find_scenes(tmp_path / "bad")
    assert scenes == {}
    assert [problem.what for problem in problems] == [
        "its name holds no time of acquisition, which charts are matched by",
        "its name holds no time of acquisition, which charts are matched by",
        f"of {JANUARY} there is {JANUARY}.tif, {JANUARY}_HH.tif",
        f"of {MARCH} there is {MARCH}_HH.tif, {MARCH}_HV.tif",
    ]
    assert "there are no scenes in it" in str(find_scenes(tmp_path / "nowhere")[1][0])


@pytest.mark.parametrize("alpha", [False, True])
def test_a_mask_or_an_alpha_band_says_where_there_is_no_data(tmp_path, alpha):
    """A mask hides from all bands; alpha is no channel."""
    values = channels(1)
    hidden = np.zeros(SHAPE, bool)
    hidden[10:20, 30:40] = True
    shown = np.where(hidden, 0, 255).astype(np.float32)
    path = write_tiff(tmp_path / "scene.tif", [*values, *([shown] if alpha else [])], dtype="float32", nodata=-99999)
    with rasterio.open(path, "r+") as target:
        if alpha:
            target.colorinterp = [*target.colorinterp[:-1], ColorInterp.alpha]
        else:
            target.write_mask(~hidden)
    with warnings.catch_warnings():
        warnings.simplefilter("error", NodataShadowWarning)
        stored = read_scene((path,))
    assert np.array_equal(stored.valid, np.isfinite(values[0]) & ~hidden)
    assert np.array_equal(stored.values, values, equal_nan=True)


def test_fill_values_of_every_kind_are_invalid(tmp_path):
    """NaN, a declared value, no angle, 0 in both polarisations; 0 dB in one is a value. Channels are 0 there."""
    values = channels(1)
    values[:, 5, 5] = np.nan
    values[1, 6, 6] = -99999
    values[2, 7, 7] = 0
    values[:2, 8, 8] = 0
    values[0, 9, 9] = 0
    stored = read_scene((write_tiff(tmp_path / "scene.tif", values, nodata=-99999),))
    expected = np.ones(SHAPE, bool)
    expected[:, :2] = False
    expected[[5, 6, 7, 8], [5, 6, 7, 8]] = False
    assert np.array_equal(stored.valid, expected)
    seen = standardised(stored.values, stored.valid)
    assert seen.dtype == np.float32
    assert (seen[:, ~expected] == 0).all()
    # Worked by hand: (0 + 13.41794195) / 5.42232225.
    assert seen[0, 9, 9] == pytest.approx(2.474575, abs=1e-5)
    np.testing.assert_allclose(
        seen[2, 20], np.where(expected[20], (values[2, 20] - 34.10005417) / 7.83123517, 0), atol=1e-5
    )


def faulty(name: str) -> tuple[np.ndarray, Grid]:
    """Bands and grid of a scene with one fault."""
    values, grid = channels(2), GRID
    if name == "linear":
        values[:2] = 10 ** (values[:2] / 10)
    elif name == "radians":
        values[2] = np.deg2rad(values[2])
    elif name == "fill":
        values[:, 3, 3] = -99999
    elif name == "angle":
        values[2, 3, 3] = 120
    elif name == "order":
        values = values[[1, 0, 2]]
    elif name == "empty":
        values[1] = np.nan
    elif name == "two bands":
        values = values[:2]
    elif name == "picture":
        values = np.zeros((3, *SHAPE), np.uint8)
    elif name == "no map":
        grid = Grid(SHAPE)
    elif name == "degrees":
        grid = Grid(SHAPE, "EPSG:4326", (0.0025, 0, 12.0, 0, -0.0007, 74.0))
    return values, grid


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("linear", "HH reaches from .*: it is linear, not in dB"),
        ("radians", "angle reaches from 0.34.* to 0.80.*: these are radians"),
        ("fill", "HH reaches from -1e.05 .* a fill value that the file does not declare"),
        ("angle", "angle reaches from 19.57 to 120, beyond 0 to 90"),
        ("order", "HH and HV are in the wrong order"),
        ("empty", "none of its pixels holds data in all three bands"),
        ("two bands", "it has 2 bands; asked for are three: HH, dB"),
        ("picture", "its pixels are uint8; dB and degrees are floats"),
        ("no map", "it has no CRS or no affine"),
        ("degrees", "not of one size in metres; .* gdalwarp"),
    ],
)
def test_what_is_no_scene_is_refused_with_the_reason(tmp_path, name, said):
    """Units, order, fills, place."""
    with pytest.raises(GlacierError, match=said):
        read_scene((write_tiff(tmp_path / "scene.tif", *faulty(name)),))


def test_files_of_one_scene_on_different_grids_are_refused(tmp_path):
    """Three files must fit pixel by pixel; of different shapes too."""
    parts = [write_tiff(tmp_path / f"{band}.tif", channels(0)[band : band + 1], GRID) for band in range(3)]
    assert read_scene(tuple(parts)).grid == GRID
    write_tiff(parts[2], channels(0)[2:], GRID.window(1, 0, SHAPE))
    with pytest.raises(GlacierError, match="lie on different grids"):
        read_scene(tuple(parts))
    write_tiff(parts[2], channels(0)[2:, 1:], GRID)
    with pytest.raises(GlacierError, match="lie on different grids"):
        read_scene(tuple(parts))


STAR = Polygon([(5.3, 4.1), (60.2, 11.7), (88.6, 71.3), (40.4, 30.2), (9.1, 66.6)])


@pytest.mark.parametrize("crs", ["EPSG:32633", "EPSG:3413", "EPSG:4326"])
def test_a_pixel_belongs_to_the_area_that_its_centre_lies_in(crs):
    """As shapely says, whatever the CRS of the chart; an area that lies outside counts for nothing."""
    a, _, c, _, e, f = GRID.affine
    on_map = shapely.transform(STAR, lambda xy: xy * [a, e] + [c, f])
    far = shapely.transform(on_map, lambda xy: xy + 40_000)
    moved = gpd.GeoSeries([on_map, far], crs="EPSG:32633").to_crs(crs)
    burned = burn_areas([(4, list(moved))], crs, GRID, ignore=6).labels
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]] + 0.5
    expected = np.where(shapely.contains_xy(STAR, columns, rows), 4, 6)
    # Straight edges of another map are bent by less than this, in pixels.
    clear = shapely.distance(STAR.exterior, shapely.points(columns, rows)) > 0.01
    assert clear.mean() > 0.99
    assert np.array_equal(burned[clear], expected[clear])
    assert (burned == 4).sum() > 1000


def test_overlaps_are_ignored_and_counted():
    """By the two classes; areas to ignore cover the others without being an overlap; one class may lie on itself."""
    areas = [
        (0, [area(0, 0, 4, 10), area(2, 0, 5, 10)]),
        (4, [area(4, 5, 8, 10)]),
        (6, [area(0, 0, 1, 10)]),
    ]
    burned = burn_areas(areas, "EPSG:32633", GRID, ignore=6)
    expected = np.full(SHAPE, 6)
    expected[1:5, :10] = 0
    expected[4, 5:10] = 6
    expected[5:8, 5:10] = 4
    assert np.array_equal(burned.labels, expected)
    assert burned.overlaps == {(0, 4): 5}
    assert (burn_areas([], "EPSG:32633", GRID, ignore=6).labels == 6).all()


def test_halves_share_the_mapped_pixels_and_nothing_else():
    """Cut across the longer side of what is mapped; both halves together are the scene."""
    mapped = np.zeros((10, 7), bool)
    mapped[1:9, 2:5] = True
    assert cut_in_halves(mapped) == (Window(5, 0, 5, 7), Window(0, 0, 5, 7))
    wide = np.zeros((4, 9), bool)
    wide[1:3, :] = True
    wide[:, 0] = True
    # 20 pixels: 4 in the first column, 2 in each other; 8 in the first three and 10 in the first four.
    assert cut_in_halves(wide) == (Window(0, 0, 4, 4), Window(0, 4, 4, 5))
    lonely = np.zeros((6, 6), bool)
    lonely[[0, 5], 2] = True
    train, validation = cut_in_halves(lonely)
    assert lonely[train.slices].sum() == lonely[validation.slices].sum() == 1


def test_crops_are_mapped_enough_and_at_different_places():
    """No more than there are; of a scene that is too small none; the same seed gives the same."""
    mapped = np.zeros((40, 50), bool)
    mapped[:20] = True
    crops = sample_crops(mapped, 10, 100, np.random.default_rng(3), min_mapped_share=0.7)
    assert len(set(crops)) == 100
    assert all(mapped[crop.slices].sum() >= 70 and mapped[crop.slices].shape == (10, 10) for crop in crops)
    assert crops == sample_crops(mapped, 10, 100, np.random.default_rng(3), min_mapped_share=0.7)
    # Origins in rows 0 to 13 (7 of 10 rows mapped) and columns 0 to 40.
    assert len(sample_crops(mapped, 10, 9999, np.random.default_rng(3), min_mapped_share=0.7)) == 14 * 41
    assert sample_crops(mapped, 41, 5, np.random.default_rng(3), min_mapped_share=0.1) == []
    assert sample_crops(~mapped & mapped, 10, 5, np.random.default_rng(3), min_mapped_share=0.1) == []
