"""Scenes delineated by several processes, and where nothing may be written."""

import pickle
from pathlib import Path

import pytest
from scenes_on_the_map import made_scene, write_scene

import nnunet_glacier.delineation.sources as sources
import nnunet_glacier.delineation.stage as stage
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.stage import delineate
from nnunet_glacier.delineation.worker_network import in_this_process, network_here, worker_problems
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.parallel import Backend


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for kind in ("*.tif", "*.json") for path in folder.rglob(kind)}


def through_a_pickle(function, items, *, workers, **settings):
    """What an engine does with the work of several workers, in this process."""
    assert workers == 2
    for item in items:
        yield pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(function))(pickle.loads(pickle.dumps(item)))))


def test_a_worker_that_loads_the_network_itself_gives_what_one_process_gives(tmp_path, network, monkeypatch):
    """Maps, lines and records of three scenes, one of which turns out to be of one value."""
    (tmp_path / "scenes").mkdir()
    for name, values in (("a", made_scene()), ("b", made_scene()[::2]), ("flat", made_scene()[:, :20])):
        write_scene(tmp_path / "scenes" / f"{name}.tif", values)
    for workers in (1, 2):
        with pytest.raises(InputError, match=r"flat\.tif: all of its pixels have the value 200"):
            delineate(tmp_path / "scenes", tmp_path / f"out{workers}", options=Options(workers=workers))
        monkeypatch.setattr(stage, "map_with_progress", through_a_pickle)
    one, two = (content(tmp_path / f"out{workers}") for workers in (1, 2))
    assert one == two
    assert len(one) == 2 * 3 + 2
    assert b'"layer": "fronts"' in two[Path("scenes", "b.json")]


def test_what_a_worker_doubts_of_values_is_told(tmp_path, network, monkeypatch):
    monkeypatch.setattr(stage, "map_with_progress", through_a_pickle)
    for name in ("a", "b"):
        write_scene(tmp_path / f"{name}.tif", made_scene(dtype="float32") / 400)
    told = str(delineate(tmp_path, tmp_path / "out", options=Options(workers=2)))
    assert "Values below 1.5, as linear power has: a, b; if so, give --values intensity." in told


def test_a_worker_loads_a_network_once_and_keeps_the_last():
    loaded = []

    def load():
        loaded.append(object())
        return loaded[-1]

    first = network_here(load, "one")
    assert network_here(load, "one") is first
    assert network_here(load, "other") is loaded[1]
    assert network_here(load, "one") is loaded[2]


@pytest.mark.parametrize(
    ("workers", "backend", "loaded", "words"),
    [
        (2, Backend("threading"), False, "--backend threading: its workers share memory"),
        (1, Backend("slurm"), False, "--backend slurm: there is no such backend"),
        (2, Backend(), True, "a loaded model cannot go to other processes"),
        (1, Backend("loky", "tcp://host:1"), False, "backend loky has no scheduler"),
    ],
)
def test_what_cannot_run_networks_says_so(workers, backend, loaded, words):
    (problem,) = worker_problems(workers, backend, loaded=loaded)
    assert words in str(problem)


def test_one_worker_is_this_process():
    assert in_this_process(1, Backend())
    assert not in_this_process(1, Backend("dask"))
    assert worker_problems(1, Backend(), loaded=True) == []


def test_an_error_with_its_problems_comes_back_from_a_worker():
    error = InputError([Problem("a", "b", "c")], "Head", "all is lost")
    back = pickle.loads(pickle.dumps(error))
    assert str(back) == str(error)
    assert back.problems == error.problems


def test_out_is_not_a_folder_that_is_read(tmp_path, network):
    """Under another name, or as a folder of maps in it; a folder below the scenes is one of one's own."""
    scenes = tmp_path / "zones"
    scenes.mkdir()
    write_scene(scenes / "a.tif", made_scene())
    (tmp_path / "link").symlink_to(scenes)
    for out in (scenes, tmp_path / "link", tmp_path):
        with pytest.raises(InputError, match="it is read too"):
            delineate(scenes, out)
    with pytest.raises(InputError, match="it is read too"):
        delineate(scenes / "a.tif", tmp_path)
    assert [path.name for path in scenes.iterdir()] == ["a.tif"]
    delineate(scenes, scenes / "out")
    assert (scenes / "out" / "fronts.gpkg").is_file()


def test_bars_move_with_every_header_and_every_content(tmp_path, network, monkeypatch):
    """Each goes over all scenes while they are looked at, not after."""
    moved = []

    def bar(items, desc="", **settings):
        for item in items:
            moved.append(desc)
            yield item

    monkeypatch.setattr(sources, "tqdm", bar)
    monkeypatch.setattr(stage, "tqdm", lambda items=None, **settings: bar(items, **settings) if items else NoBar())
    for name in "abc":
        write_scene(tmp_path / f"{name}.tif", made_scene())
    delineate(tmp_path, tmp_path / "out")
    assert moved == ["reading headers"] * 3 + ["looking for what has changed"] * 3 + ["looking for what is done"] * 3


class NoBar:
    """A bar that shows nothing."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def update(self, count):
        return None
