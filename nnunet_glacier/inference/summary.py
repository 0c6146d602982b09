"""What a run of ``nnunet-glacier predict`` did, as it is told at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nnunet_glacier.domain.labels import GROUNDING_LINE
from nnunet_glacier.formats.model import Model
from nnunet_glacier.inference.outputs import OutputPlan
from nnunet_glacier.support.wording import counted, quoted


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a run did.

    Attributes:
        plan: Which files each case got.
        model: The model.
        device: The device.
        predicted: Cases predicted in this run.
        skipped: Cases that were complete already.
        left_out: Images in the folders whose ending the model does not take.
        other_dtypes: Types of pixels that differ from the model's 8-bit images, with the number of images.
        other_pixel_sizes_m: Pixel sizes of images that are far from those that the model learned from.
        without_data: Number of images with pixels without data, and the share of these among the images' pixels.
        nodata_in_8_bit: The model's own value of pixels without data, where images of 8 bits were read by it.
        on_cpu: Cases accumulated on the CPU for want of device memory.
        seconds: Time to load the model, predict and write.
    """

    plan: OutputPlan
    model: Model
    device: str
    predicted: tuple[str, ...]
    skipped: tuple[str, ...]
    left_out: tuple[Path, ...]
    other_dtypes: dict[str, int]
    other_pixel_sizes_m: tuple[float, ...]
    without_data: tuple[int, float]
    nodata_in_8_bit: int | None
    on_cpu: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        """What was written, what was not as usual, and which commands come next."""
        out, model = self.plan.out, self.model
        lines = []
        if self.predicted:
            images = counted(len(self.predicted), "image")
            folds = f"{counted(len(model.folds), 'fold')} ({', '.join(model.folds)})"
            lines.append(f"Predicted {images} with {folds} on {self.device} in {self.seconds:.0f} s:")
            lines += [f"  {folder}" for folder in self.plan.folders]
        if self.skipped:
            lines.append(
                f"{counted(len(self.skipped), 'image was', 'images were')} complete in {out} already: skipped."
            )
        if model.left_out:
            lines.append(f"Folds without {model.checkpoint}, left out: {', '.join(model.left_out)}.")
        if model.unpickled:
            fold, reason = next(iter(model.unpickled.items()))
            lines.append(
                f"Loaded without weights_only, in the way that can run code: {counted(len(model.unpickled), 'fold')} "
                f"({', '.join(model.unpickled)}); of fold {fold}, {reason}."
            )
        if self.left_out:
            lines.append(
                f"{counted(len(self.left_out), 'image')} with another ending left out, such as {self.left_out[0].name}."
            )
        if self.on_cpu:
            lines.append(f"{counted(len(self.on_cpu), 'image')} accumulated on the CPU for want of device memory.")
        for dtype, count in self.other_dtypes.items():
            images = counted(count, "image")
            lines.append(
                f"{images} of type {dtype}: normalised by own values, but the model learned from 8-bit "
                f"{model.file_ending} images; look at the result."
            )
        if self.other_pixel_sizes_m and model.pixel_size_m is not None:
            images = counted(len(self.other_pixel_sizes_m), "image has", "images have")
            lines.append(
                f"{images} pixels of {_from_to(self.other_pixel_sizes_m)} m on the ground, but the model learned from "
                f"{_from_to(model.pixel_size_m)} m; 'nnunet-glacier delineate' brings scenes to the model's size."
            )
        count, share = self.without_data
        if count:
            images = counted(count, "image has", "images have")
            whose, zones = "its" if count == 1 else "their", ", NA in zones" if "zones" in self.plan.maps else ""
            lines.append(f"{images} pixels without data, {share:.2%} of {whose} pixels: 0 in every map{zones}.")
            if self.nodata_in_8_bit is not None:
                lines.append(
                    f"By the model, {self.nodata_in_8_bit} in 8-bit images that declare nothing counts as such; where "
                    "it is a dark value, predict with --nodata none."
                )
        if set(self.plan.maps) & {"zones", "front"}:
            lines.append(
                f"Next: nnunet-glacier fronts {quoted(out)} OUT, or nnunet-glacier evaluate {quoted(out)} DATASET OUT"
            )
        elif self.plan.space is not None and GROUNDING_LINE.name in self.plan.space.names:
            lines.append(
                f"Next: nnunet-glacier lines {quoted(out)} OUT, or nnunet-glacier evaluate {quoted(out)} DATASET OUT"
            )
        return "\n".join(lines)


def _from_to(sizes: Sequence[float]) -> str:
    """The least and the greatest of numbers, or the one that all round to."""
    return " to ".join(dict.fromkeys(f"{size:.3g}" for size in (min(sizes), max(sizes))))
