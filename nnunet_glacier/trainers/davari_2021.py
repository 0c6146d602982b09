"""The rows of Davari et al. (2021), Tables I and II, as published: loss, optimizer, augmentation and stopping rule.

The network is Zhang et al.'s U-Net, which ``plan --preset davari-2021`` writes into the plans. Left open by the paper
and taken here: a line is class 1 of two and the loss that of its one logit; the cycle of the learning rate has ten
epochs, as "a step size of 5 x epochs" is read (of the zones; the same for the lines); patches are drawn by chance and
anywhere, where the paper cuts every image into them; predictions are not mirrored. The training set with its copies is
a draw among them: the patch, its left-right flip, and on the Antarctic Peninsula its quarter turn, of which the sense
is not said. Rows that stand for both sites have the peninsula's; Jakobshavn has the flip alone.
"""

from __future__ import annotations

from typing import ClassVar

from nnunet_glacier.trainers.adam import CyclicAdamMixin
from nnunet_glacier.trainers.class_losses import CEMixin
from nnunet_glacier.trainers.early_stopping import BCEStoppingMixin, MCCStoppingMixin
from nnunet_glacier.trainers.line_losses import BCEMixin, DistanceMapBCEMixin, LineWeight, WeightedBCEMixin
from nnunet_glacier.trainers.plain_augmentation import CopiesMixin
from nnunet_glacier.trainers.sampling import UniformPatchesMixin
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier

_TABLE_1, _TABLE_2 = "Davari et al. (2021), Table I", "Davari et al. (2021), Table II"


class Davari2021Trainer(CopiesMixin, UniformPatchesMixin, CyclicAdamMixin, nnUNetTrainerGlacier):
    """What all rows share: Adam with a cyclic learning rate, a flip and a quarter turn, one output (Sect. IV).

    The rates are those for lines, 1e-8 to 1e-4.
    """

    augmentation_title: ClassVar[str] = "a flip, a quarter turn"
    flipped_copies: ClassVar[tuple[int, ...]] = (1,)
    turned_copies: ClassVar[tuple[int, ...]] = (1,)
    network_title: ClassVar[str] = "the plans', Zhang et al. (2019)"
    deep_supervision: ClassVar[bool] = False
    learning_rate: ClassVar[float] = 1e-8
    highest_learning_rate: ClassVar[float] = 1e-4
    half_cycle_epochs: ClassVar[float] = 5


class Davari2021ZonesTrainer(CEMixin, Davari2021Trainer):
    """Zones of ice and no ice (``convert caffe --labels ice``): rates from 1e-7 to 1e-2.

    BCE of one logit is the cross-entropy of two classes.
    """

    published: ClassVar[str] = f"{_TABLE_1}, zones"
    loss_title: ClassVar[str] = "BCE"
    learning_rate: ClassVar[float] = 1e-7
    highest_learning_rate: ClassVar[float] = 1e-2


class nnUNetTrainerDavari2021ZonesBCEStopping(BCEStoppingMixin, Davari2021ZonesTrainer):
    """Zones, stopped by the BCE."""


class nnUNetTrainerDavari2021ZonesMCCStopping(MCCStoppingMixin, Davari2021ZonesTrainer):
    """Zones, stopped by the MCC."""


class nnUNetTrainerDavari2021BCEStopping(BCEStoppingMixin, BCEMixin, Davari2021Trainer):
    """Lines with BCE, stopped by the BCE."""

    published: ClassVar[str] = f"{_TABLE_1}, lines"


class nnUNetTrainerDavari2021MCCStopping(MCCStoppingMixin, BCEMixin, Davari2021Trainer):
    """Lines with BCE, stopped by the MCC: the second column of Table I and the first of Table II."""

    published: ClassVar[str] = f"{_TABLE_1}, lines, and Table II"


class nnUNetTrainerDavari2021WeightedBCE(MCCStoppingMixin, WeightedBCEMixin, Davari2021Trainer):
    """Lines with the inverse class frequencies of the training set."""

    published: ClassVar[str] = _TABLE_2
    loss_title: ClassVar[str] = "BCE, inverse class frequency of the training set"
    positive_weight: ClassVar[LineWeight] = "dataset"


class nnUNetTrainerDavari2021DistanceMapBCE(MCCStoppingMixin, DistanceMapBCEMixin, Davari2021Trainer):
    """Lines with the improved distance map, k = 0.1: the Antarctic Peninsula."""

    published: ClassVar[str] = f"{_TABLE_2}, Antarctic Peninsula"


class nnUNetTrainerDavari2021DistanceMapBCEk025(nnUNetTrainerDavari2021DistanceMapBCE):
    """Lines with the improved distance map, k = 0.25: Jakobshavn Isbrae."""

    published: ClassVar[str] = f"{_TABLE_2}, Jakobshavn"
    loss_title: ClassVar[str] = "distance-map BCE, k = 0.25"
    k: ClassVar[float] = 0.25
    augmentation_title: ClassVar[str] = "a flip"
    turned_copies: ClassVar[tuple[int, ...]] = ()


class nnUNetTrainerDavari2021DistanceMapBCEk1(nnUNetTrainerDavari2021DistanceMapBCE):
    """Lines with the conventional distance map, k = 1."""

    published: ClassVar[str] = _TABLE_2
    loss_title: ClassVar[str] = "distance-map BCE, k = 1"
    k: ClassVar[float] = 1.0
