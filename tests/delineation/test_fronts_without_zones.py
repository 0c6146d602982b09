"""From scenes to fronts by a model that has a class for the front and none for zones, with made-up networks."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from scenes_on_the_map import EDGE_M, FRONT_X, NORTH, WEST, made_scene, write_scene
from shapely import box
from tiny_models import make_dataset_json, make_model, make_plans

from nnunet_glacier.cli import app
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.stage import delineate
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.formats.delineated_folder import open_delineated
from nnunet_glacier.inference import scene_model
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.viewing.page_kind import page_kind_of
from nnunet_glacier.viewing.stage import view

PIXEL_M = 80.0
MIDDLE = (FRONT_X - WEST) / PIXEL_M
"""Column of the front, pixel centres at halves."""

BESIDE_THE_MIDDLE = 0.9 * (np.exp(-(0.5**2) / 8) + np.exp(-(1.5**2) / 8)) / 2
"""Mean probability of both networks in the pixels on both sides of it."""


class Bands:
    """Two networks whose bands of front lie a pixel west and a pixel east of the true one, and a short one beside."""

    def __init__(self):
        self.seen = []

    def line_probabilities(self, channels, valid=None, *, pixel_size_m=1.0, progress=lambda tiles: None):
        self.seen.append((channels, pixel_size_m))
        rows, columns = np.mgrid[: channels.shape[1], : channels.shape[2]] + 0.5
        short = 0.9 * np.exp(-((columns - 20.5) ** 2) / 8) * (np.abs(rows - 50) < 12)
        folds = [np.exp(-((columns - MIDDLE - aside) ** 2) / 8) for aside in (-1, 1)]
        return np.stack([np.maximum(0.9 * fold, short) for fold in folds]).astype(np.float16)


@pytest.fixture
def bands(monkeypatch):
    made = Bands()
    monkeypatch.setattr(scene_model, "load_scene_model", lambda *args, **settings: made)
    return made


def model_of_fronts(folder, **remarks):
    """A trained folder of fronts alone."""
    content = make_dataset_json(LABEL_SPACES["front"]) | remarks
    return make_model(folder / "nnUNetTrainer__nnUNetPlans__2d", content, make_plans(), folds=(0, 1))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_of_fronts(tmp_path_factory.mktemp("models"), pixel_size_m=[PIXEL_M, PIXEL_M])


def test_the_front_lies_in_the_middle_of_the_band(tmp_path, bands, model):
    """Within a twentieth of a pixel, as long as the scene; each network is a pixel from it; no map of zones."""
    path = write_scene(tmp_path / "S1A_IW_GRDH_1SDH_20150130T102345_20150130T102410.tif", made_scene())
    summary = delineate(path, tmp_path / "out", model)
    front, other = (gpd.read_file(tmp_path / "out" / "fronts.gpkg", layer=name) for name in ("fronts", "other_pieces"))
    (row,) = front.itertuples()
    inner = np.array(row.geometry.segmentize(40).coords)[15:-15, 0]
    assert inner == pytest.approx(FRONT_X, abs=PIXEL_M / 20)
    assert row.geometry.length == pytest.approx(EDGE_M, abs=PIXEL_M)
    # 3.60 pixels, and 1.94 times the one pixel that each network is away.
    assert row.uncertainty_m == pytest.approx((3.60 + 1.94) * PIXEL_M, abs=8)
    assert row.position_uncertainty_m == pytest.approx(1.57 * PIXEL_M)
    assert row.mean_probability == pytest.approx(BESIDE_THE_MIDDLE, abs=0.01)
    assert (str(row.date.date()), row.pixel_size_m, row.prolonged_m) == ("2015-01-30", PIXEL_M, 0)
    assert row.flags == "both ends at edge of image, few grey values"
    assert other.geometry.length.to_list() == pytest.approx([24 * PIXEL_M], abs=3 * PIXEL_M)
    assert {entry.name for entry in (tmp_path / "out").glob("[!.]*")} == {
        "fronts.gpkg", "front_probability", "front_spread", "scenes",
    }  # fmt: skip
    assert "zones" not in str(summary) and "retreat" in str(summary)
    (scene,) = open_delineated(tmp_path / "out").scenes.values()
    assert scene.zones is None
    with rasterio.open(scene.probability) as source:
        assert source.read(1)[50, round(MIDDLE)] == pytest.approx(250 * BESIDE_THE_MIDDLE, abs=2)


def test_the_network_sees_the_models_pixels(tmp_path, bands, model):
    """A scene of 20 m is averaged to the 80 m that the model's dataset tells."""
    delineate(write_scene(tmp_path / "fine.tif", made_scene(20), 20), tmp_path / "out", model)
    ((channels, pixel_size_m),) = bands.seen
    assert (channels.shape, pixel_size_m) == ((1, 100, 100), PIXEL_M)


def test_an_area_chooses_the_front(tmp_path, bands, model):
    """In the western half the short line is the front, and the networks agree on it."""
    path = write_scene(tmp_path / "a.tif", made_scene())
    west = gpd.GeoSeries([box(WEST, NORTH - EDGE_M, WEST + 3000, NORTH)], crs="EPSG:3413")
    west.to_file(tmp_path / "west.gpkg")
    delineate(path, tmp_path / "out", model, Options(areas=(tmp_path / "west.gpkg",)))
    (row,) = gpd.read_file(tmp_path / "out" / "fronts.gpkg", layer="fronts").itertuples()
    assert row.geometry.centroid.x == pytest.approx(WEST + 20.5 * PIXEL_M, abs=PIXEL_M / 10)
    assert row.uncertainty_m == pytest.approx(3.60 * PIXEL_M, abs=4)


def test_threshold_decides_what_is_seen_and_is_recorded(tmp_path, bands, model):
    """At 0.85 the mean of both networks, 0.78, is not seen, and the short line, of which both are sure, is.

    Alone each network sees its long line, far away: the front is rejected.
    """
    path = write_scene(tmp_path / "a.tif", made_scene())
    delineate(path, tmp_path / "out", model, Options(threshold="0.85"))
    (row,) = gpd.read_file(tmp_path / "out" / "fronts.gpkg", layer="rejected").itertuples()
    assert "networks far apart" in row.flags
    assert row.geometry.centroid.x == pytest.approx(WEST + 20.5 * PIXEL_M, abs=PIXEL_M / 10)
    again = delineate(path, tmp_path / "out", model, Options(threshold="0.5"))
    assert again.delineated == ("a",)
    assert delineate(path, tmp_path / "out", model).kept == ("a",)
    with pytest.raises(InputError, match="it is no number"):
        delineate(path, tmp_path / "none", model, Options(threshold="half"))


def test_a_model_that_does_not_know_its_pixels_is_told_so(tmp_path, bands):
    """With the option that says them."""
    path = write_scene(tmp_path / "a.tif", made_scene())
    with pytest.raises(InputError, match=r"does not say at which pixel size it was trained\. Give --pixel-size-m"):
        delineate(path, tmp_path / "out", model_of_fronts(tmp_path))
    assert not (tmp_path / "out").exists()


def test_maps_of_two_kinds_do_not_share_a_folder(tmp_path, bands, model):
    """A folder of fronts without zones takes none of a model with zones, whose maps would be missing for some."""
    path = write_scene(tmp_path / "a.tif", made_scene())
    delineate(path, tmp_path / "without", model, Options())
    with pytest.raises(InputError, match="it holds scenes with a front without zones, such as a"):
        delineate(path, tmp_path / "without")


def test_the_page_shows_what_there_is_and_misses_no_zones(tmp_path, bands, model):
    """Image and probability; the distance between the networks is called that."""
    out = tmp_path / "out"
    delineate(write_scene(tmp_path / "a.tif", made_scene()), out, model)
    viewed = view(out)
    assert viewed.n_lacking == 0
    assert {path.name for path in (out / "page").rglob("a_*.png")} == {"a_scene.png", "a_probability.png"}
    kind = page_kind_of((opened := open_delineated(out)).file, opened.maps)
    assert [layer.name for layer in kind.map_layers] == ["scene", "probability", "lines", "others"]
    assert (kind.words.uncertainty, kind.words.no_curve) == ("Uncertainty", "")


def test_a_trained_model_delineates_from_end_to_end(tmp_path, model):
    """Networks of random weights, through the command: whatever they draw, all files are there."""
    from typer.testing import CliRunner

    path = write_scene(tmp_path / "a.tif", made_scene())
    arguments = ["delineate", str(path), str(tmp_path / "out"), "--model", str(model), "--device", "cpu"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "fronts.gpkg").is_file() and (tmp_path / "out" / "front_probability" / "a.tif").is_file()
