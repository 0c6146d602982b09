"""``nnunet-glacier evaluate`` on a converted dataset: figures worked out by hand, choices, remarks."""

import dataclasses
import json
import math

import numpy as np
import pandas as pd
import pytest
from made_scenes import fjord, predict_bands, predict_zones, write_dataset_json

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_table import read_scenes, write_scenes


def change_scenes(dataset, **changes) -> None:
    """Write the dataset's scene table again with other values."""
    scenes = read_scenes(dataset / "scenes.csv").values()
    write_scenes(dataset / "scenes.csv", [dataclasses.replace(scene, **changes) for scene in scenes])


def test_shifted_fronts_score_their_shift(dataset, summary_of, tmp_path):
    """2, 4 and 9 columns at 20 m: 40, 80 and 180 m; pooled over equally long fronts the mean is 100 m."""
    maps = predict_zones(tmp_path / "maps", {"a": 22, "b": 16, "c": 29})
    summary = summary_of(maps, dataset)
    everything = summary["subsets"]["all"]
    assert (everything["images"], everything["no_front"]) == (3, 0)
    assert everything["mde_m"] == pytest.approx(100.0) and everything["mde_px"] == pytest.approx(5.0)
    assert everything["mean_of_image_means_m"] == pytest.approx(100.0)
    assert everything["median_of_image_means_m"] == pytest.approx(80.0)
    assert summary["subsets"]["glacier=COL"]["mde_m"] == pytest.approx(60.0)
    assert summary["subsets"]["season=winter"]["mde_m"] == pytest.approx(40.0)
    assert summary["subsets"]["season=summer"]["mde_m"] == pytest.approx(130.0)
    assert summary["subsets"]["glacier=COL,season=winter"]["images"] == 1
    assert summary["subsets"]["resolution_m=20"]["images"] == 3
    assert summary["images"]["c"]["mean_distance_px"] == pytest.approx(9.0)
    assert summary["split"] == "test"


def test_the_screen_shows_figures_with_units_and_what_comes_next(dataset, evaluate, tmp_path):
    """Also what was written."""
    maps = predict_zones(tmp_path / "maps", {"a": 22, "b": 16, "c": 29})
    output = evaluate(maps, dataset, tmp_path / "scores").output
    for text in ("MDE [m]", "MDE [px]", "100.0", "glacier=COL", "zone ocean", "scores.csv", "summary.json", "Next:"):
        assert text in output


def test_an_image_without_a_front_is_counted_and_left_out(dataset, summary_of, tmp_path):
    """All ocean: no distance, no infinite mean."""
    maps = predict_zones(tmp_path / "maps", {"a": 22, "b": 24, "c": 0})
    summary = summary_of(maps, dataset)
    everything = summary["subsets"]["all"]
    assert (everything["no_front"], everything["no_front_predicted"], everything["no_front_labelled"]) == (1, 1, 0)
    assert everything["mde_m"] == pytest.approx(60.0)
    assert summary["images"]["c"]["mean_distance_m"] is None
    assert summary["subsets"]["glacier=Mapple"]["mde_m"] is None
    assert "no front predicted" in summary["images"]["c"]["remarks"]


def test_a_zone_that_is_nowhere_leaves_the_image_out_of_the_published_means(dataset, summary_of, tmp_path):
    """Without NA in label and prediction the published code gives no figure; the other zones keep theirs."""
    maps = predict_zones(tmp_path / "maps", {"a": 22, "b": 16, "c": 29})
    for path in (dataset / "zonesTs" / "c.png", maps / "c.png"):
        grey = path.parent == maps
        zones = fjord(29 if grey else 20)
        zones[zones == 0] = 1
        write_raster(path, np.array([0, 64, 127, 254], np.uint8)[zones] if grey else zones)
    summary = summary_of(maps, dataset)
    assert summary["images_in_zone_mean"] == 2
    assert summary["images"]["c"]["zone_metrics_macro_na_rock_glacier_ocean"] is None
    assert summary["images"]["c"]["zone_metrics_where_present"]["iou"][0] is None
    assert summary["images"]["c"]["zone_metrics_where_present"]["iou"][1] == 1.0
    present = summary["subsets"]["all"]["zone_metrics_mean_where_present"]["iou"]
    assert [entry["images"] for entry in present] == [2, 3, 3, 3]


def test_front_only_predictions_take_the_front_route(dataset, summary_of, tmp_path):
    """The middle of the band is the line; there are no zone scores."""
    maps = predict_bands(tmp_path / "maps", {"a": 23, "b": 23, "c": None})
    write_dataset_json(maps, "front")
    summary = summary_of(maps, dataset)
    assert summary["route"] == "front" and summary["zone_metrics_mean_over_images"] is None
    assert summary["subsets"]["all"]["no_front"] == 1
    assert summary["images"]["a"]["mean_distance_px"] == pytest.approx(3.0, abs=0.1)


def test_both_routes_are_scored_under_their_own_names(dataset, summary_of, tmp_path):
    """A multi-task model whose zones are 2 columns off and whose front is 6 off."""
    space = LABEL_SPACES["multitask"]
    band = np.zeros((60, 50), dtype=np.uint8)
    band[5:, 24:29] = 1
    for case in "abc":
        write_raster(tmp_path / "maps" / f"{case}.png", space.encode(fjord(22), band).astype(np.uint8))
    write_dataset_json(tmp_path / "maps", "multitask")
    summary = summary_of(tmp_path / "maps", dataset, "--route", "both")
    assert summary["route"] == "zones" and summary["subsets"]["all"]["mde_px"] == pytest.approx(2.0)
    other = summary["other_routes"]["front"]["subsets"]["all"]["mde_px"]
    assert other == pytest.approx(6.0, abs=0.1)
    table = pd.read_csv(tmp_path / "scores" / "scores.csv")
    assert table.route.value_counts().to_dict() == {"zones": 3, "front": 3}


def test_the_glacier_side_lies_one_pixel_inland(dataset, summary_of, tmp_path):
    """The labels mark the ocean side, so a perfect prediction is then one pixel off."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 20))
    assert summary_of(maps, dataset)["subsets"]["all"]["mde_px"] == 0.0
    summary = summary_of(maps, dataset, "--front-side", "glacier")
    assert summary["subsets"]["all"]["mde_px"] == pytest.approx(1.0) and summary["front_side"] == "glacier"


def test_the_length_rule_is_a_choice_that_is_written_down(dataset, summary_of, tmp_path):
    """55 pixels at 20 m are 1100 m: deleted when 1100 m are, kept below."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 20))
    assert summary_of(maps, dataset, "--min-front-length-m", 1099)["subsets"]["all"]["no_front"] == 0
    summary = summary_of(maps, dataset, "--min-front-length-m", 1100)
    assert summary["subsets"]["all"]["no_front"] == 3 and summary["min_front_length_m"] == 1100.0


def test_without_a_pixel_size_there_are_only_pixels(dataset, evaluate, tmp_path):
    """Metres are null, and it is said."""
    change_scenes(dataset, pixel_size_m=math.nan)
    maps = predict_zones(tmp_path / "maps", {"a": 22, "b": 16, "c": 29})
    result = evaluate(maps, dataset, tmp_path / "scores")
    assert result.exit_code == 0 and "3 scenes have no pixel size" in result.output
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    everything = summary["subsets"]["all"]
    assert everything["mde_m"] is None and everything["mde_px"] == pytest.approx(5.0)
    assert everything["no_pixel_size"] == 3 and not any(name.startswith("resolution") for name in summary["subsets"])


def test_scenes_without_a_date_are_in_no_season(dataset, evaluate, tmp_path):
    """They need no hemisphere either."""
    change_scenes(dataset, date=None, glacier="Helheim")
    maps = predict_zones(tmp_path / "maps", {"a": 22, "b": 16, "c": 29})
    result = evaluate(maps, dataset, tmp_path / "scores")
    assert result.exit_code == 0 and "3 scenes have no date" in result.output
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    assert not any("season" in name for name in summary["subsets"]) and summary["images"]["a"]["winter"] is None


def test_an_unknown_glacier_needs_its_hemisphere(dataset, evaluate, summary_of, tmp_path):
    """Said once a glacier, with the option that supplies it; never a silent default."""
    change_scenes(dataset, glacier="Helheim")
    maps = predict_zones(tmp_path / "maps", {"a": 22, "b": 16, "c": 29})
    result = evaluate(maps, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and result.output.count("--hemisphere Helheim=north") == 1
    assert not (tmp_path / "scores").exists()
    summary = summary_of(maps, dataset, "--hemisphere", "Helheim=north")
    assert summary["images"]["a"]["winter"] is True and summary["images"]["b"]["winter"] is False


def test_the_split_follows_the_predictions(dataset, summary_of, tmp_path):
    """Training scenes predicted: the training split; both: all."""
    train = predict_zones(tmp_path / "train", {"d": 22, "e": 22})
    assert summary_of(train, dataset)["split"] == "train"
    every = predict_zones(tmp_path / "all", dict.fromkeys("abcde", 22))
    assert summary_of(every, dataset, "--overwrite")["split"] == "all"
    summary = summary_of(every, dataset, "--overwrite", "--split", "test")
    assert set(summary["images"]) == {"a", "b", "c"}


def test_missing_predictions_are_an_error_unless_allowed(dataset, evaluate, summary_of, tmp_path):
    """All of them listed; allowed, they are counted."""
    maps = predict_zones(tmp_path / "maps", {"a": 22})
    result = evaluate(maps, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and "2 problems" in result.output
    assert "no prediction of scene b" in result.output and "no prediction of scene c" in result.output
    summary = summary_of(maps, dataset, "--allow-missing")
    assert summary["subsets"]["all"]["images"] == 1
    assert summary["missing_predictions"] == [{"prediction": "maps", "case": case} for case in "bc"]


def test_scores_of_other_predictions_are_not_replaced_by_accident(dataset, evaluate, tmp_path):
    """The same predictions are scored anew; others need --overwrite."""
    first = predict_zones(tmp_path / "first", dict.fromkeys("abc", 22))
    other = predict_zones(tmp_path / "other", dict.fromkeys("abc", 23))
    out = tmp_path / "scores"
    assert evaluate(first, dataset, out).exit_code == 0
    assert evaluate(first, dataset, out).exit_code == 0
    result = evaluate(other, dataset, out)
    assert result.exit_code == 2 and "scores of other predictions" in result.output
    assert evaluate(other, dataset, out, "--overwrite").exit_code == 0


@pytest.mark.parametrize("content", ["[]", "null", "broken"])
def test_a_summary_that_tells_nothing_is_not_replaced_by_accident(dataset, evaluate, tmp_path, content):
    """As if it were of other predictions."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    out = tmp_path / "scores"
    out.mkdir()
    (out / "summary.json").write_text(content)
    result = evaluate(maps, dataset, out)
    assert result.exit_code == 2 and "scores of other predictions" in result.output
    assert evaluate(maps, dataset, out, "--overwrite").exit_code == 0
