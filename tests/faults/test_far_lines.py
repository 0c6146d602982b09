"""Lines and areas that nobody means, in every file of them that a command reads: named, and nothing is written."""

import math
import os

import geopandas
import pytest
from every_stage import CAFFE, Inputs, run
from shapely import LineString, Point, Polygon

from nnunet_glacier.formats.vector_tables import read_vector_tables
from nnunet_glacier.support.errors import InputError

X, Y = -178_000.0, -2_272_000.0
GOOD = LineString([(X, Y), (X + 4000, Y - 4000)])
NOT_FINITE, TOO_LONG = "1 feature has a vertex that is NaN or infinite", "1 feature is 1e+09 m long or longer"

pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered")


def write(path, *geometries, crs="EPSG:3413"):
    geopandas.GeoDataFrame(geometry=list(geometries), crs=crs).to_file(path)
    return path


@pytest.mark.parametrize(
    ("vertex", "crs", "said"),
    [
        ((math.nan, Y), "EPSG:3413", NOT_FINITE),
        ((X, -math.inf), "EPSG:3413", NOT_FINITE),
        ((X + 1e9, Y), "EPSG:3413", TOO_LONG),
        ((X, 1e300), "EPSG:3413", TOO_LONG),
        ((X + 1e4, 0), "EPSG:4326", TOO_LONG),
    ],
)
def test_a_line_that_has_no_place_is_named(tmp_path, vertex, crs, said):
    """With its number; 1e4 degrees are 1.1e9 m."""
    path = write(tmp_path / "lines.gpkg", GOOD, LineString([(X, Y), vertex]), crs=crs)
    with pytest.raises(InputError) as caught:
        read_vector_tables(path, "lines")
    (problem,) = caught.value.problems
    assert problem.where == path and problem.what == f"{said}, the first is feature 2"


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_what_geojson_cannot_hold_is_named_too(tmp_path, number):
    """No JSON has such numbers, and GDAL reads them."""
    path = write(tmp_path / "lines.geojson", GOOD)
    path.write_text(path.read_text().replace(f"{Y - 4000:.1f}", number))
    with pytest.raises(InputError, match=NOT_FINITE):
        read_vector_tables(path, "lines")


def test_what_is_no_file_is_not_waited_for(tmp_path):
    """A pipe, a folder."""
    os.mkfifo(tmp_path / "pipe.gpkg")
    (tmp_path / "folder.gpkg").mkdir()
    for name in ("pipe.gpkg", "folder.gpkg"):
        with pytest.raises(InputError, match=f"{name}: it is no regular file"):
            read_vector_tables(tmp_path / name, "lines")


GOOD_AREA = "area.gpkg"
BAD = (math.nan, Y)
LINE, AREA, POINT = LineString([GOOD.coords[0], BAD]), Polygon([*GOOD.coords, BAD]), Point(math.inf, Y)


def _own(of: Inputs) -> tuple:
    return of.root / "delineated" / "images", of.root / "delineated" / "out" / "fronts.gpkg"


def _fronts(of: Inputs):
    return of.root / "dated" / "fronts.gpkg"


COMMANDS = {
    "delineate --aoi": (AREA, lambda of, bad, out: ["delineate", _own(of)[0], out, "--aoi", bad, "--model", of.packed]),
    "retreat": (LINE, lambda of, bad, out: ["retreat", bad, out]),
    "retreat --centreline": (LINE, lambda of, bad, out: ["retreat", _fronts(of), out, "--centreline", bad]),
    "retreat --box": (AREA, lambda of, bad, out: ["retreat", _fronts(of), out, "--box", bad]),
    "convert lines": (LINE, lambda of, bad, out: ["convert", "lines", _own(of)[0], bad, out]),
    "convert lines --area": (AREA, lambda of, bad, out: ["convert", "lines", *_own(of), out, "--area", bad]),
    "convert lines --upstream": (
        POINT,
        lambda of, bad, out: [
            "convert",
            "lines",
            *_own(of),
            out,
            "--upstream",
            bad,
            "--area",
            bad.with_name(GOOD_AREA),
        ],
    ),
    "evaluate": (LINE, lambda of, bad, out: ["evaluate", bad, of.raw / CAFFE, out]),
}
"""What the file holds, and the command line for the inputs, the file and OUT."""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_door_names_it(tmp_path, inputs, command):
    """Code 2 and a sentence with the file; nothing is written."""
    shape, arguments = COMMANDS[command]
    bad, out = write(tmp_path / "bad_20150101.gpkg", shape), tmp_path / "Dataset550_Out"
    write(tmp_path / GOOD_AREA, Polygon([*GOOD.coords, (X + 4000, Y)]))
    result = run(*arguments(inputs, bad, out))
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2 and f"{bad}: {NOT_FINITE}" in result.output, result.output
    assert not out.exists()
