"""The page of grounding lines: their phase in cyclic colours, several lines of a scene, and no curve in time."""

import json
import shutil

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from delineated_folders import CASES, data_of, made_interferogram, write_delineated_grounding_lines
from matplotlib import colormaps
from PIL import Image
from scenes_on_the_map import write_scene

from nnunet_glacier.support.errors import InputError
from nnunet_glacier.viewing.stage import Options, view


@pytest.fixture(scope="module")
def viewed_lines(tmp_path_factory):
    """The page of grounding lines in three interferograms, of which the second has none."""
    return view(write_delineated_grounding_lines(tmp_path_factory.mktemp("lines")), Options(reviewer="Ann"))


def test_a_page_of_grounding_lines_knows_each_of_them(viewed_lines):
    """Those that are believed first, by their rank; a scene without a line has its days from the record."""
    content = data_of(viewed_lines.page.folder)
    assert str(viewed_lines).splitlines()[1] == "0 of 4 grounding lines reviewed."
    first, empty, last = content["scenes"]
    assert [line["length_m"] for line in first["lines"]] == [8000, 6000, 500]
    assert [line["flags"] for line in first["lines"]] == [[], [], ["too short"]]
    assert len({line["seen"] for line in first["lines"]}) == 3
    assert (len(empty["lines"]), len(last["lines"])) == (0, 1)
    assert (empty["date"], empty["glacier"]) == (CASES["b_2016"], "Made")
    assert empty["passes"] == ["2016-02-01", "2016-02-07", "2016-02-13", "2016-02-19"]
    assert [layer["name"] for layer in content["layers"]] == ["scene", "probability", "lines", "others"]
    assert first["notes"] == [] and first["pictures"]["zones"] == ""
    assert "fronts alone" in content["words"]["no_curve"]


def test_a_picture_of_the_phase_is_cyclic(viewed_lines):
    """Matplotlib's twilight, light at both edges of one turn and dark in its middle; green where a line is probable."""
    folder = viewed_lines.page.folder / "images"
    phase = np.asarray(Image.open(folder / "a_2015_scene.png").convert("RGBA"))[..., :3]
    assert phase.shape == (100, 100, 3)
    expected = colormaps["twilight"]((np.arange(100) + 0.5) / 100, bytes=True)[:, :3]
    assert np.abs(phase[50].astype(int) - expected).max() <= 8
    probability = np.asarray(Image.open(folder / "a_2015_probability.png").convert("RGBA"))
    assert probability[50, 10, 3] == 0 and probability[50, 49, 3] == 228
    assert probability[50, 49].argmax() == 1


def test_a_phase_that_is_made_coarser_is_that_of_the_complex_mean(tmp_path):
    """Pixels of pi - 0.2 and 0.2 - pi in turn: their mean has the phase pi, not the 0 between them."""
    out = write_delineated_grounding_lines(tmp_path)
    phase = np.where(np.indices((100, 100)).sum(axis=0) % 2, np.pi - 0.2, 0.2 - np.pi)
    write_scene(tmp_path / "images" / "a_2015.tif", np.stack([np.cos(phase), np.sin(phase)]).astype(np.float32))
    view(out, Options(longest_px=50))
    picture = np.asarray(Image.open(out / "page" / "images" / "a_2015_scene.png").convert("RGBA"))[..., :3].astype(int)
    assert picture.shape == (50, 50, 3)
    assert np.abs(picture[5:45, 5:45] - colormaps["twilight"](1.0, bytes=True)[:3]).max() <= 8


def test_downloads_hold_the_grounding_lines(viewed_lines):
    """Under their own names; no rejected line in the GeoJSON."""
    folder = viewed_lines.page.folder / "downloads"
    assert sorted(path.name for path in folder.iterdir()) == [
        "grounding_lines.csv",
        "grounding_lines.geojson",
        "grounding_lines.gpkg",
    ]
    assert pd.read_csv(folder / "grounding_lines.csv")["layer"].tolist() == ["grounding_lines"] * 3 + ["rejected"]
    assert len(gpd.read_file(folder / "grounding_lines.geojson")) == 3


def test_what_is_of_fronts_alone_is_refused_for_grounding_lines(viewed_lines, tmp_path):
    """A curve of retreat, and a folder in which both kinds stand."""
    out = viewed_lines.page.delineated.path
    with pytest.raises(InputError, match=r"--retreat: No curve: .* grounding_lines.gpkg holds grounding lines"):
        view(out, Options(retreat=tmp_path))
    both = tmp_path / "both"
    shutil.copytree(out, both, ignore=shutil.ignore_patterns("page"))
    shutil.copy(out / "grounding_lines.gpkg", both / "fronts.gpkg")
    with pytest.raises(InputError, match=r"it holds fronts.gpkg and grounding_lines.gpkg"):
        view(both)


def test_a_record_without_the_storage_of_its_interferogram_is_said(tmp_path):
    out = write_delineated_grounding_lines(tmp_path)
    record = json.loads((out / "scenes" / "a_2015.json").read_text())
    del record["made_from"]["channels"]
    (out / "scenes" / "a_2015.json").write_text(json.dumps(record))
    view(out)
    scene = data_of(out / "page")["scenes"][0]
    assert scene["pictures"]["scene"] == "" and scene["pictures"]["probability"] != ""
    assert "does not say how the interferogram is stored" in scene["notes"][0]


def test_an_interferogram_without_a_place_under_the_name_of_one_is_said(tmp_path):
    out = write_delineated_grounding_lines(tmp_path)
    write_scene(tmp_path / "images" / "a_2015.tif", made_interferogram(), crs=None)
    view(out)
    scene = data_of(out / "page")["scenes"][0]
    assert scene["pictures"]["scene"] == "" and scene["pictures"]["probability"] != ""
    assert "it has no place on a map: it is another image now" in scene["notes"][0]
