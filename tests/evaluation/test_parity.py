"""``evaluate`` on the reference scenes says what the published scoring code says, figure by figure."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from nnunet_glacier.cli import app

NOT_SCORES = {"kind"}


@pytest.fixture(scope="module")
def scored(shared_data, tmp_path_factory):
    """The reference figures and ours."""
    reference = shared_data / "caffe_reference_scores"
    out = tmp_path_factory.mktemp("scores")
    arguments = [str(reference / "predicted_zones"), str(reference / "data_raw"), str(out), "--workers", "1"]
    result = CliRunner().invoke(app, ["evaluate", *arguments])
    assert result.exit_code == 0, result.output
    return json.loads((reference / "expected.json").read_text()), json.loads((out / "summary.json").read_text()), out


def compare(expected, ours, path: str) -> int:
    """Compare two nested structures; the number of figures compared."""
    if isinstance(expected, dict):
        return sum(
            compare(value, ours[key], f"{path}/{key}") for key, value in expected.items() if key not in NOT_SCORES
        )
    if isinstance(expected, list):
        assert len(expected) == len(ours), path
        return sum(compare(*pair, f"{path}[{i}]") for i, pair in enumerate(zip(expected, ours, strict=True)))
    if isinstance(expected, float):
        assert ours == pytest.approx(expected, rel=1e-9, abs=0), path
    else:
        assert ours == expected, path
    return 1


@pytest.mark.parametrize("part", ["images", "subsets", "zone_metrics_mean_over_images", "images_in_zone_mean"])
def test_every_figure_is_met(scored, part):
    """To 1e-9 relative; counts, flags and missing distances exactly."""
    expected, ours, _ = scored
    assert compare(expected[part], ours[part], part) > 0


def test_no_image_is_added_or_lost(scored):
    """The same images, and no subset without crossing that the reference does not have."""
    expected, ours, _ = scored
    assert set(ours["images"]) == set(expected["images"])
    assert {name for name in ours["subsets"] if "," not in name} == set(expected["subsets"])


def test_the_table_holds_the_same_figures(scored):
    """scores.csv, a row an image."""
    expected, _, out = scored
    table = pd.read_csv(out / "scores.csv", index_col="case")
    assert len(table) == len(expected["images"])
    for case, image in expected["images"].items():
        row = table.loc[case]
        assert row.predicted_front_pixels == image["predicted_front_pixels"]
        assert row.front_found == image["front_found"]
        if image["front_found"]:
            assert row.mean_distance_m == pytest.approx(image["mean_distance_m"], rel=1e-9)
        iou = image["zone_metrics_macro_na_rock_glacier_ocean"]["iou"]
        assert [row.iou_macro, row.iou_na, row.iou_ocean] == pytest.approx([iou[0], iou[1], iou[4]], rel=1e-9)


def test_subsets_crossed_with_the_glacier_add_up(scored):
    """The reference crosses nothing; ours do, and their images sum to the glacier's."""
    _, ours, _ = scored
    subsets = ours["subsets"]
    for group in ("season", "sensor", "resolution_m"):
        crossed = [subset for name, subset in subsets.items() if name.startswith(f"glacier=COL,{group}=")]
        assert sum(subset["images"] for subset in crossed) == subsets["glacier=COL"]["images"]
    assert subsets["glacier=COL,sensor=TSX/TDX"]["mde_m"] == pytest.approx(subsets["glacier=COL"]["mde_m"])
