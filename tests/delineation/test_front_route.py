"""Fronts from the edge of zones or from the class of the front: who decides, and what is drawn."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from scenes_on_the_map import FRONT_X, WEST, made_scene, write_scene
from tiny_models import make_dataset_json, make_model, make_plans

from nnunet_glacier.delineation.calving_fronts import fronts_with
from nnunet_glacier.delineation.front_drawing import AlongTheFrontClass, AtTheEdgeOfZones
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.stage import delineate
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.inference import scene_model
from nnunet_glacier.inference.front_route import best_route
from nnunet_glacier.models.pack import Options as PackOptions
from nnunet_glacier.models.pack import pack_model
from nnunet_glacier.support.errors import InputError

PIXEL_M = 80.0
EDGE = (FRONT_X - WEST) / PIXEL_M
"""Column of the edge between the zones, pixel centres at halves."""

BAND = EDGE + 6
"""Column of the middle of the front class: six pixels further east."""


class BandBesideTheEdge:
    """Two networks whose zones meet at one column and whose front class lies at another, with a gap of ten rows."""

    def zone_probabilities(self, pixels, valid=None, **settings):
        return self.zone_and_front_probabilities(pixels, valid)[:, :4]

    def zone_and_front_probabilities(self, pixels, valid=None, **settings):
        rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]] + 0.5
        classes = np.zeros((2, 5, *pixels.shape), dtype=np.float16)
        classes[:, Zone.GLACIER] = 1 / (1 + np.exp(columns - EDGE))
        classes[:, Zone.OCEAN] = 1 - classes[:, Zone.GLACIER]
        for fold, aside in enumerate((-1, 1)):
            band = 0.8 * np.exp(-((columns - BAND - aside) ** 2) / 8)
            classes[fold, 4] = np.where(np.abs(rows - 40) < 5, 0.1 * band, band)
        return classes


@pytest.fixture
def networks(monkeypatch):
    monkeypatch.setattr(scene_model, "load_scene_model", lambda *args, **settings: BandBesideTheEdge())


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Trained folders by what they are: with and without weight of the front, without a front class, fronts alone."""
    root = tmp_path_factory.mktemp("models")
    kinds = {
        "weighted": ("fused", "nnUNetTrainerGlacierFrontWeight"),
        "fused": ("fused", "nnUNetTrainerGlacier"),
        "zones": ("zones", "nnUNetTrainerGlacier"),
        "front": ("front", "nnUNetTrainerGlacier"),
    }
    made = {}
    for name, (labels, trainer) in kinds.items():
        content = make_dataset_json(LABEL_SPACES[labels]) | {"pixel_size_m": [PIXEL_M, PIXEL_M]}
        folder = root / name / f"{trainer}__nnUNetPlans__2d"
        made[name] = make_model(folder, content, make_plans(), folds=(0, 1), trainer=trainer)
    return made


def front_of(out):
    (row,) = gpd.read_file(out / "fronts.gpkg", layer="fronts").itertuples()
    return row


def column_of(row):
    """Mean column of a front away from its ends."""
    inner = np.array(row.geometry.segmentize(40).coords)[15:-15, 0]
    return (inner.mean() - WEST) / PIXEL_M


@pytest.mark.parametrize(
    ("model", "route", "column"),
    [
        ("weighted", "auto", BAND),
        ("weighted", "zones", EDGE),
        ("fused", "auto", EDGE),
        ("fused", "front", BAND),
        ("zones", "auto", EDGE),
    ],
)
def test_the_class_is_taken_where_the_trainer_gives_it_weight_or_where_it_is_asked_for(
    tmp_path, networks, models, model, route, column
):
    path = write_scene(tmp_path / "20200101_S1.tif", made_scene())
    delineate(path, tmp_path / "out", models[model], Options(route=route))
    assert column_of(front_of(tmp_path / "out")) == pytest.approx(column, abs=0.3)
    assert (tmp_path / "out" / "zones").is_dir()


def test_a_weight_of_one_in_the_plans_is_none(tmp_path):
    """The settings of the training go before the trainer's own."""
    trainer, settings = "nnUNetTrainerGlacierFrontWeight", {"trainer_settings": {"front_weight": 1.0}}
    folder = tmp_path / f"{trainer}__nnUNetPlans__2d"
    content = make_dataset_json(LABEL_SPACES["fused"])
    plain = open_model(make_model(folder, content, make_plans() | settings, folds=(0,), trainer=trainer))
    assert best_route(plain, trainer) == "zones"


@pytest.mark.parametrize("drawing", ["front", "zones"])
def test_a_packed_model_says_what_its_fronts_are_drawn_from(tmp_path, drawing):
    trainer = "nnUNetTrainerGlacierFrontWeight" if drawing == "front" else "nnUNetTrainerGlacier"
    content = make_dataset_json(LABEL_SPACES["fused"]) | {"pixel_size_m": [PIXEL_M, PIXEL_M]}
    folder = tmp_path / f"{trainer}__nnUNetPlans__2d"
    make_model(folder, content, make_plans(), folds=(0,), trainer=trainer)
    pack_model([folder], tmp_path / "packed", PackOptions())
    packed = open_model(tmp_path / "packed")
    assert packed.packed.description.route == drawing
    kind, problems = fronts_with(packed, Options())
    assert problems == []
    assert isinstance(kind.drawing, AlongTheFrontClass if drawing == "front" else AtTheEdgeOfZones)


def test_fronts_of_the_shipped_model_are_of_its_class():
    assert isinstance(fronts_with(open_model("caffe-256"), Options())[0].drawing, AlongTheFrontClass)


def test_what_was_joined_is_kept_apart_and_the_map_is_of_the_class(tmp_path, networks, models):
    """Ten rows of 0.08 are not seen; the map is the mean of two bands, each a pixel beside the middle."""
    path = write_scene(tmp_path / "20200101_S1.tif", made_scene())
    delineate(path, tmp_path / "out", models["weighted"])
    row = front_of(tmp_path / "out")
    assert row.prolonged_m == pytest.approx(10 * PIXEL_M, abs=1.5 * PIXEL_M)
    with rasterio.open(tmp_path / "out" / "front_probability" / "20200101_S1.tif") as source:
        highest = 0.8 * (np.exp(-(0.5**2) / 8) + np.exp(-(1.5**2) / 8)) / 2
        assert source.read(1).max() * source.scales[0] == pytest.approx(highest, abs=0.005)


def test_another_route_or_threshold_is_another_front(tmp_path, networks, models):
    """What was drawn by the other one is drawn anew, and the same is not."""
    path, out = write_scene(tmp_path / "20200101_S1.tif", made_scene()), tmp_path / "out"
    delineate(path, out, models["weighted"])
    assert "already" in str(delineate(path, out, models["weighted"]))
    delineate(path, out, models["weighted"], Options(route="zones"))
    assert column_of(front_of(out)) == pytest.approx(EDGE, abs=0.1)
    delineate(path, out, models["weighted"], Options(threshold="0.05"))
    assert front_of(out).prolonged_m == 0


@pytest.mark.parametrize(
    ("model", "settings", "words"),
    [
        ("zones", {"route": "front"}, "has no class for the front"),
        ("front", {"route": "zones"}, "has no zones"),
        ("weighted", {"route": "zones", "threshold": "0.5"}, "glacier and ocean are equally probable"),
        ("weighted", {"threshold": "half"}, "half"),
    ],
)
def test_what_a_model_does_not_have_is_refused(tmp_path, networks, models, model, settings, words):
    path = write_scene(tmp_path / "20200101_S1.tif", made_scene())
    with pytest.raises(InputError, match=words):
        delineate(path, tmp_path / "out", models[model], Options(**settings))
    assert not (tmp_path / "out").exists()
