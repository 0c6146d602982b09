"""Skeletons taken apart into branches."""

import numpy as np
import pytest
from scipy import ndimage

from nnunet_glacier.lines.skeleton_branches import branches_of
from nnunet_glacier.lines.skeleton_paths import skeleton


def mask(text: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in line] for line in text.split()])


def described(thin: np.ndarray) -> list[tuple[tuple, tuple, int]]:
    """First and last pixel and the number of pixels of every branch."""
    ends = [(tuple(path[0].tolist()), tuple(path[-1].tolist()), len(path)) for path in branches_of(thin)]
    return sorted((min(first, last), max(first, last), count) for first, last, count in ends)


SHAPES = {
    "empty": ("... ...", []),
    "a single pixel": ("... .#. ...", []),
    "a line with a corner, which is no junction": ("##. .#. .##", [((0, 0), (2, 2), 5)]),
    "a junction of three": ("#...# .#.#. ..#.. ..#..", [((0, 0), (2, 2), 3), ((0, 4), (2, 2), 3), ((2, 2), (3, 2), 2)]),
    "a ring": (".##. #..# .##.", [((0, 1), (0, 1), 7)]),
    "a ring with a tail": (
        ".#... #.##. .#...",
        [((1, 2), (1, 2), 5), ((1, 2), (1, 3), 2)],
    ),
    "two pieces": ("##.. .... ..##", [((0, 0), (0, 1), 2), ((2, 2), (2, 3), 2)]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_branches_of_small_shapes(shape):
    """Worked by hand."""
    text, expected = SHAPES[shape]
    assert described(mask(text)) == expected


def test_branches_are_all_of_the_skeleton_and_meet_where_it_does():
    """On a tangle of random lines: every pixel but lone ones, only steps to neighbours, as many pieces as it has."""
    noise = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal((150, 170)), 4)
    thin = skeleton(np.abs(noise) < 0.02)
    paths = branches_of(thin)
    drawn = np.zeros_like(thin)
    for path in paths:
        assert (np.abs(np.diff(path, axis=0)).max(axis=1) == 1).all()
        drawn[tuple(path.T)] = True
    pieces, count = ndimage.label(thin, np.ones((3, 3)))
    alone = np.isin(pieces, np.flatnonzero(np.bincount(pieces.ravel()) == 1))
    np.testing.assert_array_equal(drawn, thin & ~alone)
    assert count > 5 and len(paths) > 2 * count
    steps = {(tuple(a), tuple(b)) for path in paths for a, b in zip(path[:-1].tolist(), path[1:].tolist(), strict=True)}
    assert len(steps) == sum(len(path) - 1 for path in paths), "a step is walked twice"
