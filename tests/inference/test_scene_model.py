"""A loaded model's zone probabilities of arrays."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.special import softmax
from tiny_models import FUSED_LABELS, make_dataset_json, make_model, make_plans

import nnunet_glacier.inference.ensemble as ensemble
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.inference.fold_pass import preprocess
from nnunet_glacier.inference.scene_model import load_scene_model
from nnunet_glacier.support.errors import GlacierError, InputError

TILE_PX = 32
LOGITS = {0: [0.0, 1, 2, 0.5, 3], 1: [1.0, 0, 0, 2, 0]}


@pytest.fixture(scope="module")
def constant(tmp_path_factory):
    """A model whose folds say the same of every pixel."""
    folder = tmp_path_factory.mktemp("models") / "nnUNetTrainer__nnUNetPlans__2d"
    dataset_json = make_dataset_json(LABEL_SPACES["fused"])
    make_model(folder, dataset_json, make_plans(), folds=(0, 1), constant_logits=LOGITS)
    return load_scene_model(folder, device="cpu", mirroring=False)


def expected(fold: int) -> np.ndarray:
    classes = softmax(LOGITS[fold])
    return classes[:4] + np.array([0, 0, 0.5, 0.5]) * classes[4]


@pytest.mark.parametrize("strip_px", [512, 7])
def test_the_front_is_halved_between_glacier_and_ocean(constant, monkeypatch, strip_px):
    """Every pixel gets its fold's softmax, and pixels without data are NA."""
    monkeypatch.setattr(ensemble, "STRIP_PX", strip_px)
    pixels = np.random.default_rng(0).uniform(1, 255, (70, 90)).astype(np.float32)
    valid = np.ones(pixels.shape, dtype=bool)
    valid[:10] = False
    done = []
    # A bar's update returns whether it was drawn.
    zones = constant.zone_probabilities(pixels, valid, progress=lambda tiles: done.append(tiles) or True)
    assert zones.shape == (2, 4, 70, 90)
    for fold in LOGITS:
        assert zones[fold][:, valid] == pytest.approx(np.tile(expected(fold)[:, None], valid.sum()), abs=2e-3)
        assert (zones[fold][:, ~valid] == np.array([1, 0, 0, 0])[:, None]).all()
    # 60 rows and 90 columns of data need 1 x 2 tiles of 64, for each of two folds.
    assert done == [1] * 4


def test_masks_are_taken_as_rasterio_gives_them(constant):
    """0 and 255 of ``dataset_mask``; another shape, or a mask without any data, is told."""
    pixels = np.random.default_rng(0).uniform(1, 255, (40, 50)).astype(np.float32)
    mask = np.full(pixels.shape, 255, dtype=np.uint8)
    mask[:10] = 0
    np.testing.assert_array_equal(
        constant.zone_probabilities(pixels, mask), constant.zone_probabilities(pixels, mask > 0)
    )
    for given, valid, told in (
        (pixels, mask[1:], r"has the shape \(39, 50\), the pixels \(40, 50\)"),
        (pixels, 0 * mask, "no pixel holds data"),
        (pixels[None], None, r"another shape than \(H, W\)"),
    ):
        with pytest.raises(GlacierError, match=told):
            constant.zone_probabilities(given, valid)


def test_folds_are_numbers_or_names(constant):
    folder = constant.model.folder
    for folds, names in ((1, ("1",)), ("1", ("1",)), ([0, "1"], ("0", "1")), (iter([1]), ("1",))):
        assert load_scene_model(folder, folds=folds, device="cpu").model.folds == names
    with pytest.raises(InputError, match="fold_10"):
        load_scene_model(folder, folds="10", device="cpu")
    with pytest.raises(InputError, match=r"tile_step: 0 is not in \(0, 1\]"):
        load_scene_model(folder, tile_step=0, device="cpu")


def test_the_front_stands_beside_the_zones_that_hold_it(constant):
    """The softmax of its own class, 0 without data."""
    pixels = np.random.default_rng(0).uniform(1, 255, (70, 90)).astype(np.float32)
    valid = np.ones(pixels.shape, dtype=bool)
    valid[:10] = False
    classes = constant.zone_and_front_probabilities(pixels, valid)
    for fold, logits in LOGITS.items():
        own = np.append(expected(fold), softmax(np.array(logits))[4])
        assert classes[fold][:, valid] == pytest.approx(np.tile(own[:, None], valid.sum()), abs=2e-3)
        assert (classes[fold][:, ~valid] == np.array([1, 0, 0, 0, 0])[:, None]).all()


def test_the_front_of_a_task_of_its_own_stands_beside_the_zones(tmp_path):
    """Codes of zones and front: each task's probability is the sum over the codes that have its class."""
    space, logits = LABEL_SPACES["multitask"], [0.0, 1, 2, 0.5, 3, -1, 1.5, 0.2]
    folder = tmp_path / "nnUNetTrainer__nnUNetPlans__2d"
    make_model(folder, make_dataset_json(space), make_plans(), folds=(0,), constant_logits={0: logits})
    model = load_scene_model(folder, device="cpu", mirroring=False)
    (classes,) = model.zone_and_front_probabilities(np.full((40, 50), 100.0, dtype=np.float32))
    probabilities, codes = softmax(np.array(logits)), np.arange(space.n_codes)
    zones, front = space.decode(codes)
    expected = [probabilities[zones == zone].sum() for zone in range(4)] + [probabilities[front == 1].sum()]
    assert classes == pytest.approx(np.broadcast_to(np.array(expected)[:, None, None], classes.shape), abs=2e-3)


@pytest.fixture(scope="module", params=[1.0, 2.0], ids=["own pixels", "twice the pixels"])
def textured(request, tmp_path_factory):
    """A model with random weights whose answer at a pixel depends on all of the tile round it, and a scene."""
    folder = tmp_path_factory.mktemp("models") / "nnUNetTrainer__nnUNetPlans__2d"
    plans = make_plans(patch=(TILE_PX, TILE_PX), spacing=(request.param, request.param))
    make_model(folder, make_dataset_json(LABEL_SPACES["fused"]), plans, folds=(0, 1))
    rough = ndimage.gaussian_filter(np.random.default_rng(0).uniform(0, 255, (101, 183)), 2)
    return load_scene_model(folder, device="cpu", mirroring=False), rough.astype(np.float32), int(request.param)


def test_a_scene_is_what_nnunet_makes_of_it(textured, monkeypatch):
    """However it is cut into strips: nnU-Net's sliding window, resampling and softmax over the whole scene at once."""
    model, pixels, _ = textured
    monkeypatch.setattr(ensemble, "STRIP_PX", 10)
    zones = model.zone_probabilities(pixels)
    predictor, configuration = model.predictor, model.predictor.configuration_manager
    data, _ = preprocess(pixels[None, None], None, {"spacing": (999, 1, 1)}, predictor)
    for fold, parameters in enumerate(predictor.list_of_parameters):
        predictor.network.load_state_dict(parameters)
        logits = predictor.predict_sliding_window_return_logits(data).numpy()
        spacings = [999, *configuration.spacing], [999, 1, 1]
        logits = configuration.resampling_fn_probabilities(logits, (1, *pixels.shape), *spacings)
        classes = softmax(logits[:, 0].astype(np.float64), axis=0)
        classes[2:4] += classes[4] / 2
        assert zones[fold] == pytest.approx(classes[:4], abs=2e-3)
        assert classes[:4].std() > 0.1


def test_the_order_of_the_tiles_does_not_matter(textured, monkeypatch):
    model, pixels, _ = textured
    zones = model.zone_probabilities(pixels)
    slicers = model.predictor._internal_get_sliding_window_slicers
    shuffled = np.random.default_rng(1).permutation
    monkeypatch.setattr(
        model.predictor,
        "_internal_get_sliding_window_slicers",
        lambda size: [slicers(size)[index] for index in shuffled(len(slicers(size)))],
    )
    # Sums of half precision: their order shows in the last digits.
    assert model.zone_probabilities(pixels) == pytest.approx(zones, abs=2e-2)


def test_what_is_further_than_a_tile_does_not_matter(textured):
    """The far end of a scene with its pixels shuffled, so that mean and deviation stay."""
    model, pixels, spacing = textured
    far = 110
    shuffled = pixels.copy()
    shuffled[:, far:] = np.random.default_rng(2).permutation(pixels[:, far:].ravel()).reshape(len(pixels), -1)
    one, other = model.zone_probabilities(pixels), model.zone_probabilities(shuffled)
    # Resampling reaches a few pixels further.
    near = far - (TILE_PX + 4) * spacing
    assert other[..., :near] == pytest.approx(one[..., :near], abs=5e-3)
    assert not np.allclose(other[..., far:], one[..., far:], atol=0.1)


@pytest.mark.parametrize(
    ("dataset_json", "words"),
    [
        (make_dataset_json(labels=FUSED_LABELS), "it has no tasks"),
        (make_dataset_json(LABEL_SPACES["sea_ice"]), "zones, fronts or grounding lines are wanted"),
        (make_dataset_json(LABEL_SPACES["fused"], channels=2), "takes 2 channels"),
    ],
)
def test_a_model_of_something_else_is_refused(tmp_path, dataset_json, words):
    plans = make_plans(channels=len(dataset_json["channel_names"]))
    folder = make_model(tmp_path / "nnUNetTrainer__nnUNetPlans__2d", dataset_json, plans, folds=(0,))
    with pytest.raises(InputError, match=words):
        load_scene_model(folder)


def test_a_model_of_grounding_lines_gives_the_probability_of_the_line(tmp_path):
    """Each fold's softmax where there is data, of three channels; 0 elsewhere."""
    folder = tmp_path / "nnUNetTrainer__nnUNetPlans__2d"
    dataset_json = make_dataset_json(LABEL_SPACES["grounding_line"], channels=3, ending=".tif")
    logits = {0: [0.0, 1.0], 1: [2.0, 0.0]}
    make_model(folder, dataset_json, make_plans(channels=3), folds=(0, 1), constant_logits=logits)
    valid = np.ones((40, 50), dtype=bool)
    valid[:, :9] = False
    channels = np.where(valid, np.random.default_rng(0).uniform(-1, 1, (3, 40, 50)), 0).astype(np.float32)
    folds = load_scene_model(folder, device="cpu", mirroring=False).line_probabilities(channels, valid)
    assert folds.shape == (2, 40, 50)
    for fold, said in logits.items():
        assert folds[fold][valid] == pytest.approx(softmax(said)[1], abs=2e-3)
    assert not folds[:, ~valid].any()
