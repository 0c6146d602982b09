"""Models that ship: listed, opened and predicted with by their names, and in the wheel."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from packed import pack
from PIL import Image
from typer.testing import CliRunner

import nnunet_glacier
from nnunet_glacier.cli import app
from nnunet_glacier.formats import shipped_models
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.models import listing
from nnunet_glacier.support.errors import InputError

CHECKOUT = Path(nnunet_glacier.__file__).parent.parent


@pytest.fixture
def shipped(packed_once, tmp_path, monkeypatch):
    """An installation with one model, ``tiny``."""
    folder = tmp_path / "models"
    shutil.copytree(packed_once, folder / "tiny")
    for module in (shipped_models, listing):
        monkeypatch.setattr(module, "FOLDER", folder)
    return folder / "tiny"


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_every_shipped_model_is_whole():
    """What this checkout ships opens, and is small."""
    models = listing.shipped_models()
    if not models:
        pytest.skip("no model ships with this checkout yet")
    for listed in models:
        assert listed.damage == ""
        assert open_model(listed.name).folds
        assert listed.packed.size <= 12e6
        assert listed.packed.description.licence


def test_models_are_listed(shipped):
    """What for, folds, size, licence and that they are whole."""
    output = run("models").output
    assert "tiny: tests" in output
    assert "2 folds, 0.0 MB, SHA-256 of every file checked" in output
    assert "licence: CC BY 4.0" in output


def test_a_damaged_model_is_named_with_what_to_do(shipped):
    """In the list and where it is opened."""
    (shipped / "fold_1.safetensors").write_bytes(b"")
    result = run("models")
    assert result.exit_code == 0
    assert "tiny: damaged" in result.output
    with pytest.raises(InputError) as raised:
        open_model("tiny")
    (problem,) = raised.value.problems
    assert problem.where == shipped / "fold_1.safetensors"
    assert "Install the package again" in problem.remedy


def test_all_that_is_wrong_with_a_model_is_said_at_once(shipped):
    (shipped / "fold_1.safetensors").write_bytes(b"")
    (shipped / "plans.json").unlink()
    with pytest.raises(InputError) as raised:
        open_model("tiny")
    assert {problem.where.name for problem in raised.value.problems} == {"fold_1.safetensors", "plans.json"}


def test_a_name_that_does_not_exist_lists_those_that_do(shipped, tmp_path):
    """Nothing is written."""
    result = run("predict", "cafe", tmp_path, tmp_path / "out")
    assert result.exit_code == 2
    assert (
        "cafe: there is no such folder here, and no shipped model of this name. Shipped models: tiny" in result.output
    )
    assert not (tmp_path / "out").exists()


def test_predict_by_name_from_folder_and_archive(shipped, trained, tmp_path):
    """All give the maps that the trained folder gives."""
    scene = np.random.default_rng(0).integers(1, 255, (40, 50), dtype=np.uint8)
    (tmp_path / "in").mkdir()
    Image.fromarray(scene).save(tmp_path / "in" / "a.png")
    archive = pack(trained, tmp_path / "tiny.zip")
    maps = []
    for number, model in enumerate((trained, "tiny", shipped, archive)):
        out = tmp_path / str(number)
        result = run("predict", model, tmp_path / "in", out, "--device", "cpu", "--spread")
        assert result.exit_code == 0, result.output
        assert "weights_only" not in result.output
        names = ("zones/a.png", "fronts/a.png", "spread/a_fused.png")
        maps.append([np.asarray(Image.open(out / name)) for name in names])
    assert len(np.unique(maps[0][0])) > 1
    for other_maps in maps[1:]:
        for one, other in zip(other_maps, maps[0], strict=True):
            np.testing.assert_array_equal(one, other)
    record = json.loads((tmp_path / "1" / "prediction.json").read_text())
    assert record["model"] == "tiny"
    assert set(record["settings"]["folds"]) == {"0", "1"}


def test_the_wheel_holds_models_scenes_page_plugin_and_docs(packed_once, tmp_path):
    """The demo's scenes, the page of ``view``, the trainers' plugin, the docs; built offline, with one more model."""
    pytest.importorskip("setuptools", reason="setuptools, which builds the wheel, is not installed")
    source = tmp_path / "source"
    skipped = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("nnunet_glacier", "docs"):
        shutil.copytree(CHECKOUT / name, source / name, ignore=skipped)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, source / name)
    shutil.copytree(packed_once, source / "nnunet_glacier" / "models" / "made-for-this-test")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q"]
    built = subprocess.run(
        [*command, "-w", str(tmp_path / "wheel"), str(source)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = (tmp_path / "wheel").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        there = set(archive.namelist())
    models = source / "nnunet_glacier" / "models"
    wanted = {path.relative_to(source).as_posix() for path in models.glob("*/*") if path.is_file()}
    assert "nnunet_glacier/models/made-for-this-test/fold_0.safetensors" in wanted
    for folder, count in (("demo/crane", 49), ("viewing/page", 13), ("trainers/plugin", 1)):
        files = [path for path in (CHECKOUT / "nnunet_glacier" / folder).rglob("*") if "__pycache__" not in path.parts]
        beside = {path.relative_to(CHECKOUT).as_posix() for path in files if path.is_file()}
        assert len(beside) >= count
        wanted |= beside
    pages = [path for kind in ("*.md", "results/*.md", "figures/*.png") for path in (CHECKOUT / "docs").glob(kind)]
    assert len(pages) >= 50
    version = wheel.name.split("-")[1]
    share = f"nnunet_glacier-{version}.data/data/share/doc/nnunet-glacier"
    wanted |= {f"{share}/{path.relative_to(CHECKOUT / 'docs').as_posix()}" for path in pages}
    assert wanted <= there


def test_a_packed_model_without_its_description_is_told_so(shipped):
    """It is not taken for a folder of nnU-Net's whose training is not done."""
    (shipped / "model.json").unlink()
    with pytest.raises(InputError) as raised:
        open_model(shipped)
    (problem,) = raised.value.problems
    assert problem.where == shipped / "model.json"
    assert "there is no such file" in problem.what
