"""The trainer of single-task datasets: stock nnU-Net, its length, learning rate and momentum taken from the plans.

Every other trainer of this package is this one with one or two of its small methods overridden, most by a mix-in
(`networks`, `line_losses`, `class_losses`, `early_stopping`, `adam`, `phase`, `sensor_augmentation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import torch
from batchgeneratorsv2.transforms.base.basic_transform import BasicTransform
from nnunetv2.paths import nnUNet_preprocessed
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer
from nnunetv2.utilities.plans_handling.plans_handler import ConfigurationManager, PlansManager
from torch import distributed, nn

from nnunet_glacier.domain.labels import LabelSpace, Task
from nnunet_glacier.formats.deciding_plans import difference_of_plans
from nnunet_glacier.formats.folds import SPLITS_JSON, read_folds
from nnunet_glacier.formats.plan_entries import SEED_KEY, SETTINGS_KEY, START_KEY
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.support.wording import counted
from nnunet_glacier.trainers.seeding import seed_draws, without_timing
from nnunet_glacier.trainers.settings import checked_settings, with_settings
from nnunet_glacier.trainers.starting_weights import load_starting_weights
from nnunet_glacier.trainers.task_check import accepted_label_space
from nnunet_glacier.trainers.whole_checkpoints import (
    BEST_CHECKPOINT,
    FINAL_CHECKPOINT,
    LATEST_CHECKPOINT,
    checkpoint_to_continue,
    plain_network,
    read_checkpoint,
)

SCHEDULE_KEYS = ("num_epochs", "num_iterations_per_epoch", "num_val_iterations_per_epoch", "initial_lr")
"""Keys at the top level of the plans, named after the trainer's attributes that they set."""

MOMENTUM_KEY = "momentum"
"""Key at the top level of the plans for the momentum of SGD, which nnU-Net keeps in no attribute."""


class nnUNetTrainerGlacier(nnUNetTrainer):
    """Stock nnU-Net with the training length of the plans, so runs of different length have different plans names.

    Plans without a schedule, such as nnU-Net's own, train for nnU-Net's 1000 epochs of 250 iterations.

    Plans with a ``seed`` give the same weights whenever they are trained on one machine's CPU with as many threads and
    nnUNet_n_proc_DA=0, also when the training was stopped and continued. Patches and augmentation that nnU-Net's worker
    processes draw are random all the same, for it gives them no seeds; then the initial weights alone are the same. On
    a GPU nnU-Net lets cuDNN take the fastest way, so that sums differ by rounding, and with them the weights.

    Attributes:
        label_spaces: The tasks that the trainer takes; None for any one task.
        label_space: The tasks of the dataset; None where its ``dataset.json`` does not say.
        network_title: What the network is, for the table of trainers.
        loss_title: What the loss is.
        stopping_title: When the training ends.
        augmentation_title: What changes the patches in training.
        deep_supervision: Whether the outputs at lower resolutions are supervised too, where the network has them.
        takes_regions: Whether datasets of nnU-Net's overlapping regions are taken; losses and scores of ours are of
            classes that exclude each other.
        patch_divisor: What rows and columns of the patch must be divisible by.
        published: Which table of which paper the trainer stands for; "" where none.
    """

    label_spaces: ClassVar[tuple[LabelSpace, ...] | None] = None
    network_title: ClassVar[str] = "U-Net"
    loss_title: ClassVar[str] = "Dice + CE"
    stopping_title: ClassVar[str] = "last epoch"
    augmentation_title: ClassVar[str] = "nnU-Net"
    deep_supervision: ClassVar[bool] = True
    takes_regions: ClassVar[bool] = True
    patch_divisor: ClassVar[int] = 1
    published: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a mix-in that stands behind a trainer, where it would change nothing."""
        super().__init_subclass__(**kwargs)
        order = cls.__mro__
        behind = order[order.index(nnUNetTrainerGlacier) + 1 :]
        mixins = [base.__name__ for base in behind if base.__module__.startswith("nnunet_glacier.")]
        if mixins:
            raise TypeError(f"{cls.__name__}: name {', '.join(mixins)} before the trainer among its bases")

    # nnU-Net looks the names of these arguments up among the base class's own, so they must be spelled out.
    def __init__(
        self,
        plans: dict[str, Any],
        configuration: str,
        fold: int,
        dataset_json: dict[str, Any],
        device: torch.device = torch.device("cuda"),  # noqa: B008
    ) -> None:
        # Before the base class makes the folder of results.
        for name, value in checked_settings(type(self), plans.get(SETTINGS_KEY, {})).items():
            setattr(self, name, value)
        self.label_space = accepted_label_space(type(self).__name__, self.label_spaces, dataset_json)
        self.check_dataset(dataset_json)
        self.check_patch(PlansManager(plans).get_configuration(configuration).patch_size)
        self.check_fold(fold, plans["dataset_name"])
        # nnU-Net takes it out of the plans.
        self._goes_on = bool(plans["continue_training"])
        super().__init__(plans, configuration, fold, dataset_json, device)
        self.enable_deep_supervision = self.deep_supervision
        for key in SCHEDULE_KEYS:
            if key in self.plans_manager.plans:
                setattr(self, key, self.plans_manager.plans[key])
        self._weights_follow = False
        # nnU-Net saves every 50 epochs; a short training would have no checkpoint to resume from.
        self.save_every: int = min(self.save_every, max(1, self.num_epochs // 10))

    def initialize(self) -> None:
        """nnU-Net's start of a training: with the plans' seed for the initial weights, or from the plans' model.

        A training that goes on gets all weights from its checkpoint, and needs no other model for it.
        """
        seed = self.plans_manager.plans.get(SEED_KEY)
        if seed is not None:
            seed_draws(seed, self.fold)
            self.print_to_log_file(f"Seed: {seed}")
        super().initialize()
        start = self.plans_manager.plans.get(START_KEY)
        network = plain_network(cast(nn.Module, self.network))
        if self._weights_follow:
            return
        if start is None:
            self.load_pretrained(network)
        else:
            load_starting_weights(network, start)
            self.print_to_log_file(f"Start: fold {start['fold']} of {start['model']}")

    def load_pretrained(self, network: nn.Module) -> None:
        """Weights that a new network gets from elsewhere, in place: none."""

    def on_epoch_start(self) -> None:
        """nnU-Net's, with a seed for the epoch's draws, so that a continued training draws as an unbroken one."""
        seed = self.plans_manager.plans.get(SEED_KEY)
        if seed is not None:
            seed_draws(seed, self.fold, self.current_epoch, self.local_rank)
        super().on_epoch_start()

    # A static method in nnU-Net, which calls it on the trainer all the same.
    def get_training_transforms(self, *arguments: Any, **named: Any) -> BasicTransform:
        """nnU-Net's transforms, the same in every run where the plans have a seed."""
        transforms = super().get_training_transforms(*arguments, **named)
        return without_timing(transforms) if SEED_KEY in self.plans_manager.plans else transforms

    def save_checkpoint(self, filename: str) -> None:
        """NnU-Net's checkpoint, whole or not at all, so that no kill and no full disk leaves half of one."""
        if Path(filename).name == LATEST_CHECKPOINT:
            self._keep_best_first()
        if self.local_rank != 0 or self.disable_checkpointing:
            super().save_checkpoint(filename)
            return
        write = super().save_checkpoint
        write_whole(Path(filename), lambda temporary: write(str(temporary)))

    def _keep_best_first(self) -> None:
        """Write the best checkpoint of this epoch, if it is the best, before the latest one.

        nnU-Net writes the latest first, with the best score as it was before: a training that goes on from that takes
        a worse epoch for the best, and writes it over the better one.
        """
        scores = self.logger.get_value("ema_fg_dice", step=None)
        best: float | None = getattr(self, "_best_ema", None)
        if scores and (best is None or scores[-1] > best):
            self._best_ema = scores[-1]
            self.print_to_log_file(f"New best EMA pseudo Dice: {np.round(self._best_ema, decimals=4)}")
            self.save_checkpoint(str(Path(self.output_folder) / BEST_CHECKPOINT))

    def load_checkpoint(self, filename_or_checkpoint: dict[str, Any] | str) -> None:
        """NnU-Net's loading; a training that goes on does so from the newest checkpoint that is whole.

        nnU-Net takes the final one where there is one, also that of an earlier training in the folder, or of one that
        was continued for more epochs and stopped.

        Raises:
            GlacierError: If none is, with the path of a broken one; or if the training was begun with other plans, and
                would go on with scenes that are shown in another way, or with another network.
        """
        if isinstance(filename_or_checkpoint, str):
            path = Path(filename_or_checkpoint)
            if path.name == LATEST_CHECKPOINT or (path.name == FINAL_CHECKPOINT and self._goes_on):
                path = checkpoint_to_continue(path, self.print_to_log_file)
                filename_or_checkpoint = str(path)
            if path.is_file():
                content = read_checkpoint(path)
                if self._goes_on:
                    self._check_plans(path, content)
        self._weights_follow = True
        super().load_checkpoint(filename_or_checkpoint)

    def _check_plans(self, checkpoint: Path, content: dict[str, Any]) -> None:
        """Refuse to go on with other plans than those that a training was begun with; its length may be another."""
        begun_with = content.get("init_args", {}).get("plans", {})
        difference = difference_of_plans(begun_with, self.plans_manager.plans, self.configuration_name)
        if difference:
            raise GlacierError(
                f"{checkpoint}: its training was begun with other plans: {difference}. Train anew, without --c, or "
                "plan under another --name."
            )

    def configure_optimizers(self) -> tuple[torch.optim.Optimizer, Any]:
        """nnU-Net's SGD with Nesterov momentum and its falling learning rate, with the momentum of the plans."""
        optimizer, schedule = super().configure_optimizers()
        for group in optimizer.param_groups:
            group["momentum"] = self.plans_manager.plans.get(MOMENTUM_KEY, group["momentum"])
        return optimizer, schedule

    def check_dataset(self, dataset_json: dict[str, Any]) -> None:
        """Refuse a dataset that the trainer was not made for, before anything is written.

        Raises:
            GlacierError: With what to do instead.
        """
        regions = [label for label, value in dataset_json["labels"].items() if np.size(value) > 1]
        if regions and not self.takes_regions:
            raise GlacierError(
                f"{type(self).__name__} is for classes that exclude each other, but the dataset has regions: "
                f"{', '.join(regions)}. Give each class a label of its own, or train with -tr nnUNetTrainerGlacier."
            )

    def check_patch(self, patch_size: Sequence[int]) -> None:
        """Refuse a patch that network or loss cannot take, before anything is written.

        Raises:
            GlacierError: With what to do instead.
        """
        size = "x".join(map(str, patch_size))
        if len(patch_size) != 2:
            raise GlacierError(f"{type(self).__name__} is for images, patches of {size} are volumes. Train 2d.")
        if any(edge % self.patch_divisor for edge in patch_size):
            rows, columns = (-(-edge // self.patch_divisor) * self.patch_divisor for edge in patch_size)
            raise GlacierError(
                f"{type(self).__name__} takes patches whose sides are divisible by {self.patch_divisor}, not {size}. "
                f"Plan again with nnunet-glacier plan --patch-size {rows} {columns}."
            )

    def check_fold(self, fold: int | str, dataset: str) -> None:
        """Refuse a fold that the dataset does not have, before anything is written.

        nnU-Net would divide all scenes at random for it, so that scenes of one glacier, or neighbours in time, train
        and validate; and the other folds' validation scenes would train in it.

        Raises:
            GlacierError: With the folds that there are.
        """
        splits = Path(str(nnUNet_preprocessed)) / dataset / SPLITS_JSON
        if isinstance(fold, str) or not splits.is_file():
            return
        count = len(read_folds(splits))
        if not 0 <= fold < count:
            raise GlacierError(
                f"There is no fold {fold}: {splits} has {counted(count, 'fold')}, numbered from 0. "
                f"Train one of {', '.join(map(str, range(count)))}, or all."
            )

    @classmethod
    def build_network_architecture(
        cls,
        plans_manager: PlansManager,
        configuration_manager: ConfigurationManager,
        num_input_channels: int,
        num_output_channels: int,
        enable_deep_supervision: bool = True,
    ) -> nn.Module:
        """The network of the plans, as `adapt_network` changes it."""
        network = nnUNetTrainer.build_network_architecture(
            plans_manager, configuration_manager, num_input_channels, num_output_channels, enable_deep_supervision
        )
        return with_settings(cls, plans_manager.plans.get(SETTINGS_KEY, {})).adapt_network(network)

    @classmethod
    def adapt_network(cls, unet: nn.Module) -> nn.Module:
        """The network made from the U-Net of the plans: the U-Net itself."""
        return unet

    def build_task_loss(self, task: Task | None) -> nn.Module | None:
        """The loss of one task at one resolution; None for nnU-Net's Dice + CE.

        It takes logits ``(N, C, H, W)`` and classes ``(N, 1, H, W)``.

        Args:
            task: The task; None where the dataset does not say.
        """
        return None

    def deep_supervision_weights(self) -> Sequence[float] | None:
        """Weight of each output's loss, that of full resolution first; None for nnU-Net's weights."""
        return None

    def _build_loss(self) -> nn.Module:
        """nnU-Net's loss, or a task's own in its place, with the weights of the outputs around it.

        Raises:
            GlacierError: If the loss does not take the trainer's settings.
        """
        loss = self._stock_loss()
        own = self._checked_task_loss(None if self.label_space is None else self.label_space.tasks[0])
        if not isinstance(loss, DeepSupervisionWrapper):
            return own or loss
        # nnU-Net leaves out the coarsest output, which in a network of two stages is the only one.
        stock = loss.weight_factors if len(loss.weight_factors) > 1 else (1.0,)
        return DeepSupervisionWrapper(own or loss.loss, self.deep_supervision_weights() or stock)

    def _checked_task_loss(self, task: Task | None) -> nn.Module | None:
        """As `build_task_loss`, with a user's error where the loss does not take the settings."""
        try:
            return self.build_task_loss(task)
        except ValueError as error:
            raise GlacierError(f"{type(self).__name__}: {error}. Correct the trainer's settings.") from None

    def _stock_loss(self) -> nn.Module:
        """nnU-Net's own loss; with one output it divides 0 by 0 for its weight."""
        with np.errstate(invalid="ignore"):
            return super()._build_loss()

    def _stock_task_loss(self) -> nn.Module:
        """nnU-Net's own loss of one output, without the outputs' weights around it."""
        loss = self._stock_loss()
        return loss.loss if isinstance(loss, DeepSupervisionWrapper) else loss

    def _from_all_workers(self, entry: Any) -> list[Any]:
        """The entry of every worker of a distributed training, or the one there is; it must be picklable."""
        if not self.is_ddp:
            return [entry]
        entries: list[Any] = [entry] * distributed.get_world_size()
        distributed.all_gather_object(entries, entry)
        return entries
