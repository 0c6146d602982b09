"""Mix-ins that end a training when a validation score has not improved for a while (Davari et al. 2021, Sect. III-B).

The best weights are kept: ``checkpoint_best.pth`` is the best epoch's by the monitored score, not by nnU-Net's moving
average of the pseudo Dice, and ``checkpoint_final.pth`` holds the same weights. How long the score has not improved is
read from the logged scores, which nnU-Net's checkpoints carry, so a resumed training goes on counting.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import distributed

from nnunet_glacier.losses.mcc import mcc
from nnunet_glacier.losses.task_loss import task_log_probabilities, task_targets
from nnunet_glacier.trainers.mix_in import TrainerMixIn
from nnunet_glacier.trainers.monitored_scores import (
    HIGHER_IS_BETTER,
    LOGGED,
    Monitor,
    best_epoch,
    dice,
    dice_of_sums,
    line_found,
    line_positions,
    log_probability_of_truth,
    weighted_dice_sums,
)
from nnunet_glacier.trainers.whole_checkpoints import BEST_CHECKPOINT, LATEST_CHECKPOINT, plain_network


class _TrainingEnds(Exception):  # noqa: N818
    """Leaves nnU-Net's loop over the epochs, whose length is fixed when it begins."""


class EarlyStoppingMixin(TrainerMixIn):
    """Ends the training when the monitored score has not improved for `patience` epochs, and keeps the best weights.

    The patience for an MCC or Dice begins with the first line that is found (`line_found`), so that a training is not
    ended, with its first weights as the best, before it has predicted any. Until then the last weights are the best.

    A training that has ended so and is continued ends again at once. One that ran to its last epoch and is continued
    for more of them starts from the best weights, with the last epoch's optimizer state.

    Attributes:
        monitor: ``mcc``: Matthews correlation coefficient of the line from the counts of the whole validation epoch,
            the mean of several lines' (`line_positions`); ``dice``: Dice of the same counts;
            ``weighted_dice``: soft Dice of the probabilities times the distance weights with the trainer's ``w``, 4 if
            it has none; ``bce``: binary
            cross-entropy of the line, in nats per pixel; ``loss``: the trainer's own loss.
        patience: Epochs without a better score after which the training ends.
    """

    takes_regions: ClassVar[bool] = False
    monitor: ClassVar[Monitor] = "mcc"
    patience: ClassVar[int] = 30
    _kept: dict[str, torch.Tensor] | None = None

    @property
    def monitored(self) -> list[float]:
        """The monitored score of every epoch so far."""
        return self.logger.local_logger.my_fantastic_logging.setdefault(LOGGED[self.monitor], [])

    @property
    def has_found_line(self) -> bool:
        """Whether the line was found in any epoch, see `line_found`."""
        return line_found(self.monitored, self.monitor)

    @property
    def best(self) -> int:
        """The epoch whose weights are kept; -1 before the first."""
        scores = self.monitored
        if not scores or not self.has_found_line:
            return len(scores) - 1
        return best_epoch(scores, higher_is_better=self.monitor in HIGHER_IS_BETTER)

    @property
    def waited(self) -> int:
        """Epochs since the best one."""
        return len(self.monitored) - 1 - self.best

    def run_training(self) -> None:
        """Train to the last epoch, or to the end of the patience."""
        try:
            super().run_training()
        except _TrainingEnds:
            self.on_train_end()

    def on_epoch_start(self) -> None:
        """End the training if the patience is at its end; here and not after an epoch, for continued trainings."""
        if self.waited >= self.patience:
            self.print_to_log_file(f"No better {LOGGED[self.monitor]} for {self.waited} epochs: the training ends.")
            raise _TrainingEnds
        super().on_epoch_start()

    def validation_step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The trainer's step, and beside its counts the labelled pixels and the sums that BCE or weighted Dice need."""
        # Before the step, which may write into the target.
        pixels = int((_finest(batch["target"]) != self._ignored).sum())
        with self._watched_line() as sums:
            output = super().validation_step(batch)
        return output | {"labelled_pixels": pixels} | ({"line_sums": sums[0]} if sums else {})

    def on_validation_epoch_end(self, val_outputs: list[dict[str, Any]]) -> None:
        """Log the monitored score of the epoch, the same on all workers."""
        super().on_validation_epoch_end(val_outputs)
        scores = self.monitored
        if self.monitor != "loss":
            scores_of = {"bce": self._bce, "weighted_dice": self._weighted_dice}
            score = scores_of.get(self.monitor, self._overlap)(val_outputs)
            self.logger.log(LOGGED[self.monitor], score, self.current_epoch)
        if self.has_found_line:
            best = f"best {scores[self.best]:.4f} in epoch {self.best}; {self.waited} of {self.patience} epochs since"
        else:
            best = "no line found yet"
        self.print_to_log_file(f"Monitored {LOGGED[self.monitor]} {scores[-1]:.4f}, {best}")

    def on_epoch_end(self) -> None:
        """NnU-Net's end of an epoch; the monitored score decides whether its weights are the best."""
        self._best_ema = math.inf
        super().on_epoch_end()
        if self.waited == 0 and self.has_found_line:
            self._keep_best()

    def on_train_end(self) -> None:
        """Go back to the best weights, which the final checkpoint then holds."""
        if not self.has_found_line:
            self._keep_best()
        if self.is_ddp:
            # The first worker may still be writing them.
            distributed.barrier()
        weights = self._best_weights()
        if weights is not None:
            plain_network(self.network).load_state_dict(weights)
            self.print_to_log_file(f"The final checkpoint has the weights of epoch {self.best}.")
        super().on_train_end()

    def _keep_best(self) -> None:
        """Write the best weights, also as what a training that is stopped from outside goes on from.

        From an older checkpoint epochs would be trained again, and a worse one written over the best.
        """
        if self.disable_checkpointing:
            self._kept = {name: value.cpu().clone() for name, value in plain_network(self.network).state_dict().items()}
            return
        # As nnU-Net does at the end of a training: the epoch was counted already.
        self.current_epoch -= 1
        for name in (BEST_CHECKPOINT, LATEST_CHECKPOINT):
            self.save_checkpoint(str(Path(self.output_folder) / name))
        self.current_epoch += 1

    def _best_weights(self) -> dict[str, torch.Tensor] | None:
        """What was kept; without checkpoints not those of an earlier training in the same folder."""
        if self.disable_checkpointing:
            return self._kept
        path = Path(self.output_folder) / BEST_CHECKPOINT
        return (
            torch.load(path, map_location=self.device, weights_only=False)["network_weights"]
            if path.is_file()
            else None
        )

    @property
    def _ignored(self) -> int:
        ignore_label = self.label_manager.ignore_label
        return -1 if ignore_label is None else ignore_label

    def _overlap(self, val_outputs: list[dict[str, Any]]) -> float:
        """MCC or Dice of the lines from the counts of all batches of all workers."""
        tp, fp, fn, pixels = (
            np.sum(self._of_all_batches(val_outputs, key), axis=0, dtype=float)
            for key in ("tp_hard", "fp_hard", "fn_hard", "labelled_pixels")
        )
        tn = pixels - tp - fp - fn
        lines = line_positions(self.label_space, len(tp))
        score = mcc if self.monitor == "mcc" else dice
        return float(np.mean([score(tp[line], fp[line], fn[line], tn[line]) for line in lines]))

    def _bce(self, val_outputs: list[dict[str, Any]]) -> float:
        """Mean BCE of a labelled pixel over all batches of all workers; NaN without one."""
        sums, pixels = (
            np.sum(self._of_all_batches(val_outputs, key), dtype=float) for key in ("line_sums", "labelled_pixels")
        )
        return float(sums / pixels) if pixels else math.nan

    def _weighted_dice(self, val_outputs: list[dict[str, Any]]) -> float:
        """Weighted Dice from the sums of all batches of all workers, the mean of several lines'."""
        sums = np.sum(self._of_all_batches(val_outputs, "line_sums"), axis=0)
        return float(np.mean([dice_of_sums(line) for line in sums]))

    def _of_all_batches(self, val_outputs: list[dict[str, Any]], key: str) -> list[Any]:
        """An entry of the validation steps of all workers, one step after the other."""
        own = [output[key] for output in val_outputs]
        return [entry for entries in self._from_all_workers(own) for entry in entries]

    @contextmanager
    def _watched_line(self) -> Iterator[list[Any]]:
        """A list that receives the sums of the line when the loss is called, if the monitored score needs them."""
        sums: list[Any] = []
        if self.monitor not in ("bce", "weighted_dice"):
            yield sums
            return
        handle = self.loss.register_forward_hook(lambda module, given, loss: sums.append(self._line_sums(*given)))
        try:
            yield sums
        finally:
            handle.remove()

    def _line_sums(self, output: Any, target: Any) -> Any:
        """Sums over the labelled pixels at full resolution.

        Returns:
            The BCE, the mean of several lines'; or `weighted_dice_sums` of each line.
        """
        output, target = _finest(output), _finest(target)
        space, ignore_label = self.label_space, self.label_manager.ignore_label
        tasks: tuple[Any, ...] = (output,)
        classes: tuple[Any, ...] = (target[:, 0].long(),)
        if space is not None and len(space.tasks) > 1:
            tasks = output if isinstance(output, tuple) else task_log_probabilities(output, space)
            classes = task_targets(target[:, 0], space, ignore_label)
        labelled = target[:, 0] != self._ignored
        sums = [
            self._sums_of_class(log_probabilities, index, task_classes == index, labelled)
            for log_probabilities, task_classes in zip(
                (logits.float().log_softmax(1) for logits in tasks), classes, strict=True
            )
            for index in range(1, log_probabilities.shape[1])
        ]
        of_lines = [sums[line] for line in line_positions(space, len(sums))]
        return float(np.mean(of_lines)) if self.monitor == "bce" else np.stack(of_lines)

    def _sums_of_class(
        self, log_probabilities: torch.Tensor, index: int, is_class: torch.Tensor, labelled: torch.Tensor
    ) -> Any:
        if self.monitor == "bce":
            return -log_probability_of_truth(log_probabilities, index, is_class)[labelled].sum().item()
        return weighted_dice_sums(log_probabilities[:, index].exp(), is_class, labelled, getattr(self, "w", 4))


def _finest(levels: Any) -> Any:
    """What stands at full resolution, with or without deep supervision."""
    return levels[0] if isinstance(levels, list) else levels


class MCCStoppingMixin(EarlyStoppingMixin):
    """Ends when the MCC of the line has not improved for 30 epochs (Davari et al. 2021, Sect. IV-B)."""

    stopping_title: ClassVar[str] = "MCC, patience 30"


class DiceStoppingMixin(EarlyStoppingMixin):
    """Ends when the Dice of the line has not improved for 20 epochs (Holzmann et al. 2021, Sect. III-B)."""

    stopping_title: ClassVar[str] = "Dice, patience 20"
    monitor: ClassVar[Monitor] = "dice"
    patience: ClassVar[int] = 20


class WeightedDiceStoppingMixin(DiceStoppingMixin):
    """Ends when the "modified" Dice has not improved for 20 epochs (Holzmann et al. 2021, Sect. III-B).

    Their code monitors it where the loss is weighted, with the w of the loss, and the plain Dice where it is not.
    """

    stopping_title: ClassVar[str] = "weighted Dice, patience 20"
    monitor: ClassVar[Monitor] = "weighted_dice"


class BCEStoppingMixin(EarlyStoppingMixin):
    """Ends when the BCE of the line has not improved for 30 epochs, the baseline of Davari et al. (2021), Table I."""

    stopping_title: ClassVar[str] = "BCE, patience 30"
    monitor: ClassVar[Monitor] = "bce"


class LossStoppingMixin(EarlyStoppingMixin):
    """Ends when the validation loss has not improved for 12 epochs (Gattolin, Sect. 2.2)."""

    stopping_title: ClassVar[str] = "loss, patience 12"
    monitor: ClassVar[Monitor] = "loss"
    patience: ClassVar[int] = 12
