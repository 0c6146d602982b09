"""Lines, areas and grids that nobody means: refused by name before any work is done on them."""

import math

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, Polygon
from small_caffe import convert
from small_dinsar import AFFINE, NAME, SCENES, line_through, signal, write_tiff
from small_sea_ice import GRID as ICE_GRID
from small_sea_ice import JANUARY, channels, chart_rows, write_chart

from nnunet_glacier.lines import grids

X, Y = AFFINE[2], AFFINE[5]


@pytest.fixture
def scenes(tmp_path):
    """Two interferograms in EPSG:3031."""
    for seed, scene in enumerate(SCENES[:2]):
        z = signal(seed)
        write_tiff(tmp_path / "scenes" / f"{scene}.tif", np.stack([z.real, z.imag]))
    return tmp_path / "scenes"


def write_lines(path, *lines, crs="EPSG:3031"):
    """A good line for both scenes, and further ones for the second."""
    rows = [(scene, line_through(5.5, 1.2, 40.7)) for scene in SCENES[:2]]
    names, geometries = zip(*rows, *((SCENES[1], line) for line in lines), strict=True)
    gpd.GeoDataFrame({"scene": names}, geometry=list(geometries), crs=crs).to_file(path, driver="GPKG")
    return path


def said_of(result) -> str:
    return " ".join(result.output.replace("│", " ").split())


def assert_refused(result, out, *words):
    assert result.exit_code == 2, result.output
    for said in words:
        assert said in said_of(result)
    assert not out.exists()


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (LineString([(X, Y), (math.nan, Y)]), "1 feature has a vertex that is NaN or infinite"),
        (LineString([(X, Y), (X, math.inf)]), "1 feature has a vertex that is NaN or infinite"),
        (LineString([(X, Y), (X + 1e9, Y)]), "1 feature is 1e+09 m long or longer"),
        (LineString([(X, Y), (X, Y - 1e12)]), "1 feature is 1e+09 m long or longer"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--crs", "EPSG:3031", "--pixel-size-m", "200")])
def test_a_line_that_cannot_be_drawn_is_named(scenes, tmp_path, line, fault, options):
    """With its file and its scene; a line of 1e9 m would be drawn for ever."""
    lines = write_lines(tmp_path / "lines.gpkg", line)
    result = convert("dinsar", scenes, lines, tmp_path / NAME, *options)
    assert_refused(result, tmp_path / NAME, f"{lines}: {fault}, such as that of {SCENES[1]}. Give lines")


def test_a_line_around_the_earth_in_degrees_is_no_fault(scenes, tmp_path):
    """The limit is far above what a grounding line can be."""
    around = LineString([(longitude, -80) for longitude in range(-180, 181)])
    frame = gpd.GeoSeries([around], crs="EPSG:4326").to_crs("EPSG:3031")
    lines = write_lines(tmp_path / "lines.gpkg", frame.iloc[0])
    assert convert("dinsar", scenes, lines, tmp_path / NAME, "--check-only", "--split", "100/0/0").exit_code == 0


def test_an_area_with_an_infinite_vertex_is_named(tmp_path):
    """Charts are read by the same rule as lines."""
    write_tiff(tmp_path / "scenes" / f"{JANUARY}.tif", channels(0), ICE_GRID)
    far = Polygon([(0, 0), (0, 1e12), (1e12, 0)])
    rows = [*chart_rows(), {"id": 9, "poly_type": "I", "SA": 95, "SD": 0, "geometry": far}]
    chart = write_chart(tmp_path / "charts" / f"seaice_s1_{JANUARY}.shp", rows)
    result = convert("sea-ice", tmp_path / "scenes", tmp_path / "charts", tmp_path / NAME)
    assert_refused(result, tmp_path / NAME, f"{chart}: 1 feature is 1e+09 m long or longer. Give areas")


def test_a_crs_of_the_other_side_of_the_earth_is_refused(scenes, tmp_path):
    """Lines and scenes fall onto each other in it, 57 times too large; that of the next region is no fault."""
    lines = write_lines(tmp_path / "lines.gpkg")
    out = tmp_path / NAME
    result = convert("dinsar", scenes, lines, out, "--crs", "EPSG:3413", "--pixel-size-m", "200")
    assert_refused(result, out, "EPSG:3413 draws the place where it lies more than 2 times too large or small")
    options = ("--crs", "EPSG:3976", "--pixel-size-m", "200", "--check-only", "--split", "100/0/0")
    assert convert("dinsar", scenes, lines, out, *options).exit_code == 0


def test_a_grid_that_does_not_fit_into_memory_is_refused_with_its_size(scenes, tmp_path, monkeypatch):
    """48 x 40 pixels of 100 m are 4,800,000 x 4,000,000 of 1 mm; a machine of 1 GB holds 25 m, not 0.5 m."""
    lines = write_lines(tmp_path / "lines.gpkg")
    monkeypatch.setattr(grids, "memory_bytes", lambda: 1e9)
    for size, refused in (
        ("0.001", "4e+06 x 4.8e+06 pixels, which take about 1.23e+06 GB"),
        ("0.5", "8e+03 x 9.6e+03"),
    ):
        result = convert("dinsar", scenes, lines, tmp_path / NAME, "--pixel-size-m", size)
        assert_refused(result, tmp_path / NAME, refused, "this machine has 1 GB of memory")
    options = ("--pixel-size-m", "25", "--check-only", "--split", "100/0/0")
    assert convert("dinsar", scenes, lines, tmp_path / NAME, *options).exit_code == 0
