"""Real fronts against published answers: MaQiT at Jakobshavn Isbrae, areas in a box at Harald Moltke Brae."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from nnunet_glacier.support.errors import InputError
from nnunet_glacier.time_series.references import MethodSettings
from nnunet_glacier.time_series.retreat import Options, measure

CENTRELINE, MULTI, BOX = "centreline", "multi-centreline", "curvilinear box"


@pytest.fixture(scope="module")
def jakobshavn(shared_data):
    """Series by method beside MaQiT's: columns ``ours``, ``maqit`` along the line as drawn, and ``maqit_step``."""
    folder = shared_data / "front_series" / "jakobshavn"
    maqit = pd.read_csv(folder / "maqit_2018_2020.csv", skiprows=1)
    maqit["date"] = [date(*day).isoformat() for day in zip(maqit["Year"], maqit["Month"], maqit["Day"], strict=True)]
    options = Options(
        centreline=folder / "jakobshavn_centreline.shp", upstream="end", measuring=MethodSettings(width_m=3000)
    )
    _, _, series = measure(folder / "fronts_2018_2020.shp", options)
    return {one.method: one.table.merge(maqit, on="date", how="outer") for one in series}


@pytest.mark.parametrize(
    ("method", "position_r", "step_r"), [(CENTRELINE, 0.998, 0.963), (MULTI, 0.9999, 0.997), (BOX, 0.9999999, 0.999999)]
)
def test_positions_and_steps_of_maqit(jakobshavn, method, position_r, step_r):
    """All 177 days; asked for are 0.99 and 0.96. MaQiT's positions count from the line's first vertex, at the sea."""
    table = jakobshavn[method]
    assert len(table) == 177
    ours, theirs = table["distance_along_line_m"], table["Terminus Position on flowline"]
    assert ours.corr(theirs) > position_r
    assert ours.diff().corr(table["Terminus change (m)"]) > step_r


def test_the_offset_to_maqit_is_its_origin_and_the_scale_of_the_map(jakobshavn):
    """MaQiT measures in EPSG:3413, whose scale at 69.2 N is 1.0026, and counts from 251 m before the first vertex.

    Measured on the map instead, ours differ from MaQiT's by 251.2 m on every day alike (deviation 0.3 m). In true
    metres a straight line of that scale remains.
    """
    table = jakobshavn[BOX]
    scale, origin_m = np.polyfit(table["distance_along_line_m"], table["Terminus Position on flowline"], 1)
    residual = table["Terminus Position on flowline"] - scale * table["distance_along_line_m"] - origin_m
    assert scale == pytest.approx(1.0028, abs=2e-4)
    assert residual.abs().max() < 2.0


def test_calving_is_quick_and_advance_slow(jakobshavn):
    """The sign: the glacier flows at up to 50 m a day, so no advance is faster than 20 km a year; retreats are."""
    rate = jakobshavn[BOX]["rate_m_per_year"]
    assert rate.max() < 20_000
    assert rate.min() < -40_000


@pytest.fixture(scope="module")
def harald_moltke(shared_data):
    """The series in the box, beside the expected areas in km2, and the box's own area."""
    folder = shared_data / "front_series" / "harald_moltke"
    options = Options(box=folder / "box.shp", upstream="east")
    _, reference, (series,) = measure(folder / "fronts.gpkg", options)
    return series.table.merge(pd.read_csv(folder / "expected_areas.csv"), on="date"), reference.box.area / 1e6


def test_all_147_areas(harald_moltke):
    """Of the published part or of the other one: which of the two is glacier is for the side given to say."""
    table, box_km2 = harald_moltke
    known = table[table["part_m2"].notna()]
    expected = known["part_m2"] / 1e6
    assert len(known) == 147
    assert box_km2 == pytest.approx(31.543765, rel=1e-6)
    error = np.minimum((known["area_km2"] / expected - 1).abs(), (known["area_km2"] / (box_km2 - expected) - 1).abs())
    assert error.max() < 1e-4


def test_the_glacier_is_the_part_in_the_east(harald_moltke):
    """The published centroid (EPSG:3413) tells the part: glacier where it is east of the box's middle."""
    table, box_km2 = harald_moltke
    known = table[table["part_m2"].notna()]
    east = known["part_centroid_x"] > (-567_938.6 - 560_124.2) / 2
    expected = np.where(east, known["part_m2"] / 1e6, box_km2 - known["part_m2"] / 1e6)
    assert known["area_km2"].to_numpy() == pytest.approx(expected, rel=1e-3)


def test_a_wrong_side_is_refused(shared_data):
    """The side to the north-east lies along the fjord's wall, where all fronts end."""
    folder = shared_data / "front_series" / "harald_moltke"
    with pytest.raises(InputError) as error:
        measure(folder / "fronts.gpkg", Options(box=folder / "box.shp", upstream="northeast"))
    assert "150 of 150 fronts cut the side of the box that it says is upstream" in str(error.value)


def test_the_12_fronts_that_fold_back_lie_among_their_neighbours(harald_moltke):
    """The range of three days before and three after, with 1 % of slack: the last fronts are the rearmost of all.

    The naive way is off by half: it takes the ocean, or the bay that the front cuts off.
    """
    table, _ = harald_moltke
    folded = np.flatnonzero(table["part_m2"].isna())
    assert len(folded) == 12
    assert table["parts_x"].to_numpy()[folded].tolist() == table["parts_y"].to_numpy()[folded].tolist()
    area = table["area_km2"].to_numpy()
    for place in folded:
        near = np.delete(area[max(place - 3, 0) : place + 4], min(place, 3))
        assert 0.99 * near.min() <= area[place] <= 1.01 * near.max(), table["date"][place]
