"""Mix-ins that train with Adam: at a constant rate (Gattolin), a cyclic one, or one that falls on a plateau."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from nnunetv2.training.lr_scheduler.polylr import PolyLRScheduler
from torch.optim.lr_scheduler import ReduceLROnPlateau

from nnunet_glacier.formats.plan_entries import ADAM_LR_KEY, ADAM_LR_SHARE_KEY, SETTINGS_KEY
from nnunet_glacier.trainers.mix_in import TrainerMixIn


class AdamMixin(TrainerMixIn):
    """Adam instead of nnU-Net's SGD (Gattolin, Sect. 2.2). The plans' ``initial_lr`` is for SGD and not used.

    Attributes:
        learning_rate: At the start, where the plans have no ``adam_lr``, or set this one.
        decay_exponent: Of nnU-Net's polynomial decay; 0 keeps the learning rate constant, nnU-Net's own is 0.9.
        adam_weight_decay: Of Adam, not AdamW.
        gradient_norm: The gradient is cut to this norm before each step, below nnU-Net's 12; None for nnU-Net's.
    """

    learning_rate: ClassVar[float] = 1e-4
    decay_exponent: ClassVar[float] = 0.0
    adam_weight_decay: ClassVar[float] = 1e-5
    gradient_norm: ClassVar[float | None] = 1.0

    def configure_optimizers(self) -> tuple[torch.optim.Optimizer, Any]:
        """Adam and its schedule."""
        self.initial_lr = self.planned_rate("learning_rate")
        self.weight_decay = self.adam_weight_decay
        groups = self.parameter_groups()
        parameters = [weights for group in groups for weights in group["params"]]
        optimizer = torch.optim.Adam(groups, self.initial_lr, weight_decay=self.weight_decay)
        gradient_norm = self.gradient_norm
        if gradient_norm is not None:

            def clip(*_: Any) -> None:
                torch.nn.utils.clip_grad_norm_(parameters, gradient_norm)

            # nnU-Net's step clips to a fixed norm of 12; this comes after it and after the scaler's division.
            optimizer.register_step_pre_hook(clip)
        return optimizer, self.build_schedule(optimizer)

    def planned_rate(self, setting: str) -> float:
        """A rate: that of the plans' settings, or else their ``adam_lr``, or else their share of the trainer's own.

        Args:
            setting: The trainer's attribute for it.
        """
        plans = self.plans_manager.plans
        own: float = getattr(self, setting)
        if setting in plans.get(SETTINGS_KEY, {}):
            return own
        return plans.get(ADAM_LR_KEY, own * plans.get(ADAM_LR_SHARE_KEY, 1.0))

    def parameter_groups(self) -> list[dict[str, Any]]:
        """The weights to train, as torch's optimizers take them: all of them alike."""
        return [{"params": list(self.network.parameters())}]

    def build_schedule(self, optimizer: torch.optim.Optimizer) -> Any:
        """What nnU-Net calls ``step(epoch)`` of before each epoch: its own schedule, with the exponent."""
        return PolyLRScheduler(optimizer, self.initial_lr, self.num_epochs, exponent=self.decay_exponent)


def triangular_rate(position: float, lowest: float, highest: float) -> float:
    """The cyclic learning rate of Smith (2017), policy ``triangular``.

    Args:
        position: In the training, in half cycles: from even to odd numbers the rate rises, from odd to even it falls.
        lowest: At even numbers.
        highest: At odd numbers.

    >>> [round(triangular_rate(position, 1.0, 5.0), 2) for position in (0, 0.5, 1, 1.25, 2, 2.5)]
    [1.0, 3.0, 5.0, 4.0, 1.0, 3.0]
    """
    return lowest + (highest - lowest) * (1 - abs(position % 2 - 1))


class CyclicSchedule:
    """Sets the cyclic learning rate of every iteration.

    A function of epoch and iteration alone, so that a continued training is at the same place of the cycle.

    Args:
        optimizer: Whose rate is set.
        lowest: Lower boundary.
        highest: Upper boundary.
        half_cycle: Iterations from one to the other.
        per_epoch: Iterations of an epoch.
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, lowest: float, highest: float, half_cycle: int, per_epoch: int
    ) -> None:
        self.optimizer = optimizer
        self.lowest, self.highest = lowest, highest
        self.half_cycle, self.per_epoch = half_cycle, per_epoch
        self.iteration = 0

    def step(self, epoch: int) -> None:
        """The rate of the epoch's first iteration."""
        self.iteration = epoch * self.per_epoch
        self._set()

    def next_iteration(self) -> None:
        """The rate of the following iteration."""
        self.iteration += 1
        self._set()

    def _set(self) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = triangular_rate(self.iteration / self.half_cycle, self.lowest, self.highest)


class CyclicAdamMixin(AdamMixin):
    """Adam with a cyclic learning rate from 1e-5 to 1e-3 (Holzmann et al. 2021, Sect. III-B).

    The paper does not say how long a cycle is; their code takes six epochs from one boundary to the other. The rate
    changes with every iteration. No weight decay is named and none is taken. No clipping of the gradient is named
    either, but nnU-Net's, to a norm of 12, stays in force: it stands in the midst of its step.

    Attributes:
        learning_rate: Lower boundary.
        highest_learning_rate: Upper boundary, where the plans have no ``adam_lr``, or set this one. The lower is as far
            below as the trainer's own, where the plans do not set it.
        half_cycle_epochs: Epochs from one to the other.
    """

    learning_rate: ClassVar[float] = 1e-5
    highest_learning_rate: ClassVar[float] = 1e-3
    half_cycle_epochs: ClassVar[float] = 6
    adam_weight_decay: ClassVar[float] = 0.0
    gradient_norm: ClassVar[float | None] = None

    def build_schedule(self, optimizer: torch.optim.Optimizer) -> CyclicSchedule:
        """The triangles."""
        per_epoch = self.num_iterations_per_epoch
        half_cycle = max(1, round(self.half_cycle_epochs * per_epoch))
        highest = self.planned_rate("highest_learning_rate")
        own = type(self)
        is_set = "learning_rate" in self.plans_manager.plans.get(SETTINGS_KEY, {})
        lowest = self.learning_rate if is_set else own.learning_rate * highest / own.highest_learning_rate
        return CyclicSchedule(optimizer, lowest, highest, half_cycle, per_epoch)

    def train_step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The trainer's step, and the rate of the next."""
        result = super().train_step(batch)
        self.lr_scheduler.next_iteration()
        return result


class PlateauSchedule:
    """torch's ``ReduceLROnPlateau`` over the validation losses that nnU-Net has logged.

    It is replayed from the first epoch on each time: the losses are in nnU-Net's checkpoints, torch's counters are not,
    and so a continued training has the rate of an unbroken one.

    Args:
        optimizer: Whose rate is set.
        losses: Gives the validation loss of every epoch so far.
        learning_rate: At the start.
        settings: ``factor``, ``patience`` and ``min_lr`` of ``ReduceLROnPlateau``.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        losses: Callable[[], Sequence[float]],
        learning_rate: float,
        **settings: Any,
    ) -> None:
        self.optimizer, self.losses, self.learning_rate, self.settings = optimizer, losses, learning_rate, settings

    def step(self, epoch: int) -> None:
        """The rate of an epoch, from the losses of those before it."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate
        plateau = ReduceLROnPlateau(self.optimizer, **self.settings)
        for loss in list(self.losses())[:epoch]:
            plateau.step(loss)


class PlateauAdamMixin(AdamMixin):
    """Adam from 1e-5, a tenth whenever the validation loss stands still (Pires de Lima et al. 2023, Sect. 2).

    As in their code it is torch's ``ReduceLROnPlateau``: the rate falls after the sixth epoch in a row that is no
    better by a ten-thousandth. No weight decay is named and none is taken. No clipping of the gradient is named either,
    but nnU-Net's, to a norm of 12, stays in force: it stands in the midst of its step.

    Attributes:
        learning_rate: At the start.
        plateau_factor: By which the rate is multiplied.
        plateau_patience: Epochs without a better loss that pass before.
        least_learning_rate: Below which it does not fall.
    """

    learning_rate: ClassVar[float] = 1e-5
    plateau_factor: ClassVar[float] = 0.1
    plateau_patience: ClassVar[int] = 5
    least_learning_rate: ClassVar[float] = 1e-8
    adam_weight_decay: ClassVar[float] = 0.0
    gradient_norm: ClassVar[float | None] = None

    def build_schedule(self, optimizer: torch.optim.Optimizer) -> PlateauSchedule:
        """The steps down."""
        return PlateauSchedule(
            optimizer,
            lambda: self.logger.get_value("val_losses", step=None),
            self.initial_lr,
            factor=self.plateau_factor,
            patience=self.plateau_patience,
            min_lr=self.least_learning_rate,
        )
