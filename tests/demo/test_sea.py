"""What lies on the sea."""

import datetime

import numpy as np
from scipy import ndimage

from nnunet_glacier.demo import sea
from nnunet_glacier.demo.noise import Grid
from nnunet_glacier.demo.sites import SITES
from nnunet_glacier.demo.weather import weather_of

GRID = Grid((240, 240), 0.1)


def test_melange_has_a_few_long_dark_cracks():
    """Lines of several kilometres that leave most of it whole."""
    _, cracks = sea.drift(GRID, 3)
    pieces, _ = ndimage.label(cracks > 2, np.ones((3, 3)))
    spans_km = [max(np.ptp(rows), np.ptp(columns)) * 0.1 for rows, columns in map(np.nonzero, _each(pieces))]
    assert max(spans_km) > 5
    assert 0 < (cracks > 2).mean() < 0.1


def test_cracks_and_swirls_show_in_the_melange():
    """Darker along the cracks than beside them, brighter in the bright bands of the swirls than in the dark ones."""
    day = datetime.date(2012, 3, 20)
    weather = weather_of(SITES["JAC"], 0.2, 0, "JAC", day.toordinal(), "TSX")
    decibels = sea.melange(GRID, weather, 3)
    swirls, cracks = sea.drift(GRID, 3)
    assert decibels[cracks > 3].mean() < decibels[cracks < 0.1].mean() - 2
    whole = cracks < 0.1
    assert decibels[whole & (swirls > 1)].mean() > decibels[whole & (swirls < -1)].mean() + 1


def _each(pieces):
    return [pieces == number for number in range(1, pieces.max() + 1)]
