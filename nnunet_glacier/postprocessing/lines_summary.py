"""What a run of ``nnunet-glacier lines`` found, as it is told at the end and recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nnunet_glacier.formats.line_table import LINES_GEOPACKAGE, CaseLines, class_of, dates_of, length_m_of
from nnunet_glacier.postprocessing.case_scenes import undated_remarks
from nnunet_glacier.support.wording import counted, quoted


def record_of(case: CaseLines) -> dict[str, Any]:
    """A case's entry in ``lines.json``."""
    return {
        "lines": len(case.lines),
        "closed": sum(line.closed for line in case.lines),
        "length_m": sum(length_m_of(case, line) for line in case.lines),
        "pixel_size_m": case.scene.pixel_size_m,
        "crs": case.crs or None,
        "source": case.source,
    }


def closing(out: Path, cases: Sequence[CaseLines], layers: Sequence[str], others: Sequence[Path]) -> str:
    """What was found and written, what was not as usual, and which commands come next."""
    classes = Counter(class_of(case, line) for case in cases for line in case.lines)
    counts = ", ".join(counted(count, name) for name, count in sorted(classes.items())) or "no line"
    length_km = sum(length_m_of(case, line) for case in cases for line in case.lines) / 1000
    text = [f"{counted(len(cases), 'case')}, {counts}, {length_km:.1f} km."]
    empty = [case.scene.case for case in cases if not case.lines]
    if empty:
        text.append(f"Without a line: {len(empty)} ({', '.join(empty[:5])}{', ...' if len(empty) > 5 else ''}).")
    text += undated_remarks([case.scene.date or next(iter(dates_of(case.scene)), None) for case in cases])
    unplaced = sum(not case.crs for case in cases)
    if unplaced:
        without = counted(unplaced, "case has", "cases have")
        text.append(f"{without} no map coordinates: lines without them are in pixels, with y = -row.")
    if any(line.mean_probability is None for case in cases for line in case.lines):
        text.append("Without probabilities: 'mean_probability' is empty ('predict --probabilities uint8' writes them).")
    files = ", ".join(path.relative_to(out).as_posix() for path in others)
    text.append(f"Written in {out}: {LINES_GEOPACKAGE} (layer {', '.join(layers)}), {files}.")
    text.append(
        f"Next: open the GeoPackage in a GIS, or 'nnunet-glacier evaluate {quoted(out)} DATASET SCORES' scores these "
        "lines."
    )
    return "\n".join(text)
