"""Distance-map BCE against a transcription of Davari et al. (2021), Eq. 3-7, in numpy and float64."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from scipy.special import expit

from nnunet_glacier.losses.distance_map import DistanceMapBCE, distance_map
from nnunet_glacier.losses.scaled_bce import scaled_bce


def transcribed_map(line, w, R, k, spacing=(1.0, 1.0)):
    """Eq. 3-5 for a map with line and background, the sigmoid scaled to [0, 1]."""
    dilated = ndimage.binary_dilation(line, np.ones((w, w)))
    soft = expit(ndimage.distance_transform_edt(dilated, sampling=spacing) / R)
    return (soft - soft.min()) / (soft.max() - soft.min()) + k * ~dilated


def transcribed_loss(logit, line, scale):
    """Eq. 7."""
    p = expit(logit)
    return -np.mean(np.where(line, np.log(p * scale), np.log(1 - p * scale)))


def wandering_lines(seed=0, size=40):
    """Two maps, each with a line 5 pixels wide."""
    rng = np.random.default_rng(seed)
    centre = size / 2 + np.cumsum(rng.normal(size=(2, size)), axis=1)
    return np.abs(np.arange(size) - centre[..., None]) < 2.5


@pytest.mark.parametrize(
    ("w", "R", "k"), [(3, 1, 0.1), (5, 4, 0.1), (15, 4, 0.1), (15, 8, 0.1), (5, 4, 0.5), (5, 4, 1)]
)
def test_the_map_is_that_of_the_equations(w, R, k):
    """The defaults and the parameters of Fig. 2; also for a single map."""
    lines = wandering_lines()
    expected = np.stack([transcribed_map(line, w, R, k) for line in lines])
    np.testing.assert_allclose(distance_map(torch.from_numpy(lines), w=w, R=R, k=k), expected, rtol=2e-6)
    np.testing.assert_allclose(distance_map(torch.from_numpy(lines[1]), w=w, R=R, k=k), expected[1], rtol=2e-6)


def test_the_map_at_a_lower_resolution_measures_in_pixels_of_full_resolution():
    """Half the rows and a quarter of the columns: the line grows by a pixel up and down, and not sideways."""
    line = torch.zeros(5, 5, dtype=torch.bool)
    line[2, 1:4] = True
    weights = distance_map(line, w=3, R=4, spacing_px=(2.0, 4.0))
    edge, core = np.tanh(2 / 8), np.tanh(4 / 8)
    expected = np.full((5, 5), 0.1)
    expected[1:4, 1:4] = [[edge / core] * 3, [1] * 3, [edge / core] * 3]
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


def test_a_map_of_one_class_weighs_every_pixel_alike():
    """No line at all, and nothing but line, in one batch with a map that has both."""
    lines = torch.zeros(3, 8, 8, dtype=torch.bool)
    lines[1] = True
    lines[2, :, 4] = True
    weights = distance_map(lines)
    assert (weights[:2] == 1).all()
    torch.testing.assert_close(weights[2], distance_map(lines[2]))
    assert weights[2].min() == pytest.approx(0.1)


def test_four_by_four_by_hand():
    """One pixel of line, p = 1/2: it costs log 2, each other pixel -log(1 - k/2)."""
    target = torch.zeros(1, 1, 4, 4)
    target[0, 0, 1, 2] = 1
    loss = DistanceMapBCE(w=1, R=1, k=0.1)(torch.zeros(1, 2, 4, 4), target)
    assert loss.item() == pytest.approx((np.log(2) - 15 * np.log(0.95)) / 16, rel=1e-6)


@pytest.mark.parametrize(("w", "R", "k"), [(3, 1, 0.1), (5, 2, 1.0)])
def test_the_loss_is_that_of_equation_7(w, R, k):
    """With the difference of the two logits as the logit of the line."""
    lines = wandering_lines(seed=1)
    logits = np.random.default_rng(2).normal(scale=3, size=(2, 2, 40, 40))
    scale = np.stack([transcribed_map(line, w, R, k) for line in lines])
    loss = DistanceMapBCE(w, R, k)(torch.from_numpy(logits), torch.from_numpy(lines[:, None]).float())
    assert loss.item() == pytest.approx(transcribed_loss(logits[:, 1] - logits[:, 0], lines, scale), rel=1e-6)


def test_scale_one_is_plain_bce_and_saturated_predictions_keep_their_loss():
    """A false alarm at logit 1e4 costs 1e4 at scale 1 and -log(1 - d) at scale d; its slope is 1 and 0."""
    logit = torch.tensor([1e4, 1e4, -1e4, 2.0], requires_grad=True)
    values = scaled_bce(logit, torch.tensor([False, False, True, False]), torch.tensor([1.0, 0.9, 1.0, 1.0]))
    values.sum().backward()
    expected = [1e4, -np.log(0.1), 1e4, np.log1p(np.exp(2))]
    np.testing.assert_allclose(values.detach(), expected, rtol=1e-6)
    np.testing.assert_allclose(logit.grad, [1, 0, -1, expit(2)], rtol=1e-6)


@pytest.mark.parametrize("wrong", [{"w": 2}, {"w": 0}, {"R": 0}, {"k": 0}, {"k": 1.5}])
def test_parameters_out_of_range_are_refused(wrong):
    """Even squares have no centre; the other bounds are the paper's."""
    with pytest.raises(ValueError, match="w must be odd"):
        DistanceMapBCE(**wrong)
