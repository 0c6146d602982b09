"""Augmentation of phase channels against the same done to the complex signal before it is converted."""

import numpy as np
import pytest
import torch
from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform

from nnunet_glacier.lines.phase_channels import CHANNELS, phase_channels
from nnunet_glacier.trainers.phase_augmentation import (
    N_CHANNELS,
    ComplexNoiseTransform,
    ConjugationTransform,
    PhaseOffsetTransform,
    SignalSpatialTransform,
    add_noise,
    conjugate,
    holds_signal,
    interpolate_signal,
    offset_phase,
)

KINDS = list(N_CHANNELS)
EXACT_RAD = 1e-3
SHAPE = (24, 30)


def made_signal(shape=SHAPE):
    """Random phases, among them pi and 0, magnitudes from 1e-4 to 1, and a corner without a signal."""
    rng = np.random.default_rng(1)
    signal = 10 ** rng.uniform(-4, 0, shape) * np.exp(1j * rng.uniform(-np.pi, np.pi, shape))
    signal[-1, :2] = -0.5, 0.5
    signal[:5, :7] = 0
    return signal


def converted(signal, kind):
    """The patch that the conversion writes, with 1 as the magnitude that becomes 1."""
    return torch.from_numpy(phase_channels(signal, signal != 0, kind, 1.0))


def signal_of(image, kind):
    """Complex128 from channels, apart from the code under test; of length 1 for a circle without magnitude."""
    channels = image.numpy().astype(float)
    if kind == "phase_mag":
        return channels[1] * np.exp(1j * np.pi * channels[0])
    pair = channels[0] + 1j * channels[1]
    return pair if kind == "reim" else channels[2] * pair


def assert_holds(image, kind, signal):
    """The image holds the signal: phase within the tolerance, length, validity, and channels of the kind's form."""
    recovered = signal_of(image, kind)
    valid = signal != 0
    assert np.abs(np.angle(recovered[valid] * np.conj(signal[valid]))).max() < EXACT_RAD
    np.testing.assert_allclose(np.abs(recovered), np.minimum(np.abs(signal), 1), atol=1e-6)
    np.testing.assert_array_equal(holds_signal(image).numpy(), valid)
    assert_form(image, kind)


def assert_form(image, kind):
    """Lengths at most 1, and 1 on the circle of ``cos_sin_mag``; phase and magnitude in their ranges."""
    channels = image.numpy().astype(float)
    valid = (channels != 0).any(0)
    if kind == "phase_mag":
        assert np.abs(channels[0]).max() <= 1
    elif kind == "reim":
        assert np.hypot(*channels).max() <= 1 + 1e-6
    else:
        np.testing.assert_allclose(np.hypot(channels[0], channels[1]), valid, atol=1e-6)
    if kind != "reim":
        assert channels[-1].min() >= 0
        assert channels[-1].max() <= 1


def test_the_kinds_are_those_of_the_conversion():
    """Names and numbers of channels."""
    assert {kind: len(meanings) for kind, meanings in CHANNELS.items()} == N_CHANNELS


@pytest.mark.parametrize("offset_rad", [0.3, 2.0, np.pi, -np.pi, -1e-4])
@pytest.mark.parametrize("kind", KINDS)
def test_an_offset_is_a_turn_of_the_complex_signal(kind, offset_rad):
    """Wrapped again, exact, and nothing becomes of a pixel without a signal."""
    signal = made_signal()
    assert_holds(offset_phase(converted(signal, kind), kind, offset_rad), kind, signal * np.exp(1j * offset_rad))


def test_an_offset_by_hand():
    """Phase / pi of 0.75 and a half turn: 1.25, that is -0.75; (1, 0) a quarter turn on: (0, 1)."""
    phase = torch.tensor([[[0.75, 0.0]], [[0.2, 0.0]]])
    torch.testing.assert_close(offset_phase(phase, "phase_mag", np.pi / 2)[:, 0], torch.tensor([[-0.75, 0], [0.2, 0]]))
    pair = torch.tensor([[[1.0]], [[0.0]]])
    torch.testing.assert_close(offset_phase(pair, "reim", np.pi / 2).flatten(), torch.tensor([0.0, 1.0]))


@pytest.mark.parametrize("kind", KINDS)
def test_conjugation_turns_the_sign_of_the_phase(kind):
    """Exact, and the patch that came in is not changed."""
    signal = made_signal()
    image = converted(signal, kind)
    assert_holds(conjugate(image, kind), kind, signal.conj())
    torch.testing.assert_close(image, converted(signal, kind), rtol=0, atol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_added_to_the_complex_signal(kind):
    """Exact also where it is larger than the signal; lengths above 1 are cut with the phase kept."""
    signal = made_signal()
    rng = np.random.default_rng(2)
    noise = 0.5 * (rng.normal(size=SHAPE) + 1j * rng.normal(size=SHAPE))
    noisy = np.where(signal != 0, signal + noise, 0)
    assert (np.abs(noisy) > 1).any()
    with_noise = add_noise(converted(signal, kind), kind, torch.from_numpy(noise).to(torch.complex64))
    assert_holds(with_noise, kind, noisy)


@pytest.mark.parametrize("kind", KINDS)
def test_the_noise_has_the_level_that_was_asked_for(kind):
    """Root mean square of 0.3 times the median magnitude 0.2, in a patch of phase 0."""
    signal = np.full((200, 200), 0.2 + 0j)
    signal[:20] = 0
    np.random.seed(3)  # noqa: NPY002
    transform = ComplexNoiseTransform(kind, 1.0, (0.3, 0.3))
    noisy = signal_of(transform(image=converted(signal, kind))["image"], kind)
    assert np.sqrt(np.mean(np.abs(noisy - signal)[20:] ** 2)) == pytest.approx(0.06, rel=0.02)
    assert not noisy[:20].any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_patch_without_a_signal_stays_empty(kind):
    """Whatever is drawn for it."""
    empty = torch.zeros(N_CHANNELS[kind], 8, 8)
    for transform in transforms(kind):
        assert not transform(image=empty)["image"].any()


def transforms(kind):
    """Those that change values, each for every patch."""
    return [PhaseOffsetTransform(kind, 1), ConjugationTransform(kind, 1), ComplexNoiseTransform(kind, 1, (0.1, 0.3))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("index", range(3))
def test_numpys_seed_decides_what_is_drawn(kind, index):
    """nnU-Net seeds numpy in its workers: torch's own state, the same in all, must not matter."""
    image = converted(made_signal(), kind)
    transform = transforms(kind)[index]

    def draw(numpy_seed, torch_seed):
        np.random.seed(numpy_seed)  # noqa: NPY002
        torch.manual_seed(torch_seed)
        return transform(image=image)["image"]

    torch.testing.assert_close(draw(5, 0), draw(5, 1), rtol=0, atol=0)
    if not isinstance(transform, ConjugationTransform):
        assert not torch.equal(draw(5, 0), draw(6, 0))


def test_the_probability_is_the_share_of_patches():
    """Of 400 patches a quarter is changed, within three standard deviations of a coin with that share."""
    image = converted(made_signal((4, 4)) + 1j, "reim")
    transform = ConjugationTransform("reim", 0.25)
    np.random.seed(0)  # noqa: NPY002
    changed = sum(not torch.equal(transform(image=image)["image"], image) for _ in range(400))
    assert abs(changed - 100) < 3 * np.sqrt(400 * 0.25 * 0.75)


def test_offsets_are_uniform_on_the_circle():
    """Their mean direction vanishes, and both signs come."""
    np.random.seed(0)  # noqa: NPY002
    transform = PhaseOffsetTransform("reim", 1.0)
    patch = torch.zeros(2, 1, 1)
    offsets = [transform.get_parameters(image=patch)["arguments"]["offset_rad"] for _ in range(400)]
    assert abs(np.exp(1j * np.array(offsets)).mean()) < 3 / np.sqrt(400)
    assert np.abs(offsets).max() <= np.pi


SIZE, MARGIN_SIZE = 64, 120
CYCLES_PX = 20.0


def ramp(rows, columns):
    """Fringes of 20 pixels in a slanting direction, the phase in radians, wherever one looks."""
    return 2 * np.pi / CYCLES_PX * (0.8 * rows + 0.6 * columns)


def turned_ramp(kind, *, angle, scale, gap=None):
    """A ramp and a label that follows its fringes, turned and scaled by nnU-Net's transform.

    Returns:
        Image, label, and the phase that was to come.
    """
    centred = np.arange(MARGIN_SIZE) - (MARGIN_SIZE - 1) / 2
    rows, columns = np.meshgrid(centred, centred, indexing="ij")
    signal = 0.8 * np.exp(1j * ramp(rows, columns))
    label = torch.from_numpy((rows > 3).astype(np.int16))[None]
    if gap is not None:
        signal[gap] = 0
        label[(0, *gap)] = 2
    spatial = SpatialTransform(
        (SIZE, SIZE), 0, False, p_rotation=1, rotation=(angle, angle), p_scaling=1, scaling=(scale, scale),
        p_synchronize_scaling_across_axes=1, border_mode_seg="constant", padding_value_seg=-1,
    )  # fmt: skip
    moved = SignalSpatialTransform(spatial, kind)(image=converted(signal, kind), segmentation=label)
    centred = np.arange(SIZE) - (SIZE - 1) / 2
    rows, columns = np.meshgrid(centred, centred, indexing="ij")
    # Where each pixel came from, by nnU-Net's convention: the point is turned by the angle and stretched.
    old_rows = scale * (np.cos(angle) * rows - np.sin(angle) * columns)
    old_columns = scale * (np.sin(angle) * rows + np.cos(angle) * columns)
    return moved["image"], moved["segmentation"][0].numpy(), (old_rows, old_columns)


@pytest.mark.parametrize(("angle", "scale"), [(np.deg2rad(20), 1.0), (np.deg2rad(-130), 1.2), (0.0, 0.75)])
@pytest.mark.parametrize("kind", ["reim", "cos_sin_mag"])
def test_turned_fringes_are_the_fringes_of_a_turned_scene(kind, angle, scale):
    """Linear interpolation of a ramp of 20 pixels a fringe is right to a thousandth of a radian; labels go along."""
    image, label, (rows, columns) = turned_ramp(kind, angle=angle, scale=scale)
    error = np.angle(signal_of(image, kind) * np.exp(-1j * ramp(rows, columns)))
    assert np.abs(error).max() < EXACT_RAD
    assert_form(image, kind)
    clear = np.abs(rows - 3.5) > 0.8
    np.testing.assert_array_equal(label[clear], (rows > 3.5)[clear])
    if kind == "cos_sin_mag":
        np.testing.assert_allclose(image[2], 0.8, atol=1e-5)


def test_interpolated_phase_would_be_wrong():
    """What the test above is for: the phase channel turned by nnU-Net's transform as it is, and refused here."""
    with pytest.raises(ValueError, match="wrapped phase"):
        turned_ramp("phase_mag", angle=0.3, scale=1.0)
    phase = converted(np.exp(1j * ramp(*np.mgrid[0:30, 0:30])), "phase_mag")[:1]
    halfway = (phase[:, :, 1:] + phase[:, :, :-1]) / 2
    truth = ramp(*np.mgrid[0:30, 0:29]) + 0.3 * 2 * np.pi / CYCLES_PX
    assert np.abs(np.angle(np.exp(1j * (np.pi * halfway[0].numpy() - truth)))).max() > 3


@pytest.mark.parametrize("kind", ["reim", "cos_sin_mag"])
def test_pixels_beside_a_gap_keep_phase_and_length(kind):
    """A gap has no weight, so nothing fades towards it; it stays a gap of about its size, and its label stays on it."""
    gap = (slice(50, 66), slice(55, 68))
    image, label, (rows, columns) = turned_ramp(kind, angle=0.5, scale=1.0, gap=gap)
    valid = holds_signal(image).numpy()
    assert (~valid).sum() == pytest.approx(16 * 13, rel=0.05)
    signal = signal_of(image, kind)
    # Pixels of the rim are means of what lies on one side of them, up to half a pixel away.
    assert np.abs(np.angle(signal * np.exp(-1j * ramp(rows, columns)))[valid]).max() < 2 * np.pi / CYCLES_PX
    np.testing.assert_allclose(np.abs(signal)[valid], 0.8, atol=0.02)
    np.testing.assert_array_equal(label == 2, ~valid)


@pytest.mark.parametrize("kind", ["reim", "cos_sin_mag"])
def test_interpolated_noise_stays_within_the_unit_circle(kind):
    """Neighbours of full length that agree or cancel, some without a signal: lengths of at most 1, 1 on the circle."""
    signal = made_signal((40, 40))
    image = converted(np.where(signal != 0, signal / np.maximum(np.abs(signal), 1e-9), 0), kind)
    moved = interpolate_signal(image, kind, lambda channels: (channels[:, 1:] + channels[:, :-1]) / 2)
    assert_form(moved, kind)
    both_empty = ~holds_signal(image)[1:] & ~holds_signal(image)[:-1]
    torch.testing.assert_close(holds_signal(moved), ~both_empty)
