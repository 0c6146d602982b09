"""A score that is added to the registry stands in every file and text, with no other change."""

import json

import numpy as np
import pandas as pd
import pytest
from made_evaluations import write_dataset, write_predictions

from nnunet_glacier.domain.measures import LINES
from nnunet_glacier.formats.score_table import columns_markdown, columns_of
from nnunet_glacier.measures import registry
from nnunet_glacier.measures.measure import Measure


def test_a_new_score_is_one_function_and_one_entry(command, monkeypatch, tmp_path):
    """The largest distance: 2, 5 and 6 columns of 20 m in scores.csv, summary.json, the report's table and the docs."""

    def largest(scene) -> float:
        return float(np.max(scene.distances_px.predicted_to_label)) * scene.pixel_size_m

    entry = Measure("largest_m", "m", "Largest distance of the predicted line to the label", LINES, "Largest", largest)
    monkeypatch.setattr(registry, "MEASURES", (*registry.MEASURES, entry))
    dataset = write_dataset(tmp_path / "dataset", {"a": "2013-01-10", "b": "2014-07-01", "c": "2015-03-01"})
    maps = write_predictions(tmp_path / "maps", {"a": 42, "b": 45, "c": 46})
    result = command("evaluate", maps, dataset, tmp_path / "scores", "--route", "zones")
    assert result.exit_code == 0, result.output
    assert pd.read_csv(tmp_path / "scores" / "scores.csv")["largest_m"].tolist() == [40.0, 100.0, 120.0]
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    distribution = summary["subsets"]["all"]["measures_over_images"]["largest_m"]
    assert distribution["median"] == 100.0 and distribution["mean"] == pytest.approx(260 / 3)
    result = command("report", tmp_path / "scores", tmp_path / "out", "--max-overlays", 0, "--no-time-series")
    assert result.exit_code == 0, result.output
    table = pd.read_csv(tmp_path / "out" / "tables" / "every_measure.csv").set_index("measure")
    assert table.loc["largest_m", "mean"] == pytest.approx(260 / 3)
    assert "Distance of the lines: Largest [m]" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    docs = columns_markdown(columns_of(registry.chosen_measures("default")))
    assert "| `largest_m` | m | Largest distance of the predicted line to the label |" in docs
