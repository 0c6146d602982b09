"""A loaded model's zone probabilities of arrays."""

import numpy as np
import pytest
from scipy.special import softmax
from tiny_models import FUSED_LABELS, make_dataset_json, make_model, make_plans

import nnunet_glacier.inference.scene_model as scene_model
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.inference.scene_model import load_scene_model, windows_of
from nnunet_glacier.support.errors import InputError

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


@pytest.mark.parametrize("window_px", [3072, 50])
def test_the_front_is_halved_between_glacier_and_ocean(constant, monkeypatch, window_px):
    """Every pixel of every window gets its fold's softmax, and pixels without data are NA."""
    monkeypatch.setattr(scene_model, "WINDOW_PX", window_px)
    pixels = np.random.default_rng(0).uniform(1, 255, (70, 90)).astype(np.float32)
    valid = np.ones(pixels.shape, dtype=bool)
    valid[:10] = False
    done = []
    zones = constant.zone_probabilities(pixels, valid, progress=done.append)
    assert zones.shape == (2, 4, 70, 90)
    assert sum(done) == 2 * len(windows_of(pixels.shape, window_px, 64))
    for fold in LOGITS:
        assert zones[fold][:, valid] == pytest.approx(np.tile(expected(fold)[:, None], valid.sum()), abs=2e-3)
        assert (zones[fold][:, ~valid] == np.array([1, 0, 0, 0])[:, None]).all()


def test_windows_are_normalised_by_the_whole_scene(tmp_path, monkeypatch):
    """A network that answers each pixel by its value gives one scene in windows as it gives it whole."""
    seen = []
    folder = tmp_path / "nnUNetTrainer__nnUNetPlans__2d"
    make_model(folder, make_dataset_json(LABEL_SPACES["fused"]), make_plans(), folds=(0,), constant_logits=LOGITS)
    model = load_scene_model(folder, device="cpu", mirroring=False)
    logits = model._ensemble._logits
    monkeypatch.setattr(model._ensemble, "_logits", lambda *given: (seen.append(given[2].numpy()), logits(*given))[1])
    pixels = np.tile(np.linspace(1, 255, 100, dtype=np.float32), (20, 1))
    model.zone_probabilities(pixels)
    monkeypatch.setattr(scene_model, "WINDOW_PX", 40)
    monkeypatch.setattr(model, "_margin_px", lambda: 10)
    model.zone_probabilities(pixels)
    whole, *windows = (data[0, 0] for data in seen)
    assert len(windows) == 3
    assert windows[0] == pytest.approx(whole[:, :50], abs=1e-5)
    assert windows[1] == pytest.approx(whole[:, 30:90], abs=1e-5)


def test_windows_cover_an_image_once():
    counts = np.zeros((70, 90), dtype=int)
    for outer, inner, of_outer in windows_of(counts.shape, 32, 8):
        counts[inner] += 1
        assert np.zeros(counts.shape)[outer][of_outer].shape == counts[inner].shape
    assert (counts == 1).all()


@pytest.mark.parametrize(
    ("dataset_json", "words"),
    [
        (make_dataset_json(labels=FUSED_LABELS), "it has no tasks"),
        (make_dataset_json(LABEL_SPACES["grounding_line"]), "zones are wanted"),
        (make_dataset_json(LABEL_SPACES["fused"], channels=2), "takes 2 channels"),
    ],
)
def test_a_model_of_something_else_is_refused(tmp_path, dataset_json, words):
    plans = make_plans(channels=len(dataset_json["channel_names"]))
    folder = make_model(tmp_path / "nnUNetTrainer__nnUNetPlans__2d", dataset_json, plans, folds=(0,))
    with pytest.raises(InputError, match=words):
        load_scene_model(folder)
