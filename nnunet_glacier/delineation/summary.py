"""What a run of ``nnunet-glacier delineate`` did, as it is told at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas

from nnunet_glacier.delineation.believability import REJECTING
from nnunet_glacier.formats.delineated_lines import (
    BETWEEN_FLAGS,
    FRONT_LAYERS,
    FRONTS_GPKG,
    DelineatedLine,
    Layer,
    as_tables,
)
from nnunet_glacier.support.wording import counted

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a run did.

    Attributes:
        out: The output folder.
        lines: The lines of all scenes in the GeoPackage.
        delineated: Names of the scenes of this run.
        kept: Names of those that were done already.
        others: Number of scenes of earlier runs in the same folder.
        undated: Number of scenes without a date.
        warnings: What to look at.
        maps: Folders of maps.
        exports: Further files of lines.
        seconds: Time that the run took.
    """

    out: Path
    lines: Sequence[DelineatedLine]
    delineated: Sequence[str]
    kept: Sequence[str]
    others: int
    undated: int
    warnings: Sequence[str]
    maps: Sequence[str]
    exports: Sequence[Path]
    seconds: float

    def table(self, layer: Layer = "fronts") -> geopandas.GeoDataFrame:
        """The lines of a layer as they stand in the GeoPackage."""
        return as_tables(self.lines)[layer]

    def __str__(self) -> str:
        """What was written, what is lacking, and what comes next."""
        told = []
        if self.delineated:
            told.append(f"Delineated {counted(len(self.delineated), 'scene')} in {self.seconds:.0f} s.")
        if self.kept:
            told.append(f"{counted(len(self.kept), 'scene was', 'scenes were')} done already and kept.")
        if self.others:
            have = counted(self.others, "scene", "scenes")
            told.append(f"{have} of earlier runs in {self.out} stay in {FRONTS_GPKG}.")
        told += self._fronts()
        if self.undated:
            have = "has" if self.undated == 1 else "have"
            of_all = f"{self.undated} of {counted(len(self.delineated) + len(self.kept), 'scene')}"
            told.append(f"{of_all} {have} no date: a table --scenes with the columns case and date gives it.")
        told += self.warnings
        exports = "".join(f", {path.relative_to(self.out)}" for path in self.exports)
        maps = ", ".join(f"{folder}/" for folder in self.maps)
        told.append(f"Written in {self.out}: {FRONTS_GPKG}, {maps}, scenes/{exports}.")
        fronts = self.out / FRONTS_GPKG
        told.append(f"Next: nnunet-glacier view {self.out} --serve, to look at the fronts and judge them;")
        told.append(f"then nnunet-glacier retreat {fronts} OUT --centreline FILE")
        return "\n".join(told)

    def _fronts(self) -> list[str]:
        fronts = [line for line in self.lines if line.layer == "fronts"]
        rejected = [line for line in self.lines if line.layer == "rejected"]
        cases = {line.case for line in self.lines if line.layer in FRONT_LAYERS}
        without = [case for case in (*self.delineated, *self.kept) if case not in cases]
        other = sum(line.layer == "other_pieces" for line in self.lines)
        km = sum(line.length_m for line in fronts) / 1000
        told = [f"{counted(len(fronts), 'front')}, {km:.1f} km; {counted(other, 'other piece')} of edge."]
        told += _flagged(fronts, rejected)
        if without:
            shown = ", ".join(without[:_SHOWN]) + (", ..." if len(without) > _SHOWN else "")
            told.append(f"Without a front: {len(without)} ({shown}).")
        return told


def _flagged(fronts: Sequence[DelineatedLine], rejected: Sequence[DelineatedLine]) -> list[str]:
    """How many fronts are doubtful, and why."""
    told = []
    doubtful = [line for line in fronts if line.flags]
    if doubtful:
        have = counted(len(doubtful), "front has", "fronts have")
        told.append(f"{have} something against {'it' if len(doubtful) == 1 else 'them'} ({_reasons(doubtful)}).")
    if rejected:
        were = counted(len(rejected), "front was", "fronts were")
        reasons = _reasons(rejected, REJECTING)
        told.append(f"{were} rejected ({reasons}): look at layer rejected, and at the zones, before you use any.")
    return told


def _reasons(lines: Sequence[DelineatedLine], of: Collection[str] | None = None) -> str:
    """The flags of some lines, the most frequent first, with their number where there are several lines."""
    flags = Counter(flag for line in lines for flag in line.flags.split(BETWEEN_FLAGS) if of is None or flag in of)
    return ", ".join(flag if len(lines) == 1 else f"{flag}: {number}" for flag, number in flags.most_common())
