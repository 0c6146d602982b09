"""What a conversion of sea ice tells the user at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnunet_glacier.dataset_conversion.sea_ice.case import IceCase, IceCheck
from nnunet_glacier.dataset_conversion.sea_ice.options import SeaIceOptions
from nnunet_glacier.dataset_conversion.writing.summary import sizes_of_sets
from nnunet_glacier.support.wording import counted

PUBLISHED_PIXEL_SIZE_M = 80
_TOLERANCE = 0.05


@dataclass(frozen=True)
class Unused:
    """What was given and not used.

    Attributes:
        scenes: Times of scenes without a chart.
        charts: Times of charts without a scene.
        n_other_files: Vector files that are no charts by their name.
    """

    scenes: tuple[str, ...]
    charts: tuple[str, ...]
    n_other_files: int


def contents_of(cases: Sequence[IceCase], checks: Mapping[str, IceCheck]) -> str:
    """The cases in words: of how many scenes, and how many train, validate and test."""
    cases_of = f"{counted(len(cases), 'case')} of {counted(len(checks), 'scene')}"
    return f"{cases_of} {sizes_of_sets(case.part.purpose for case in cases)}"


def notes_on(
    cases: Sequence[IceCase], checks: Mapping[str, IceCheck], unused: Unused, options: SeaIceOptions
) -> list[str]:
    """What the user may not expect, one sentence each.

    Args:
        cases: All cases.
        checks: What was seen in every scene that was looked at, by time.
        unused: What was left out.
        options: The options.
    """
    notes = []
    if unused.scenes:
        left_out = counted(len(unused.scenes), "scene was", "scenes were")
        notes.append(f"{left_out} left out for want of a chart, such as {unused.scenes[0]}.")
    if unused.charts:
        left_over = counted(len(unused.charts), "chart was", "charts were")
        notes.append(f"{left_over} not used for want of a scene, such as {unused.charts[0]}.")
    if unused.n_other_files:
        notes.append(f"{counted(unused.n_other_files, 'other vector file')} among the charts counted for nothing.")
    if n_empty := sum(check.n_empty for check in checks.values()):
        notes.append(f"{counted(n_empty, 'feature has', 'features have')} no geometry and count for nothing.")
    if overlap := sum(check.overlap_pixels for check in checks.values()):
        notes.append(f"{counted(overlap, 'pixel lies', 'pixels lie')} in areas of two classes and are ignored.")
    if data := sum(check.data_pixels for check in checks.values()):
        share = sum(check.unmapped_pixels for check in checks.values()) / data
        notes.append(f"{share:.1%} of the pixels with data have no class (land, undetermined or unmapped): ignored.")
    if not any(case.part.purpose == "test" for case in cases):
        notes.append("There is no test scene: those are of January and July.")
    if options.folds == "half":
        notes.append("There is one fold, the published halves: train fold 0; --folds scene gives five.")
    notes += _resampling_notes(list(checks.values()), options.pixel_size_m)
    sizes = [check.grid.pixel_size_m for check in checks.values() if check.grid]
    if sizes and abs(sizes[0] - PUBLISHED_PIXEL_SIZE_M) > _TOLERANCE * PUBLISHED_PIXEL_SIZE_M:
        notes.append(f"Pixels are {sizes[0]:g} m; Pires de Lima et al. (2023) have {PUBLISHED_PIXEL_SIZE_M} m.")
    return notes


def _resampling_notes(checks: Sequence[IceCheck], pixel_size_m: float | None) -> list[str]:
    """How many scenes have other pixels now, and which of them were coarser than that."""
    if pixel_size_m is None:
        return []
    own_m = [check.own_pixel_size_m for check in checks if not math.isclose(check.own_pixel_size_m, pixel_size_m)]
    if not own_m:
        return [f"All scenes have pixels of {pixel_size_m:g} m already; none was resampled."]
    before = f"{min(own_m):g} m" if min(own_m) == max(own_m) else f"{min(own_m):g} to {max(own_m):g} m"
    notes = [f"{counted(len(own_m), 'scene was', 'scenes were')} resampled from {before} to {pixel_size_m:g} m."]
    if coarser := sum(size > pixel_size_m for size in own_m):
        scenes = counted(coarser, "of them has", "of them have")
        notes.append(f"{scenes} larger pixels than asked for: interpolation adds no detail.")
    return notes
