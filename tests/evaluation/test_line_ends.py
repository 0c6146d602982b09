"""Scores without the ends of labels, ``evaluate --cut-ends-m``, with distances worked by hand."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from made_scenes import predict_bands, predict_zones, write_dataset_json
from test_evaluate_command import change_scenes

from nnunet_glacier.lines.line_ends import near_ends
from nnunet_glacier.measures.front_distances import front_distances, front_score
from nnunet_glacier.measures.line_ends import without_ends


def mask(*pixels: tuple[int, int], shape: tuple[int, int] = (8, 16)) -> np.ndarray:
    lit = np.zeros(shape, dtype=bool)
    lit[tuple(zip(*pixels, strict=True))] = True
    return lit


def row(number: int, *columns: int) -> np.ndarray:
    return mask(*((number, column) for column in columns))


def test_distances_run_along_the_line():
    """A diagonal step is 1.41 long: 1.5 px hold the second pixel from either end, 1.4 px the straight one alone."""
    line = mask((0, 0), (1, 1), (2, 2), (2, 3), (2, 4))
    assert np.argwhere(near_ends(line, 1.5)).tolist() == [[0, 0], [1, 1], [2, 3], [2, 4]]
    assert np.argwhere(near_ends(line, 1.4)).tolist() == [[0, 0], [2, 3], [2, 4]]


def test_a_bent_line_is_not_cut_across_its_bay():
    """The two arms of a U are 2 px apart: its bottom is far from both ends along the line."""
    arms = [(place, column) for place in range(6) for column in (3, 5)]
    near = near_ends(mask(*arms, (6, 4)), 2)
    assert np.argwhere(near).tolist() == [[place, column] for place in range(3) for column in (3, 5)]


def test_every_piece_has_ends_and_a_ring_has_none():
    """Two pieces lose four ends; a closed ring stays whole; an empty mask has none."""
    pieces = row(1, 0, 1, 2, 3) | row(5, 8, 9, 10)
    assert np.argwhere(near_ends(pieces, 0)).tolist() == [[1, 0], [1, 3], [5, 8], [5, 10]]
    ring = mask(*((place, column) for place in range(1, 5) for column in range(1, 5) if {place, column} & {1, 4}))
    assert not near_ends(ring, 3).any()
    assert not near_ends(np.zeros((4, 4), dtype=bool), 3).any()


def test_the_ends_and_what_is_predicted_beside_and_beyond_them_are_left_out():
    """Columns 0 to 9 are labelled, 0 to 12 predicted 2 rows below: 2 px at each end leave 3 to 6, all 2 px apart."""
    label, predicted = row(2, *range(10)), row(4, *range(13))
    distances = front_distances(predicted, label)
    rest = without_ends(predicted, label, distances, 2)
    assert rest.predicted_to_label.tolist() == [2.0] * 4 and rest.label_to_predicted.tolist() == [2.0] * 4
    assert front_score(distances).mean_distance_px == pytest.approx(
        (20 * 2 + math.sqrt(5) + math.sqrt(8) + math.sqrt(13)) / 23
    )


def test_other_distances_reach_to_what_is_left_out():
    """The prediction lies beside an end alone: it is left out, and the label's middle stays 4 to 6 px away from it."""
    label, predicted = row(2, *range(9)), row(2, 0)
    rest = without_ends(predicted, label, front_distances(predicted, label), 3)
    assert rest.predicted_to_label.tolist() == [] and rest.label_to_predicted.tolist() == [4.0]
    assert math.isnan(front_score(rest).mean_distance_px)


def test_a_predicted_pixel_as_near_to_the_middle_as_to_an_end_stays():
    """(0, 1) is 1 px from the end (0, 0) and from (1, 1), which remains."""
    label = mask((0, 0), (1, 1), (2, 2), (1, 3), (0, 4))
    predicted = mask((0, 1))
    rest = without_ends(predicted, label, front_distances(predicted, label), 0.5)
    assert rest.predicted_to_label.tolist() == [1.0]
    assert rest.label_to_predicted.tolist() == pytest.approx([1.0, math.sqrt(5), math.sqrt(5)])


@pytest.mark.parametrize(("predicted", "label"), [((), (1, 2)), ((1, 2), ()), ((1, 2), (1, 2))])
def test_nothing_is_left_of_an_empty_or_a_short_line(predicted, label):
    """No line on one side, or a label no longer than what is cut: no distance."""
    predicted, label = (
        row(1, *columns) if columns else np.zeros((8, 16), dtype=bool) for columns in (predicted, label)
    )
    rest = without_ends(predicted, label, front_distances(predicted, label), 5)
    assert not rest.has_both_lines and math.isnan(front_score(rest).mean_distance_px)


def test_a_prediction_that_stops_short_is_whole_without_the_ends(dataset, evaluate, tmp_path):
    """Thinned bands stop short of the label's ends, rows 5 and 59; 100 m are 5 px, between which both lines are one."""
    maps = predict_bands(tmp_path / "maps", {"a": 20, "b": 20, "c": None})
    write_dataset_json(maps, "front")
    out = tmp_path / "scores"
    result = evaluate(maps, dataset, out, "--cut-ends-m", 100)
    assert result.exit_code == 0, result.output
    assert "MDE without 100 m at each end of the labels\nall: 0.00 m, 0.00 px; no line left in 1 image" in result.output
    table = pd.read_csv(out / "scores.csv").set_index("case")
    assert table["mean_distance_px"].drop("c").min() > 0
    assert table["mean_distance_without_ends_px"].tolist()[:2] == [0, 0]
    assert math.isnan(table.loc["c", "mean_distance_without_ends_m"])
    summary = json.loads((out / "summary.json").read_text())
    everything = summary["subsets"]["all"]
    assert summary["cut_ends_m"] == 100
    assert [everything[f"mde_without_ends_{unit}"] for unit in ("m", "px")] == [0, 0]
    assert everything["no_front_without_ends"] == 1
    assert everything["measures_over_images"]["mean_distance_without_ends_m"]["images"] == 2


def test_shifted_lines_keep_their_shift_in_pixels_and_metres(dataset, evaluate, summary_of, tmp_path):
    """2 and 4 columns of 20 m: 3 on average, with the spread of two folders; nothing is added unless asked for."""
    folders = [predict_zones(tmp_path / name, dict.fromkeys("abc", column)) for name, column in (("f", 22), ("g", 24))]
    summary = summary_of(*folders, dataset, "--cut-ends-m", 200)
    everything = summary["subsets"]["all"]
    assert everything["mde_without_ends_px"] == pytest.approx(3) and everything["mde_without_ends_m"] == pytest.approx(
        60
    )
    assert summary["over_folds"]["subsets"]["all"]["mde_without_ends_px"]["sd"] == pytest.approx(math.sqrt(2))
    assert evaluate(folders[0], dataset, tmp_path / "plain").exit_code == 0
    assert "mean_distance_without_ends_m" not in pd.read_csv(tmp_path / "plain" / "scores.csv")
    assert "cut_ends_m" not in json.loads((tmp_path / "plain" / "summary.json").read_text())


def test_ends_are_cut_only_where_pixel_sizes_are_known(dataset, evaluate, tmp_path):
    """One sentence for all scenes, and nothing is written."""
    change_scenes(dataset, pixel_size_m=math.nan)
    maps = predict_zones(tmp_path / "maps", {"a": 22, "b": 16, "c": 29})
    result = evaluate(maps, dataset, tmp_path / "scores", "--cut-ends-m", 100)
    assert result.exit_code == 2 and not (tmp_path / "scores").exists()
    assert "--cut-ends-m: the pixel size of 3 scenes is not known (a, b, c)" in " ".join(result.output.split())
