"""What a conversion of interferograms tells the user at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from nnunet_glacier.dataset_conversion.dinsar.case import DinsarCase, DinsarCheck
from nnunet_glacier.dataset_conversion.dinsar.day_matching import DayMatches
from nnunet_glacier.dataset_conversion.dinsar.options import DinsarOptions
from nnunet_glacier.dataset_conversion.writing.summary import sizes_of_sets
from nnunet_glacier.support.wording import counted


def contents_of(cases: Sequence[DinsarCase], set_of: Mapping[str, str], options: DinsarOptions) -> str:
    """The cases in words: scenes or patches, and how many train, validate and test."""
    nouns = ("patch", "patches") if options.patch_size else ("scene", "scenes")
    return f"{counted(len(cases), *nouns)} {sizes_of_sets(set_of.values())}"


def notes_on(
    cases: Sequence[DinsarCase],
    checks: Mapping[str, DinsarCheck],
    matches: DayMatches,
    undrawn: frozenset[str],
    options: DinsarOptions,
) -> list[str]:
    """What the user may not expect, one sentence each.

    Args:
        cases: All cases.
        checks: What was seen in every scene that was looked at.
        matches: The lines that were read, and what was matched by day.
        undrawn: Scenes that were left out since nothing is drawn for them.
        options: The options.
    """
    table = matches.table
    used = {case.interferogram.name for case in cases}
    converted = [checks[name] for name in sorted(used)]
    notes = []
    if table.n_empty:
        notes.append(
            f"{table.n_empty} of {counted(table.n_features, 'feature')} have no geometry and count for nothing."
        )
    if undrawn:
        left_out = counted(len(undrawn), "scene was", "scenes were")
        notes.append(f"{left_out} left out, since no line is drawn there, such as {min(undrawn)}.")
        named = undrawn & set(table.scenes)
        if named:
            notes.append(
                f"{len(named)} of them named without a geometry; --keep-empty keeps those as scenes without a line."
            )
    elsewhere = {name: lines for name, lines in table.scenes.items() if lines.has_line and name not in checks}
    used_lines = sum(len(table.scenes[name].parts) for name in checks if name in table.scenes)
    unused = table.n_features - table.n_empty - used_lines - len(matches.undecided)
    unused += sum(lines.raster is not None for lines in elsewhere.values())
    if unused:
        are = counted(unused, "line was", "lines were")
        notes.append(
            f"{are} not used, being of no scene here" + (f", such as of {min(elsewhere)}." if elsewhere else ".")
        )
    line, lost = sum(check.line_pixels for check in converted), sum(check.lost_pixels for check in converted)
    if lost:
        notes.append(f"{lost} of {counted(line, 'pixel')} of the lines have no signal and are ignored.")
    if {check.bands for check in converted} == {"phase"} and "mag" in options.channels:
        if options.pixel_size_m is None:
            notes.append("The scenes hold phase alone: their magnitude is 1 everywhere; --channels reim does without.")
        else:
            notes.append("The scenes hold phase alone: their magnitude is how well phases agree in a new pixel.")
    unsized = [check.grid for check in converted if check.grid is not None and math.isnan(check.grid.pixel_size_m)]
    if placed := sum(grid.placed for grid in unsized):
        of_size = counted(placed, "scene has", "scenes have")
        notes.append(
            f"{of_size} no single pixel size in metres; a common grid gives one: --crs EPSG:3031 --pixel-size-m 100."
        )
    if nowhere := len(unsized) - placed:
        have = counted(nowhere, "scene has", "scenes have")
        notes.append(f"{have} no place on the map, and no pixel size in metres.")
    return notes


def day_notes(matches: DayMatches) -> list[str]:
    """What was matched by day, and what suits several scenes."""
    notes = []
    if matches.n_matched:
        are = counted(matches.n_matched, "line was", "lines were")
        notes.append(f"{are} matched to scenes by the days of the acquisitions and by place.")
    if matches.undecided:
        name, scenes = matches.undecided[0]
        are = counted(len(matches.undecided), "line suits", "lines suit")
        notes.append(f"{are} several scenes and were left out, such as {name}: {', '.join(scenes[:3])}.")
    if matches.table.categories:
        notes.append(f"Category of the lines: {', '.join(sorted(matches.table.categories))}.")
    return notes
