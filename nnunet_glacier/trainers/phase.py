"""A mix-in that exchanges the augmentation for one that keeps the meaning of interferometric phase.

It stands before a trainer among the bases, and takes datasets of ``nnunet-glacier convert dinsar``::

    class nnUNetTrainerMine(PhaseAugmentationMixin, AttentionUNetMixin, nnUNetTrainerGlacier): ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from batchgeneratorsv2.transforms.base.basic_transform import BasicTransform, ImageOnlyTransform
from batchgeneratorsv2.transforms.spatial.rot90 import Rot90Transform
from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform
from batchgeneratorsv2.transforms.utils.compose import ComposeTransforms
from batchgeneratorsv2.transforms.utils.random import RandomTransform

from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.mix_in import TrainerMixIn
from nnunet_glacier.trainers.phase_augmentation import (
    INTERPOLATED_KINDS,
    N_CHANNELS,
    ComplexNoiseTransform,
    ConjugationTransform,
    PhaseOffsetTransform,
    SignalSpatialTransform,
)

CONVERT_AGAIN = f"Convert the interferograms with nnunet-glacier convert dinsar, --channels {', '.join(N_CHANNELS)}"


def phase_kind(dataset_json: Mapping[str, Any]) -> str | None:
    """What the channels of a dataset hold.

    Args:
        dataset_json: The dataset.

    Returns:
        A key of `N_CHANNELS`, or None where the dataset has no ``channels`` entry or one without a ``kind``.

    Raises:
        GlacierError: If the kind is unknown, or does not fit the channels.
    """
    # Sea ice has the entry too, without a kind.
    kind = dataset_json.get("channels", {}).get("kind")
    if kind is None:
        return None
    if kind not in N_CHANNELS:
        raise GlacierError(
            f"dataset.json calls the channels {kind!r}, which is none of {', '.join(N_CHANNELS)}. {CONVERT_AGAIN}."
        )
    names = list(dataset_json["channel_names"].values())
    if [name.casefold() for name in names] != ["nonorm"] * N_CHANNELS[kind]:
        raise GlacierError(
            f"dataset.json calls the channels {kind}, which are {N_CHANNELS[kind]} named noNorm, but channel_names are "
            f"{', '.join(names)}: nnU-Net would scale them anew in every scene. {CONVERT_AGAIN}."
        )
    return kind


class PhaseAugmentationMixin(TrainerMixIn):
    """Augmentation by what leaves an interferogram an interferogram, in place of nnU-Net's grey-value transforms.

    Flips and quarter turns (half turns if the patch is not square), a random phase added everywhere, conjugation and
    complex noise; ``reim`` and ``cos_sin_mag`` are turned and scaled by nnU-Net's amounts as well, as complex signals,
    and ``phase_mag`` is never interpolated. What nnU-Net does to the labels alone stays.

    Predictions are mirrored as in nnU-Net. Mirroring and turning change the look direction but not the phase, which is
    a scalar; and the tide moves the ice vertically, which looks the same from every side.

    Attributes:
        phase_required: Whether datasets that name no kind of channels are refused; else they get nnU-Net's transforms.
        offset_probability: Share of patches with another phase of reference; below 1, since the reference often lies
            on grounded ice, which the network may learn.
        conjugation_probability: Share of patches with the sign of the phase changed.
        noise_probability: Share of patches with noise.
        noise_level: Its lowest and highest standard deviation, as a share of the patch's median magnitude; 0.3 is
            0.2 rad there.
    """

    augmentation_title: ClassVar[str] = "phase-safe"
    phase_required: ClassVar[bool] = True
    offset_probability: ClassVar[float] = 0.5
    conjugation_probability: ClassVar[float] = 0.5
    noise_probability: ClassVar[float] = 0.2
    noise_level: ClassVar[tuple[float, float]] = (0.0, 0.3)

    def check_dataset(self, dataset_json: dict[str, Any]) -> None:
        """Refuse datasets that do not say what their channels hold, or say it wrongly."""
        super().check_dataset(dataset_json)
        if phase_kind(dataset_json) is None and self.phase_required:
            raise GlacierError(
                f"{type(self).__name__} augments the phase of interferograms, but dataset.json has no kind of "
                f"channels that says how it is stored. {CONVERT_AGAIN}, or train with -tr nnUNetTrainerGlacier."
            )

    def configure_rotation_dummyDA_mirroring_and_inital_patch_size(  # noqa: N802
        self,
    ) -> tuple[Any, bool, Any, tuple[int, ...] | None]:
        """nnU-Net's settings; wrapped phase is not turned by them and needs no margin round the patch."""
        rotation, dummy_2d, initial_patch_size, mirror_axes = (
            super().configure_rotation_dummyDA_mirroring_and_inital_patch_size()
        )
        kind = phase_kind(self.dataset_json)
        applied = (
            "nnU-Net's, dataset.json has no kind of channels" if kind is None else f"phase-safe for channels {kind}"
        )
        self.print_to_log_file(f"Augmentation: {applied}")
        if kind is not None and kind not in INTERPOLATED_KINDS:
            rotation, initial_patch_size = (0.0, 0.0), self.configuration_manager.patch_size
        return rotation, dummy_2d, initial_patch_size, mirror_axes

    # A static method in nnU-Net, which calls it on the trainer all the same.
    def get_training_transforms(self, patch_size: Sequence[int], *others: Any, **named: Any) -> BasicTransform:
        """nnU-Net's transforms without those of grey values, and the phase-safe ones after the spatial one."""
        stock = super().get_training_transforms(patch_size, *others, **named)
        kind = phase_kind(self.dataset_json)
        if kind is None:
            return stock
        spatial = [_phase_safe(each, kind) for each in stock.transforms if isinstance(each, SpatialTransform)]
        kept = [each for each in stock.transforms if not (isinstance(each, SpatialTransform) or _of_values(each))]
        return ComposeTransforms([*spatial, *self._phase_transforms(kind, patch_size), *kept])

    def _phase_transforms(self, kind: str, patch_size: Sequence[int]) -> list[BasicTransform]:
        rows, columns = patch_size
        quarter_turns = (0, 1, 2, 3) if rows == columns else (0, 2)
        return [
            Rot90Transform(1, quarter_turns, {0, 1}),
            PhaseOffsetTransform(kind, self.offset_probability),
            ConjugationTransform(kind, self.conjugation_probability),
            ComplexNoiseTransform(kind, self.noise_probability, self.noise_level),
        ]


def _phase_safe(spatial: SpatialTransform, kind: str) -> BasicTransform:
    """A rotation and scaling of the complex signal, or nothing but cutting out the patch."""
    if kind in INTERPOLATED_KINDS:
        return SignalSpatialTransform(spatial, kind)
    spatial.p_rotation = spatial.p_scaling = spatial.p_elastic_deform = 0.0
    return spatial


def _of_values(transform: BasicTransform) -> bool:
    """Whether a transform changes the image and nothing else: noise, blur, brightness, contrast, gamma, resolution."""
    inner = transform.transform if isinstance(transform, RandomTransform) else transform
    return isinstance(inner, ImageOnlyTransform)
