"""What a run of ``nnunet-glacier delineate`` did, as it is told at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas

from nnunet_glacier.delineation.kind_of_line import KindOfLine
from nnunet_glacier.formats.delineated_folder import SKIPPED_CSV
from nnunet_glacier.formats.delineated_lines import (
    BETWEEN_FLAGS,
    DelineatedLine,
    Layer,
    as_tables,
)
from nnunet_glacier.support.errors import Problem, skipped_lines
from nnunet_glacier.support.wording import counted

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a run did.

    Attributes:
        out: The output folder.
        kind: The kind of line.
        lines: The lines of all scenes in the GeoPackage.
        delineated: Names of the scenes of this run.
        kept: Names of those that were done already.
        outside: Names of those beside the area, which were left out.
        skipped: Why scenes that cannot be used were left out.
        others: Number of scenes of earlier runs in the same folder.
        undated: Number of scenes without a date.
        warnings: What to look at.
        maps: Folders of maps.
        exports: Further files of lines.
        seconds: Time that the run took.
    """

    out: Path
    kind: KindOfLine
    lines: Sequence[DelineatedLine]
    delineated: Sequence[str]
    kept: Sequence[str]
    outside: Sequence[str]
    skipped: Sequence[Problem]
    others: int
    undated: int
    warnings: Sequence[str]
    maps: Sequence[str]
    exports: Sequence[Path]
    seconds: float

    def table(self, layer: Layer | None = None) -> geopandas.GeoDataFrame:
        """The lines of a layer as they stand in the GeoPackage; by default those that are believed."""
        return as_tables(self.lines, self.kind.file)[layer or self.kind.file.main]

    def __str__(self) -> str:
        """What was written, what is lacking, and what comes next."""
        told = []
        if self.delineated:
            told.append(f"Delineated {counted(len(self.delineated), 'scene')} in {self.seconds:.0f} s.")
        if self.kept:
            told.append(f"{counted(len(self.kept), 'scene was', 'scenes were')} done already and kept.")
        if self.outside:
            lie = counted(len(self.outside), "scene lies", "scenes lie")
            told.append(f"{lie} outside the area, left out ({_some(self.outside)}).")
        if self.others:
            have = counted(self.others, "scene", "scenes")
            told.append(f"{have} of earlier runs in {self.out} stay in {self.kind.file.name}.")
        told += self._lines()
        if self.undated:
            have = "has" if self.undated == 1 else "have"
            of_all = f"{self.undated} of {counted(len(self.delineated) + len(self.kept), 'scene')}"
            told.append(f"{of_all} {have} no date: a table --scenes with the columns case and date gives it.")
        told += self.warnings
        exports = "".join(f", {path.relative_to(self.out)}" for path in self.exports)
        maps = ", ".join(f"{folder}/" for folder in self.maps)
        told.append(f"Written in {self.out}: {self.kind.file.name}, {maps}, scenes/{exports}.")
        told += self.kind.next_steps(self.out)
        told += skipped_lines(self.skipped, f"{self.out / SKIPPED_CSV}")
        return "\n".join(told)

    def _lines(self) -> list[str]:
        file, noun = self.kind.file, self.kind.noun
        believed = [line for line in self.lines if line.layer == file.main]
        rejected = [line for line in self.lines if line.layer == "rejected"]
        cases = {line.case for line in self.lines if line.layer in file.judged}
        without = [case for case in (*self.delineated, *self.kept) if case not in cases]
        km = sum(line.length_m for line in believed) / 1000
        counts = f"{counted(len(believed), noun)}, {km:.1f} km"
        if "other_pieces" in file.layers:
            other = sum(line.layer == "other_pieces" for line in self.lines)
            counts += f"; {counted(other, 'other piece')} of edge"
        told = [f"{counts}.", *_flagged(believed, rejected, self.kind)]
        if without:
            told.append(f"Without a {noun}: {len(without)} ({_some(without)}).")
        return told


def _some(cases: Sequence[str]) -> str:
    """The first names of scenes."""
    return ", ".join(cases[:_SHOWN]) + (", ..." if len(cases) > _SHOWN else "")


def _flagged(believed: Sequence[DelineatedLine], rejected: Sequence[DelineatedLine], kind: KindOfLine) -> list[str]:
    """How many lines are doubtful, and why."""
    told, noun = [], kind.noun
    doubtful = [line for line in believed if line.flags]
    if doubtful:
        have = counted(len(doubtful), f"{noun} has", f"{noun}s have")
        told.append(f"{have} something against {'it' if len(doubtful) == 1 else 'them'} ({_reasons(doubtful)}).")
    if rejected:
        were = counted(len(rejected), f"{noun} was", f"{noun}s were")
        reasons = _reasons(rejected, kind.rejecting)
        maps = " and ".join(kind.maps.names(with_spread=False)[:1]).replace("_", " ")
        told.append(f"{were} rejected ({reasons}): look at layer rejected, and at the {maps}, before you use any.")
    return told


def _reasons(lines: Sequence[DelineatedLine], of: Collection[str] | None = None) -> str:
    """The flags of some lines, the most frequent first, with their number where there are several lines."""
    flags = Counter(flag for line in lines for flag in line.flags.split(BETWEEN_FLAGS) if of is None or flag in of)
    return ", ".join(flag if len(lines) == 1 else f"{flag}: {number}" for flag, number in flags.most_common())
