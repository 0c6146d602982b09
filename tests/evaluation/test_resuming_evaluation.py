"""A run of ``evaluate`` that was stopped goes on, and its scores are those of a run that was not."""

import dataclasses
import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from made_scenes import fjord, predict_zones
from PIL import Image
from typer.testing import CliRunner

import nnunet_glacier
from nnunet_glacier.cli import app
from nnunet_glacier.domain.zones import zones_to_grey
from nnunet_glacier.evaluation import scoring
from nnunet_glacier.evaluation.inputs.scoring_input import open_input
from nnunet_glacier.evaluation.inputs.scoring_plan import make_plan
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.evaluation.results.score_record import ScoreRecord, scoring_code, task_key
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_table import read_scenes, write_scenes

SCORE = scoring.score_scene


@pytest.fixture
def maps(tmp_path):
    """Predictions of the dataset's three test scenes, one without a front."""
    return predict_zones(tmp_path / "maps", {"a": 22, "b": 17, "c": 0})


@pytest.fixture
def scored(monkeypatch):
    """The cases that were scored, in order; ``stop_after`` raises Ctrl-C in place of a scene."""
    cases = []

    def watch(stop_after=None):
        cases.clear()
        counter = itertools.count()

        def score(task):
            if next(counter) == stop_after:
                raise KeyboardInterrupt
            cases.append(task.reference.scene.case)
            return SCORE(task)

        monkeypatch.setattr(scoring, "score_scene", score)
        return cases

    return watch


def written(out):
    """Scores and summary, byte by byte."""
    return [(out / name).read_bytes() for name in ("scores.csv", "summary.json")]


def test_a_stopped_run_goes_on(dataset, maps, evaluate, scored, tmp_path):
    """Only the rest is scored, and every byte is that of an uninterrupted run."""
    assert evaluate(maps, dataset, tmp_path / "whole").exit_code == 0
    scored(stop_after=2)
    stopped = evaluate(maps, dataset, tmp_path / "scores")
    assert stopped.exit_code == 130 and "the same command goes on" in stopped.output
    assert [path.name for path in (tmp_path / "scores").iterdir()] == ["scored_scenes.jsonl"]
    cases = scored()
    assert evaluate(maps, dataset, tmp_path / "scores").exit_code == 0
    assert cases == ["c"]
    assert written(tmp_path / "scores") == written(tmp_path / "whole")
    record = [(tmp_path / out / "scored_scenes.jsonl").read_bytes() for out in ("scores", "whole")]
    assert record[0] == record[1]


def test_half_a_line_is_scored_again(dataset, maps, evaluate, scored, tmp_path):
    """What a machine that went down may leave; the line after it is whole."""
    out = tmp_path / "scores"
    evaluate(maps, dataset, out)
    before, record = written(out), out / "scored_scenes.jsonl"
    record.write_bytes(record.read_bytes()[:-40])
    cases = scored(stop_after=1)
    assert evaluate(maps, dataset, out).exit_code == 0 and cases == ["c"]
    record.write_bytes(record.read_bytes()[:-40])
    cases = scored()
    evaluate(maps, dataset, out)
    assert cases == ["c"] and written(out) == before
    cases = scored()
    evaluate(maps, dataset, out)
    assert cases == []


def _new_prediction(dataset, maps):
    write_raster(maps / "b.png", zones_to_grey(fjord(30)))


def _new_label(dataset, maps):
    """As large as the former one, and with its time."""
    path = dataset / "frontsTs" / "b.png"
    state, front = path.stat(), np.asarray(Image.open(path))
    Image.fromarray(np.roll(front, 1, axis=0)).save(path)
    os.utime(path, ns=(state.st_mtime_ns, state.st_mtime_ns))


def _new_box(dataset, maps):
    scenes = read_scenes(dataset / "scenes.csv")
    box = dataclasses.replace(scenes["b"].box, row_stop=50)
    write_scenes(dataset / "scenes.csv", {**scenes, "b": dataclasses.replace(scenes["b"], box=box)}.values())


@pytest.mark.parametrize("change", [_new_prediction, _new_label, _new_box])
def test_a_scene_whose_input_changed_is_scored_again(dataset, maps, evaluate, scored, tmp_path, change):
    """And no other one."""
    evaluate(maps, dataset, tmp_path / "scores")
    change(dataset, maps)
    cases = scored()
    assert evaluate(maps, dataset, tmp_path / "scores").exit_code == 0
    assert cases == ["b"]
    evaluate(maps, dataset, tmp_path / "whole")
    assert written(tmp_path / "scores") == written(tmp_path / "whole")


def test_other_options_other_code_and_overwrite_score_everything(
    dataset, maps, evaluate, scored, tmp_path, monkeypatch
):
    """Scores by other rules are other scores."""
    evaluate(maps, dataset, tmp_path / "scores")
    for arguments in (["--overwrite"], ["--front-side", "glacier"]):
        cases = scored()
        assert evaluate(maps, dataset, tmp_path / "scores", *arguments).exit_code == 0
        assert cases == ["a", "b", "c"]
    monkeypatch.setattr("nnunet_glacier.evaluation.results.score_record.code_fingerprint", lambda: "other")
    cases = scored()
    evaluate(maps, dataset, tmp_path / "scores", "--front-side", "glacier")
    assert cases == ["a", "b", "c"]


def test_scores_survive_a_bad_file(dataset, maps, evaluate, scored, tmp_path):
    """Once it is mended only its scene is scored."""
    good = (maps / "b.png").read_bytes()
    (maps / "b.png").write_bytes(good[: len(good) // 2])
    result = evaluate(maps, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and "no scores were written; scenes that were scored are kept in" in result.output
    (maps / "b.png").write_bytes(good)
    cases = scored()
    assert evaluate(maps, dataset, tmp_path / "scores").exit_code == 0 and cases == ["b"]


def test_a_cluster_scores_the_same(dataset, maps, evaluate, tmp_path):
    """Two dask workers, reached by their scheduler's address, against this process; also two local processes."""
    distributed = pytest.importorskip("distributed")
    evaluate(maps, dataset, tmp_path / "one")
    arguments = ["evaluate", str(maps), str(dataset)]
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options, local_directory=str(tmp_path)) as cluster:
        address = ["--backend", "dask", "--scheduler", cluster.scheduler_address]
        result = CliRunner().invoke(app, [*arguments, str(tmp_path / "dask"), *address])
        with distributed.Client(cluster) as client:
            executed = client.run(lambda dask_worker: dask_worker.state.executed_count)
    assert result.exit_code == 0, result.output
    assert len(executed) == 2 and sum(executed.values()) == 3
    result = CliRunner().invoke(app, [*arguments, str(tmp_path / "loky"), "--workers", "2"])
    assert result.exit_code == 0, result.output
    assert written(tmp_path / "dask") == written(tmp_path / "loky") == written(tmp_path / "one")


def test_a_backend_that_is_none_is_refused_before_anything_is_read(dataset, maps, evaluate, tmp_path):
    """With those there are."""
    result = evaluate(maps, dataset, tmp_path / "scores", "--backend", "slurm")
    assert result.exit_code == 2 and "Choose one of loky" in result.output
    assert not (tmp_path / "scores").exists()


def test_scores_come_back_from_the_record_as_they_were(dataset, maps, evaluate, tmp_path):
    """Field by field, with every digit."""
    record = ScoreRecord(tmp_path / "record.jsonl")
    for task in make_plan(open_input([maps], dataset), Options()).tasks:
        scores = SCORE(task)
        record.add_scores(task_key(task), scores)
        (back,) = record.wanted({task_key(task)}).values()
        for one, other in zip(scores, back, strict=True):
            for field in dataclasses.fields(one):
                np.testing.assert_equal(
                    dataclasses.asdict(one)[field.name], dataclasses.asdict(other)[field.name], field.name
                )
    record.close()


def test_the_code_that_scores_depend_on():
    """This room and the shelves that compute and read; not what trains, predicts or draws."""
    package = Path(nnunet_glacier.__file__).parent
    modules = {path.relative_to(package).as_posix() for path in scoring_code()}
    assert {
        "evaluation/scoring.py",
        "evaluation/inputs/scoring_input.py",
        "formats/rasters.py",
        "formats/scored_maps.py",
        "measures/front_distances.py",
        "lines/front_contours.py",
        "domain/front_rules.py",
    } <= modules
    assert {module.split("/")[0] for module in modules} == {"evaluation", "formats", "measures", "lines", "domain"}
