"""The fold ensemble: class probabilities averaged over folds, per task, on the device.

Every fold's logits come from nnU-Net's sliding window. They are brought to the image's size before the softmax, as
nnU-Net's export does it, and probabilities (not logits) are averaged, as ``nnUNetv2_ensemble`` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import torch

from nnunet_glacier.domain.labels import LabelSpace
from nnunet_glacier.inference.predictor import quiet
from nnunet_glacier.inference.running_mean import RunningMean
from nnunet_glacier.support.errors import GlacierError

if TYPE_CHECKING:
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

Strip = tuple[slice, tuple[torch.Tensor, ...]]

STRIP_PX = 512
"""Rows whose probabilities are made at once."""

_CPU = torch.device("cpu")
_NOT_FINITE = (
    "the network of fold {} gives outputs that are NaN or infinite; its weights are damaged, or the image has values "
    "far from those that it was trained on"
)


@dataclass(frozen=True)
class TaskAverage:
    """What the folds say about one task, at the size of the cropped image.

    Attributes:
        mean: Class probabilities, float32, ``(C, 1, H, W)``, in ``[0, 1]``.
        spread: Their standard deviation over the folds, same shape, in ``[0, 0.5]``; None if not asked for.
    """

    mean: torch.Tensor
    spread: torch.Tensor | None

    def cpu(self) -> TaskAverage:
        """The same on the CPU."""
        return TaskAverage(self.mean.cpu(), None if self.spread is None else self.spread.cpu())


class FoldEnsemble:
    """All folds of a model as one predictor.

    Args:
        predictor: nnU-Net's predictor with the weights of all folds.
        space: The model's tasks; None for one task whose classes are the network's outputs.
        folds: The folds' names, in the order of the predictor's weights; by default their positions.
        with_spread: Whether to keep the standard deviation over folds.
        say: Gets a sentence when the device's memory does not suffice.
        progress: Gets the number of folds done, negative when an image is begun again.
    """

    def __init__(
        self,
        predictor: nnUNetPredictor,
        space: LabelSpace | None,
        *,
        folds: Sequence[str] = (),
        with_spread: bool = False,
        say: Callable[[str], object] = print,
        progress: Callable[[int], object] = lambda folds: None,
    ) -> None:
        self.predictor = predictor
        self.space = space
        self.folds = tuple(folds) or tuple(map(str, range(len(predictor.list_of_parameters))))
        self.with_spread = with_spread
        self.say = say
        self.progress = progress
        self.on_device = predictor.perform_everything_on_device

    def average(self, data: torch.Tensor, properties: dict[str, Any]) -> list[TaskAverage]:
        """Average all folds over one preprocessed image; on the CPU where the device's memory does not suffice.

        Args:
            data: Preprocessed image, float32, ``(channels, 1, H, W)``.
            properties: What nnU-Net's preprocessor noted about it.

        Returns:
            One average per task.

        Raises:
            GlacierError: If the device cannot hold one tile either, or a fold's outputs are no finite numbers.
        """
        self.predictor.perform_everything_on_device = self.on_device
        averages = self._average_folds(data, properties)
        if averages is None:
            self._leave_device()
            averages = self._average_folds(data, properties)
        if averages is None:
            tile = tuple(self.predictor.configuration_manager.patch_size)
            raise GlacierError(
                f"the device {self.predictor.device} has no memory for one tile of {tile}; use --device cpu"
            )
        return averages

    @property
    def left_device(self) -> bool:
        """Whether the last image had to be accumulated on the CPU for want of device memory."""
        return bool(self.on_device and not self.predictor.perform_everything_on_device)

    def _leave_device(self) -> None:
        if self.predictor.perform_everything_on_device:
            self.say("not enough device memory, so this image is accumulated on the CPU, which is slower")
        self.predictor.perform_everything_on_device = False
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _average_folds(self, data: torch.Tensor, properties: dict[str, Any]) -> list[TaskAverage] | None:
        """The average of all folds per task, or None if the device ran out of memory.

        None and not the exception, which would keep its frames' tensors on the device during the second attempt.
        """
        means = [RunningMean(self.with_spread) for _ in range(len(self.space.tasks) if self.space else 1)]
        try:
            self._add_folds(means, data, properties)
            return [TaskAverage(mean.mean(), mean.spread() if self.with_spread else None) for mean in means]
        except torch.cuda.OutOfMemoryError:
            self.progress(-means[-1].count)
            return None

    @torch.inference_mode()
    def _add_folds(self, means: list[RunningMean], data: torch.Tensor, properties: dict[str, Any]) -> None:
        for fold, parameters in zip(self.folds, self.predictor.list_of_parameters, strict=True):
            logits = self._logits(fold, parameters, data)
            # nnU-Net answers an overfull device itself: it does the fold again with its results on the CPU.
            if self.predictor.perform_everything_on_device and logits.device.type != self.predictor.device.type:
                self._leave_device()
                for mean in means:
                    mean.to(_CPU)
            marginals = self._marginals(self._at_image_size(logits, properties))
            for mean, marginal in zip(means, marginals, strict=True):
                mean.add(marginal)
            self.progress(1)

    @torch.inference_mode()
    def each_fold(self, data: torch.Tensor, properties: dict[str, Any]) -> Iterator[Iterator[Strip]]:
        """What each fold says by itself, one fold after the other, in strips so that large images fit into memory.

        Args:
            data: As for `average`.
            properties: As for `average`.

        Yields:
            For each fold its strips, rows of the cropped image with the probabilities of each task there, float32,
            ``(C, 1, rows, W)``, on the CPU; to be used before the next fold.

        Raises:
            GlacierError: If a fold's outputs are no finite numbers.
        """
        for fold, parameters in zip(self.folds, self.predictor.list_of_parameters, strict=True):
            yield self._strips(self._at_image_size(self._logits(fold, parameters, data), properties))
            self.progress(1)

    def _strips(self, logits: torch.Tensor) -> Iterator[Strip]:
        for start in range(0, logits.shape[2], STRIP_PX):
            rows = slice(start, min(start + STRIP_PX, logits.shape[2]))
            yield rows, tuple(marginal.cpu() for marginal in self._marginals(logits[:, :, rows]))

    def _logits(self, fold: str, parameters: dict[str, torch.Tensor], data: torch.Tensor) -> torch.Tensor:
        """One fold's logits, float16, ``(C, 1, h, w)`` at the size of the preprocessed image; finite."""
        network = self.predictor.network
        # A network under torch.compile keeps the names of its weights in the original module.
        getattr(network, "_orig_mod", network).load_state_dict(parameters)
        try:
            with quiet():
                logits: torch.Tensor = self.predictor.predict_sliding_window_return_logits(data)
        except RuntimeError as error:
            # nnU-Net refuses infinite outputs itself, but not those that are NaN.
            if "Encountered inf" not in str(error):
                raise
            raise GlacierError(_NOT_FINITE.format(fold)) from None
        if torch.isnan(logits).any():
            raise GlacierError(_NOT_FINITE.format(fold))
        return logits

    def _marginals(self, logits: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Each task's probabilities, from logits at the size of the cropped image or of a part of it."""
        probabilities = self.predictor.label_manager.apply_inference_nonlin(logits)
        return self.space.marginals(probabilities) if self.space else (probabilities,)

    def _at_image_size(self, logits: torch.Tensor, properties: dict[str, Any]) -> torch.Tensor:
        """Logits resampled to the image's own pixels, with the model's own resampling; unchanged if they fit."""
        shape = tuple(int(size) for size in properties["shape_after_cropping_and_before_resampling"])
        if tuple(logits.shape[1:]) == shape:
            return logits
        plans, configuration = self.predictor.plans_manager, self.predictor.configuration_manager
        spacing = [properties["spacing"][axis] for axis in plans.transpose_forward]
        # A two-dimensional configuration says nothing of the first axis: it keeps the image's.
        current = [*spacing[: len(shape) - len(configuration.spacing)], *configuration.spacing]
        resample = configuration.resampling_fn_probabilities
        # One class after the other: nnU-Net holds what it resamples in double precision.
        classes = (torch.as_tensor(resample(logit[None], shape, current, spacing)) for logit in logits.cpu().numpy())
        first = next(classes)
        resampled = torch.empty((len(logits), *shape), dtype=first.dtype, device=logits.device)
        for index, one in enumerate(chain([first], classes)):
            resampled[index] = one[0]
        return resampled
