"""``evaluate`` refuses several folders that were predicted by different models, and a folder in another one."""

import json
from pathlib import Path

import pytest
from made_scenes import fjord, predict_zones

from nnunet_glacier.domain.zones import zones_to_grey
from nnunet_glacier.formats.prediction_record import read_predicting_model, write_record
from nnunet_glacier.formats.rasters import write_raster

LATE = {"trainer": "nnUNetTrainerGlacierLate", "plans": "paper", "configuration": "2d"}
RESULTS = "/results/Dataset001_CaFFe"


@pytest.fixture
def predicted(tmp_path):
    """A folder of predictions with what ``predict`` records of its model and fold."""

    def write(name: str, fold: str = "0", parent: str = RESULTS, **other: str) -> Path:
        folder = predict_zones(tmp_path / name / "maps", dict.fromkeys("abc", 22 + int(fold)))
        settings = {**LATE, **other, "checkpoint": "final", "folds": [fold]}
        model = "__".join({**LATE, **other}.values())
        write_record(folder, settings, {}, model_folder=f"{parent}/{model}")
        return folder

    return write


def test_folds_of_one_model_give_mean_and_deviation(dataset, predicted, evaluate, tmp_path):
    """Wherever the model lay; 2 and 4 columns of 20 m."""
    folders = [predicted("one"), predicted("other", fold="2", parent="/elsewhere/models")]
    result = evaluate(*folders, dataset, tmp_path / "scores")
    assert result.exit_code == 0, result.output
    assert "taken for repeated trainings of one model: means and deviations are over them." in result.output
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    assert summary["scheme"] == "repeated" and summary["subsets"]["all"]["mde_m"] == pytest.approx(60.0)


def test_repeats_with_a_seed_each_are_trainings_of_one_model(dataset, predicted, evaluate, tmp_path):
    """Their plans differ by the seed in the name alone; the spread has the least and the greatest beside it."""
    folders = [predicted(f"seed{seed}", fold=str(seed), plans=f"paper-seed{seed}-0a1b2c3d") for seed in (0, 1, 4)]
    result = evaluate(*folders, dataset, tmp_path / "scores")
    assert result.exit_code == 0, result.output
    spread = json.loads((tmp_path / "scores" / "summary.json").read_text())["over_folds"]["subsets"]["all"]["mde_m"]
    assert (spread["minimum"], spread["maximum"]) == (pytest.approx(40.0), pytest.approx(120.0))
    assert spread["mean"] == pytest.approx(220 / 3)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"plans": "paper-seed1-0a1b2c3d"}, "plans paper-seed1-0a1b2c3d, there paper"),
        ({"trainer": "nnUNetTrainerGlacierEarly"}, "trainer nnUNetTrainerGlacierEarly, there nnUNetTrainerGlacierLate"),
        ({"plans": "laptop"}, "plans laptop, there paper"),
        ({"configuration": "2d_small"}, "configuration 2d_small, there 2d"),
        ({"parent": "/results/Dataset002_Fused"}, "dataset Dataset002_Fused, there Dataset001_CaFFe"),
    ],
)
def test_folders_of_different_models_are_refused(dataset, predicted, evaluate, tmp_path, other, what):
    """Both are named, with what differs and what to do; folders without a record are trusted."""
    first, second = predicted("late"), predicted("early", **other)
    unknown = predict_zones(tmp_path / "unknown", dict.fromkeys("abc", 22))
    result = evaluate(unknown, first, second, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and "1 problem; nothing was written" in result.output
    assert f"{second / 'prediction.json'}: another model predicted it than {first}: {what}." in result.output
    assert "evaluate each model apart, and compare them with 'nnunet-glacier report'" in result.output
    assert not (tmp_path / "scores").exists()
    assert evaluate(unknown, second, dataset, tmp_path / "scores").exit_code == 0


@pytest.mark.parametrize("content", ["{", "[]", '{"settings": null}', '{"settings": {"trainer": ""}}'])
def test_a_record_that_tells_nothing_is_none(tmp_path, content):
    """As of another program under the same name."""
    (tmp_path / "prediction.json").write_text(content)
    assert read_predicting_model(tmp_path) == {}


def test_what_delineate_wrote_is_no_folder_of_predictions(dataset, evaluate, tmp_path):
    """Its zones are on the scenes' own grids; its lines can be scored."""
    out = tmp_path / "fronts"
    for folder in ("zones", "front_probability"):
        write_raster(out / folder / "a.tif", fjord(22))
    (out / "fronts.gpkg").write_bytes(b"")
    result = evaluate(out, dataset, tmp_path / "scores")
    assert result.exit_code == 2
    assert f"{out}: it is what delineate wrote, and no folder of predictions. Give its lines, {out}" in result.output


def _decoded(folder: Path) -> None:
    write_raster(folder / "zones" / "z.png", fjord(30))


def _grey(folder: Path) -> None:
    write_raster(folder / "a_zones.png", zones_to_grey(fjord(30)))


@pytest.mark.parametrize("below", [_decoded, _grey])
@pytest.mark.parametrize("own", ["zones", "."])
def test_predictions_in_a_folder_below_are_refused(dataset, evaluate, tmp_path, own, below):
    """Nobody would look for them there, and none of them would be scored."""
    maps = tmp_path / "maps"
    for case in "abc":
        write_raster(maps / own / f"{case}.png", fjord(22) if own == "zones" else zones_to_grey(fjord(22)))
    assert evaluate(maps, dataset, tmp_path / "scores").exit_code == 0
    below(maps / "other")
    result = evaluate(maps, dataset, tmp_path / "again")
    assert result.exit_code == 2
    assert f"{maps}: it mixes predictions of several experiments: its own and those in other/." in result.output
    assert not (tmp_path / "again").exists()


def test_what_the_package_writes_below_predictions_is_no_other_experiment(dataset, evaluate, tmp_path):
    """Probabilities and their spread, fronts, scores, and pictures of other names."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    for name in ("probabilities", "spread", "boundaries"):
        write_raster(maps / name / "a_front.png", zones_to_grey(fjord(22)))
    write_raster(maps / "lines" / "zones" / "a.png", fjord(22))
    (maps / "lines" / "fronts.json").write_text("{}")
    write_raster(maps / "sweep" / "sweep.png", zones_to_grey(fjord(22)))
    result = evaluate(maps, dataset, maps / "scores")
    assert result.exit_code == 0, result.output
