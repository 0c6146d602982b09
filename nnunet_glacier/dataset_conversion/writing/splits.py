"""Folds for cross-validation, in the form of nnU-Net's ``splits_final.json``."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import numpy as np

from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case
from nnunet_glacier.formats.folds import Folds
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.wording import counted

N_FOLDS = 5
NNUNET_SEED = 12345
"""The seed of nnU-Net's own folds."""

OFFICIAL_SEED = 1
OFFICIAL_TRAIN, OFFICIAL_VAL = 559, 56
"""CaFFe's published split: of the 559 training stems in sorted order, the first 56 of a permutation validate."""

AUTO_FOLDS = "auto"
"""The scheme that `training_folds` chooses by what is known of the scenes."""

_SEED_OF_SCHEME = {"random": NNUNET_SEED, "official": OFFICIAL_SEED}


def fold_record(scheme: str) -> dict[str, str | int]:
    """The entry ``folds`` of ``dataset.json``: the scheme, and its seed where chance decides.

    >>> fold_record("random"), fold_record("glacier")
    ({'scheme': 'random', 'seed': 12345}, {'scheme': 'glacier'})
    """
    return {"scheme": scheme, **({"seed": _SEED_OF_SCHEME[scheme]} if scheme in _SEED_OF_SCHEME else {})}


def _folds(cases: Sequence[str], indices: Sequence[tuple[np.ndarray, np.ndarray]]) -> Folds:
    return [{"train": [cases[i] for i in train], "val": [cases[i] for i in val]} for train, val in indices]


def random_folds(cases: Sequence[str], seed: int = NNUNET_SEED) -> Folds:
    """Five folds at random, as nnU-Net itself makes them; neighbours in time fall on both sides.

    Args:
        cases: Training cases in any order.
        seed: The default gives exactly nnU-Net's folds.

    Raises:
        GlacierError: If there are fewer than five cases.
    """
    # Imported here, as every worker process imports this module: scikit-learn takes a second.
    from sklearn.model_selection import KFold

    cases = sorted(cases)
    if len(cases) < N_FOLDS:
        too_few = counted(len(cases), "training case is", "training cases are")
        raise GlacierError(f"{too_few} too few for {N_FOLDS} random folds")
    return _folds(cases, list(KFold(N_FOLDS, shuffle=True, random_state=seed).split(cases)))


def group_folds(group_of: Mapping[str, str], what: str) -> Folds:
    """At most five folds of about equal size in which no group is on both sides.

    Args:
        group_of: Training case to its group.
        what: What a group is, for the error's text.

    Returns:
        As many folds as there are groups, but at most five.

    Raises:
        GlacierError: If there is only one group.
    """
    from sklearn.model_selection import GroupKFold

    cases = sorted(group_of)
    groups = [group_of[case] for case in cases]
    count = min(N_FOLDS, len(set(groups)))
    if count < 2:
        raise GlacierError(f"folds by {what} need at least two of them; the training cases have {sorted(set(groups))}")
    return _folds(cases, list(GroupKFold(count).split(cases, groups=groups)))


def date_folds(date_of: Mapping[str, datetime.date]) -> Folds:
    """At most five folds that validate one after the other in time; scenes of one day are never on both sides.

    Args:
        date_of: Training case to its day.

    Returns:
        As many folds as there are days, but at most five.

    Raises:
        GlacierError: If there is only one day.
    """
    days = sorted(set(date_of.values()))
    if len(days) < 2:
        raise GlacierError(f"folds by date need at least two days; the training cases have {len(days)}")
    blocks = np.array_split(np.array(days, dtype=object), min(N_FOLDS, len(days)))
    cases = sorted(date_of)
    return [
        {
            "train": [case for case in cases if date_of[case] not in set(block)],
            "val": [case for case in cases if date_of[case] in set(block)],
        }
        for block in blocks
    ]


def official_folds(cases: Sequence[str]) -> Folds:
    """CaFFe's published validation split as the only fold: 503 cases train, 56 validate.

    Raises:
        GlacierError: If there are not 559 cases, since the published draw is defined on these alone.
    """
    cases = sorted(cases)
    if len(cases) != OFFICIAL_TRAIN:
        raise GlacierError(
            f"the official split is drawn from CaFFe's {OFFICIAL_TRAIN} training scenes, but there are {len(cases)}"
        )
    order = np.random.RandomState(OFFICIAL_SEED).permutation(OFFICIAL_TRAIN)
    return _folds(cases, [(np.sort(order[OFFICIAL_VAL:]), np.sort(order[:OFFICIAL_VAL]))])


def validation_fold(set_of: Mapping[str, str], missing: str) -> Folds:
    """The only fold of a dataset that comes with a validation set.

    Args:
        set_of: Training case to ``train`` or ``validation``.
        missing: The error's text where nothing validates.

    Returns:
        One fold, its cases in the order of `set_of`.

    Raises:
        GlacierError: If no case validates.
    """
    train, validation = ([case for case, part in set_of.items() if part == name] for name in ("train", "validation"))
    if not validation:
        raise GlacierError(missing)
    return [{"train": train, "val": validation}]


def training_folds(cases: Sequence[Case], scheme: str) -> Folds:
    """The folds of the training cases.

    ``auto`` keeps glaciers apart where there are several and all are known, or else days where all are. Of a single
    day or scene there is one fold, which validates on what it trains with.

    Raises:
        GlacierError: If there are too few cases, glaciers or days for what was asked for.
    """
    scenes = [case.scene for case in cases if case.scene.split == "train"]
    names = sorted(scene.case for scene in scenes)
    glaciers = {scene.case: scene.glacier for scene in scenes}
    dates = {scene.case: scene.date for scene in scenes if scene.date is not None}
    if scheme == "random":
        return random_folds(names)
    if scheme == "glacier" or (scheme == AUTO_FOLDS and all(glaciers.values()) and len(set(glaciers.values())) > 1):
        if not all(glaciers.values()):
            nameless = [case for case, glacier in glaciers.items() if not glacier]
            raise GlacierError(
                f"{counted(len(nameless), 'scene has', 'scenes have')} no glacier, such as {nameless[0]}"
            )
        return group_folds(glaciers, "glacier")
    if scheme == "date" or (scheme == AUTO_FOLDS and len(dates) == len(names) and len(set(dates.values())) > 1):
        if len(dates) < len(names):
            undated = next(case for case in names if case not in dates)
            raise GlacierError(f"{counted(len(names) - len(dates), 'scene has', 'scenes have')} no date: {undated}")
        return date_folds(dates)
    return [{"train": names, "val": names}]
