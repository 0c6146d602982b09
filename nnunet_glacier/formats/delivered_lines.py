"""Lines as ``fronts`` and ``lines`` deliver them, by case, for scoring them themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.affinity import affine_transform

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.dated_lines import holds_no_fronts
from nnunet_glacier.formats.line_days import cell_text
from nnunet_glacier.formats.line_table import LINES_GEOPACKAGE
from nnunet_glacier.formats.vector_tables import VECTOR_SUFFIXES, read_vector_tables
from nnunet_glacier.lines.front_pieces import to_pixels
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

CASE = "case"


@dataclass(frozen=True)
class DeliveredLines:
    """The lines of all cases of a file.

    Attributes:
        file: The file.
        lines: Case to its lines, each with its CRS as WKT, or "" where it is in pixels with y = -row.
    """

    file: Path
    lines: Mapping[str, tuple[tuple[str, Any], ...]]


def scorable_lines(path: Path) -> Path | None:
    """The file of lines that a path stands for, or None where it stands for maps.

    A vector file is one; of a folder it is that of ``lines``. A folder of ``fronts`` holds masks too, which are scored
    in its place, as published: give its file to score the lines.
    """
    if path.is_file() and path.suffix.lower() in VECTOR_SUFFIXES:
        return path
    return path / LINES_GEOPACKAGE if (path / LINES_GEOPACKAGE).is_file() else None


def open_delivered_lines(file: Path) -> DeliveredLines:
    """The lines of a file with a column ``case``; layers of other lines than fronts are left out.

    Raises:
        InputError: If it cannot be read, a layer has no column ``case``, or features are no lines or name no case.
    """
    lines: dict[str, list[tuple[str, Any]]] = {}
    problems = []
    for layer, table in read_vector_tables(file, "lines").items():
        if holds_no_fronts(layer) or "geometry" not in table:
            continue
        if CASE not in table.columns:
            remedy = "Give what 'fronts' or 'lines' wrote, or add the column with the scenes' names"
            problems.append(Problem(f"{file}, layer {layer}", f"it has no column {CASE!r}", remedy))
            continue
        crs = table.crs.to_wkt() if table.crs is not None and not layer.endswith("_pixels") else ""
        for case, geometry in zip(table[CASE], table.geometry, strict=True):
            if geometry is None or geometry.is_empty:
                continue
            if shapely.get_dimensions(geometry) != 1:
                problems.append(
                    Problem(f"{file}, layer {layer}", f"case {case} has a {geometry.geom_type}", "Give lines")
                )
            name = cell_text(case)
            if not name:
                what = f"a line has nothing in its column {CASE!r}"
                problems.append(Problem(f"{file}, layer {layer}", what, "Name its scene there, or take it out"))
            lines.setdefault(name, []).append((crs, shapely.force_2d(geometry)))
    if problems:
        raise InputError(list(dict.fromkeys(problems)), "The lines cannot be read")
    return DeliveredLines(file, {case: tuple(of) for case, of in lines.items()})


def lines_in_pixels(lines: tuple[tuple[str, Any], ...], scene: Scene) -> list[Any]:
    """Lines in a scene's pixel coordinates ``(column, row)``, from the corner of its first pixel.

    Raises:
        GlacierError: If lines are on the map and the scene is not.
    """
    moved = []
    for crs, line in lines:
        if not crs:
            moved.append(affine_transform(line, (1, 0, 0, -1, 0, 0)))
            continue
        if not scene.crs or scene.affine is None:
            raise GlacierError("its lines are on the map, and its scene has no CRS and affine in the dataset")
        moved.append(_to_pixels(line, crs, scene))
    return moved


def _to_pixels(line: Any, crs: str, scene: Scene) -> Any:
    from pyproj import CRS, Transformer

    if not CRS.from_user_input(crs).equals(CRS.from_user_input(scene.crs), ignore_axis_order=True):
        transformer = Transformer.from_crs(crs, scene.crs, always_xy=True)
        line = shapely.transform(line, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))
    assert scene.affine is not None
    return to_pixels(line, scene.affine)
