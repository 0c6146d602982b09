"""Grey values and fused maps as zones."""

import numpy as np
import pytest

from nnunet_glacier.domain.zones import zones_from_fused, zones_from_grey, zones_to_grey
from nnunet_glacier.support.errors import GlacierError


def test_grey_values_and_their_aliases():
    """0, 64, 127, 254 are the zones; 63, 129 and 255 stand for rock, glacier and ocean."""
    grey = np.array([[0, 64, 127, 254], [0, 63, 129, 255]], dtype=np.uint8)
    zones = zones_from_grey(grey)
    assert zones.tolist() == [[0, 1, 2, 3], [0, 1, 2, 3]]
    assert zones_to_grey(zones).tolist() == [[0, 64, 127, 254], [0, 64, 127, 254]]


def test_grey_values_that_are_no_zone_are_listed_with_their_counts():
    """Every wrong value once."""
    with pytest.raises(GlacierError, match=r"1 \(2 pixels\), 200 \(1 pixel\)"):
        zones_from_grey(np.array([0, 1, 1, 200, 254], dtype=np.uint8))
    with pytest.raises(GlacierError, match="uint16"):
        zones_from_grey(np.array([0], dtype=np.uint16))


def test_zones_of_a_fused_map_by_hand():
    """Glacier grows three pixels into the front band; the rest of the band is ocean; rock and NA stay."""
    fused = np.array(
        [
            [2, 2, 4, 4, 4, 4, 4, 3, 3],
            [2, 2, 4, 4, 4, 4, 4, 3, 3],
            [1, 1, 1, 4, 4, 1, 1, 3, 3],
            [1, 1, 1, 1, 1, 1, 1, 0, 0],
        ],
        dtype=np.uint8,
    )
    expected = [
        [2, 2, 2, 2, 2, 3, 3, 3, 3],
        [2, 2, 2, 2, 2, 3, 3, 3, 3],
        [1, 1, 1, 2, 2, 1, 1, 3, 3],
        [1, 1, 1, 1, 1, 1, 1, 0, 0],
    ]
    zones = zones_from_fused(fused)
    assert zones.tolist() == expected
    assert zones.dtype == np.uint8


def test_zones_of_a_fused_map_without_front_are_the_map_itself():
    """Nothing grows where there is no band, and a band without glacier is ocean."""
    zones = np.array([[0, 1, 2, 3]], dtype=np.uint8)
    assert zones_from_fused(zones).tolist() == zones.tolist()
    assert zones_from_fused(np.array([[4, 4, 3]], dtype=np.uint8)).tolist() == [[3, 3, 3]]


def test_as_published_the_glacier_grows_over_other_zones_too():
    """A glacier pixel between rock and the band: 7x7 ones reach three pixels to both sides; by default the band's."""
    fused = np.array([[1, 1, 1, 1, 2, 4, 4, 3, 3]], dtype=np.uint8)
    assert zones_from_fused(fused).tolist() == [[1, 1, 1, 1, 2, 2, 2, 3, 3]]
    assert zones_from_fused(fused, published=True).tolist() == [[1, 2, 2, 2, 2, 2, 2, 2, 3]]
