"""Scenes divided into training, validation and test: by a column of the lines' table, or at random by group.

Patches of one scene overlap and tiles of one scene lie side by side, so the unit is the scene, or a group of scenes;
a division by patch, as in Gattolin's report, tests a network on ground that it was trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.wording import counted

SET_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
"""What a table may say, and the set that it means."""


def parse_shares(text: str) -> tuple[float, float, float]:
    """Shares of training, validation and test from ``70/15/15``.

    Raises:
        GlacierError: If the text is not of this form, a share is negative, or training has none.

    >>> parse_shares("70/15/15")
    (0.7, 0.15, 0.15)
    """
    try:
        parts = [float(part) for part in text.split("/")]
    except ValueError:
        parts = []
    if len(parts) != 3 or not all(np.isfinite(parts)) or min(parts) < 0 or parts[0] == 0:
        raise GlacierError(f"{text!r} is not of the form 70/15/15, training/validation/test")
    total = sum(parts)
    return parts[0] / total, parts[1] / total, parts[2] / total


def random_sets(groups: Sequence[str], shares: tuple[float, float, float], seed: int) -> dict[str, str]:
    """The set of every group, drawn at random.

    Args:
        groups: Groups in any order; doubles count once.
        shares: Shares of training, validation and test, of the groups, with a sum of 1.
        seed: The same seed and groups give the same sets.

    Returns:
        Group to its set. A set with a share gets at least one group.

    Raises:
        GlacierError: If there are fewer groups than sets with a share.
    """
    names = sorted(set(groups))
    needed = sum(share > 0 for share in shares)
    if len(names) < needed:
        groups_there = counted(len(names), "group")
        raise GlacierError(
            f"{groups_there} of scenes cannot be divided into {needed} sets; --split 100/0/0 trains on all"
        )
    n_validation, n_test = (max(round(share * len(names)), 1) if share else 0 for share in shares[1:])
    while n_validation + n_test >= len(names):
        n_validation, n_test = (n_validation - 1, n_test) if n_validation > n_test else (n_validation, n_test - 1)
    order = [names[index] for index in np.random.default_rng(seed).permutation(len(names))]
    test, validation = order[:n_test], order[n_test : n_test + n_validation]
    return {name: "test" if name in test else "validation" if name in validation else "train" for name in names}


def told_sets(said: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The set of every scene by what a table says.

    Args:
        said: Scene to all that its rows say, in lower case.

    Returns:
        Scene to its set.

    Raises:
        GlacierError: If rows say nothing, different sets, or a word that is none; some of these scenes are named.
    """
    unknown = sorted({word for words in said.values() for word in words} - set(SET_NAMES))
    if unknown:
        raise GlacierError(f"the column says {', '.join(map(repr, unknown))}; known are {', '.join(SET_NAMES)}")
    sets = {scene: {SET_NAMES[word] for word in words} for scene, words in said.items()}
    unclear = sorted(scene for scene, told in sets.items() if len(told) != 1)
    if unclear:
        unclear_scenes = counted(len(unclear), "scene is", "scenes are")
        raise GlacierError(f"{unclear_scenes} in no set or in several, such as {', '.join(unclear[:3])}")
    return {scene: next(iter(told)) for scene, told in sets.items()}
