"""What is known of a case, and from where."""

import datetime
import math

import numpy as np
import pytest

from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.postprocessing.case_scenes import ground_pixel_size_m, open_scenes, place_cases
from nnunet_glacier.support.errors import GlacierError, InputError

STEM = "COL_2011-08-12_TDX_7_1_024"
UTM = (20.0, 0.0, 400_000.0, 0.0, -20.0, 6_800_000.0)


@pytest.fixture
def predicted(tmp_path):
    def make(name: str, affine=None, crs="") -> Prediction:
        path = tmp_path / name
        write_raster(path, np.zeros((3, 4), dtype=np.uint8), crs=crs, affine=affine)
        return Prediction(path.name.rsplit(".", 1)[0], zones=path, grey=True)

    return make


def place(prediction, known=None, pixel_size_m=None) -> Scene:
    scenes, problems = place_cases([prediction], known or {}, pixel_size_m)
    assert problems == []
    return scenes[prediction.case]


def test_a_caffe_name_tells_everything(predicted):
    """Nothing else needs to be given."""
    scene = place(predicted(f"{STEM}.png"), pixel_size_m=99.0)
    assert (scene.pixel_size_m, scene.glacier, scene.date) == (7.0, "COL", datetime.date(2011, 8, 12))


def test_the_table_stands_before_the_name(predicted):
    """A pixel size in scenes.csv is the user's word."""
    known = Scene(STEM, "test", "Columbia", pixel_size_m=8.0, box=Box(1, 2, 3, 4))
    assert place(predicted(f"{STEM}.png"), {STEM: known}) == known


def test_a_geotiff_tells_its_place_and_its_pixel_size(predicted):
    """Before the name, after the table."""
    scene = place(predicted("Helheim.tif", UTM, "EPSG:32606"))
    assert (scene.crs, scene.affine, scene.pixel_size_m) == ("EPSG:32606", UTM, 20.0)
    known = Scene("Helheim", "test", "Helheim", pixel_size_m=19.5)
    assert place(predicted("Helheim.tif", UTM, "EPSG:32606"), {"Helheim": known}).pixel_size_m == 19.5


def test_a_pixel_size_is_taken_from_the_user_last(predicted):
    """And without it the case is a problem with a remedy."""
    assert place(predicted("Helheim.png"), pixel_size_m=20.0).pixel_size_m == 20.0
    _, (problem,) = place_cases([predicted("Helheim.png")], {}, None)
    assert "pixel size" in problem.what and "--pixel-size-m" in problem.remedy


def test_pixel_sizes_on_the_ground():
    """Metres and feet; degrees say nothing; oblong pixels are refused."""
    assert ground_pixel_size_m("EPSG:32606", UTM) == 20.0
    assert ground_pixel_size_m("EPSG:2263", UTM) == pytest.approx(20 * 0.3048006096)
    assert math.isnan(ground_pixel_size_m("EPSG:4326", UTM))
    assert math.isnan(ground_pixel_size_m("", UTM))
    with pytest.raises(GlacierError, match="not square"):
        ground_pixel_size_m("EPSG:32606", (20.0, 0.0, 0.0, 0.0, -30.0, 0.0))


def test_scenes_are_read_from_a_table_a_dataset_or_caffe(tmp_path, shared_data):
    """All three name the same scene."""
    scene = Scene("Helheim", "test", "Helheim", pixel_size_m=20.0)
    write_scenes(tmp_path / "scenes.csv", [scene])
    assert open_scenes(tmp_path)["Helheim"].scene == scene
    assert open_scenes(tmp_path / "scenes.csv")["Helheim"].scene == scene
    assert open_scenes(None) == {}
    found = open_scenes(shared_data / "caffe_reference_scores")
    assert len(found) == 14 and found[STEM].scene.box == Box(87, 527, 160, 383)


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
