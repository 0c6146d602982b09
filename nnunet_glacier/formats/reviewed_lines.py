"""Reviews get into a GeoPackage: a line that is rejected stands in the layer ``rejected``, any other in the first one.

All else in the file stays: further layers and columns that were added by hand, and the styles.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import shapely
from shapely import LineString

from nnunet_glacier.formats.antimeridian import vertices_in
from nnunet_glacier.formats.delineated_lines import FRONTS, LineFile, read_delineated
from nnunet_glacier.formats.geopackage_tables import in_order_of, replace_rows, rows_of
from nnunet_glacier.formats.layer_styles import STYLES_TABLE
from nnunet_glacier.formats.line_reviews import NOTE, SAVE_AGAIN, SUMMARY, Review, fingerprint
from nnunet_glacier.formats.map_layers import refuse_in_use
from nnunet_glacier.lines.ground_lengths import line_length_m
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import write_whole

# The first layer is what many programs read unasked: the order of the layers stays.
_LISTS = ("gpkg_contents", "gpkg_geometry_columns")

_OF_THE_NETWORKS = ("mean_probability", "uncertainty_m", "position_uncertainty_m")
"""How sure the networks were of a line."""

_SAME = 1e-6
"""Of the unit of the CRS, up to which two vertices are one."""


def apply_reviews(path: Path, reviews: Sequence[Review], crs: str, file: LineFile = FRONTS) -> list[str]:
    """Write reviews into the GeoPackage, whole or not at all.

    The line's ``status`` and ``reviewed_by`` are set and it is moved to the layer it belongs to; ``rank`` follows. Of a
    line that was drawn anew ``length_m`` is measured; how sure the networks were of the old one
    (its uncertainties, ``mean_probability``, ``prolonged_m``, the layer ``prolonged``) says nothing about it and is
    removed.

    Args:
        path: The ``.gpkg`` file.
        reviews: At most one for a line.
        crs: CRS of their lines.
        file: The kind of the GeoPackage.

    Returns:
        For each review the `fingerprint` of its line as it is now.

    Raises:
        InputError: With everything that is wrong: a scene without a line, one that is another since it was looked at,
            a line that has no place in the file's CRS; or if the file is open in another program.
    """
    refuse_in_use(path)
    read_delineated(path, file)
    further = [layer for layer in file.layers if layer == "prolonged"]
    layers: dict[str, _Rows] = {layer: _Rows.read(path, layer) for layer in (*file.judged, *further)}
    main = layers[file.main]
    drawn, problems = _placed(reviews, crs, main.crs)
    lines = pd.concat([layers[layer].frame for layer in file.judged], ignore_index=True)
    meant = [_meant(review, lines, line, file) for review, line in zip(reviews, drawn, strict=True)]
    for review, line, rows in zip(reviews, drawn, meant, strict=True):
        problems += _faults(review, lines, rows, line, file)
    if problems:
        raise InputError(problems, SUMMARY, NOTE)
    for review, line, rows in zip(reviews, drawn, meant, strict=True):
        lines.loc[rows, ["status", "reviewed_by"]] = [review.status, review.reviewed_by]
        if line is not None:
            _redraw(lines, rows[0], line, main.crs)
    rejected = _is_rejected(lines, len(main.frame), {row for rows in meant for row in rows})
    if file.several and "rank" in lines:
        _rank_anew(lines, rejected, {review.case for review in reviews})
    changed = {file.main: lines[~rejected], "rejected": lines[rejected]}
    edited = {review.case for review in reviews if review.line is not None}
    for layer in further:
        if edited:
            frame = layers[layer].frame
            changed[layer] = frame[~frame["case"].isin(edited)]

    def write(temporary: Path) -> None:
        shutil.copyfile(path, temporary)
        styles, listed = rows_of(temporary, STYLES_TABLE), [rows_of(temporary, name) for name in _LISTS]
        for layer, frame in changed.items():
            layers[layer].write(temporary, layer, frame)
        replace_rows(temporary, STYLES_TABLE, styles)
        for name, before in zip(_LISTS, listed, strict=True):
            replace_rows(temporary, name, in_order_of(before, rows_of(temporary, name)))

    write_whole(path, write)
    return [fingerprint(lines["geometry"][rows]) for rows in meant]


def _placed(reviews: Sequence[Review], crs: str, target: str) -> tuple[list[LineString | None], list[Problem]]:
    """The lines that were drawn anew in the CRS of the file, None where none was."""
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    nothing: list[LineString | None] = [None] * len(reviews)
    if all(review.line is None for review in reviews):
        return nothing, []
    try:
        to_target = Transformer.from_crs(crs, target, always_xy=True) if crs != target else None
    except ProjError:
        what = f"the CRS of their lines, {crs[:80]!r}, is not known"
        return nothing, [Problem("reviews", what, SAVE_AGAIN)]
    lines, problems = nothing, []
    for number, review in enumerate(reviews):
        if review.line is None:
            continue
        xy = shapely.get_coordinates(review.line)
        line = LineString(xy if to_target is None else vertices_in(xy, to_target))
        if not np.isfinite(shapely.get_coordinates(line)).all():
            problems.append(Problem(review.case, "the line that was drawn has no place on the map", "Draw it again"))
        lines[number] = line
    return lines, problems


def _meant(review: Review, lines: pd.DataFrame, drawn: LineString | None, file: LineFile) -> list[int]:
    """The rows of the line that a review is about: of a front all of its scene's, else the one that was seen."""
    rows = [int(row) for row in lines.index[lines["case"] == review.case] if _has_line(lines["geometry"][row])]
    if not file.several or (not review.seen and len(rows) == 1):
        return rows
    seen = [row for row in rows if fingerprint([lines["geometry"][row]]) == review.seen]
    return seen[:1] or [row for row in rows if _is_same(lines["geometry"][row], drawn)][:1]


def _has_line(geometry: object) -> bool:
    return geometry is not None and not shapely.is_empty(geometry)


def _is_same(line: object, drawn: LineString | None) -> bool:
    return drawn is not None and bool(shapely.equals_exact(line, drawn, _SAME))


def _faults(
    review: Review, lines: pd.DataFrame, rows: Sequence[int], drawn: LineString | None, file: LineFile
) -> list[Problem]:
    now = list(lines["geometry"][list(rows)])
    of_case = lines["geometry"][lines["case"] == review.case]
    if not any(map(_has_line, of_case)):
        return [Problem(review.case, f"it has no {file.noun} that could be judged", "Write the page anew")]
    if not now and not review.seen:
        what = f"it has {len(of_case)} {file.noun}s, and the review does not tell which one it is about"
        return [Problem(review.case, what, SAVE_AGAIN)]
    # A review that was taken over already is no other one.
    is_drawn = len(now) == 1 and _is_same(now[0], drawn)
    if not now or (review.seen and review.seen != fingerprint(now) and not is_drawn):
        return [Problem(review.case, f"its {file.noun} is another one since it was looked at", "Load the page again")]
    if review.line is not None and len(now) > 1:
        return [Problem(review.case, f"its {file.noun} is of {len(now)} lines", "Edit it in QGIS")]
    return []


def _redraw(lines: pd.DataFrame, row: int, line: LineString, crs: str) -> None:
    lines.at[row, "geometry"] = line
    lines.at[row, "length_m"] = line_length_m(line, crs)
    lines.at[row, "prolonged_m"] = 0.0
    lines.loc[row, lines.columns.intersection(_OF_THE_NETWORKS)] = np.nan


def _is_rejected(lines: pd.DataFrame, n_believed: int, judged: set[int]) -> np.ndarray:
    """Which lines belong into the layer ``rejected``: those that were judged by their status, others as before."""
    before = np.arange(len(lines)) >= n_believed
    return np.where(lines.index.isin(judged), (lines["status"] == "rejected").to_numpy(), before)


def _rank_anew(lines: pd.DataFrame, rejected: np.ndarray, cases: set[str]) -> None:
    """Number the lines of some scenes in each of the two layers, the longest first."""
    ranks, lengths_m = lines["rank"].to_numpy(copy=True), lines["length_m"].to_numpy()
    for case in cases:
        for layer in (rejected, ~rejected):
            rows = np.flatnonzero(layer & (lines["case"] == case).to_numpy())
            ranks[rows[np.argsort(-lengths_m[rows], kind="stable")]] = np.arange(1, len(rows) + 1)
    lines["rank"] = ranks


@dataclass(frozen=True)
class _Rows:
    """A layer with the types that its columns have in the file."""

    frame: pd.DataFrame
    types: Mapping[str, np.dtype]
    crs: str
    geometry_type: str

    @classmethod
    def read(cls, path: Path, layer: str) -> _Rows:
        meta, _, geometry, columns = pyogrio.raw.read(path, layer=layer)
        names = list(meta["fields"])
        frame = pd.DataFrame({name: pd.Series(values) for name, values in zip(names, columns, strict=True)})
        frame["geometry"] = pd.Series(shapely.from_wkb(geometry), dtype=object)
        if "reviewed_by" not in frame:
            frame["reviewed_by"] = pd.Series("", index=frame.index, dtype=object)
        types = {name: values.dtype for name, values in zip(names, columns, strict=True)}
        return cls(frame, types, str(meta["crs"]), str(meta["geometry_type"]))

    def write(self, path: Path, layer: str, frame: pd.DataFrame) -> None:
        """Replace the layer of a GeoPackage."""
        names = [name for name in frame.columns if name != "geometry"]
        columns = [frame[name].to_numpy() for name in names]
        # A frame has no days: what was read as such is written as such.
        typed = [
            column.astype(self.types[name]) if name in self.types else column
            for name, column in zip(names, columns, strict=True)
        ]
        pyogrio.raw.write(
            path,
            shapely.to_wkb(frame["geometry"].to_numpy()),
            [_without_nan(column) for column in typed],
            names,
            layer=layer,
            crs=self.crs,
            driver="GPKG",
            geometry_type=self.geometry_type,
        )


def _without_nan(column: np.ndarray) -> np.ndarray:
    if column.dtype != object:
        return column
    return np.array([None if pd.isna(value) else value for value in column], dtype=object)
