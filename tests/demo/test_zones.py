"""Zones and fronts by value on hand-made maps."""

import numpy as np
import pytest

from nnunet_glacier.demo.zones import swath_edge, unseen_mask, without_short_fronts
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.lines.front_lines import front_from_zones

NA, R, G, S = Zone.NA, Zone.ROCK, Zone.GLACIER, Zone.OCEAN


def test_the_front_is_the_sea_beside_the_ice():
    """Sea with ice above, below, left or right; not across a corner, and not beside rock or NA."""
    zones = np.array([[G, G, R], [G, S, S], [S, S, NA], [S, S, G]], np.uint8)
    expected = [[0, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0]]
    assert front_from_zones(zones).astype(int).tolist() == expected


def test_short_contacts_of_ice_and_sea_become_coast():
    """A contact of three pixels goes, one of eight stays."""
    zones = np.full((12, 30), R, np.uint8)
    zones[6:] = S
    zones[:6, 2:10] = G
    zones[:6, 20:23] = G
    result = without_short_fronts(zones, 5)
    assert front_from_zones(result).sum() == 8
    assert (result[:, 2:10] == zones[:, 2:10]).all()
    assert (result[5, 20:23] == R).all()


def test_the_unseen_share_is_bounded_and_gentle_slopes_are_seen():
    """At most the share that was allowed; nothing on flat ground, nothing where no share is allowed."""
    facing = np.zeros((80, 90), np.float32)
    facing[20:40, 20:60] = 1.6
    shadow = np.zeros((80, 90), bool)
    mask = unseen_mask(facing, shadow, 0.05, 0.2)
    assert 0 < mask.mean() <= 0.05
    assert not mask[:15].any()
    assert not unseen_mask(np.zeros((80, 90)), shadow, 0.05, 0.2).any()
    assert not unseen_mask(facing, shadow, 0.0, 0.2).any()


def test_unseen_patches_are_not_crumbs():
    """Two slopes that fold over, of 2 km and of 0.4 km: the small one is left to be seen."""
    facing = np.zeros((80, 90), np.float32)
    facing[20:30, 20:30] = facing[60:62, 70:72] = 1.6
    mask = unseen_mask(facing, np.zeros((80, 90), bool), 0.05, 0.2)
    assert mask[25, 25] and not mask[50:].any()


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2])
def test_the_swath_leaves_out_one_side(share):
    """The strip has the share that was asked for and touches the scene's edge."""
    strip = swath_edge((60, 80), share, 4)
    assert strip.mean() == pytest.approx(share, abs=0.01)
    edge = np.concatenate([strip[0], strip[-1], strip[:, 0], strip[:, -1]])
    assert edge.any() == (share > 0)
