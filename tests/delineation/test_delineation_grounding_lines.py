"""From interferograms to grounding lines, by the stage that draws fronts, with a made-up network."""

import json

import geopandas as gpd
import numpy as np
import pytest
from scenes_on_the_map import NORTH, WEST, made_scene, write_scene
from shapely import box, transform
from tiny_models import make_dataset_json, make_model, make_plans

import nnunet_glacier.inference.scene_model as scene_model
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.stage import delineate
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.formats.delineated_folder import open_delineated
from nnunet_glacier.formats.delineated_lines import GROUNDING_LINES
from nnunet_glacier.formats.grounding_line_exports import ESA_CCI_ATTRIBUTES
from nnunet_glacier.formats.line_reviews import Review, fingerprint
from nnunet_glacier.formats.phase_rules import recorded_storage
from nnunet_glacier.formats.reviewed_lines import apply_reviews
from nnunet_glacier.support.errors import InputError

NAME = "getz_20160108_20160114_20160120_20160126"
ROW = 40.3
"""The line runs along y = 40.3 in pixels."""


class Ridge:
    """Two networks that see one long line and one of five pixels, whatever they are given."""

    def __init__(self):
        self.seen = []

    def line_probabilities(self, channels, valid=None, *, pixel_size_m=1.0, progress=lambda tiles: None):
        self.seen.append((channels, valid, pixel_size_m))
        y, x = np.mgrid[: channels.shape[1], : channels.shape[2]] + 0.5
        long = np.exp(-(((y - ROW) / 1.5) ** 2) / 2)
        short = np.exp(-(((y - 70.5) / 1.0) ** 2) / 2) * (np.abs(x - 30) < 3)
        return np.tile(0.9 * np.maximum(long, short), (2, 1, 1)).astype(np.float16)


@pytest.fixture
def ridge(monkeypatch):
    made = Ridge()
    monkeypatch.setattr(scene_model, "load_scene_model", lambda *args, **settings: made)
    return made


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A trained folder of grounding lines on cosine, sine and magnitude, of landward lines."""
    folder = tmp_path_factory.mktemp("models") / "nnUNetTrainer__nnUNetPlans__2d"
    rules = {"bands": "real-imaginary", "phase_unit": "radians", "channels": "cos_sin_mag", "crs": None}
    rules |= {"pixel_size_m": None, "magnitude_scale": 2.0, "where": "category = 'tidal_flexure_zone_landward'"}
    content = make_dataset_json(LABEL_SPACES["grounding_line"], channels=3, ending=".tif") | {"conversion": rules}
    return make_model(folder, content, make_plans(channels=3), folds=(0, 1))


def interferogram(path, **profile):
    rng = np.random.default_rng(0)
    z = np.exp(1j * rng.uniform(-np.pi, np.pi, (100, 100)))
    return write_scene(path, np.stack([z.real, z.imag]).astype(np.float32), **profile)


def test_lines_dates_and_channels_are_those_of_the_interferogram(tmp_path, ridge, model):
    """A twentieth of a pixel of 80 m, a fifth at an end; four dates; the short line in the layer of rejected ones."""
    path, out = interferogram(tmp_path / f"{NAME}.tif"), tmp_path / "out"
    summary = delineate(path, out, model, Options(glacier="Getz", exports=("esa-cci", "geojson", "shapefile")))
    (line,) = gpd.read_file(out / "grounding_lines.gpkg", layer="grounding_lines").itertuples()
    y = np.array(line.geometry.segmentize(40).coords)[:, 1]
    assert y.mean() == pytest.approx(NORTH - ROW * 80, abs=4)
    assert y == pytest.approx(NORTH - ROW * 80, abs=16)
    assert line.geometry.length == pytest.approx(8000, abs=160)
    assert (line.Date1, line.Date4, line.acq_time_2) == ("160108", "160126", "2016-01-14")
    assert (str(line.date.date()), line.glacier, line.rank) == ("2016-01-08", "Getz", 1)
    assert (line.uncertainty_m, line.pixel_size_m) == (pytest.approx(0, abs=1), pytest.approx(80, rel=0.02))
    assert line.flags == "ends at edge of image"
    assert line.category == "tidal_flexure_zone_landward"
    (short,) = gpd.read_file(out / "grounding_lines.gpkg", layer="rejected").itertuples()
    assert "too short" in short.flags
    assert "1 grounding line, " in str(summary)
    assert {folder.name for folder in out.iterdir() if folder.is_dir()} >= {"line_probability", "line_spread"}
    channels, valid, _ = ridge.seen[0]
    # All phasors have the length 1, which is half of the scale.
    assert (channels.shape, valid.all()) == ((3, 100, 100), True)
    assert channels[2] == pytest.approx(0.5, abs=1e-6)
    assert np.hypot(*channels[:2]) == pytest.approx(1, abs=1e-6)
    product = gpd.read_file(out / "esa-cci" / "grounding_lines_esa_cci.shp")
    assert list(product.columns) == [*ESA_CCI_ATTRIBUTES, "geometry"]
    assert (product["acq_time_3"][0], product["det_mode"][0], product.crs.to_epsg()) == ("2016-01-20", "auto", 4326)
    delineate(path, out, model, Options(glacier="Getz"))
    assert len(ridge.seen) == 1, "a scene that is done is kept"
    assert json.loads((out / "scenes" / f"{NAME}.json").read_text())["made_from"]["kind"] == "grounding line"
    folder = open_delineated(out)
    scene = folder.scenes[NAME]
    assert (folder.file, scene.zones, scene.known.glacier) == (GROUNDING_LINES, None, "Getz")
    assert scene.known.passes == ("2016-01-08", "2016-01-14", "2016-01-20", "2016-01-26")
    assert recorded_storage(scene.made_from) == ("real-imaginary", "radians")


def test_a_line_that_was_drawn_anew_is_not_called_automatic(tmp_path, ridge, model):
    path, out = interferogram(tmp_path / f"{NAME}.tif"), tmp_path / "out"
    delineate(path, out, model)
    (line,) = gpd.read_file(out / "grounding_lines.gpkg", layer="grounding_lines").itertuples()
    drawn = transform(line.geometry, lambda xy: np.add(xy, (0, 500)))
    review = Review(NAME, "accepted", "Ann", drawn, fingerprint([line.geometry]))
    apply_reviews(out / "grounding_lines.gpkg", [review], "EPSG:3413", GROUNDING_LINES)
    delineate(path, out, model, Options(exports=("esa-cci",)))
    (product,) = gpd.read_file(out / "esa-cci" / "grounding_lines_esa_cci.shp").itertuples()
    assert product.det_mode == "editing"
    assert product.proc_desc == f"nnunet-glacier {line.model} - drawn anew by hand"


def test_the_product_has_the_attributes_of_its_list(shared_data):
    """Names and order of the published list of 47 attributes."""
    lines = (
        (shared_data / "grounding_line_files" / "GLL_product_structure.csv").read_text(encoding="latin-1").splitlines()
    )
    listed = [line.split(",")[1].strip() for line in lines if line.split(",")[0].strip().isdigit()]
    assert len(listed) == 47
    assert list(ESA_CCI_ATTRIBUTES) == listed


def test_what_is_of_the_other_kind_is_refused_before_anything_is_written(tmp_path, ridge, model):
    """An interferogram for fronts, an image for grounding lines, and options of the other kind."""
    ifg = interferogram(tmp_path / f"{NAME}.tif")
    out = tmp_path / "out"
    with pytest.raises(InputError, match="an interferogram wants a grounding-line model"):
        delineate(ifg, out)
    image = write_scene(tmp_path / "sar.tif", made_scene())
    two = write_scene(tmp_path / "two.tif", np.stack([made_scene(), made_scene()]).astype(np.float32))
    with pytest.raises(InputError) as caught:
        delineate([image, two], out, model, Options(band=1, exports=("calfin",)))
    for words in (
        "8-bit picture",
        "seems to hold amplitudes",
        "wants a model of fronts",
        "--band 1",
        "--export calfin",
    ):
        assert words in str(caught.value)
    assert not out.exists()


def test_an_area_cuts_the_lines(tmp_path, ridge, model):
    """The western half; and beside the scene, where the network is not asked."""
    path = interferogram(tmp_path / f"{NAME}.tif")
    west = gpd.GeoSeries([box(WEST, NORTH - 8000, WEST + 4000, NORTH)], crs="EPSG:3413")
    west.to_file(tmp_path / "west.gpkg")
    delineate(path, tmp_path / "out", model, Options(areas=(tmp_path / "west.gpkg",)))
    (line,) = gpd.read_file(tmp_path / "out" / "grounding_lines.gpkg", layer="grounding_lines").geometry
    assert line.length == pytest.approx(4000, abs=80)
    gpd.GeoSeries([box(WEST - 4000, NORTH - 8000, WEST - 80, NORTH)], crs="EPSG:3413").to_file(tmp_path / "beside.gpkg")
    with pytest.raises(InputError, match="none of its pixels lies within --aoi and --box"):
        delineate(path, tmp_path / "beside", model, Options(areas=(tmp_path / "beside.gpkg",)))
    assert len(ridge.seen) == 1
