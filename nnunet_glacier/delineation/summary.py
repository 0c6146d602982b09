"""What a run of ``nnunet-glacier delineate`` did, as it is told at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas

from nnunet_glacier.delineation.kind_of_line import KindOfLine
from nnunet_glacier.formats.delineated_folder import RECORDS, SKIPPED_CSV
from nnunet_glacier.formats.delineated_lines import (
    BETWEEN_FLAGS,
    DelineatedLine,
    Layer,
    as_tables,
)
from nnunet_glacier.support.errors import InputError, Problem, skipped_lines
from nnunet_glacier.support.wording import counted, some_of


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
        undated: Names of the scenes without a date.
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
    undated: Sequence[str]
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
            told.append(f"{lie} outside the area, left out ({some_of(self.outside)}).")
        if self.others:
            have = counted(self.others, "scene", "scenes")
            told.append(f"{have} of earlier runs in {self.out} stay in {self.kind.file.name}.")
        told += self._lines()
        if self.undated:
            have = "has" if len(self.undated) == 1 else "have"
            of_all = f"{len(self.undated)} of {counted(len(self.delineated) + len(self.kept), 'scene')}"
            gives = "a row with case and date in a table --scenes gives it"
            told.append(f"{of_all} {have} no date ({some_of(self.undated)}): {gives}.")
        told += self.warnings
        exports = "".join(f", {path.relative_to(self.out)}" for path in self.exports)
        folders = [f"{folder}/" for folder in (*self.maps, RECORDS) if (self.out / folder).is_dir()]
        told.append(f"Written in {self.out}: {', '.join((self.kind.file.name, *folders))}{exports}.")
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
            told.append(f"Without a {noun}: {len(without)} ({some_of(without)}).")
        return told


class UnfinishedError(InputError):
    """Scenes that could not be delineated, after the others were.

    Attributes:
        done: What was done.
        total: Number of scenes of the run.
    """

    def __init__(self, problems: Sequence[Problem], done: Summary, total: int) -> None:
        whole = len(done.delineated) + len(done.kept)
        what = f"{counted(len(problems), 'scene')} of {total} could not be delineated"
        super().__init__(problems, what, f"the other {whole} are in {done.out / done.kind.file.name}")
        self.done, self.total = done, total

    def __reduce__(self) -> tuple[Any, ...]:
        """How it comes back whole from another process."""
        return type(self), (self.problems, self.done, self.total)

    def __str__(self) -> str:
        """What was done, and then what was not."""
        return f"{self.done}\n{super().__str__()}"


def _flagged(believed: Sequence[DelineatedLine], rejected: Sequence[DelineatedLine], kind: KindOfLine) -> list[str]:
    """How many lines are doubtful, and why; what a person has judged is told apart."""
    told, noun = [], kind.noun
    doubtful = [line for line in believed if line.flags and not line.reviewed_by]
    if doubtful:
        have = counted(len(doubtful), f"{noun} has", f"{noun}s have")
        told.append(f"{have} something against {'it' if len(doubtful) == 1 else 'them'} ({_reasons(doubtful)}).")
    by_itself = [line for line in rejected if not line.reviewed_by]
    by_hand = len(rejected) - len(by_itself)
    if by_itself:
        were = counted(len(by_itself), f"{noun} was", f"{noun}s were")
        reasons = _reasons(by_itself, kind.rejecting)
        maps = " and ".join(kind.maps.names(with_spread=False)[:1]).replace("_", " ")
        told.append(f"{were} rejected ({reasons}): look at layer rejected, and at the {maps}, before you use any.")
    if by_hand:
        were = counted(by_hand, f"{noun} was", f"{noun}s were")
        told.append(f"{were} rejected by a person.")
    return told


def _reasons(lines: Sequence[DelineatedLine], of: Collection[str] | None = None) -> str:
    """The flags of some lines, the most frequent first, with their number where there are several lines."""
    flags = Counter(flag for line in lines for flag in line.flags.split(BETWEEN_FLAGS) if of is None or flag in of)
    return ", ".join(flag if len(lines) == 1 else f"{flag}: {number}" for flag, number in flags.most_common())
