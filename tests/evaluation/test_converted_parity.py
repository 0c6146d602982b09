"""Scores against a converted dataset are those against CaFFe's own folder."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nnunet_glacier.cli import app

FOLDERS = {"sar_images": "", "zones": "_zones", "fronts": "_front"}


def with_training_scenes(source: Path, root: Path) -> None:
    """The reference scenes with Mapple's once more as a training glacier, which a conversion needs."""
    shutil.copytree(source, root)
    for folder in FOLDERS:
        (root / folder / "train").mkdir()
        for path in sorted((root / folder / "test").glob("Mapple*"))[:5]:
            shutil.copy(path, root / folder / "train" / path.name.replace("Mapple", "Crane"))
    for path in list((root / "bounding_boxes").glob("Mapple*")):
        shutil.copy(path, path.with_name(path.name.replace("Mapple", "Crane")))


@pytest.mark.parametrize("options", [["--labels", "fused"], ["--labels", "multitask", "--file-format", "nii.gz"]])
def test_conversion_keeps_everything_that_is_scored(shared_data, tmp_path, options):
    """Zones, one-pixel fronts, boxes, pixel sizes, seasons: every subset's figures are the reference's."""
    reference = shared_data / "caffe_reference_scores"
    with_training_scenes(reference / "data_raw", tmp_path / "data_raw")
    dataset = tmp_path / "Dataset001_Reference"
    run = CliRunner().invoke
    result = run(app, ["convert", "caffe", str(tmp_path / "data_raw"), str(dataset), *options, "--workers", "1"])
    assert result.exit_code == 0, result.output
    scores = tmp_path / "scores"
    result = run(app, ["evaluate", str(reference / "predicted_zones"), str(dataset), str(scores), "--workers", "1"])
    assert result.exit_code == 0, result.output
    summary = json.loads((scores / "summary.json").read_text())
    expected = json.loads((reference / "expected.json").read_text())
    assert summary["split"] == "test" and len(summary["images"]) == len(expected["images"])
    for name, subset in expected["subsets"].items():
        ours = summary["subsets"][name]
        assert (ours["images"], ours["no_front"]) == (subset["images"], subset["no_front"])
        assert ours["mde_m"] == pytest.approx(subset["mde_m"], rel=1e-9)
    for metric, values in expected["zone_metrics_mean_over_images"].items():
        assert summary["zone_metrics_mean_over_images"][metric] == pytest.approx(values, rel=1e-9)
