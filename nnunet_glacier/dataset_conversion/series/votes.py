"""What the scenes of a series say together of the zone of each pixel: pure functions on arrays.

Zones hardly move from one scene to the next, and a network that does not know a glacier errs in another way in each of
them: what most of them show is right more often than what one shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np

from nnunet_glacier.domain.adaptation import NEIGHBOURS, OWN_WEIGHT
from nnunet_glacier.domain.zones import Zone

MIN_PIECE_PX = 25
"""Smaller pieces of rock, glacier or ocean are given to the zone that surrounds them."""

Item = TypeVar("Item")


def nearest(items: Sequence[Item], at: int, count: int = NEIGHBOURS) -> Sequence[Item]:
    """The items of an ordered series around one of them, itself among them: as many before as after, where there are.

    >>> nearest("abcdefg", 3, 3), nearest("abcdefg", 0, 3), nearest("abc", 1, 9)
    ('cde', 'abc', 'abc')
    """
    first = max(0, min(at - count // 2, len(items) - count))
    return items[first : first + count]


def count_votes(maps: Iterable[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """How many maps show each zone in each pixel.

    NA gets no votes: where a scene has no data or sees nothing, it says nothing of the others.

    Args:
        maps: Zone ids, uint8, ``shape``; fewer than 65,536.
        shape: Rows and columns.

    Returns:
        uint16, ``(4, H, W)``, in the order of `Zone`.
    """
    votes = np.zeros((len(Zone), *shape), dtype=np.uint16)
    for zones in maps:
        for zone in (Zone.ROCK, Zone.GLACIER, Zone.OCEAN):
            votes[zone] += zones == zone
    return votes


def outvoted(own: np.ndarray, votes: np.ndarray, weight: float = OWN_WEIGHT) -> np.ndarray:
    """A scene's zones, where they are not outvoted by its series.

    Args:
        own: The scene's zone ids, uint8, ``(H, W)``.
        votes: What `count_votes` counted.
        weight: A pixel keeps its zone unless another has more than so many times its votes.

    Returns:
        Zone ids, uint8, ``(H, W)``; NA stays NA.

    >>> own = np.array([[Zone.OCEAN, Zone.OCEAN, Zone.NA]], dtype=np.uint8)
    >>> votes = np.zeros((4, 1, 3)); votes[Zone.OCEAN] = 2; votes[Zone.GLACIER] = [[6, 7, 9]]
    >>> outvoted(own, votes)
    array([[3, 2, 0]], dtype=uint8)
    """
    most = votes.argmax(axis=0).astype(np.uint8)
    of_own = np.take_along_axis(votes, own[None].astype(np.intp), axis=0)[0]
    gives_way = (own != Zone.NA) & (votes.max(axis=0) > weight * of_own)
    return np.where(gives_way, most, own)


def without_small_pieces(zones: np.ndarray, min_px: int = MIN_PIECE_PX) -> np.ndarray:
    """Zones whose small pieces belong to the largest zone beside them (GDAL's sieve filter).

    NA stays NA: no zone is made up where a scene holds no data, however small the gap is.

    Args:
        zones: Zone ids, uint8, ``(H, W)``.
        min_px: Pieces of fewer pixels, 8-connected, are merged.
    """
    from rasterio.features import sieve

    sieved = np.asarray(sieve(zones, min_px, connectivity=8), dtype=np.uint8)
    return np.where(zones == Zone.NA, zones, sieved)
