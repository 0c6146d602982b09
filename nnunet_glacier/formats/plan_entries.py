"""The entries at the top level of plans that are this package's: ``plan`` and ``tune`` write them, trainers obey them.

nnU-Net reads none of them. The schedule's own entries are named after the attributes of nnU-Net's trainer.
"""

import re

EPOCHS_KEY = "num_epochs"
"""Epochs of a training."""

ADAM_LR_KEY = "adam_lr"
"""Learning rate of trainers with Adam, in place of their own; nnU-Net's ``initial_lr`` is for SGD."""

ADAM_LR_SHARE_KEY = "adam_lr_share"
"""Share of their own learning rate that trainers with Adam take where there is no ``adam_lr``."""

SEED_KEY = "seed"
"""Seed of the trainings; where it is missing, nnU-Net draws anew in each."""

SETTINGS_KEY = "trainer_settings"
"""Attributes of the trainer by name, with other values than its class has."""

START_KEY = "start"
"""The weights that a training starts from: ``model``, ``fold``, ``sha256`` of the weights, and ``trainer``."""


def seeded_plans(plans: str, seed: int) -> str:
    """The name of the plans of one of several trainings that differ by their seed."""
    return f"{plans}-seed{seed}"


def without_seed(plans: str) -> str:
    """A name of plans without the seed in it (`seeded_plans`), the same for all of them.

    >>> without_seed("gattolin-seed3"), without_seed("gattolin-seed0-e359e8d0"), without_seed("gattolin")
    ('gattolin', 'gattolin-e359e8d0', 'gattolin')
    """
    return re.sub(r"-seed\d+(?=$|-[0-9a-f]{8}$)", "", plans)
