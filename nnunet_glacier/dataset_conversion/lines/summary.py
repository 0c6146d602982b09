"""What a conversion of anybody's scenes tells the user at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import shapely

from nnunet_glacier.dataset_conversion.lines.case import LinesCase, LinesCheck
from nnunet_glacier.dataset_conversion.scenes.placed_images import PlacedImage
from nnunet_glacier.dataset_conversion.writing.splits import Folds
from nnunet_glacier.formats.map_features import MapFeatures, Matched
from nnunet_glacier.support.wording import counted

LISTED = 5
"""Up to so many features of no scene are named one by one."""


def notes_on(
    images: Mapping[str, PlacedImage],
    read: MapFeatures,
    matched: Matched,
    cases: Sequence[LinesCase],
    checks: Sequence[LinesCheck],
) -> list[str]:
    """What the user may not expect, one sentence each."""
    notes = []
    undrawn = sorted(set(images) - set(matched.of_scene))
    if undrawn:
        are = counted(len(undrawn), "scene is", "scenes are")
        notes.append(f"{are} left out, since nothing is drawn there: {_some(undrawn)}.")
    if matched.left_out:
        count = counted(len(matched.left_out), "feature belongs", "features belong")
        notes.append(f"{count} to no scene, or not to one alone:")
        notes += [f"  {where}: {why}." for where, why in matched.left_out[:LISTED]]
        if len(matched.left_out) > LISTED:
            notes.append(f"  and {len(matched.left_out) - LISTED} more.")
    if matched.n_other_days:
        notes.append(f"{counted(matched.n_other_days, 'feature is', 'features are')} of days without a scene there.")
    if read.n_empty:
        notes.append(f"{counted(read.n_empty, 'feature has', 'features have')} no geometry and count for nothing.")
    if read.n_rejected:
        notes.append(f"{counted(read.n_rejected, 'rejected feature')} left out.")
    notes += _crossing(cases)
    notes += _unreviewed(cases)
    line, lost = (sum(getattr(check, name) for check in checks) for name in ("line_pixels", "lost_pixels"))
    if lost:
        pixels = counted(line + lost, "pixel")
        notes.append(f"Of {pixels} of the lines {counted(lost, 'lies', 'lie')} without data or outside --area.")
    overlaps = sum(check.overlap_pixels for check in checks)
    if overlaps:
        notes.append(f"{counted(overlaps, 'pixel lies', 'pixels lie')} in areas of two zones and are ignored.")
    nameless = sum(not case.scene.glacier for case in cases)
    if nameless:
        have = counted(nameless, "scene has", "scenes have")
        notes.append(f"{have} no glacier, so that none is kept apart: complete 'nnunet-glacier scenes'.")
    undated = sum(case.scene.date is None for case in cases)
    if undated:
        notes.append(f"{counted(undated, 'scene has', 'scenes have')} no date.")
    shared = {case.scene.glacier for case in cases if case.scene.split == "train"} & {
        case.scene.glacier for case in cases if case.scene.split == "test"
    }
    if shared - {""}:
        notes.append(f"{_some(sorted(shared - {''}))} trains and tests: scores say nothing of glaciers not seen.")
    return notes


def _crossing(cases: Sequence[LinesCase]) -> list[str]:
    """Which lines cross themselves, as a slip of the hand makes them."""
    lines = [feature for case in cases for feature in case.drawn.features if not feature.is_area]
    crossing = [line.where for line in lines if not shapely.is_simple(line.geometry)]
    if not crossing:
        return []
    cross = counted(len(crossing), "line crosses itself", "lines cross themselves")
    return [f"{cross}, and a loop may be labelled as the wrong side: look at {_some(crossing)}."]


def _unreviewed(cases: Sequence[LinesCase]) -> list[str]:
    """How many labels are of lines that nobody has reviewed, among those whose files have a column for that."""
    told = [[one.reviewed for one in case.drawn.features if one.reviewed is not None] for case in cases]
    unreviewed = sum(not all(reviewed) for reviewed in told)
    if not unreviewed:
        return []
    labels = counted(sum(map(bool, told)), "label whose file tells", "labels whose files tell")
    return [f"Nobody has reviewed {unreviewed} of the {labels}: judge the lines with 'nnunet-glacier view' first."]


def fold_notes(folds: Folds) -> list[str]:
    """A sentence where the only fold validates on what it trains with."""
    if len(folds) == 1 and folds[0]["train"] == folds[0]["val"]:
        return ["The only fold validates on the scenes that it trains with: too few days or glaciers for others."]
    return []


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
