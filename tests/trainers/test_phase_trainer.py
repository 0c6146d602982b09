"""The phase-safe mix-in: which datasets it takes, which transforms it puts where, and what its loader gives."""

import json

import numpy as np
import pytest
import torch
from batchgeneratorsv2.transforms.utils.random import RandomTransform
from made_trainers import dataset_json, make, phase_dataset_json
from nnunetv2.training.dataloading.nnunet_dataset import nnUNetDatasetNumpy

from nnunet_glacier.lines.phase_channels import phase_channels
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.grounding_line import nnUNetTrainerGlacierGroundingLineASPPUNet
from nnunet_glacier.trainers.phase_augmentation import N_CHANNELS
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.single_changes import nnUNetTrainerGlacierPhase

IGNORE = 2


def training_transforms(trainer, patch_size):
    """The transforms that nnU-Net's loader would get, and the size of the patches that it would cut."""
    trainer.configuration_manager.configuration["patch_size"] = list(patch_size)
    rotation, dummy, initial, mirror = trainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size()
    scales = [[1.0, 1.0], [0.5, 0.5]]
    transforms = trainer.get_training_transforms(
        patch_size, rotation, scales, mirror, dummy, use_mask_for_norm=[False], ignore_label=IGNORE
    )
    return transforms, tuple(initial)


def names(transforms):
    """Class names, those in a random choice in brackets."""
    return [
        f"({type(each.transform).__name__})" if isinstance(each, RandomTransform) else type(each).__name__
        for each in transforms.transforms
    ]


def made_patch(kind, shape):
    """A patch without a signal in a corner; elsewhere the label is 1 where the magnitude is above a half."""
    rng = np.random.default_rng(0)
    signal = rng.uniform(0.1, 1, shape) * np.exp(1j * rng.uniform(-np.pi, np.pi, shape))
    signal[: shape[0] // 3, : shape[1] // 4] = 0
    label = np.where(signal == 0, IGNORE, np.abs(signal) > 0.5)
    image = phase_channels(signal, signal != 0, kind, 1.0)
    return torch.from_numpy(image), torch.from_numpy(label.astype(np.int16))[None]


OURS = ["Rot90Transform", "PhaseOffsetTransform", "ConjugationTransform", "ComplexNoiseTransform"]
NNUNETS_LAST = ["MirrorTransform", "RemoveLabelTransform", "DownsampleSegForDSTransform"]


@pytest.mark.parametrize(
    ("kind", "spatial"),
    [
        ("phase_mag", "SpatialTransform"),
        ("reim", "SignalSpatialTransform"),
        ("cos_sin_mag", "SignalSpatialTransform"),
    ],
)
def test_the_transforms_and_their_order(kind, spatial, nnunet_folders):
    """nnU-Net's without those of grey values; a newer nnU-Net that adds one shows here."""
    trainer = make(nnUNetTrainerGlacierPhase, phase_dataset_json(kind, N_CHANNELS[kind]))
    transforms, _ = training_transforms(trainer, (32, 32))
    assert names(transforms) == [spatial, *OURS, *NNUNETS_LAST]
    assert trainer.inference_allowed_mirroring_axes == (0, 1)


def test_phase_is_cut_out_and_never_interpolated(nnunet_folders):
    """The loader cuts the patch itself, and the spatial transform draws no grid; pairs keep nnU-Net's margin."""
    phase, pair, stock = (
        make(trainer, phase_dataset_json(kind, 2))
        for trainer, kind in (
            (nnUNetTrainerGlacierPhase, "phase_mag"),
            (nnUNetTrainerGlacierPhase, "reim"),
            (nnUNetTrainerGlacier, "reim"),
        )
    )
    transforms, cut = training_transforms(phase, (32, 32))
    assert cut == (32, 32)
    spatial = transforms.transforms[0]
    assert all(spatial.get_parameters(image=torch.zeros(2, 32, 32))["grid"] is None for _ in range(50))
    assert training_transforms(pair, (32, 32))[1] == training_transforms(stock, (32, 32))[1] != (32, 32)


@pytest.mark.parametrize(("shape", "expected"), [((32, 32), 8), ((24, 32), 4)])
def test_square_patches_come_in_eight_ways_and_others_in_four(shape, expected, nnunet_folders):
    """Image and label go the same way: the label is still where the magnitude is above a half."""
    trainer = make(nnUNetTrainerGlacierPhase, phase_dataset_json("phase_mag", 2))
    trainer.noise_probability = 0.0
    transforms, _ = training_transforms(trainer, shape)
    image, label = made_patch("phase_mag", shape)
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)
    seen = set()
    for _ in range(100):
        made = transforms(image=image.clone(), segmentation=label.clone())
        magnitude, target = made["image"][1], made["segmentation"][0][0]
        torch.testing.assert_close(target == 1, magnitude > 0.5)
        torch.testing.assert_close(target == IGNORE, magnitude == 0)
        assert made["segmentation"][1].shape == (1, shape[0] // 2, shape[1] // 2)
        seen.add(magnitude.numpy().tobytes())
    assert len(seen) == expected


@pytest.mark.parametrize("kind", N_CHANNELS)
def test_the_whole_chain_keeps_gaps_and_lengths(kind, nnunet_folders):
    """Values in [-1, 1], a circle of length 1, 0 in every channel exactly where there was no signal."""
    trainer = make(nnUNetTrainerGlacierPhase, phase_dataset_json(kind, N_CHANNELS[kind]))
    transforms, cut = training_transforms(trainer, (32, 32))
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)
    for _ in range(40):
        made = transforms(**dict(zip(("image", "segmentation"), made_patch(kind, cut), strict=True)))
        image, valid = made["image"], (made["image"] != 0).any(0)
        assert image.shape == (N_CHANNELS[kind], 32, 32)
        assert image.abs().max() <= 1 + 1e-6
        if kind == "phase_mag":
            torch.testing.assert_close(made["segmentation"][0][0] == IGNORE, ~valid)
        if kind == "reim":
            assert image.norm(dim=0).max() <= 1 + 1e-6
        if kind == "cos_sin_mag":
            torch.testing.assert_close(image[:2].norm(dim=0), valid.float())


@pytest.mark.parametrize(
    "dataset",
    [dataset_json("front"), dataset_json("grounding_line"), dataset_json("grounding_line", channels={"mean": [0]})],
)
def test_a_dataset_that_does_not_say_what_its_channels_hold_is_refused(dataset, nnunet_folders):
    """With what to do, before anything is written."""
    with pytest.raises(GlacierError, match=r"no kind of channels.*convert dinsar.*-tr nnUNetTrainerGlacier"):
        make(nnUNetTrainerGlacierPhase, dataset)
    assert list((nnunet_folders / "nnUNet_results").iterdir()) == []


@pytest.mark.parametrize("trainer", [nnUNetTrainerGlacierPhase, nnUNetTrainerGlacierGroundingLineASPPUNet])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"channels": {"kind": "degrees"}}, r"'degrees', which is none of phase_mag, reim, cos_sin_mag"),
        ({"channels": {"kind": "cos_sin_mag"}}, r"cos_sin_mag, which are 3 named noNorm.*noNorm, noNorm: nnU-Net"),
        (
            {"channel_names": {"0": "phase", "1": "magnitude"}},
            r"2 named noNorm, but channel_names are phase, magnitude",
        ),
    ],
)
def test_channels_that_are_others_than_said_are_refused(trainer, wrong, said, nnunet_folders):
    """Also by trainers that take datasets without the entry."""
    with pytest.raises(GlacierError, match=said):
        make(trainer, phase_dataset_json("reim", 2) | wrong)


def test_gattolins_trainers_take_other_lines_with_nnunets_augmentation(nnunet_folders):
    """The very list of nnU-Net, grey values and all; interferograms get the phase-safe one."""
    stock = make(nnUNetTrainerGlacier, dataset_json("front"))
    other = make(nnUNetTrainerGlacierGroundingLineASPPUNet, dataset_json("front", channels={"mean": [0]}))
    expected, cut = training_transforms(stock, (32, 32))
    transforms, found_cut = training_transforms(other, (32, 32))
    assert names(transforms) == names(expected)
    assert "(GammaTransform)" in names(transforms)
    assert found_cut == cut
    phase = make(nnUNetTrainerGlacierGroundingLineASPPUNet, phase_dataset_json("phase_mag", 2))
    assert names(training_transforms(phase, (32, 32))[0])[1:5] == OURS


@pytest.mark.parametrize("kind", ["phase_mag", "reim"])
def test_nnunets_loader_gives_batches_of_phase(kind, nnunet_folders, monkeypatch):
    """Preprocessed scenes through the trainer's loaders: patches and targets of every resolution, gaps ignored."""
    monkeypatch.setenv("nnUNet_n_proc_DA", "0")
    folder = nnunet_folders / "nnUNet_preprocessed" / "Dataset990_Made"
    cases = folder / "small_2d"
    cases.mkdir(parents=True)
    described = phase_dataset_json(kind, 2)
    for index in range(4):
        image, label = made_patch(kind, (70, 60))
        line = np.argwhere(label.numpy()[:, None] == 1)
        labelled = np.argwhere(label.numpy()[:, None] != IGNORE)
        properties = {"class_locations": {1: line, (-1, 0, 1): labelled}}
        nnUNetDatasetNumpy.save_case(
            image.numpy()[:, None], label.numpy()[:, None], properties, str(cases / f"scene_{index}")
        )
    splits = [{"train": ["scene_0", "scene_1"], "val": ["scene_2", "scene_3"]}]
    (folder / "splits_final.json").write_text(json.dumps(splits))
    trainer = make(nnUNetTrainerGlacierPhase, described)
    trainer._set_batch_size_and_oversample()
    for loader in trainer.get_dataloaders():
        batch = next(loader)
        assert batch["data"].shape == (2, 2, 32, 32)
        assert [tuple(target.shape[2:]) for target in batch["target"]] == [(32, 32), (16, 16), (8, 8)]
        valid = (batch["data"] != 0).any(1)
        assert valid.any()
        assert set(batch["target"][0][:, 0][valid].unique().tolist()) >= {0, 1}
