"""The entries at the top level of plans that are this package's: ``plan`` and ``tune`` write them, trainers obey them.

nnU-Net reads none of them. The schedule's own entries are named after the attributes of nnU-Net's trainer.
"""

EPOCHS_KEY = "num_epochs"
"""Epochs of a training."""

ADAM_LR_KEY = "adam_lr"
"""Learning rate of trainers with Adam, in place of their own; nnU-Net's ``initial_lr`` is for SGD."""

SEED_KEY = "seed"
"""Seed of the trainings; where it is missing, nnU-Net draws anew in each."""

SETTINGS_KEY = "trainer_settings"
"""Attributes of the trainer by name, with other values than its class has."""

START_KEY = "start"
"""The weights that a training starts from: ``model``, ``fold``, ``sha256`` of the weights, and ``trainer``."""
