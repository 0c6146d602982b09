"""Distance regression on lines whose distances one can count."""

import math

import pytest
import torch
from scipy import ndimage

from nnunet_glacier.losses.distance_regression import DistanceRegression, distance_ramp, distance_regression


def column(width, size=21):
    """A vertical line of so many pixels in the middle."""
    line = torch.zeros(1, size, size, dtype=torch.bool)
    first = (size - width) // 2
    line[:, :, first : first + width] = True
    return line


def test_the_ramp_by_hand():
    """Half a pixel inside the edge 0.5 + 0.5 / 8, one more pixel 1 / 8 more; outside the same downwards to 0."""
    expected = [0, 0, 0.0625, 0.1875, 0.3125, 0.4375, 0.5625, 0.6875, 0.8125, 0.6875, 0.5625, 0.4375]
    assert distance_ramp(column(5), reach_px=4)[0, 10, 2:14].tolist() == expected


def test_above_a_half_is_the_label():
    """Whatever its shape, and the ramp is scipy's distance."""
    line = torch.rand(1, 40, 40, generator=torch.Generator().manual_seed(0)) > 0.6
    ramp = distance_ramp(line, reach_px=3)
    assert torch.equal(ramp > 0.5, line)
    outside = torch.from_numpy(ndimage.distance_transform_edt(~line[0].numpy()))
    expected = (0.5 - (outside - 0.5) / 6).clamp(min=0).float()
    assert torch.allclose(ramp[0][~line[0]], expected[~line[0]])


def test_no_line_and_nothing_but_line():
    """0 and 1 everywhere."""
    assert distance_ramp(torch.zeros(1, 6, 6, dtype=torch.bool)).eq(0).all()
    assert distance_ramp(torch.ones(1, 6, 6, dtype=torch.bool)).eq(1).all()


def test_distances_are_those_of_full_resolution():
    """A map whose columns stand for two pixels each: the edge is a full pixel from the middle of its neighbours."""
    ramp = distance_ramp(column(1, 9), reach_px=8, spacing_px=(2.0, 2.0))
    assert ramp[0, 4, 3:6].tolist() == [0.4375, 0.5625, 0.4375]


def test_the_loss_is_the_divergence_from_the_ramp():
    """0 at the ramp; at a logit of 0 the mean of log 2 less the ramp's entropy."""
    ramp = distance_ramp(column(5), reach_px=4)
    at_ramp = distance_regression(torch.logit(ramp, eps=1e-6), column(5), reach_px=4)
    assert at_ramp.item() == pytest.approx(0, abs=1e-5)
    entropies = [0 if p in (0, 1) else -p * math.log(p) - (1 - p) * math.log(1 - p) for p in ramp[0, 0].tolist()]
    expected = math.log(2) - sum(entropies) / len(entropies)
    logits = torch.zeros(1, 2, 21, 21)
    assert DistanceRegression(4)(logits, column(5)[:, None].float()).item() == pytest.approx(expected, rel=1e-5)


def test_a_reach_of_nothing_is_refused():
    """And a negative one."""
    for reach_px in (0, -1.0):
        with pytest.raises(ValueError, match="reach_px must be above 0"):
            DistanceRegression(reach_px)
