"""Reviews get into ``fronts.gpkg``: a front that is rejected stands in the layer ``rejected``, any other in ``fronts``.

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

from nnunet_glacier.formats.delineated_lines import FRONT_LAYERS, read_fronts
from nnunet_glacier.formats.geopackage_tables import in_order_of, replace_rows, rows_of
from nnunet_glacier.formats.layer_styles import STYLES_TABLE
from nnunet_glacier.formats.line_reviews import NOTE, SAVE_AGAIN, SUMMARY, Review, fingerprint
from nnunet_glacier.formats.map_layers import refuse_in_use
from nnunet_glacier.lines.ground_lengths import line_length_m
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import write_whole

# The first layer is what many programs read unasked: the order of the layers stays.
_LISTS = ("gpkg_contents", "gpkg_geometry_columns")

_SAME = 1e-6
"""Of the unit of the CRS, up to which two vertices are one."""


def apply_reviews(path: Path, reviews: Sequence[Review], crs: str) -> None:
    """Write reviews into the GeoPackage, whole or not at all.

    The front's ``status`` and ``reviewed_by`` are set and it is moved to the layer it belongs to. Of a line that was
    drawn anew ``length_m`` is measured; how sure the networks were of the old one (``mean_probability``,
    ``uncertainty_m``, ``prolonged_m``, the layer ``prolonged``) says nothing about it and is removed.

    Args:
        path: The ``.gpkg`` file.
        reviews: At most one for a scene.
        crs: CRS of their lines.

    Raises:
        InputError: With everything that is wrong: a scene without a front, one that is another since it was looked at,
            a line that has no place in the file's CRS; or if the file is open in another program.
    """
    refuse_in_use(path)
    read_fronts(path)
    layers: dict[str, _Rows] = {layer: _Rows.read(path, layer) for layer in (*FRONT_LAYERS, "prolonged")}
    lines, problems = _placed(reviews, crs, layers["fronts"].crs)
    for review in reviews:
        problems += _faults(review, layers, lines.get(review.case))
    if problems:
        raise InputError(problems, SUMMARY, NOTE)
    fronts = pd.concat([layers[layer].frame for layer in FRONT_LAYERS], ignore_index=True)
    edited = set(lines)
    for review in reviews:
        rows = fronts.index[fronts["case"] == review.case]
        fronts.loc[rows, ["status", "reviewed_by"]] = [review.status, review.reviewed_by]
        if review.case in edited:
            _redraw(fronts, rows[0], lines[review.case], layers["fronts"].crs)
    rejected = _is_rejected(fronts, layers, {review.case for review in reviews})
    prolonged = layers["prolonged"].frame
    changed = {"fronts": fronts[~rejected], "rejected": fronts[rejected]}
    if edited:
        changed["prolonged"] = prolonged[~prolonged["case"].isin(edited)]

    def write(temporary: Path) -> None:
        shutil.copyfile(path, temporary)
        styles, listed = rows_of(temporary, STYLES_TABLE), [rows_of(temporary, name) for name in _LISTS]
        for layer, frame in changed.items():
            layers[layer].write(temporary, layer, frame)
        replace_rows(temporary, STYLES_TABLE, styles)
        for name, before in zip(_LISTS, listed, strict=True):
            replace_rows(temporary, name, in_order_of(before, rows_of(temporary, name)))

    write_whole(path, write)


def _placed(reviews: Sequence[Review], crs: str, target: str) -> tuple[dict[str, LineString], list[Problem]]:
    """The lines that were drawn anew in the CRS of the file, by case."""
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    drawn = {review.case: review.line for review in reviews if review.line is not None}
    try:
        transform = Transformer.from_crs(crs, target, always_xy=True).transform if crs != target else None
    except ProjError:
        what = f"the CRS of their lines, {crs[:80]!r}, is not known"
        return {}, [Problem("reviews", what, SAVE_AGAIN)] if drawn else []
    lines, problems = {}, []
    for case, line in drawn.items():
        xy = shapely.get_coordinates(line)
        lines[case] = LineString(xy if transform is None else np.column_stack(transform(xy[:, 0], xy[:, 1])))
        if not np.isfinite(shapely.get_coordinates(lines[case])).all():
            problems.append(Problem(case, "the line that was drawn has no place on the map", "Draw it again"))
    return lines, problems


def _faults(review: Review, layers: Mapping[str, _Rows], drawn: LineString | None) -> list[Problem]:
    frames = [layers[layer].frame for layer in FRONT_LAYERS]
    now = [line for frame in frames for line in frame.loc[frame["case"] == review.case, "geometry"]]
    if not now:
        return [Problem(review.case, "it has no front that could be judged", "Write the page anew")]
    # A review that was taken over already is no other one.
    is_drawn = drawn is not None and len(now) == 1 and shapely.equals_exact(now[0], drawn, _SAME)
    if review.seen and review.seen != fingerprint(now) and not is_drawn:
        return [Problem(review.case, "its front is another one since it was looked at", "Load the page again")]
    if review.line is not None and len(now) > 1:
        return [Problem(review.case, f"its front is of {len(now)} lines", "Edit it in QGIS")]
    return []


def _redraw(fronts: pd.DataFrame, row: int, line: LineString, crs: str) -> None:
    fronts.at[row, "geometry"] = line
    fronts.at[row, "length_m"] = line_length_m(line, crs)
    fronts.at[row, "prolonged_m"] = 0.0
    fronts.loc[row, ["mean_probability", "uncertainty_m"]] = np.nan


def _is_rejected(fronts: pd.DataFrame, layers: Mapping[str, _Rows], cases: set[str]) -> np.ndarray:
    """Which fronts belong into the layer ``rejected``: those that were judged by their status, others as before."""
    before = np.arange(len(fronts)) >= len(layers["fronts"].frame)
    judged = fronts["case"].isin(cases).to_numpy()
    return np.where(judged, (fronts["status"] == "rejected").to_numpy(), before)


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
