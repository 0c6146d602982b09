"""The zones of a scene: their ids, their grey values in CaFFe, and the zones of a fused label map."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from scipy import ndimage

from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.wording import counted


class Zone(IntEnum):
    """Zone ids of a label map, in the order of CaFFe's grey values."""

    NA = 0
    ROCK = 1
    GLACIER = 2
    OCEAN = 3


FUSED_FRONT = 4
"""Class of the front in a fused label map (Herrmann et al. 2023, Sect. 4.2)."""

ZONE_GREY = {Zone.NA: 0, Zone.ROCK: 64, Zone.GLACIER: 127, Zone.OCEAN: 254}
"""CaFFe's grey value of each zone, used when zones are written for people to look at."""

ZONE_COLOURS = {
    Zone.NA: (26, 26, 26),
    Zone.ROCK: (213, 94, 0),
    Zone.GLACIER: (168, 214, 244),
    Zone.OCEAN: (0, 84, 150),
}
"""RGB of each zone in every map and picture, after the palette of Okabe and Ito; they differ in lightness too."""

GREY_ALIASES = {63: Zone.ROCK, 129: Zone.GLACIER, 255: Zone.OCEAN}
"""Grey values that stand for a zone in data derived from CaFFe."""

NO_ZONE = 255
"""Entry of the grey look-up table for values that are no zone."""


def _grey_lookup() -> np.ndarray:
    table = np.full(256, NO_ZONE, dtype=np.uint8)
    for zone, grey in ZONE_GREY.items():
        table[grey] = zone
    for grey, zone in GREY_ALIASES.items():
        table[grey] = zone
    return table


_GREY_TO_ZONE = _grey_lookup()


_MANY_VALUES = 10
"""A map with more wrong grey values is told as an image: one saved with loss has few, beside the right ones."""


def zones_from_grey(grey: np.ndarray) -> np.ndarray:
    """Zone ids of a zone image in CaFFe's grey values.

    Args:
        grey: Grey values, uint8, any shape: 0 NA, 64 rock, 127 glacier, 254 ocean, or one of `GREY_ALIASES`.

    Returns:
        Zone ids, uint8, same shape.

    Raises:
        GlacierError: If a grey value is no zone; the message lists the values and how often they occur.

    >>> zones_from_grey(np.array([[0, 64, 127, 254]], dtype=np.uint8))
    array([[0, 1, 2, 3]], dtype=uint8)
    """
    grey = np.asarray(grey)
    if grey.dtype != np.uint8:
        raise GlacierError(f"zone images are 8-bit, this one is {grey.dtype}")
    # Takes half the time of indexing the table. A bytearray, unlike bytes, gives a writable array.
    zones = np.frombuffer(bytearray(grey.tobytes()).translate(_GREY_TO_ZONE.tobytes()), np.uint8).reshape(grey.shape)
    if zones.size and zones.max() == NO_ZONE:
        values, counts = np.unique(grey[zones == NO_ZONE], return_counts=True)
        if len(values) > _MANY_VALUES:
            raise GlacierError(
                f"it has {len(values)} grey values that are no zone: is it an image, and no map of zones?"
            )
        unknown = ", ".join(f"{value} ({counted(count, 'pixel')})" for value, count in zip(values, counts, strict=True))
        raise GlacierError(f"grey values that are no zone: {unknown}")
    return zones


def zones_to_grey(zones: np.ndarray) -> np.ndarray:
    """CaFFe's grey values of zone ids: uint8 of the same shape, the inverse of `zones_from_grey`."""
    return np.array([ZONE_GREY[zone] for zone in Zone], dtype=np.uint8)[zones]


FUSED_DILATION = np.ones((7, 7), dtype=bool)
"""Kernel that closes the front band of a fused prediction with glacier (Herrmann et al. 2023, Sect. 4.2)."""


def zones_from_fused(fused: np.ndarray, *, published: bool = False) -> np.ndarray:
    """Zones of a fused label map: the front band becomes ocean, then glacier grows back into it.

    The glacier zone is dilated once with 7x7 ones; growth is kept inside the front band, so that rock, NA and open
    ocean stay as predicted (Herrmann et al. 2023, Sect. 4.2; the published code lets it overwrite them).

    Args:
        fused: Fused classes 0-4, integer, shape ``(H, W)``.
        published: Let the glacier grow over rock, NA and open ocean too, as the published code does. On perfect labels
            that costs three pixels of every other zone round the glacier: 0.762 macro IoU on scenes of 256 pixels.

    Returns:
        Zone ids, uint8, shape ``(H, W)``.
    """
    band = fused == FUSED_FRONT
    zones = np.where(band, Zone.OCEAN, fused).astype(np.uint8)
    if published or band.any():
        grown = ndimage.binary_dilation(zones == Zone.GLACIER, FUSED_DILATION)
        zones[grown if published else grown & band] = Zone.GLACIER
    return zones
