"""The presets of ``nnunet-glacier plan``: what they set in nnU-Net's 2-D configuration and how long they train."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from nnunet_glacier.domain.labels import LABEL_SPACES, LabelSpace


@dataclass(frozen=True)
class Preset:
    """What a preset sets; None leaves nnU-Net's own choice.

    Attributes:
        name: Name of the preset.
        num_epochs: Epochs of a training.
        num_iterations_per_epoch: Training batches per epoch.
        num_val_iterations_per_epoch: Batches of the online evaluation at an epoch's end; None for nnU-Net's 50.
        initial_lr: Learning rate of SGD at the start; None for nnU-Net's 0.01, which is set for long trainings.
        adam_lr: That of trainers with Adam; None for their own.
        adam_lr_share: Of their own, which they take without one; None for all of it.
        momentum: Momentum of SGD; None for nnU-Net's 0.99, which averages over 100 iterations.
        patch_size: Patch (rows, columns) in pixels.
        batch_size: Patches per batch, over all devices.
        features: Feature maps of the first stage, doubled at each further one.
        max_features: Upper bound of the doubling.
        stages: Encoder stages; the decoder has one less.
        spacing: Edge of the pixels that the network sees, as a multiple of the dataset's; nnU-Net resamples scenes to
            it and probabilities back.
        seed: Seed of the trainings that our trainers make with the plans; None to draw anew in each.
        shrink_patch: Whether a patch larger than the median image is cut to it, as in nnU-Net's own planning;
            otherwise nnU-Net pads smaller images to the patch.
        fit_stages: Whether a patch that cannot be halved often enough gets fewer stages; otherwise it is refused.
        network: ``zhang``: the five-layer U-Net of Zhang et al. (2019) with its 5x5 kernels; None for nnU-Net's.
        preparation: The options of ``convert`` that belong to the preset, written into the plans as text; None where
            any will do.
        trainers: Those of the published rows, in their order; None for the trainer that fits the dataset.
        by_labels: What of all this depends on what the dataset's labels mean; None where nothing does.
    """

    name: str
    num_epochs: int
    num_iterations_per_epoch: int
    num_val_iterations_per_epoch: int | None = None
    initial_lr: float | None = None
    adam_lr: float | None = None
    adam_lr_share: float | None = None
    momentum: float | None = None
    patch_size: tuple[int, int] | None = None
    batch_size: int | None = None
    features: int | None = None
    max_features: int | None = None
    stages: int | None = None
    spacing: float | None = None
    seed: int | None = None
    shrink_patch: bool = False
    fit_stages: bool | None = None
    network: Literal["zhang"] | None = None
    preparation: str | None = None
    trainers: tuple[str, ...] | None = None
    by_labels: Callable[[LabelSpace], Mapping[str, Any]] | None = None


LAPTOP = Preset(
    name="laptop",
    num_epochs=6,
    num_iterations_per_epoch=60,
    num_val_iterations_per_epoch=5,
    initial_lr=0.1,
    momentum=0.9,
    patch_size=(128, 128),
    batch_size=4,
    features=8,
    max_features=128,
    stages=6,
    shrink_patch=True,
)
"""A fold in about a minute on two cores, for scenes of 200 to 300 pixels; its few steps must be long, and
each must count at once."""

REAL_CAFFE_256 = Preset(
    name="real-caffe-256",
    num_epochs=40,
    num_iterations_per_epoch=50,
    num_val_iterations_per_epoch=5,
    initial_lr=0.1,
    momentum=0.9,
    patch_size=(128, 128),
    batch_size=4,
    features=8,
    max_features=128,
    stages=5,
    spacing=2,
)
"""For CaFFe's scenes resized to 256x256 pixels: a patch shows the whole scene at half of its resolution, so that two
cores see four times as many scenes in an hour. The shipped model's networks were trained with it, by
nnUNetTrainerGlacierSensorEfficientNetFrontWeight and -Curriculum, whose learning rate is the trainers'."""

ADAPTATION = Preset(
    name="adaptation",
    num_epochs=40,
    num_iterations_per_epoch=20,
    num_val_iterations_per_epoch=1,
    initial_lr=0.01,
    adam_lr_share=0.3,
    momentum=0.9,
)
"""The schedule of ``nnunet-glacier adapt``; the network is the model's, whose plans say the rest. It is no preset of
``plan``."""

SERIES_ADAPTATION = replace(ADAPTATION, num_epochs=10, adam_lr_share=0.1)
"""That for labels of ``convert series``, which are a network's: a longer training learns their errors."""

PAPER = Preset(
    name="paper",
    num_epochs=500,
    num_iterations_per_epoch=250,
    patch_size=(1024, 896),
    batch_size=2,
    features=32,
    max_features=512,
    stages=9,
)
"""Herrmann et al. (2023, Sect. 4.3) with their smaller patch for all labels, so that fused labels, late and early
branching differ by labels and network alone; `HERRMANN_2023` takes the larger one where there is one output."""


def _davari_zones(space: LabelSpace) -> Mapping[str, Any]:
    """Zones have a larger batch, another preparation and trainers of their own."""
    if any(task.thin for task in space.tasks):
        return {}
    trainers = tuple(f"nnUNetTrainerDavari2021Zones{rule}Stopping" for rule in ("BCE", "MCC"))
    preparation = "convert caffe --labels ice --denoise median --denoise-area-m2 2500"
    return {"batch_size": 20, "trainers": trainers, "preparation": preparation}


DAVARI_2021 = Preset(
    name="davari-2021",
    num_epochs=500,
    num_iterations_per_epoch=250,
    patch_size=(256, 256),
    batch_size=15,
    features=32,
    max_features=512,
    stages=5,
    network="zhang",
    preparation="convert caffe --labels front --front-width 5 --denoise median --denoise-area-m2 2500",
    trainers=(
        "nnUNetTrainerDavari2021BCEStopping",
        "nnUNetTrainerDavari2021MCCStopping",
        "nnUNetTrainerDavari2021WeightedBCE",
        "nnUNetTrainerDavari2021DistanceMapBCEk1",
        "nnUNetTrainerDavari2021DistanceMapBCE",
        "nnUNetTrainerDavari2021DistanceMapBCEk025",
    ),
    by_labels=_davari_zones,
)
"""Davari et al. (2021, Sect. IV-B): patches of 256x256, 15 of lines or 20 of zones.

How long an epoch and a training are is not said, and the training ends by its rule: an epoch has nnU-Net's 250 batches
of training and 50 of validation, and there are 500 at most. The window of the median filter is not said either: it is
that of Holzmann et al. (2021), from the same group and in part on the same images."""

HOLZMANN_2021 = Preset(
    name="holzmann-2021",
    num_epochs=300,
    num_iterations_per_epoch=144,
    num_val_iterations_per_epoch=10,
    patch_size=(512, 512),
    batch_size=5,
    features=32,
    max_features=512,
    stages=5,
    network="zhang",
    preparation="convert caffe --labels front --front-width 6 --denoise median --denoise-area-m2 2500 --pad-square "
    "--resize 512",
    trainers=tuple(
        f"nnUNetTrainerHolzmann2021{gates}{loss}"
        for loss in ("BCE", "WBCE4", "WBCE8", "WBCE16")
        for gates in ("", "Attention")
    ),
)
"""Holzmann et al. (2021, Sect. III-B): whole images of 512x512, five to a batch.

An epoch is once through the paper's 144 training images, each with a flip and three turns, and its 50 for validation;
300 epochs at most are the default of their code."""


def _herrmann_labels(space: LabelSpace) -> Mapping[str, Any]:
    """Each kind of label is a row; several outputs leave memory for a smaller patch."""
    rows = ("fused", "front", "zones", "multitask", "boundary")
    labels = next((labels for labels in rows if LABEL_SPACES[labels].names == space.names), None)
    own: dict[str, Any] = {} if labels is None else {"preparation": f"convert caffe --labels {labels}"}
    if len(space.tasks) == 1:
        return own
    # The boundary is a task of the late-branching network alone (Sect. 4.2).
    branchings = ("Late",) if labels == "boundary" else ("Late", "Early")
    trainers = tuple(f"nnUNetTrainerGlacier{branching}" for branching in branchings)
    return {"patch_size": (1024, 896), "trainers": trainers, **own}


HERRMANN_2023 = replace(
    PAPER,
    name="herrmann-2023",
    patch_size=(1280, 1024),
    preparation="convert caffe --labels fused",
    trainers=("nnUNetTrainerGlacier",),
    by_labels=_herrmann_labels,
)
"""Herrmann et al. (2023, Sect. 4.3 and Table A2): 1280x1024 for one label and 1024x896 for several, as printed.

Whether fused labels are one label or two there, the paper does not say; its tables list them as multi-task. The smaller
patch is for the GPU's memory, of which they take hardly more than zones do, and so they count as one here; with
``--patch-size 1024 896``, or in the preset ``paper``, they count as two. The learning rate is the 0.01 of Sect. 4.3,
which is nnU-Net's; Table A5 prints 0.001."""

PIRES_DE_LIMA_2023 = Preset(
    name="pires-de-lima-2023",
    num_epochs=500,
    num_iterations_per_epoch=42,
    num_val_iterations_per_epoch=10,
    patch_size=(1000, 1000),
    batch_size=24,
    features=32,
    max_features=512,
    stages=4,
    preparation="convert sea-ice --pixel-size-m 80",
    trainers=tuple(f"nnUNetTrainerPiresDeLima2023{loss}" for loss in ("CE", "Dice", "Focal")),
)
"""Pires de Lima et al. (2023, Sect. 2 and 3): 1000x1000 pixels of 80 m, 24 to a batch.

An epoch is once through 100 patches of each of the ten scenes that train. The paper validates on whole half scenes;
here it is ten batches. Length is not said, and the training ends by its rule: 500 epochs at most. The network is the
trainers' own; that of the plans is for others. Ice of an undetermined type, of which the paper says nothing, is neither
learnt nor scored; the authors' code takes it for water, which is ``convert sea-ice --undetermined water``.

Outputs of the paper come of "a single pass for full images" (Sect. 3). Here ``predict`` takes scenes in tiles of the
patch's size that overlap by half and count most in their middle, as nnU-Net does; they are not mirrored, since the
trainers mirror nothing, so that ``--no-mirroring`` changes nothing. An output depends on about 600 pixels to each side:
nearly everywhere a tile has less to go by than the whole scene. With ``--tile-step 1`` most pixels would be
seen once, but those at a tile's edge from one side alone: the step stays a half."""

GATTOLIN = Preset(
    name="gattolin",
    num_epochs=500,
    num_iterations_per_epoch=250,
    patch_size=(256, 256),
    batch_size=25,
    features=32,
    max_features=512,
    stages=5,
    preparation="convert dinsar --channels phase_mag --patch-size 256 --split-by-patch --folds split",
    trainers=tuple(f"nnUNetTrainerGattolin{network}" for network in ("UNet", "AttentionUNet", "UNetPlusPlus")),
)
"""Gattolin (Sect. 2.2): 25 patches of 256x256, or of 128x128 with ``--patch-size 128 128``, for up to 500 epochs.

The dataset is cut into patches of that size before, and these are divided 70/15/15 into training, validation and test,
so that patches of one scene, which overlap, are on all sides: this leaks, and is what the report describes (Sect. 2.1).
Without ``--split-by-patch`` scenes are divided. All models share one training and one validation set, which is
``--folds split``. An epoch has nnU-Net's 250 batches, where the report goes once through its patches. The networks are
the trainers' own, of five stages; that of the plans is for others. The threshold is not 1/2: ``sweep`` chooses it on
the validation set by the mean Dice, among the report's 17 (Sect. 3.1)."""

DEFAULT = Preset(name="default", num_epochs=1000, num_iterations_per_epoch=250)
"""nnU-Net's own choice, with its schedule written out."""

_OF_PAPERS = (DAVARI_2021, HOLZMANN_2021, HERRMANN_2023, PIRES_DE_LIMA_2023, GATTOLIN)

PRESETS = {preset.name: preset for preset in (LAPTOP, REAL_CAFFE_256, PAPER, *_OF_PAPERS, DEFAULT)}
"""The presets by name."""


def with_overrides(preset: Preset, **settings: Any) -> Preset:
    """A preset with the settings that are not None replaced.

    A patch that was asked for is never shrunk, and gets as many stages as fit unless their number was asked for too.
    Where the preset's dataset is cut into patches, it is cut into such.

    >>> with_overrides(PAPER, batch_size=4, stages=None).batch_size
    4
    """
    given = {key: value for key, value in settings.items() if value is not None}
    if "patch_size" in given:
        given["shrink_patch"] = False
        given["fit_stages"] = "stages" not in given
        if preset.preparation:
            edge = max(given["patch_size"])
            given["preparation"] = re.sub(r"(?<=--patch-size )\d+", str(edge), preset.preparation)
    return replace(preset, **given)


def settled(preset: Preset, space: LabelSpace) -> Preset:
    """A preset with what depends on the labels decided.

    >>> from nnunet_glacier.domain.labels import LABEL_SPACES
    >>> [settled(HERRMANN_2023, LABEL_SPACES[labels]).patch_size for labels in ("front", "multitask")]
    [(1280, 1024), (1024, 896)]
    """
    return preset if preset.by_labels is None else replace(preset, **preset.by_labels(space), by_labels=None)
