"""Networks in nnU-Net's start of a training: pretrained weights, and what the log says of them."""

import pytest
import torch
from made_trainers import dataset_json
from nnunetv2.run.load_pretrained_weights import load_pretrained_weights
from small_plans import small_plans

from nnunet_glacier.trainers import published, single_changes
from nnunet_glacier.trainers.multitask import nnUNetTrainerGlacierEarly, nnUNetTrainerGlacierLate
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier


@pytest.mark.parametrize(
    ("trainer_class", "variant", "fits"),
    [
        (nnUNetTrainerGlacier, "front", True),
        (published.nnUNetTrainerGlacierDistanceMapBCEMCC, "front", True),
        (nnUNetTrainerGlacierLate, "multitask", True),
        (nnUNetTrainerGlacierEarly, "multitask", False),
        (single_changes.nnUNetTrainerGlacierAttentionUNet, "front", False),
        (single_changes.nnUNetTrainerGlacierASPPUNet, "front", False),
        (single_changes.nnUNetTrainerGlacierUNetPlusPlus, "front", False),
    ],
)
def test_pretrained_weights_of_stock_nnunet(trainer_class, variant, fits, initialized, tmp_path):
    """``-pretrained_weights`` fits where the network is nnU-Net's own but for its heads; nnU-Net refuses the others."""
    stock = initialized(nnUNetTrainerGlacier, dataset_json("front")).network
    torch.save({"network_weights": stock.state_dict()}, tmp_path / "stock.pth")
    network = initialized(trainer_class, dataset_json(variant)).network
    if not fits:
        with pytest.raises(AssertionError):
            load_pretrained_weights(network, tmp_path / "stock.pth")
        return
    load_pretrained_weights(network, tmp_path / "stock.pth")
    loaded = dict(network.encoder.state_dict())
    torch.testing.assert_close(loaded, dict(stock.encoder.state_dict()))


@pytest.mark.parametrize(("patch", "told"), [((32, 32), ["6", "12", "18"]), ((96, 96), ["12", "18"])])
def test_dilations_that_reach_nothing_are_told(patch, told, nnunet_folders, capsys):
    """A bottleneck of 4x4 pixels has room for none of Gattolin's, one of 12x12 for 6 alone."""
    preprocessed = nnunet_folders / "nnUNet_preprocessed" / "Dataset990_Made" / "small_2d"
    preprocessed.mkdir(parents=True)
    # nnU-Net asks what the files are.
    (preprocessed / "case.npz").touch()
    plans = small_plans(continue_training=False)
    plans["configurations"]["2d"]["patch_size"] = list(patch)
    arguments = {"configuration": "2d", "fold": 0, "dataset_json": dataset_json("front"), "device": torch.device("cpu")}
    single_changes.nnUNetTrainerGlacierASPPUNet(plans=plans, **arguments).initialize()
    edge = patch[0] // 8
    assert f"{edge}x{edge} pixels, in which the dilations {', '.join(told)} act as 1x1" in capsys.readouterr().out
