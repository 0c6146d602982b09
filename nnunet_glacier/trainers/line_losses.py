"""Mix-ins that exchange the loss of lines: of front-only datasets, and of the thin tasks of multi-task ones.

The zones of a multi-task dataset keep their loss. A mix-in stands before a trainer among the bases; its numbers are
class attributes, so that another value is one line::

    class nnUNetTrainerMine(DistanceMapBCEMixin, nnUNetTrainerGlacier):
        k = 0.5
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from torch import nn

from nnunet_glacier.domain.labels import Task
from nnunet_glacier.losses.distance_map import DistanceMapBCE
from nnunet_glacier.losses.distance_regression import DistanceRegression
from nnunet_glacier.losses.distance_weights import DistanceWeightedBCE, DistanceWeightedDice
from nnunet_glacier.losses.focal_tversky import BCEFocalTversky
from nnunet_glacier.losses.mcc import MCCLoss
from nnunet_glacier.losses.skeleton_recall import SkeletonRecall
from nnunet_glacier.losses.soft_cldice import SoftCLDice
from nnunet_glacier.losses.weighted_bce import BCE, WeightedBCE
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.mix_in import TrainerMixIn

LineWeight = float | Literal["balanced", "dataset"]
"""See `WeightedBCEMixin`."""


class LineLossMixin(TrainerMixIn):
    """What the losses of lines share: the tasks that they are for, and the settings taken from the trainer."""

    takes_regions: ClassVar[bool] = False

    def check_dataset(self, dataset_json: dict[str, Any]) -> None:
        """Refuse datasets without a line: fused labels and zones alone."""
        super().check_dataset(dataset_json)
        if self.label_space is None:
            has_line = len([label for label in dataset_json["labels"] if label != "ignore"]) == 2
        else:
            has_line = any(task.thin for task in self.label_space.tasks)
        if not has_line:
            labels = ", ".join(dataset_json["labels"])
            raise GlacierError(
                f"{type(self).__name__} has a loss for lines, but the dataset's labels are {labels}. Convert it with "
                "--labels front, or with --labels multitask for a trainer of several tasks; interferograms with "
                "nnunet-glacier convert dinsar."
            )

    def build_task_loss(self, task: Task | None) -> nn.Module | None:
        """The loss of lines for a thin task, and for a dataset that does not say what its one task is."""
        return self.build_line_loss() if task is None or task.thin else super().build_task_loss(task)

    def build_line_loss(self) -> nn.Module:
        """A loss of logits ``(N, 2, H, W)`` and classes ``(N, 1, H, W)``."""
        raise NotImplementedError

    @property
    def ignore_label(self) -> int | None:
        """The value of pixels without a label."""
        return self.label_manager.ignore_label

    @property
    def full_size(self) -> tuple[int, int]:
        """Rows and columns of a patch, by which a loss knows how much an output is reduced."""
        rows, columns = self.configuration_manager.patch_size
        return rows, columns


class BCEMixin(LineLossMixin):
    """Binary cross-entropy (Davari et al. 2021, Eq. 6)."""

    loss_title: ClassVar[str] = "BCE"

    def build_line_loss(self) -> nn.Module:
        """BCE."""
        return BCE(ignore_label=self.ignore_label)


class WeightedBCEMixin(LineLossMixin):
    """BCE with a weight on the line's pixels.

    Attributes:
        positive_weight: A number, ``"balanced"`` for the inverse class frequency of the batch, or ``"dataset"`` for
            that of all training labels, which the converters of fronts and of interferograms write into
            ``dataset.json``.
    """

    loss_title: ClassVar[str] = "BCE, inverse class frequency of the batch"
    positive_weight: ClassVar[LineWeight] = "balanced"

    def check_dataset(self, dataset_json: dict[str, Any]) -> None:
        """Refuse a dataset without a measured class frequency where the loss needs it."""
        super().check_dataset(dataset_json)
        if self.positive_weight == "dataset" and dataset_json.get("class_balance", {}).get("positive_weight") is None:
            raise GlacierError(
                f"{type(self).__name__} takes the weight of the line from class_balance in dataset.json, which is not "
                "there. Convert the dataset again (fronts with --labels front), or set positive_weight to a number or "
                "'balanced'."
            )

    def build_line_loss(self) -> nn.Module:
        """BCE with weights."""
        weight = self.positive_weight
        measured = float(self.dataset_json["class_balance"]["positive_weight"]) if weight == "dataset" else weight
        return WeightedBCE(measured, ignore_label=self.ignore_label)


class DistanceMapBCEMixin(LineLossMixin):
    """BCE of the prediction times the distance map (Davari et al. 2021, Eq. 3-7).

    Attributes:
        w: Width of the dilation of the label, pixels.
        R: Relaxation, pixels.
        k: Weight of the background, in (0, 1].
    """

    loss_title: ClassVar[str] = "distance-map BCE, k = 0.1"
    w: ClassVar[int] = 3
    R: ClassVar[float] = 1.0
    k: ClassVar[float] = 0.1

    def build_line_loss(self) -> nn.Module:
        """Distance-map BCE."""
        return DistanceMapBCE(w=self.w, R=self.R, k=self.k, ignore_label=self.ignore_label, patch_size=self.full_size)


class DistanceWeightedBCEMixin(LineLossMixin):
    """BCE of the prediction times the distance weights (Holzmann et al. 2021, Eq. 2).

    Attributes:
        w: Width of the tolerance, pixels.
    """

    loss_title: ClassVar[str] = "distance-weighted BCE, w = 4"
    w: ClassVar[float] = 4.0

    def build_line_loss(self) -> nn.Module:
        """Distance-weighted BCE."""
        return DistanceWeightedBCE(w=self.w, ignore_label=self.ignore_label, patch_size=self.full_size)


class DistanceWeightedDiceMixin(LineLossMixin):
    """Soft Dice of the prediction times the distance weights (Holzmann et al. 2021, Sect. II).

    Attributes:
        w: Width of the tolerance, pixels.
    """

    loss_title: ClassVar[str] = "distance-weighted Dice, w = 4"
    w: ClassVar[float] = 4.0

    def build_line_loss(self) -> nn.Module:
        """Distance-weighted Dice."""
        return DistanceWeightedDice(w=self.w, ignore_label=self.ignore_label, patch_size=self.full_size)


class FocalTverskyBCEMixin(LineLossMixin):
    """Focal Tversky loss with a share of BCE (Gattolin, Sect. 2.2, Eq. 1).

    The values that the paper tries are the first two axes of `tuning.grid.GATTOLIN`.

    Attributes:
        bce_weight: Lambda, the share of BCE, in [0, 1].
        tversky_alpha: Weight of the misses.
        tversky_beta: Weight of the false alarms.
        tversky_gamma: Inverse of the exponent, above 0.
    """

    loss_title: ClassVar[str] = "BCE + Focal Tversky"
    bce_weight: ClassVar[float] = 0.25
    tversky_alpha: ClassVar[float] = 0.7
    tversky_beta: ClassVar[float] = 0.3
    tversky_gamma: ClassVar[float] = 4 / 3

    def build_line_loss(self) -> nn.Module:
        """BCE + Focal Tversky."""
        return BCEFocalTversky(
            self.bce_weight,
            self.tversky_alpha,
            self.tversky_beta,
            self.tversky_gamma,
            ignore_label=self.ignore_label,
        )


class MCCLossMixin(LineLossMixin):
    """One minus the soft Matthews correlation coefficient."""

    loss_title: ClassVar[str] = "MCC"

    def build_line_loss(self) -> nn.Module:
        """Soft MCC."""
        return MCCLoss(ignore_label=self.ignore_label)


class SkeletonRecallMixin(LineLossMixin):
    """Dice + BCE + skeleton recall (Kirchhoff et al. 2024).

    Attributes:
        skeleton_weight: Of the skeleton recall.
    """

    loss_title: ClassVar[str] = "Dice + BCE + skeleton recall"
    skeleton_weight: ClassVar[float] = 1.0

    def build_line_loss(self) -> nn.Module:
        """Skeleton recall beside Dice and BCE."""
        return SkeletonRecall(self.skeleton_weight, ignore_label=self.ignore_label)


class SoftCLDiceMixin(LineLossMixin):
    """Dice and soft clDice (Shit et al. 2021).

    Attributes:
        cldice_weight: Of clDice, in [0, 0.5].
        cldice_iterations: Erosions of the soft skeleton, at least half of the line's width in pixels.
    """

    loss_title: ClassVar[str] = "Dice + soft clDice"
    cldice_weight: ClassVar[float] = 0.5
    cldice_iterations: ClassVar[int] = 3

    def build_line_loss(self) -> nn.Module:
        """Dice and soft clDice."""
        return SoftCLDice(self.cldice_weight, iterations=self.cldice_iterations, ignore_label=self.ignore_label)


class DistanceRegressionMixin(LineLossMixin):
    """Regression of the distance to the line, after Davari et al. (2022), as the probability of its class.

    Attributes:
        reach_px: Distance over which the probability falls from 1/2 at the label's edge to 0, pixels.
    """

    loss_title: ClassVar[str] = "distance regression, reach 10 px"
    reach_px: ClassVar[float] = 10.0

    def build_line_loss(self) -> nn.Module:
        """Distance regression."""
        return DistanceRegression(self.reach_px, ignore_label=self.ignore_label, patch_size=self.full_size)
