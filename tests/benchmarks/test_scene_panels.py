"""Numbers that compare made-up scenes with the real thumbnails."""

import numpy as np
import pytest
from scene_panels import draw_panels, panel_statistics, read_panels

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.support.errors import InputError


def test_panel_statistics_by_hand():
    """A picture of stripes four columns wide: half black, half white, alike at lag 1 and not at lag 2."""
    image = np.tile(np.repeat(np.array([0, 200], np.uint8), 4), (16, 4))
    numbers = panel_statistics((image, np.full(image.shape, Zone.ROCK, np.uint8), image > 0))
    assert numbers["p5"] == 0
    assert numbers["p95"] == 200
    assert numbers["rock"] == 1
    assert numbers["correlation_px"] == 2


def test_missing_thumbnails_are_listed(tmp_path):
    """All fifteen at once."""
    with pytest.raises(InputError) as error:
        read_panels(tmp_path)
    assert len(error.value.problems) == 15


def test_made_up_scenes_lie_in_the_range_of_the_real_ones(shared_data, tmp_path):
    """Median grey, bright tail, speckle and zone shares, each over the five glaciers, are within twice the real."""
    rows = draw_panels(shared_data / "caffe_panels", tmp_path / "panels.png", 0)
    assert (tmp_path / "panels.png").is_file()
    assert {row["site"] for row in rows} == {"Crane", "DBE", "JAC", "Jorum", "SI"}

    def mean(origin: str, name: str) -> float:
        return float(np.mean([row[name] for row in rows if row["origin"] == origin]))

    for name in ("p50", "p75", "p95", "correlation_px", "local_variation", "rock", "glacier", "ocean"):
        assert 0.5 < mean("made up", name) / mean("real", name) < 2, name
