"""Mix-ins that change which scenes and patches a training sees, and how often.

nnU-Net's loader draws every case of a fold equally often. Cases that stand several times in the list it draws from are
seen several times as often, which needs no loader of our own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from batchgenerators.dataloading.single_threaded_augmenter import SingleThreadedAugmenter
from nnunetv2.paths import nnUNet_raw

from nnunet_glacier.domain.scenes import EXTRA, Scene
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.mix_in import TrainerMixIn

SampledBy = Literal["pixel_size", "sensor"]


def shows(scenes: Sequence[Scene], by: SampledBy, most: int) -> list[int]:
    """How often each scene is shown, where the one that needs it least is shown once.

    Args:
        scenes: Of the training.
        by: ``pixel_size``: in proportion to the edge of a pixel, so that scenes of 20 m are shown three times as often
            as those of 7 m; ``sensor``: every sensor as often as the one with the most scenes, twin satellites as one.
        most: Upper bound, so that a single scene is not learnt by heart.

    Returns:
        Whole numbers from 1 to `most`, one per scene.

    Raises:
        GlacierError: If the pixel size or the sensor of a scene is not known.
    """
    unknown = [scene.case for scene in scenes if not (scene.pixel_size_m > 0 if by == "pixel_size" else scene.sensor)]
    if unknown:
        what = "pixel size" if by == "pixel_size" else "sensor"
        raise GlacierError(
            f"Scenes cannot be sampled by {what}: {SCENES_CSV} does not say it of {len(unknown)} of {len(scenes)}, "
            f"the first is {unknown[0]}. Write it there, or train with a trainer that shows all scenes alike."
        )
    if by == "pixel_size":
        finest = min(scene.pixel_size_m for scene in scenes)
        shares = [scene.pixel_size_m / finest for scene in scenes]
    else:
        counts = Counter(scene.sensor_group for scene in scenes)
        shares = [max(counts.values()) / counts[scene.sensor_group] for scene in scenes]
    return [min(most, max(1, round(share))) for share in shares]


class LowResolutionSamplingMixin(TrainerMixIn):
    """Shows low-resolution scenes more often in training (the outlook of Herrmann et al. 2023, Sect. 6).

    They do not say how; see `shows` for what was taken. The validation set is left as it is.

    Attributes:
        sampled_by: ``pixel_size`` or ``sensor``.
        most_shows: Upper bound of how often a scene stands in the list.
    """

    sampled_by: ClassVar[SampledBy] = "pixel_size"
    most_shows: ClassVar[int] = 10

    def get_tr_and_val_datasets(self) -> tuple[Any, Any]:
        """nnU-Net's two, the training cases repeated."""
        training, validation = super().get_tr_and_val_datasets()
        table = read_scenes(Path(str(nnUNet_raw)) / self.plans_manager.dataset_name / SCENES_CSV)
        cases = list(training.identifiers)
        missing = [case for case in cases if case not in table]
        if missing:
            raise GlacierError(f"{SCENES_CSV} of {self.plans_manager.dataset_name} lacks {', '.join(missing[:3])}")
        times = shows([table[case] for case in cases], self.sampled_by, self.most_shows)
        training.identifiers = [case for case, count in zip(cases, times, strict=True) for _ in range(count)]
        self.print_to_log_file(f"{len(cases)} training scenes are shown {min(times)} to {max(times)} times as often.")
        return training, validation


class ExtraScenesFirstMixin(TrainerMixIn):
    """Shows extra scenes (``convert caffe --extra``) less and less: as often as the others at first, at last never.

    Attributes:
        extra_until: Share of the epochs after which none is shown any more, in (0, 1].
    """

    extra_until: ClassVar[float] = 0.9

    def on_train_epoch_start(self) -> None:
        """The probabilities of this epoch; loaders in other processes are started again with them."""
        super().on_train_epoch_start()
        batches = self.dataloader_train
        in_this_process = isinstance(batches, SingleThreadedAugmenter)
        loader = batches.data_loader if in_this_process else batches.generator
        share = max(0.0, 1 - self.current_epoch / (self.extra_until * self.num_epochs))
        weights = np.array([share if case.startswith(EXTRA) else 1.0 for case in loader.indices])
        loader.sampling_probabilities = weights / weights.sum()
        if not in_this_process:
            # Processes without a seed would draw as torch stood in this one, in every epoch and each of them the same.
            batches.seeds = np.random.randint(2**31, size=batches.num_processes).tolist()  # noqa: NPY002
            batches.restart()


class UniformPatchesMixin(TrainerMixIn):
    """Draws patches anywhere, where nnU-Net puts every third one onto a labelled object.

    Attributes:
        foreground_share: Share of patches that are put onto an object.
    """

    foreground_share: ClassVar[float] = 0.0

    def initialize(self) -> None:
        """NnU-Net's start of a training, with this share."""
        self.oversample_foreground_percent = self.foreground_share
        super().initialize()
