"""Lines that somebody has judged stay as they are when scenes are delineated into the same folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from nnunet_glacier.delineation.line_places import known_with
from nnunet_glacier.delineation.record import told_of_scene
from nnunet_glacier.formats.delineated_lines import (
    FRONTS,
    DelineatedLine,
    LineFile,
    in_crs,
    replaced_by_review,
    reviewed_lines,
)
from nnunet_glacier.support.errors import InputError, Problem


def review_problems(out: Path, file: LineFile) -> list[Problem]:
    """Why it cannot be told which lines in an output folder were judged; nothing where there are none."""
    path = out / file.name
    try:
        if path.is_file():
            reviewed_lines(path, file)
    except InputError as error:
        away = "or move the file away: lines that were judged in it are not taken over then"
        return [replace(problem, remedy=f"{problem.remedy}; {away}") for problem in error.problems]
    return []


def keep_reviewed(
    out: Path, lines: Sequence[DelineatedLine], anew: Collection[str] = (), file: LineFile = FRONTS
) -> list[DelineatedLine]:
    """The lines with those that were judged in the place of those of the networks.

    Args:
        out: The output folder, whose GeoPackage says which were judged.
        lines: The lines of all scenes.
        anew: Scenes whose lines are to be those of the networks, whatever was said of them.
        file: Which GeoPackage it is.

    Returns:
        The lines by the names of their scenes. Of a line that was judged all stays but what is known of its scene:
        glacier, day, sensor, image and passes. What lacks of one that was drawn by hand the scene's record tells.

    Raises:
        InputError: If the GeoPackage cannot be read.
    """
    path = out / file.name
    judged = reviewed_lines(path, file) if path.is_file() else {}
    kept = {case: of_case for case, of_case in judged.items() if case not in anew}
    by_case: dict[str, list[DelineatedLine]] = {case: [] for case in {*kept, *(line.case for line in lines)}}
    for line in lines:
        by_case[line.case].append(line)
    for case, of_case in kept.items():
        others = [line for line in by_case[case] if line.layer not in replaced_by_review(file)]
        by_case[case] = [*(_of_scene(_completed(line, out), by_case[case]) for line in of_case), *others]
    return [line for case in sorted(by_case) for line in by_case[case]]


def _completed(judged: DelineatedLine, out: Path) -> DelineatedLine:
    """A line that was judged, whose empty columns are filled with what the record of its scene tells."""
    known, seen_at_m = told_of_scene(out, judged.case)
    lacking = {name: value for name, value in known.items() if not getattr(judged, name)}
    return replace(judged, pixel_size_m=judged.pixel_size_m or seen_at_m, **lacking)


def _of_scene(judged: DelineatedLine, now: Sequence[DelineatedLine]) -> DelineatedLine:
    """A line that was judged with what is known of its scene now, in the CRS of the scene."""
    if not now:
        return judged
    known = now[0]
    xy = tuple((float(x), float(y)) for x, y in in_crs(judged, known.crs).coords)
    return replace(judged, xy=xy, crs=known.crs, **known_with(known))
