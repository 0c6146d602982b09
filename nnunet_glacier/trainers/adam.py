"""A mix-in for Gattolin's training: Adam at a constant rate with tightly clipped gradients."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from nnunetv2.training.lr_scheduler.polylr import PolyLRScheduler


class AdamMixin:
    """Adam instead of nnU-Net's SGD (Gattolin, Sect. 2.2). The plans' learning rate is for SGD and not used.

    Attributes:
        learning_rate: At the start.
        decay_exponent: Of nnU-Net's polynomial decay; 0 keeps the learning rate constant, nnU-Net's own is 0.9.
        adam_weight_decay: Of Adam, not AdamW.
        gradient_norm: The gradient is cut to this norm before each step, below nnU-Net's 12.
    """

    learning_rate: ClassVar[float] = 1e-4
    decay_exponent: ClassVar[float] = 0.0
    adam_weight_decay: ClassVar[float] = 1e-5
    gradient_norm: ClassVar[float] = 1.0

    def configure_optimizers(self) -> tuple[torch.optim.Optimizer, Any]:
        """Adam, and nnU-Net's schedule with the exponent."""
        self.initial_lr, self.weight_decay = self.learning_rate, self.adam_weight_decay
        parameters = list(self.network.parameters())
        optimizer = torch.optim.Adam(parameters, self.initial_lr, weight_decay=self.weight_decay)

        def clip(*_: Any) -> None:
            torch.nn.utils.clip_grad_norm_(parameters, self.gradient_norm)

        # nnU-Net's step clips to a fixed norm of 12; this comes after it and after the scaler's division.
        optimizer.register_step_pre_hook(clip)
        return optimizer, PolyLRScheduler(optimizer, self.initial_lr, self.num_epochs, exponent=self.decay_exponent)
