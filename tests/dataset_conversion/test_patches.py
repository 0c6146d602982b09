import numpy as np
import pytest

from nnunet_glacier.dataset_conversion.geodata import patches as module
from nnunet_glacier.dataset_conversion.geodata.patches import counts_in_windows, sample_patches

SIZE = 64


def scene() -> tuple[np.ndarray, np.ndarray]:
    """A line along row 100 of 300 x 400 pixels, and no signal in the last 100 columns."""
    line = np.zeros((300, 400), bool)
    line[100, 20:350] = True
    valid = np.ones(line.shape, bool)
    valid[:, 300:] = False
    return line, valid


def draw(seed: int = 0, **limits: int) -> list[module.Patch]:
    return sample_patches(*scene(), SIZE, np.random.default_rng(seed), **limits)


def test_counts_in_windows_are_sums():
    """For every origin, in a random mask."""
    mask = np.random.default_rng(0).random((9, 12)) < 0.4
    counts = counts_in_windows(mask, 5)
    assert counts.shape == (5, 8)
    for row in range(5):
        for column in range(8):
            assert counts[row, column] == mask[row : row + 5, column : column + 5].sum()


def test_patches_hold_what_they_say():
    """A line on valid ground, or none and some valid ground; inside of the scene; each place once."""
    line, valid = scene()
    drawn = draw()
    assert {patch.with_line for patch in drawn} == {True, False}
    assert len({(patch.row, patch.column) for patch in drawn}) == len(drawn)
    for patch in drawn:
        assert 0 <= patch.row <= 300 - SIZE
        assert 0 <= patch.column <= 400 - SIZE
        assert (line & valid)[patch.slices].any() == patch.with_line
        assert valid[patch.slices].any()


def test_every_patch_shows_something_new():
    """Going through the patches with a line in order: 40 % fresh pixels, or a centre that was hardly taken."""
    coverage = np.zeros((300, 400), int)
    by_centre = by_share = 0
    for patch in (patch for patch in draw() if patch.with_line):
        window = coverage[patch.slices]
        middle = SIZE // 2
        centre = window[middle - 15 : middle + 16, middle - 15 : middle + 16].sum() <= 200
        share = (window < 3).mean() >= 0.4
        assert centre or share
        by_centre += centre
        by_share += share and not centre
        window += 1
    assert min(by_centre, by_share) > 0
    # All origins with the line are used up: every pixel that such a patch may reach was taken.
    assert (coverage[99:102, 3:300] > 0).all()


def test_patches_without_a_line_keep_their_centres_apart():
    """As published, the share of fresh pixels does not count for them."""
    coverage = np.zeros((300, 400), int)
    for patch in (patch for patch in draw() if not patch.with_line):
        window = coverage[patch.slices]
        assert window[17:48, 17:48].sum() <= 200
        window += 1


def test_limits_and_seeds():
    """At most so many; the same seed gives the same patches, another seed others."""
    drawn = draw(max_line_patches=3, max_plain_patches=2)
    assert [patch.with_line for patch in drawn] == [True] * 3 + [False] * 2
    assert drawn[:3] == draw()[:3]
    assert draw() == draw()
    assert draw(1) != draw()


def test_scenes_that_give_no_patch():
    """Smaller than a patch; without a signal; and without a line there are only patches without one."""
    line, valid = scene()
    rng = np.random.default_rng(0)
    assert sample_patches(line, valid, 301, rng) == []
    assert sample_patches(line, np.zeros_like(valid), SIZE, rng) == []
    assert not any(patch.with_line for patch in sample_patches(np.zeros_like(line), valid, SIZE, rng))


@pytest.mark.parametrize("size", [32, 33])
def test_a_patch_of_a_scene_of_its_size_is_the_scene(size):
    """The only origin is the first pixel."""
    line = np.eye(size, dtype=bool)
    patches = sample_patches(line, np.ones_like(line), size, np.random.default_rng(0))
    assert patches == [module.Patch(0, 0, size, True)]
