"""The command draws the maps of the network as it was trained, for the model, fold and task that are asked for."""

import shutil

import numpy as np
import pytest
import rasterio
import torch
from PIL import Image
from tiny_attention import LABELS, PLANS, build, trained_network
from tiny_models import make_dataset_json, make_model
from typer.testing import CliRunner

from nnunet_glacier.architectures.attention_maps import attention_maps
from nnunet_glacier.architectures.task_networks import EarlyBranchingUNet, LateBranchingUNet
from nnunet_glacier.cli import app
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.inference.predictor import make_trainers_findable
from nnunet_glacier.pictures.trained_checkpoints import GATED_TRAINER, describe, gated_decoder, open_checkpoint

SPACE = LABEL_SPACES["multitask"]


def run(*arguments):
    return CliRunner().invoke(app, ["attention", *map(str, arguments)])


def bands(path):
    with rasterio.open(path) as source:
        return source.read()


def by_hand(network, values):
    """Maps of an image normalised to mean 0 and standard deviation 1, ``(levels, H, W)``."""
    normalised = torch.from_numpy((values - values.mean()) / values.std())
    return torch.cat(attention_maps(network, normalised[None, None]), 1)[0].numpy()


def test_the_maps_are_those_of_each_models_network(trained, scene, tmp_path):
    """A folder with --fold and a checkpoint file, one row and one GeoTIFF each, a band a level."""
    epoch_5 = trained / "fold_0" / "checkpoint_epoch_5.pth"
    content = torch.load(trained / "fold_0" / "checkpoint_final.pth", weights_only=False)
    torch.save({**content, "current_epoch": 5}, epoch_5)
    out = tmp_path / "attention.png"
    result = run(trained, epoch_5, scene, out, "--fold", "1", "--arrays", "--device", "cpu")
    assert result.exit_code == 0, result.output
    assert "Attention UNet fold 1 final: mean attention by level" in result.output
    assert "Attention UNet fold 0 epoch_5, epoch 5: mean attention by level" in result.output
    assert Image.open(out).size[0] > 1000
    values = np.asarray(Image.open(scene), np.float32)
    expected = [by_hand(trained_network(trained, fold), values) for fold in (1, 0)]
    for number, maps in enumerate(expected, 1):
        np.testing.assert_allclose(bands(tmp_path / f"attention_{number}.tif"), maps, atol=1e-5)
    assert np.abs(expected[0] - expected[1]).max() > 0.01


def test_names_are_taken_in_order(trained, scene, tmp_path):
    """And a folder of several images needs --case."""
    shutil.copy(scene, tmp_path / "other.png")
    result = run(trained, trained, tmp_path, tmp_path / "a.svg", "--name", "BCE", "--name", "WBCE 4")
    assert result.exit_code == 2
    assert "there are 2 cases in it. Choose with --case: other, scene" in result.output
    result = run(trained, trained, tmp_path, tmp_path / "a.svg", "--case", "sceen")
    assert "there is no case 'sceen' in it. It has other, scene" in result.output
    result = run(trained, trained, tmp_path, tmp_path / "a.svg", "--name", "BCE", "--name", "WBCE 4", "--case", "scene")
    assert result.exit_code == 0, result.output
    assert result.output.index("BCE: mean") < result.output.index("WBCE 4: mean")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.svg", "other.png", "scene.png"]


def test_a_name_is_drawn_as_it_is_or_refused(trained, scene, tmp_path):
    """Signs of formulas are signs; a name that leaves no room for the maps is none."""
    result = run(trained, scene, tmp_path / "a.svg", "--name", "a" * 300)
    assert result.exit_code == 2
    assert "it has 300 characters. Give 1 to 60" in " ".join(result.output.split())
    assert not (tmp_path / "a.svg").exists()
    result = run(trained, scene, tmp_path / "a.svg", "--name", r"$\alpha^$")
    assert result.exit_code == 0, result.output
    assert r"<!-- $\alpha^$ -->" in (tmp_path / "a.svg").read_text()


def test_maps_lie_where_the_image_lies(trained, tmp_path):
    """A GeoTIFF's CRS and affine are kept; rows and columns of 0 at its border, which nnU-Net cuts off, have none."""
    affine = rasterio.Affine(20, 0, -1e6, 0, -20, 2e6)
    values = np.zeros((40, 36), np.uint8)
    values[4:36, 2:34] = np.random.default_rng(1).integers(1, 256, (32, 32))
    profile = {"driver": "GTiff", "count": 1, "height": 40, "width": 36, "dtype": "uint8"}
    with rasterio.open(tmp_path / "scene.tif", "w", crs="EPSG:3031", transform=affine, **profile) as target:
        target.write(values, 1)
    result = run(trained, tmp_path / "scene.tif", tmp_path / "out.pdf", "--arrays")
    assert result.exit_code == 0, result.output
    with rasterio.open(tmp_path / "out_1.tif") as source:
        maps = source.read()
        assert (source.crs.to_epsg(), source.transform) == (3031, affine)
        assert source.descriptions == ("attention, level 1", "attention, level 2")
    expected = by_hand(trained_network(trained), values[4:36, 2:34].astype(np.float32))
    np.testing.assert_allclose(maps[:, 4:36, 2:34], expected, atol=1e-5)
    assert np.isnan(maps).sum() == 2 * (40 * 36 - 32 * 32)


def test_no_image_is_written_over(trained, tmp_path):
    """Neither by the maps beside the picture, nor by a picture among the images of a folder, whichever is drawn."""
    values = np.random.default_rng(2).integers(1, 256, (32, 32), dtype=np.uint8)
    (tmp_path / "scenes").mkdir()
    for name in ("crane_1.tif", "scenes/a.png", "scenes/b.png"):
        Image.fromarray(values).save(tmp_path / name)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    single, folder = tmp_path / "crane_1.tif", tmp_path / "scenes"
    for image, out, options, over in (
        (single, tmp_path / "crane.png", ("--arrays",), single),
        (folder, folder / "b.png", ("--case", "b"), folder / "b.png"),
        (folder, folder / "b.png", ("--case", "a"), folder / "b.png"),
    ):
        result = run(trained, image, out, *options)
        assert result.exit_code == 2
        assert f"{over}: it is read too, and would be written over. Give another name as OUT" in result.output
        assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before
    assert run(trained, single, tmp_path / "crane.png").exit_code == 0


def test_models_without_gates_are_refused_with_the_trainer_that_has_them(trained, scene, tmp_path):
    """The remedy names a trainer that exists; nothing is written."""
    from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin

    plain = make_model(tmp_path / "plain", make_dataset_json(labels=LABELS), PLANS, folds=(0,))
    result = run(trained, plain, scene, tmp_path / "out.png")
    assert result.exit_code == 2
    assert f"{plain}: its network has no attention gates. Train with -tr {GATED_TRAINER}" in result.output
    assert "1 problem;" in result.output
    assert GATED_TRAINER in plugin.__all__
    assert not (tmp_path / "out.png").exists()


def test_every_mistake_is_said_at_once(trained, scene, tmp_path):
    """Models that are not there or lie outside a fold, missing folds, the number of names, and the ending."""
    stray = shutil.copy(trained / "fold_0" / "checkpoint_final.pth", tmp_path)
    arguments = (trained, stray, tmp_path / "gone", scene, tmp_path / "out.jpg", "--fold", "7", "--name", "one")
    result = run(*arguments)
    assert result.exit_code == 2
    for text in (
        "5 problems",
        "1 name for 3 models",
        "gone: there is no such folder or file",
        "not in the folder of a fold",
        "fold_7: there is no checkpoint_final.pth",
        "a picture cannot end with '.jpg'",
    ):
        assert text in result.output


def test_the_folders_first_fold_is_taken(trained):
    """A checkpoint's own fold is known from its place."""
    assert open_checkpoint(trained).folds == ("0",)
    assert open_checkpoint(trained, "1").folds == ("1",)
    model = open_checkpoint(trained / "fold_1" / "checkpoint_final.pth")
    assert (model.folder, model.folds, model.checkpoint) == (trained, ("1",), "checkpoint_final.pth")
    assert describe(model) == "Attention UNet\nfold 1\nfinal"


def test_the_epoch_is_that_of_the_weights(trained, tmp_path):
    """After early stopping the final checkpoint holds the best epoch's; another best one says nothing of it."""
    trained = shutil.copytree(trained, tmp_path / trained.name)
    final, best = (trained / "fold_1" / f"checkpoint_{name}.pth" for name in ("final", "best"))
    content = torch.load(final, weights_only=False)
    torch.save(content | {"current_epoch": 40}, final)
    torch.save(content | {"current_epoch": 9}, best)
    assert describe(open_checkpoint(trained, "1")).endswith("fold 1\nfinal, epoch 9")
    assert describe(open_checkpoint(best)).endswith("fold 1\nbest, epoch 9")
    others = {name: value + 1 for name, value in content["network_weights"].items()}
    torch.save(content | {"current_epoch": 9, "network_weights": others}, best)
    assert describe(open_checkpoint(trained, "1")).endswith("fold 1\nfinal, epoch 40")


@pytest.fixture(scope="module")
def gated():
    make_trainers_findable()
    return lambda: build(classes=4)


def test_early_branching_has_a_decoder_for_each_task(gated):
    """The first without --task; of an unknown task the model's own are named."""
    network = EarlyBranchingUNet(gated(), SPACE)
    decoders = [gated_decoder(network, SPACE.names, task, "model")[0] for task in (None, "zones", "front")]
    assert decoders == [network.decoder, network.decoder, network.thin_decoders[0]]
    decoder, (problem,) = gated_decoder(network, SPACE.names, "boundary", "model")
    assert decoder is None
    assert str(problem).endswith("name another: its tasks are zones, front")


def test_late_branching_has_one_decoder_for_all_tasks(gated):
    """Whichever task is asked for; a model of one task has none to ask for."""
    network = LateBranchingUNet(gated(), SPACE)
    decoders = [gated_decoder(network, SPACE.names, task, "model")[0] for task in (None, "zones", "front")]
    assert decoders == [network.decoder] * 3
    _, (problem,) = gated_decoder(network, (), "front", "model")
    assert str(problem).endswith("it has a single task without a name")
