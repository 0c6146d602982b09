"""Both decodings of fused labels through ``evaluate``, ``report`` and ``fronts``, on perfect labels worked by hand.

The scenes have two rows of NA, three of rock, and below glacier left and ocean right of column 20, of 60 x 50 pixels.
The front band is that of columns 18 to 22. Decoded, the glacier of columns 0 to 17 grows by three: in the band alone to
column 20, as published over the rows of rock above it too.
"""

import json

import numpy as np
import pytest
from made_scenes import fjord, write_dataset_json
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.formats.rasters import read_raster, write_raster

GLACIER, OCEAN = 20 / 21, 29 / 30
"""IoU of columns 0 to 19 with 0 to 20, and of 20 to 49 with 21 to 49."""

PUBLISHED_GLACIER, PUBLISHED_ROCK = 55 * 20 / (58 * 21), 29 / 50
"""Three more rows of glacier, of which the rock keeps columns 21 to 49."""


@pytest.fixture
def fused(tmp_path):
    """Perfect fused labels of the three test scenes, as a network would predict them."""
    codes = fjord(20)
    codes[5:, 18:23] = 4
    for case in "abc":
        write_raster(tmp_path / "maps" / f"{case}.png", codes)
    write_dataset_json(tmp_path / "maps", "fused")
    return tmp_path / "maps"


@pytest.mark.parametrize(
    ("decoding", "ious", "said"),
    [
        ("band", [1, 1, GLACIER, OCEAN], "the glacier grows into the front band alone"),
        ("published", [1, PUBLISHED_ROCK, PUBLISHED_GLACIER, OCEAN], "the glacier grows over other zones too"),
    ],
)
def test_zone_scores_of_both_decodings(fused, dataset, evaluate, tmp_path, decoding, ious, said):
    """Macro IoU 0.980 and 0.862; the report says by which one the zones were made."""
    result = evaluate(fused, dataset, tmp_path / "scores", "--fused-decoding", decoding)
    assert result.exit_code == 0, result.output
    assert ("decoded as published" in result.output) == (decoding == "published")
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    assert summary["zone_metrics_mean_over_images"]["iou"] == pytest.approx([sum(ious) / 4, *ious])
    assert summary.get("fused_decoding") == (None if decoding == "band" else "published")
    report = ["report", str(tmp_path / "scores"), str(tmp_path / "report"), "--max-overlays", "0", "--workers", "1"]
    result = CliRunner().invoke(app, [*report, "--no-time-series"])
    assert result.exit_code == 0, result.output
    page = (tmp_path / "report" / "report.html").read_text()
    other = {"band": "grows over other zones too", "published": "grows into the front band alone"}[decoding]
    assert said in page and other not in page


@pytest.mark.parametrize(("decoding", "first_row"), [("band", 5), ("published", 2)])
def test_zones_and_fronts_of_both_decodings(fused, dataset, tmp_path, decoding, first_row):
    """The glacier begins in the first row below the rock or three higher; the front is where the ocean begins."""
    out = tmp_path / "fronts"
    arguments = [str(fused), str(out), "--scenes", str(dataset), "--fused-decoding", decoding, "--workers", "1"]
    result = CliRunner().invoke(app, ["fronts", *arguments])
    assert result.exit_code == 0, result.output
    rows, columns = np.nonzero(read_raster(out / "zones" / "a.png").values == 2)
    assert (rows.min(), columns.max(), rows.size) == (first_row, 20, (60 - first_row) * 21)
    assert set(np.nonzero(read_raster(out / "fronts" / "a.png").values)[1]) == {21}
    record = json.loads((out / "fronts.json").read_text())
    assert record.get("fused_decoding") == (None if decoding == "band" else "published")
