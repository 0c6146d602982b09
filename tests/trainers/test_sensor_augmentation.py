"""Tone curves and speckle by their laws, and the mix-in that puts them into nnU-Net's chain."""

import numpy as np
import pytest
import torch
from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform
from batchgeneratorsv2.transforms.utils.random import RandomTransform
from made_trainers import dataset_json, make, phase_dataset_json
from scipy.special import gammaln

from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.sensor_augmentation import nnUNetTrainerGlacierLateSensor, nnUNetTrainerGlacierSensor
from nnunet_glacier.trainers.sensor_transforms import (
    SpeckleTransform,
    ToneCurveTransform,
    add_speckle,
    bend_tones,
    draw_tone_curve,
)

TRAINERS = [(nnUNetTrainerGlacierSensor, "fused"), (nnUNetTrainerGlacierLateSensor, "multitask")]


def transforms_of(trainer):
    """The chain that nnU-Net's loader would get."""
    rotation, dummy, _, mirror = trainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size()
    scales = [[1.0, 1.0], [0.5, 0.5]]
    return trainer.get_training_transforms((32, 32), rotation, scales, mirror, dummy, use_mask_for_norm=[False])


def test_a_tone_curve_rises_from_corner_to_corner():
    """With 4 to 7 knots, its two ends among them, and no step that loses a tone."""
    generator = np.random.default_rng(0)
    counts = set()
    for _ in range(200):
        x, y = draw_tone_curve(generator)
        counts.add(len(x))
        assert len(x) == len(y)
        assert (x[0], x[-1], y[0]) == (0, 1, 0)
        assert y[-1] == pytest.approx(1)
        assert (np.diff(x) >= 0).all()
        assert (np.diff(y) > 0).all()
    assert counts == {4, 5, 6, 7}


def test_tones_are_bent_by_hand():
    """0, 1, 2, 3, 4 through (0, 0), (1/2, 3/4), (1, 1): 0, 3/8, 3/4, 7/8, 1, brought to mean 2 and variance 2."""
    image = np.arange(5.0).reshape(1, 1, 5)
    curved = np.array([0, 3 / 8, 3 / 4, 7 / 8, 1])
    expected = (curved - 0.6) / curved.std() * np.sqrt(2) + 2
    bent = bend_tones(image, np.array([0, 0.5, 1]), np.array([0, 0.75, 1]))
    assert bent.dtype == np.float32
    np.testing.assert_allclose(bent[0, 0], expected, rtol=1e-6)


def test_bent_tones_keep_their_order_mean_and_deviation():
    """In every channel by itself, whatever the curve."""
    generator = np.random.default_rng(1)
    image = generator.normal([[[3]], [[-1]]], [[[2]], [[0.5]]], (2, 20, 30))
    for _ in range(20):
        bent = bend_tones(image, *draw_tone_curve(generator))
        np.testing.assert_allclose(bent.mean(axis=(1, 2)), image.mean(axis=(1, 2)), atol=1e-4)
        np.testing.assert_allclose(bent.std(axis=(1, 2)), image.std(axis=(1, 2)), rtol=1e-4)
        for before, after in zip(image, bent, strict=True):
            assert (np.diff(after.ravel()[before.ravel().argsort()]) >= 0).all()


def test_channels_of_one_or_two_tones_stay():
    """A patch without contrast has no curve; a mask's two tones are fixed by their mean and deviation."""
    mask = np.zeros((4, 5))
    mask[1:3, 2:] = 1
    image = np.stack([np.full((4, 5), 0.7), mask])
    np.testing.assert_allclose(bend_tones(image, *draw_tone_curve(np.random.default_rng(2))), image, atol=1e-6)


@pytest.mark.parametrize("looks", [1.0, 3.0, 20.0])
def test_speckle_follows_the_gamma_law(looks):
    """The root of a gamma variable G of mean 1: mean Γ(L + 1/2) / (Γ(L) √L), mean square 1, so variance 1 - mean²."""
    image = np.full((1, 400, 500), 5.0)
    image[0, 0, 0] = 2.0
    noise = (add_speckle(image, looks, np.random.default_rng(3))[0, 1:].astype(float) - 2) / 3
    mean = np.exp(gammaln(looks + 0.5) - gammaln(looks)) / np.sqrt(looks)
    # Four standard errors of 200,000 draws.
    deviation = np.sqrt(1 - mean**2)
    assert noise.mean() == pytest.approx(mean, abs=4 * deviation / np.sqrt(noise.size))
    assert noise.var() == pytest.approx(1 - mean**2, rel=0.02)
    assert (noise**2).var() == pytest.approx(1 / looks, rel=0.05)


def test_the_darkest_value_has_no_speckle():
    """It stands for no backscatter, in each channel by itself."""
    image = np.array([[[-1.0, 2.0]], [[4.0, 3.0]]])
    speckled = add_speckle(image, 3.0, np.random.default_rng(0))
    assert (speckled[0, 0, 0], speckled[1, 0, 1]) == (-1, 3)
    assert speckled[0, 0, 1] > -1 and speckled[1, 0, 0] > 3


@pytest.mark.parametrize("transform", [ToneCurveTransform(), SpeckleTransform((3.0, 40.0))])
def test_grey_transforms_leave_labels_alone_and_obey_numpys_seed(transform):
    """The image changes, the same way for the same seed; the label is the very same."""
    image, label = torch.randn(1, 16, 16), torch.randint(0, 5, (1, 16, 16))
    made = []
    for _ in range(2):
        np.random.seed(4)  # noqa: NPY002
        made.append(transform(image=image.clone(), segmentation=label.clone()))
    torch.testing.assert_close(made[0]["image"], made[1]["image"], rtol=0, atol=0)
    assert made[0]["image"].dtype == torch.float32
    assert not torch.equal(made[0]["image"], image)
    assert torch.equal(made[0]["segmentation"], label)


@pytest.mark.parametrize(("trainer_class", "variant"), TRAINERS)
def test_the_chain_is_nnunets_with_two_more(trainer_class, variant, nnunet_folders):
    """Tone and speckle after the spatial transform; probabilities and scales of the class."""
    stock = transforms_of(make(nnUNetTrainerGlacier, dataset_json("fused"))).transforms
    chain = transforms_of(make(trainer_class, dataset_json(variant))).transforms
    spatial, tone, speckle, *others = chain
    assert isinstance(spatial, SpatialTransform)
    assert (spatial.p_rotation, spatial.p_scaling, spatial.scaling) == (0.7, 0.7, (0.6, 1.6))
    assert isinstance(tone.transform, ToneCurveTransform) and tone.apply_probability == 0.5
    assert isinstance(speckle.transform, SpeckleTransform) and speckle.apply_probability == 0.3
    assert speckle.transform.looks == (3.0, 40.0)
    assert [type(each) for each in others] == [type(each) for each in stock[1:]]
    grey = [each.apply_probability for each in others if isinstance(each, RandomTransform)]
    # nnU-Net's seven are 0.1 to 0.3.
    assert grey == [0.3] * 7


def test_a_subclass_changes_the_numbers(nnunet_folders):
    """They are class attributes; a grey probability below nnU-Net's own changes nothing."""

    class Weaker(nnUNetTrainerGlacierSensor):
        scaling, grey_probability, speckle_looks = (0.9, 1.1), 0.0, (10.0, 20.0)

        def __init__(self, plans, configuration, fold, dataset_json, device=torch.device("cpu")):  # noqa: B008
            super().__init__(plans, configuration, fold, dataset_json, device)

    stock = transforms_of(make(nnUNetTrainerGlacier, dataset_json("fused"))).transforms
    chain = transforms_of(make(Weaker, dataset_json("fused"))).transforms
    assert chain[0].scaling == (0.9, 1.1)
    assert chain[2].transform.looks == (10.0, 20.0)
    probabilities = [
        [each.apply_probability for each in transforms if isinstance(each, RandomTransform)]
        for transforms in (chain[3:], stock)
    ]
    assert probabilities[0] == probabilities[1]


def test_the_whole_chain_gives_finite_patches_and_known_labels(nnunet_folders):
    """Images stay finite float32; labels are those there were, or the 0 of what lies outside."""
    chain = transforms_of(make(nnUNetTrainerGlacierSensor, dataset_json("fused")))
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)
    label = torch.full((1, 48, 48), 2, dtype=torch.int16)
    label[:, 24:] = 3
    for _ in range(30):
        made = chain(image=torch.randn(1, 48, 48), segmentation=label.clone())
        assert made["image"].shape == (1, 32, 32)
        assert made["image"].dtype == torch.float32
        assert torch.isfinite(made["image"]).all()
        assert set(made["segmentation"][0].unique().tolist()) <= {0, 2, 3}


def test_interferograms_are_refused(nnunet_folders):
    """A tone curve on phase is no other sensor's phase."""
    with pytest.raises(GlacierError, match=r"phase of interferograms.* -tr nnUNetTrainerGlacierPhase"):
        make(nnUNetTrainerGlacierSensor, phase_dataset_json("reim", 2))
