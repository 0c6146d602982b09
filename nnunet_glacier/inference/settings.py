"""What a prediction is made with: the options of the command, and what of them is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from nnunet_glacier.domain.choices import CheckpointName, ProbabilityType
from nnunet_glacier.formats.model import Model
from nnunet_glacier.support.errors import Problem


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``nnunet-glacier predict``.

    Attributes:
        folds: Folds to use; None for all that are present.
        checkpoint: ``final`` or ``best``.
        device: ``auto``, ``cuda``, ``cuda:1``, ``mps`` or ``cpu``.
        mirroring: Whether to average over mirrored tiles, along the axes the model was trained to mirror.
        tile_step: Step of the sliding window as a fraction of the tile, in ``(0, 1]``.
        probabilities: Type of the probabilities to write, or None.
        spread: Whether to write the standard deviation over folds.
        nodata: Value of pixels without data in images that declare none: zones are NA there and nowhere else; None to
            leave it to the network; ``model`` for that of the model, in 8-bit images.
        overwrite: Whether to predict again what is there; cases that are not given stay if nothing else has changed.
        workers: Threads that read ahead and write behind; None for two beside a GPU and one beside a CPU.
    """

    folds: tuple[str, ...] | None = None
    checkpoint: CheckpointName = "final"
    device: str = "auto"
    mirroring: bool = True
    tile_step: float = 0.5
    probabilities: ProbabilityType | None = None
    spread: bool = False
    nodata: float | Literal["model"] | None = "model"
    overwrite: bool = False
    workers: int | None = None

    def problems(self) -> list[Problem]:
        """What is wrong with the values."""
        problems = tile_step_problems(self.tile_step, "--tile-step")
        if self.workers is not None and self.workers < 1:
            problems.append(Problem("--workers", f"{self.workers} is less than 1", "Give at least 1"))
        return problems

    def problems_with(self, model: Model, *, has_regions: bool) -> list[Problem]:
        """What the model cannot do."""
        if not self.spread:
            return []
        if has_regions:
            return [Problem("--spread", "the model's labels are overlapping regions", "Leave --spread out")]
        if len(model.folds) < 2:
            return [Problem("--spread", f"one fold ({model.folds[0]}) has no spread", "Use two folds or more")]
        return []


def tile_step_problems(tile_step: float, name: str) -> list[Problem]:
    """A problem if the step of the sliding window is no fraction of the tile; `name` is what the user calls it."""
    if 0 < tile_step <= 1:
        return []
    return [Problem(name, f"{tile_step} is not in (0, 1]", "nnU-Net's default is 0.5")]


def recorded_settings(model: Model, options: Options) -> dict[str, Any]:
    """What decides the content of the files, as it stands in ``prediction.json``; the device is not in it."""
    return {
        "trainer": model.trainer,
        "plans": model.plans.get("plans_name"),
        "configuration": model.configuration,
        "checkpoint": model.checkpoint,
        "folds": list(model.folds),
        **{f"sha256_of_fold_{fold}": digest for fold, digest in model.checkpoint_sha256().items()},
        "mirroring": options.mirroring,
        "tile_step": options.tile_step,
        "probabilities": options.probabilities,
        "spread": options.spread,
        **nodata_settings(model, options),
    }


def nodata_settings(model: Model, options: Options) -> dict[str, Any]:
    """The value of pixels without data under its name in `ImageFormat` and in the record; empty where there is none."""
    if options.nodata == "model":
        return {} if model.nodata is None else {"nodata_in_8_bit": model.nodata}
    return {} if options.nodata is None else {"nodata": options.nodata}
