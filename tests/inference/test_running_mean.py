"""The running mean and spread agree with numpy on all values at once."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnunet_glacier.inference.running_mean import RunningMean


@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 7), st.integers(1, 4), st.integers(1, 4)),
        elements=st.floats(0, 1, width=32),
    )
)
def test_mean_and_spread_are_those_of_numpy(values):
    """For probabilities of one to seven folds."""
    mean = RunningMean(with_spread=True)
    for fold in values:
        mean.add(torch.from_numpy(fold))
    np.testing.assert_allclose(mean.mean().numpy(), values.mean(axis=0, dtype=np.float64), atol=1e-6)
    np.testing.assert_allclose(mean.spread().numpy(), values.std(axis=0, dtype=np.float64), atol=1e-6)


def test_equal_folds_have_no_spread():
    """No cancellation leaves a rest, as it would with a sum of squares."""
    mean = RunningMean(with_spread=True)
    for _ in range(5):
        mean.add(torch.full((3,), 1 / 3))
    assert mean.spread().max() < 1e-7


def test_what_is_added_stays_as_it_is():
    """The first tensor is copied, not summed into."""
    first = torch.tensor([0.25])
    mean = RunningMean()
    mean.add(first)
    mean.add(torch.tensor([0.75]))
    assert first.item() == 0.25
    assert mean.mean().item() == 0.5
