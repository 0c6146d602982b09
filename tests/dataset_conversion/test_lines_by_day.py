"""Grounding lines chosen by a condition, and matched to scenes by the days of the acquisitions and by place."""

import geopandas
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely import LineString

from nnunet_glacier.dataset_conversion.dinsar.case import DinsarCheck
from nnunet_glacier.dataset_conversion.dinsar.day_matching import match_by_day
from nnunet_glacier.dataset_conversion.dinsar.grounding_lines import read_line_table
from nnunet_glacier.dataset_conversion.dinsar.options import DinsarOptions
from nnunet_glacier.dataset_conversion.dinsar.summary import notes_on

LANDWARD, SEAWARD = "tidal_flexure_zone_landward", "tidal_flexure_zone_seaward"
INSIDE, FAR = LineString([(1000, -1000), (2000, -1500)]), LineString([(9e5, 9e5), (9.1e5, 9e5)])


@pytest.fixture
def scenes(tmp_path):
    """Two scenes of ten kilometres at one place, of three days and of two."""
    paths = {}
    for name in ("ifg_20170305_20170311_20170317", "ifg_20170305_20170311"):
        paths[name] = tmp_path / f"{name}.tif"
        profile = {"driver": "GTiff", "count": 1, "height": 100, "width": 100, "dtype": "float32", "crs": "EPSG:3413"}
        with rasterio.open(paths[name], "w", transform=from_origin(0, 0, 100, 100), **profile) as target:
            target.write(np.zeros((100, 100), np.float32), 1)
    return paths


def write(path, rows, lines):
    geopandas.GeoDataFrame(rows, geometry=lines, crs="EPSG:3413").to_file(path)
    return path


def test_two_categories_are_refused_until_one_is_asked_for(tmp_path):
    """The error lists the categories and the option; a condition on another column asks for neither."""
    rows = [{"category": LANDWARD, "quality": "good"}, {"category": SEAWARD, "quality": "good"}]
    path = write(tmp_path / "gll.gpkg", rows, [INSIDE, INSIDE])
    for where in (None, "quality = 'good'"):
        (problem,) = read_line_table(path, where=where).problems
        assert f"{LANDWARD} (1), {SEAWARD} (1)" in problem.what
        assert f"--where \"category = '{LANDWARD}'\"" in problem.remedy
    table = read_line_table(path, where=f"category = '{LANDWARD}'")
    assert table.problems == [] and table.n_features == 1
    both = read_line_table(path, where=f"category IN ('{LANDWARD}', '{SEAWARD}')")
    assert both.problems == [] and both.n_features == 2


def test_a_condition_on_no_column_names_those_that_there_are(tmp_path):
    path = write(tmp_path / "gll.gpkg", [{"category": LANDWARD}], [INSIDE])
    (problem,) = read_line_table(path, where="kind = 'x'").problems
    assert problem.what == "it cannot be asked for \"kind = 'x'\"" and "category" in problem.remedy


def test_a_condition_that_no_feature_meets_is_told(tmp_path):
    """Rather than that the scenes and the lines do not belong together."""
    path = write(tmp_path / "gll.gpkg", [{"category": LANDWARD}], [INSIDE])
    (problem,) = read_line_table(path, where="category = 'landward'").problems
    assert problem.what == "no feature in it meets \"category = 'landward'\""


def test_lines_of_other_days_are_counted_at_the_end(tmp_path, scenes):
    """Each by itself, though one file holds them all."""
    del scenes["ifg_20170305_20170311"]
    rows = [{"Date1": f"{year}0305", "Date2": f"{year}0311", "Date3": f"{year}0317"} for year in (17, 18, 19)]
    matches = match_by_day(read_line_table(write(tmp_path / "petermann.gpkg", rows, [INSIDE] * 3)), scenes)
    checks = {name: DinsarCheck() for name in scenes}
    notes = notes_on([], checks, matches, frozenset(), DinsarOptions())
    assert notes == ["2 lines were not used, being of no scene here, such as of petermann."]


def test_lines_go_to_the_scene_of_just_their_days(tmp_path, scenes):
    """Three days to the scene of three, two to that of two; another day, and another place, to none."""
    rows = [
        {"Date1": "170305", "Date2": "170311", "Date3": "170311", "Date4": "170317"},
        {"Date1": "170305", "Date2": "170311", "Date3": None, "Date4": None},
        {"Date1": "180305", "Date2": "180311", "Date3": None, "Date4": None},
        {"Date1": "170305", "Date2": "170311", "Date3": None, "Date4": None},
    ]
    matches = match_by_day(read_line_table(write(tmp_path / "petermann.gpkg", rows, [INSIDE] * 3 + [FAR])), scenes)
    assert matches.n_matched == 2 and matches.undecided == []
    assert {name: len(lines.parts) for name, lines in matches.table.scenes.items() if name in scenes} == dict.fromkeys(
        scenes, 1
    )
    assert str(matches.table.scenes["ifg_20170305_20170311"].date) == "2017-03-05"


def test_tags_tell_the_days_of_a_scene_before_its_name(tmp_path, scenes):
    """As `delineate` reads them: of a scene whose name says nothing, and of one whose name says other days."""
    first = {"Date1": "170203", "Date2": "170209", "Date3": "170209", "Date4": "170215"}
    second = first | {"Date4": "170221"}
    nameless, other = scenes.values()
    tagged = {"product_0012": nameless.rename(tmp_path / "product_0012.tif"), other.stem: other}
    for path, days in zip(tagged.values(), (first, second), strict=True):
        with rasterio.open(path, "r+") as target:
            target.update_tags(**days)
    matches = match_by_day(read_line_table(write(tmp_path / "petermann.gpkg", [first, second], [INSIDE] * 2)), tagged)
    assert matches.n_matched == 2 and [len(matches.table.scenes[name].parts) for name in tagged] == [1, 1]


def test_lines_that_name_their_scene_are_not_matched_by_day(tmp_path, scenes):
    rows = [{"scene": "ifg_20170305_20170311", "Date1": "170305", "Date2": "170311", "Date3": "170317"}]
    table = read_line_table(write(tmp_path / "named.gpkg", rows, [INSIDE]))
    matches = match_by_day(table, scenes)
    assert matches.n_matched == 0 and list(matches.table.scenes) == ["ifg_20170305_20170311"]


def test_a_line_that_suits_two_scenes_is_undecided(tmp_path, scenes):
    scenes["other_20170305_20170311"] = scenes["ifg_20170305_20170311"]
    rows = [{"acq_time_1": "2017-03-05 08:33:59", "acq_time_2": "2017-03-11 08:34:41"}]
    matches = match_by_day(read_line_table(write(tmp_path / "gll.gpkg", rows, [INSIDE])), scenes)
    assert matches.n_matched == 0
    assert matches.undecided == [("gll of 2017-03-05", ("ifg_20170305_20170311", "other_20170305_20170311"))]


def test_real_files_of_the_agency_hold_two_categories(shared_data):
    folder = shared_data / "grounding_line_files"
    path = folder / "gll_79Fjord_Glacier_G337429E79340N_20170305.shp"
    assert len(read_line_table(path).problems) == 1
    table = read_line_table(path, where=f"category = '{LANDWARD}'")
    assert table.problems == [] and [len(lines.days) for _, lines in table.dated] == [4]
    petermann = read_line_table(folder / "petermann_grounding_lines_1992-2022.shp")
    assert len(petermann.dated) == 180 and str(petermann.dated[0][1].days[0]) == "1992-02-07"
