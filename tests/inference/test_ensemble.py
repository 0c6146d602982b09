"""Folds averaged by hand: a stand-in for nnU-Net's predictor gives chosen logits."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.special import softmax

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.inference.ensemble import FoldEnsemble
from nnunet_glacier.support.errors import GlacierError

HW = (3, 4)
PROPERTIES = {"shape_after_cropping_and_before_resampling": (1, *HW), "spacing": (999, 1, 1)}


class StandIn:
    """What the ensemble needs of nnU-Net's predictor; fold k gives the k-th logits.

    Args:
        logits: ``(folds, C, 1, H, W)``.
        fails: Called before each fold with whether results stay on the device; may raise.
    """

    def __init__(self, logits, fails=lambda on_device: None):
        self.logits = torch.as_tensor(logits)
        self.fails = fails
        self.device = torch.device("cpu")
        self.perform_everything_on_device = True
        self.list_of_parameters = [{"fold": torch.tensor(fold)} for fold in range(len(self.logits))]
        self.network = SimpleNamespace(load_state_dict=self._load)
        self.label_manager = SimpleNamespace(apply_inference_nonlin=lambda logits: logits.float().softmax(0))
        self.plans_manager = SimpleNamespace(transpose_forward=[0, 1, 2])
        self.configuration_manager = SimpleNamespace(patch_size=[8, 8], spacing=[1.0, 1.0])
        self.fold = None

    def _load(self, parameters):
        self.fold = int(parameters["fold"])

    def predict_sliding_window_return_logits(self, data):
        self.fails(self.perform_everything_on_device)
        return self.logits[self.fold]


def random_logits(classes, folds=3):
    return np.random.default_rng(classes).normal(0, 2, (folds, classes, 1, *HW)).astype(np.float16)


def test_probabilities_are_averaged_and_not_logits():
    """Two folds, two classes: 0.9 and 0.2 give 0.55, while the mean logit would give 0.6."""
    logits = np.log([[0.1, 0.9], [0.8, 0.2]]).astype(np.float32)[:, :, None, None, None]
    properties = {**PROPERTIES, "shape_after_cropping_and_before_resampling": (1, 1, 1)}
    (average,) = FoldEnsemble(StandIn(logits), None).average(torch.zeros(1), properties)
    np.testing.assert_allclose(average.mean.flatten(), [0.45, 0.55], atol=1e-6)
    assert average.spread is None


def test_spread_is_the_standard_deviation_over_folds():
    """It equals numpy's over the stacked folds."""
    logits = random_logits(5, folds=4)
    (average,) = FoldEnsemble(StandIn(logits), None, with_spread=True).average(torch.zeros(1), PROPERTIES)
    folds = softmax(logits.astype(np.float64), axis=1)
    np.testing.assert_allclose(average.mean, folds.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(average.spread, folds.std(axis=0), atol=1e-6)


@pytest.mark.parametrize("name", ["multitask", "boundary"])
def test_marginals_of_the_mean_are_means_of_the_marginals(name):
    """Each task's mean is that of the folds' own marginals, summed over the codes by hand."""
    space = LABEL_SPACES[name]
    logits = random_logits(space.n_codes)
    averages = FoldEnsemble(StandIn(logits), space, with_spread=True).average(torch.zeros(1), PROPERTIES)
    joint = softmax(logits.astype(np.float64), axis=1)
    for index, (task, average) in enumerate(zip(space.tasks, averages, strict=True)):
        classes = np.array([space.decode(code)[index] for code in range(space.n_codes)])
        marginal = np.stack([joint[:, classes == wanted].sum(axis=1) for wanted in range(task.size)], axis=1)
        np.testing.assert_allclose(average.mean, marginal.mean(axis=0), atol=1e-6)
        np.testing.assert_allclose(average.spread, marginal.std(axis=0), atol=1e-6)


def test_logits_are_resampled_before_the_softmax():
    """A fold at half the size is brought to the image's size first, class by class, by nnU-Net's spacings."""
    calls = []

    def repeat(logits, shape, current, new):
        calls.append((tuple(shape), current, new))
        return logits.repeat(2, axis=2).repeat(2, axis=3)

    stand_in = StandIn(np.log([[[[[0.25, 0.5]]], [[[0.75, 0.5]]]]]).astype(np.float32))
    stand_in.configuration_manager = SimpleNamespace(spacing=[20.0, 20.0], resampling_fn_probabilities=repeat)
    properties = {"shape_after_cropping_and_before_resampling": (1, 2, 4), "spacing": (9990, 10.0, 10.0)}
    (average,) = FoldEnsemble(stand_in, None).average(torch.zeros(1), properties)
    np.testing.assert_allclose(average.mean[0, 0], [[0.25, 0.25, 0.5, 0.5]] * 2, atol=1e-6)
    assert calls == 2 * [((1, 2, 4), [9990, 20.0, 20.0], [9990, 10.0, 10.0])]


@pytest.mark.parametrize("failing_call", [0, 1, 2])
def test_an_image_that_does_not_fit_is_accumulated_on_the_cpu(failing_call):
    """Whichever fold fails, the image is begun again on the CPU, once and said so, and the result is the same."""
    logits = random_logits(4)
    calls, said, progress = [], [], []

    def fails(on_device):
        calls.append(on_device)
        if on_device and len(calls) > failing_call:
            raise torch.cuda.OutOfMemoryError("out of memory")

    ensemble = FoldEnsemble(StandIn(logits, fails), None, say=said.append, progress=progress.append)
    (average,) = ensemble.average(torch.zeros(1), PROPERTIES)
    np.testing.assert_allclose(average.mean, softmax(logits.astype(np.float64), axis=1).mean(axis=0), atol=1e-6)
    assert calls == [True] * (failing_call + 1) + [False] * 3
    assert ensemble.left_device
    assert len(said) == 1
    assert "CPU" in said[0]
    assert sum(progress) == 3


def test_the_next_image_is_tried_on_the_device_again():
    """The fallback is for one image."""
    too_large = True

    def fails(on_device):
        if on_device and too_large:
            raise torch.cuda.OutOfMemoryError("out of memory")

    ensemble = FoldEnsemble(StandIn(random_logits(4), fails), None, say=lambda sentence: None)
    ensemble.average(torch.zeros(1), PROPERTIES)
    assert ensemble.left_device
    too_large = False
    ensemble.average(torch.zeros(1), PROPERTIES)
    assert not ensemble.left_device


def test_nnunets_own_fallback_is_followed():
    """Logits that come back on another device than asked for mean that nnU-Net ran out of memory there."""
    logits = random_logits(4)
    said = []
    stand_in = StandIn(logits)
    stand_in.device = torch.device("cuda")
    ensemble = FoldEnsemble(stand_in, None, say=said.append)
    (average,) = ensemble.average(torch.zeros(1), PROPERTIES)
    assert average.mean.device.type == "cpu"
    assert ensemble.left_device
    assert len(said) == 1


def test_the_fallback_is_said_once_where_both_ways_lead_to_it():
    """nnU-Net leaves the device in the first fold, and the second one runs out of memory all the same."""
    logits, calls, said = random_logits(4), [], []

    def fails(on_device):
        calls.append(on_device)
        if len(calls) == 2:
            raise torch.cuda.OutOfMemoryError("out of memory")

    stand_in = StandIn(logits, fails)
    stand_in.device = torch.device("cuda")
    ensemble = FoldEnsemble(stand_in, None, say=said.append)
    (average,) = ensemble.average(torch.zeros(1), PROPERTIES)
    np.testing.assert_allclose(average.mean, softmax(logits.astype(np.float64), axis=1).mean(axis=0), atol=1e-6)
    assert calls == [True, False, False, False, False]
    assert len(said) == 1


def test_a_tile_that_does_not_fit_is_refused_with_a_remedy():
    """Where the network itself finds no memory, the CPU as a store does not help."""

    def fails(on_device):
        raise torch.cuda.OutOfMemoryError("out of memory")

    ensemble = FoldEnsemble(StandIn(random_logits(4), fails), None, say=lambda sentence: None)
    with pytest.raises(GlacierError, match=r"one tile of \(8, 8\); use --device cpu"):
        ensemble.average(torch.zeros(1), PROPERTIES)
