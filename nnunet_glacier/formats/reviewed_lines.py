"""Reviews get into a GeoPackage: a line that is rejected stands in the layer ``rejected``, any other in the first one.

All else in the file stays: further layers, columns that were added by hand and their types, and the styles.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from shapely import LineString

from nnunet_glacier.formats.antimeridian import vertices_in
from nnunet_glacier.formats.delineated_lines import FRONTS, LineFile, read_delineated
from nnunet_glacier.formats.geopackage_tables import (
    LayerTable,
    add_columns,
    delete_rows,
    geometry_cell,
    in_type_of,
    layer_table,
    move_row,
    note_change,
    open_rows,
    update_row,
)
from nnunet_glacier.formats.line_reviews import NOTE, SAVE_AGAIN, SUMMARY, Review, fingerprint
from nnunet_glacier.lines.ground_lengths import line_length_m
from nnunet_glacier.support.databases import copy_database, refuse_in_use
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.support.locks import locked

_READ = ("case", "status", "rank", "length_m")

_COLUMNS = {"status": "TEXT", "reviewed_by": "TEXT", "length_m": "REAL", "prolonged_m": "REAL"}
"""What a review sets, in a file that lacks it too."""

_OF_THE_NETWORKS = ("mean_probability", "uncertainty_m", "position_uncertainty_m")
"""How sure the networks were of a line."""

_SAME = 1e-6
"""Of the unit of the CRS, up to which two vertices are one."""


def apply_reviews(path: Path, reviews: Sequence[Review], crs: str, file: LineFile = FRONTS) -> list[str]:
    """Write reviews into the GeoPackage, whole or not at all; no other run changes it meanwhile (`locked`).

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
            a line that has no place in the file's CRS; or if the file is open in another program, or a run has been
            writing it for long.
    """
    refuse_in_use(path)
    read_delineated(path, file)
    with locked(path):
        return _apply(path, reviews, crs, file)


def _apply(path: Path, reviews: Sequence[Review], crs: str, file: LineFile) -> list[str]:
    """As `apply_reviews`, while nobody else changes the file."""
    read = {layer: _read(path, layer) for layer in file.judged}
    frames, systems = [frame for frame, _ in read.values()], [system for _, system in read.values()]
    main_crs = systems[0]
    drawn, problems = _placed(reviews, crs, main_crs)
    if len(set(systems)) > 1:
        what = f"its layers {' and '.join(file.judged)} have different CRS"
        problems.append(Problem(path, what, "Save them in one CRS"))
    lines = pd.concat(frames, ignore_index=True)
    meant = [_meant(review, lines, line, file) for review, line in zip(reviews, drawn, strict=True)]
    for review, line, rows in zip(reviews, drawn, meant, strict=True):
        problems += _faults(review, lines, rows, line, file)
    if problems:
        raise InputError(problems, SUMMARY, NOTE)
    before = lines.copy()
    cells = _judged(lines, reviews, drawn, meant, main_crs)
    rejected = _is_rejected(lines, len(frames[0]), set(cells))
    lines["layer"] = np.where(rejected, "rejected", file.main)
    if file.several and "rank" in lines:
        _rank_anew(lines, rejected, {review.case for review in reviews})
        for row in lines.index[lines["rank"].notna() & (lines["rank"] != before["rank"])]:
            cells.setdefault(int(row), {})["rank"] = int(lines["rank"][row])
    edited = {review.case for review in reviews if review.line is not None}
    try:
        write_whole(path, lambda temporary: _write(path, temporary, before, lines, cells, edited, file))
    except sqlite3.Error as error:
        what = f"its database refuses the change ({error})"
        remedy = "Take that rule out of it, or make room if the disk is full"
        raise InputError([Problem(path, what, remedy)], SUMMARY, NOTE) from None
    return [fingerprint(lines["geometry"][rows]) for rows in meant]


def _read(path: Path, layer: str) -> tuple[pd.DataFrame, str]:
    """What is asked of the lines of a layer, with their keys, and its CRS."""
    meta, keys, geometry, columns = pyogrio.raw.read(path, layer=layer, columns=list(_READ), return_fids=True)
    frame = pd.DataFrame({name: pd.Series(values) for name, values in zip(meta["fields"], columns, strict=True)})
    frame["geometry"] = pd.Series(shapely.from_wkb(geometry), dtype=object)
    for name in ("status", "length_m"):
        if name not in frame:
            frame[name] = pd.Series(np.nan, index=frame.index, dtype=object if name == "status" else float)
    frame["layer"], frame["key"] = layer, keys
    return frame, str(meta["crs"])


def _write(
    path: Path,
    temporary: Path,
    before: pd.DataFrame,
    lines: pd.DataFrame,
    cells: Mapping[int, Mapping[str, Any]],
    edited: set[str],
    file: LineFile,
) -> None:
    """Change a copy of the file; the geometries in ``lines`` become what their layers hold."""
    copy_database(path, temporary)
    with open_rows(temporary) as database:
        layers: dict[str, LayerTable] = {layer: layer_table(database, layer) for layer in file.layers}
        for row, of_row in cells.items():
            source, target = (layers[table["layer"][row]] for table in (before, lines))
            needed = {name: declared for name, declared in _COLUMNS.items() if name in of_row}
            if source != target:
                needed |= source.columns
            target = layers[target.name] = add_columns(database, target, needed)
            key = int(lines["key"][row])
            if source.name != target.name:
                key = move_row(database, source, target, key)
            lines.at[row, "geometry"] = shape = in_type_of(target, lines["geometry"][row])
            values = {name: value for name, value in of_row.items() if target.has(name)}
            if shape is not before["geometry"][row] or source.srs_id != target.srs_id:
                values[target.geometry] = geometry_cell(target, shape)
            update_row(database, target, key, values)
        if "prolonged" in layers:
            delete_rows(database, layers["prolonged"], "case", edited)
        for layer in (layer for layer in layers if layer in (*file.judged, "prolonged")):
            note_change(database, layers[layer])


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


def _is_same(line: Any, drawn: LineString | None) -> bool:
    """Whether a line, of one part in whatever type its layer holds it, is the one that was drawn."""
    parts = shapely.get_parts(shapely.force_2d(line))
    return drawn is not None and len(parts) == 1 and bool(shapely.equals_exact(parts[0], drawn, _SAME))


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


def _judged(
    lines: pd.DataFrame,
    reviews: Sequence[Review],
    drawn: Sequence[LineString | None],
    meant: Sequence[Sequence[int]],
    crs: str,
) -> dict[int, dict[str, Any]]:
    """The cells that reviews set, by row; what the table of lines knows of them is set in it."""
    cells: dict[int, dict[str, Any]] = {}
    for review, line, rows in zip(reviews, drawn, meant, strict=True):
        lines.loc[rows, "status"] = review.status
        for row in rows:
            cells[row] = {"status": review.status, "reviewed_by": review.reviewed_by}
        if line is not None:
            length_m = line_length_m(line, crs)
            lines.at[rows[0], "geometry"] = line
            lines.at[rows[0], "length_m"] = length_m
            cells[rows[0]] |= {"length_m": length_m, "prolonged_m": 0.0, **dict.fromkeys(_OF_THE_NETWORKS)}
    return cells


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
