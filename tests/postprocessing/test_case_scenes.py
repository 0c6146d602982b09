"""What is known of a case, and from where."""

import datetime
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.postprocessing.case_scenes import open_scenes, place_cases, undated_remarks
from nnunet_glacier.support.errors import InputError


def files(scene: Scene, image: Path = Path("image.tif")) -> SceneFiles:
    return SceneFiles(scene, image, Path("front.png"), None, False, Path("scenes.csv"))


STEM = "COL_2011-08-12_TDX_7_1_024"
UTM = (20.0, 0.0, 400_000.0, 0.0, -20.0, 6_800_000.0)


@pytest.fixture
def predicted(tmp_path):
    def make(name: str, affine=None, crs="") -> Prediction:
        path = tmp_path / name
        write_raster(path, np.zeros((3, 4), dtype=np.uint8), crs=crs, affine=affine)
        return Prediction(path.name.rsplit(".", 1)[0], zones=path, grey=True)

    return make


def place(prediction, known: Scene | None = None, pixel_size_m=None) -> Scene:
    scenes, problems = place_cases([prediction], {} if known is None else {known.case: files(known)}, pixel_size_m)
    assert problems == []
    return scenes[prediction.case]


def test_a_caffe_name_tells_everything(predicted):
    """Nothing else needs to be given."""
    scene = place(predicted(f"{STEM}.png"), pixel_size_m=99.0)
    assert (scene.pixel_size_m, scene.glacier, scene.date) == (7.0, "COL", datetime.date(2011, 8, 12))


def test_the_table_stands_before_the_name(predicted):
    """A pixel size in scenes.csv is the user's word; what the table does not tell is taken from the name."""
    known = Scene(STEM, "test", "Columbia", pixel_size_m=8.0, box=Box(1, 2, 3, 4))
    assert place(predicted(f"{STEM}.png"), known) == replace(known, date=datetime.date(2011, 8, 12), sensor="TDX")


def test_a_geotiff_tells_its_place_and_its_pixel_size(predicted):
    """Before the name, after the table."""
    scene = place(predicted("Helheim.tif", UTM, "EPSG:32606"))
    assert (scene.crs, scene.affine, scene.pixel_size_m) == ("EPSG:32606", UTM, 20.0)
    known = Scene("Helheim", "test", "Helheim", pixel_size_m=19.5)
    assert place(predicted("Helheim.tif", UTM, "EPSG:32606"), known).pixel_size_m == 19.5


def test_a_pixel_size_is_taken_from_the_user_last(predicted):
    """And without it the case is a problem with a remedy."""
    assert place(predicted("Helheim.png"), pixel_size_m=20.0).pixel_size_m == 20.0
    _, (problem,) = place_cases([predicted("Helheim.png")], {}, None)
    assert "pixel size" in problem.what and "--pixel-size-m" in problem.remedy


def test_scenes_are_read_from_a_table_a_dataset_or_caffe(tmp_path, shared_data):
    """All three name the same scene."""
    scene = Scene("Helheim", "test", "Helheim", pixel_size_m=20.0)
    write_scenes(tmp_path / "scenes.csv", [scene])
    assert open_scenes(tmp_path)["Helheim"].scene == scene
    assert open_scenes(tmp_path / "scenes.csv")["Helheim"].scene == scene
    assert open_scenes(None) == {}
    scenes = open_scenes(shared_data / "caffe_reference_scores")
    assert len(scenes) == 14 and scenes[STEM].scene.box == Box(87, 527, 160, 383)


def test_a_crs_that_is_none_is_named_once(tmp_path):
    """With the table it stands in."""
    scenes = [Scene(case, "test", "Helheim", pixel_size_m=20.0, crs="EPSG:99999", affine=UTM) for case in "AB"]
    write_scenes(tmp_path / "scenes.csv", scenes)
    with pytest.raises(InputError) as caught:
        open_scenes(tmp_path)
    (problem,) = caught.value.problems
    assert problem.where == tmp_path / "scenes.csv" and problem.what == "there is no CRS 'EPSG:99999'"


def test_a_folder_that_holds_no_scenes_is_refused(tmp_path):
    """With a word on what was looked for."""
    with pytest.raises(InputError, match="sar_images"):
        open_scenes(tmp_path)


REAL = {
    "20040216_ENVISAT_stretch": (datetime.date(2004, 2, 16), "ENVISAT"),
    "20130724_JI_Landsat7-slc": (datetime.date(2013, 7, 24), "L7"),
    "20150130_hh_GEE_sentinel_GRD_IW_kanger_stretch": (datetime.date(2015, 1, 30), "S1"),
    "20151020_232013_crop_landsat_Helheim": (datetime.date(2015, 10, 20), ""),
    "20160302_009011_crop_landsat_stretch": (datetime.date(2016, 3, 2), ""),
    "Helheim": (None, ""),
    "S1A_IW_GRDH_1SDH_20150130T102345_20150130T102410_004400_0055B0_5D3F": (datetime.date(2015, 1, 30), "S1"),
    "getz_20160108_20160114": (None, ""),
}


@pytest.mark.parametrize("case", REAL)
def test_real_names_tell_day_and_sensor_or_nothing(predicted, case):
    """Landsat without a number is no sensor, and two days are no one day."""
    scene = place(predicted(f"{case}.png"), pixel_size_m=20.0)
    assert (scene.date, scene.sensor) == REAL[case]


def test_the_table_then_the_name_of_the_source(predicted):
    """A case that was named anew keeps the day of the file it was made from."""
    known = Scene("a1", "", "", pixel_size_m=20.0, sensor="mine", source="raw/20040216_ENVISAT_stretch.tif")
    scene = place(predicted("a1.png"), known)
    assert (scene.date, scene.sensor) == (datetime.date(2004, 2, 16), "mine")
    dated = place(predicted("a1.png"), replace(known, date=datetime.date(2001, 1, 1)))
    assert dated.date == datetime.date(2001, 1, 1)


TAGS = {
    "acquisition": ({"ACQUISITION_DATE": "2015-10-20", "SPACECRAFT_ID": "LANDSAT_8"}, ("2015-10-20", "L8")),
    "in EXIF's form": ({"AcquisitionDateTime": "2015:10:20 14:22:00"}, ("2015-10-20", "")),
    "made on": ({"TIFFTAG_DATETIME": "2021:03:04 11:00:00", "DATE_PRODUCT_GENERATED": "2021-03-04"}, (None, "")),
    "two days": ({"ACQUISITION_DATE": "2015-10-20", "DATE_ACQUIRED": "2015-10-21"}, (None, "")),
    "words": ({"ACQUISITION_DATE": "unknown"}, (None, "")),
}


@pytest.mark.parametrize("kind", TAGS)
def test_tags_tell_the_acquisition_and_never_the_day_of_the_file(predicted, tmp_path, kind):
    """Of the scene's image, where the dataset has it; predicted maps have none of its tags."""
    tags, (date, sensor) = TAGS[kind]
    with rasterio.open(
        tmp_path / "image.tif", "w", driver="GTiff", count=1, height=3, width=4, dtype="uint8"
    ) as target:
        target.update_tags(**tags)
    scenes, _ = place_cases([predicted("a.png")], {"a": files(Scene("a", "", ""), tmp_path / "image.tif")}, 20.0)
    assert scenes["a"].date == (datetime.date.fromisoformat(date) if date else None)
    assert scenes["a"].sensor == sensor


def test_the_smallest_table_has_cases_and_dates(predicted, tmp_path):
    """It stands alone; everything else is told elsewhere, or unknown."""
    (tmp_path / "mine.csv").write_text("case,date\nHelheim,2015-10-20\nother,\n")
    known = open_scenes(tmp_path / "mine.csv")
    scenes, problems = place_cases([predicted("Helheim.tif", UTM, "EPSG:32606")], known, None)
    assert problems == []
    scene = scenes["Helheim"]
    assert (scene.date, scene.pixel_size_m, scene.glacier) == (datetime.date(2015, 10, 20), 20.0, "")


def test_a_date_in_another_form_is_refused_with_the_form(tmp_path):
    """A day that could be read in two ways is not guessed."""
    (tmp_path / "mine.csv").write_text("case,date\nA,03/04/2015\n")
    with pytest.raises(InputError, match="line 2: date '03/04/2015' is no day of the form YYYY-MM-DD"):
        open_scenes(tmp_path / "mine.csv")


def test_degrees_are_measured_and_oblong_pixels_refused(predicted):
    """Before what --pixel-size-m says; the table's pixel size is the user's word."""
    square, oblong = (0.0005, 0, -38.0, 0, -0.0002016, 66.4), (0.0002, 0, -38.0, 0, -0.0002, 66.4)
    scene = place(predicted("a.tif", square, "EPSG:4326"), pixel_size_m=99.0)
    assert scene.pixel_size_m == pytest.approx(22.4, abs=0.1)
    _, (problem,) = place_cases([predicted("b.tif", oblong, "EPSG:4326")], {}, 99.0)
    assert "not square" in problem.what and "gdalwarp -t_srs EPSG:3413" in problem.remedy
    known = Scene("b", "", "", pixel_size_m=20.0)
    assert place(predicted("b.tif", oblong, "EPSG:4326"), known).pixel_size_m == 20.0


def test_cases_without_a_date_are_counted():
    """With the way to give them."""
    assert undated_remarks([datetime.date(2015, 10, 20)]) == undated_remarks([]) == []
    assert undated_remarks([None])[0].startswith("1 of 1 case has no date: a table --scenes")
