"""What a conversion of sea ice tells the user at its end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from nnunet_glacier.dataset_conversion.sea_ice.stage import SeaIceConversion
from nnunet_glacier.dataset_conversion.writing.summary import next_commands
from nnunet_glacier.support.wording import counted

PUBLISHED_PIXEL_SIZE_M = 80
_TOLERANCE = 0.05


def sea_ice_summary(folder: Path, conversion: SeaIceConversion) -> str:
    """The closing text: cases, what was left out and why, and the next commands.

    Args:
        folder: The dataset folder.
        conversion: What was found and done.
    """
    sets = Counter(case.part.purpose for case in conversion.cases)
    cases = f"{counted(len(conversion.cases), 'case')} of {counted(len(conversion.checks), 'scene')}"
    cases += f" ({sets['train']} training, {sets['validation']} validation, {sets['test']} test)"
    notes = [f"  {note}" for note in _notes(conversion, sets)]
    if conversion.written is None:
        return "\n".join([f"{cases} can be converted; nothing was written.", *notes])
    there = len(conversion.cases) - conversion.written
    lines = [f"{folder}: {cases}; {conversion.written} written now, {there} were there already.", *notes]
    return "\n".join([*lines, *next_commands(folder)])


def _notes(conversion: SeaIceConversion, sets: Counter[str]) -> list[str]:
    """What the user may not expect, one sentence each."""
    checks = conversion.checks.values()
    notes = []
    if conversion.uncharted:
        left_out = counted(len(conversion.uncharted), "scene was", "scenes were")
        notes.append(f"{left_out} left out for want of a chart, such as {conversion.uncharted[0]}.")
    if conversion.unseen:
        unused = counted(len(conversion.unseen), "chart was", "charts were")
        notes.append(f"{unused} not used for want of a scene, such as {conversion.unseen[0]}.")
    if conversion.n_other_charts:
        notes.append(f"{counted(conversion.n_other_charts, 'other vector file')} among the charts counted for nothing.")
    if n_empty := sum(check.n_empty for check in checks):
        notes.append(f"{counted(n_empty, 'feature has', 'features have')} no geometry and count for nothing.")
    if overlap := sum(check.overlap_pixels for check in checks):
        notes.append(f"{counted(overlap, 'pixel lies', 'pixels lie')} in areas of two classes and are ignored.")
    if data := sum(check.data_pixels for check in checks):
        share = sum(check.unmapped_pixels for check in checks) / data
        notes.append(f"{share:.1%} of the pixels with data have no class (land, undetermined or unmapped): ignored.")
    if not sets["test"]:
        notes.append("There is no test scene: those are of January and July.")
    if conversion.options.folds == "half":
        notes.append("There is one fold, the published halves: train fold 0; --folds scene gives five.")
    sizes = [check.grid.pixel_size_m() for check in checks if check.grid]
    if sizes and abs(sizes[0] - PUBLISHED_PIXEL_SIZE_M) > _TOLERANCE * PUBLISHED_PIXEL_SIZE_M:
        notes.append(f"Pixels are {sizes[0]:g} m; paper 003 has {PUBLISHED_PIXEL_SIZE_M} m.")
    return notes
