"""What a conversion of interferograms tells the user at its end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from nnunet_glacier.dataset_conversion.dinsar.stage import DinsarConversion
from nnunet_glacier.dataset_conversion.writing.summary import next_commands
from nnunet_glacier.support.wording import counted


def dinsar_summary(folder: Path, conversion: DinsarConversion) -> str:
    """The closing text: cases, what was left out and why, and the next commands.

    Args:
        folder: The dataset folder.
        conversion: What was found and done.
    """
    sets = Counter(conversion.set_of.values())
    what = "patch" if conversion.options.patch_size else "scene"
    cases = counted(len(conversion.cases), what, "patches" if what == "patch" else "scenes")
    cases += f" ({sets['train']} training, {sets['validation']} validation, {sets['test']} test)"
    notes = [f"  {note}" for note in _notes(conversion)]
    if conversion.written is None:
        return "\n".join([f"{cases} can be converted; nothing was written.", *notes])
    there = len(conversion.cases) - conversion.written
    lines = [f"{folder}: {cases}; {conversion.written} written now, {there} were there already.", *notes]
    return "\n".join([*lines, *next_commands(folder)])


def _notes(conversion: DinsarConversion) -> list[str]:
    """What the user may not expect, one sentence each."""
    table, used = conversion.table, {case.interferogram.name for case in conversion.cases}
    checks = [conversion.checks[name] for name in sorted(used)]
    notes = []
    if table.n_empty:
        notes.append(
            f"{table.n_empty} of {counted(table.n_features, 'feature')} have no geometry and count for nothing."
        )
    if conversion.undrawn:
        left_out = counted(len(conversion.undrawn), "scene was", "scenes were")
        notes.append(f"{left_out} left out, since no line is drawn there.")
        named = conversion.undrawn & set(table.scenes)
        if named:
            notes.append(
                f"{len(named)} of them named without a geometry; --keep-empty keeps those as scenes without a line."
            )
    elsewhere = set(table.scenes) - set(conversion.checks) - conversion.undrawn
    if elsewhere:
        notes.append(f"The lines of {counted(len(elsewhere), 'other scene')} were not used, such as {min(elsewhere)}.")
    line, lost = sum(check.line_pixels for check in checks), sum(check.lost_pixels for check in checks)
    if lost:
        notes.append(f"{lost} of {counted(line, 'pixel')} of the lines have no signal and are ignored.")
    if {check.bands for check in checks} == {"phase"} and "mag" in conversion.options.channels:
        if conversion.options.pixel_size_m is None:
            notes.append("The scenes hold phase alone: their magnitude is 1 everywhere; --channels reim does without.")
        else:
            notes.append("The scenes hold phase alone: their magnitude is how well phases agree in a new pixel.")
    unsized = sum(check.grid is not None and check.grid.pixel_size_m() != check.grid.pixel_size_m() for check in checks)
    if unsized:
        of_size = counted(unsized, "scene has", "scenes have")
        notes.append(
            f"{of_size} no single pixel size in metres; a common grid gives one: --crs EPSG:3031 --pixel-size-m 100."
        )
    return notes
