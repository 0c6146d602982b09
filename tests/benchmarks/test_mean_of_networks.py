"""The mean of networks of which some know the front alone."""

import numpy as np
import pytest
import torch
from mean_of_networks import with_zones
from network_passes import planes_of

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.zones import Zone


def pixel(*planes):
    return np.array(planes, dtype=np.float32)[:, None, None]


def test_a_network_of_the_front_alone_has_the_zones_of_the_others_beside_it():
    """Half a front in both; where none is, rock has 1/5 and ocean 4/5: of what 0.6 of front leaves, 0.08 and 0.32."""
    fused = pixel(0, 0.1, 0.25, 0.65, 0.5)
    alone = pixel(*[np.nan] * 4, 0.6)
    first, second = with_zones([fused, alone])
    assert first is fused
    np.testing.assert_allclose(second[:, 0, 0], [0, 0.08, 0.3, 0.62, 0.6], atol=1e-6)
    assert second[: len(Zone)].sum() == pytest.approx(1)


def test_without_any_zones_the_front_is_where_it_has_more_than_half():
    (alone,) = with_zones([pixel(*[np.nan] * 4, 0.6)])
    np.testing.assert_allclose(alone[:, 0, 0], [0, 0, 0.7, 0.3, 0.6], atol=1e-6)


def test_the_zones_of_a_network_of_the_front_alone_are_not_known():
    planes = planes_of(LABEL_SPACES["front"], torch.tensor([0.25, 0.75])[:, None, None, None])
    assert planes.shape == (5, 1, 1, 1)
    assert planes[:4].isnan().all() and planes[4] == 0.75
