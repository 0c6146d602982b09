"""Where CaFFe's scenes lie on the map: its table ``meta_data.csv``, and the affine that its bounds give."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.map_sizes import read_shapes
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.wording import counted

META_DATA_CSV = "meta_data.csv"

Bounds = tuple[str, tuple[float, float, float, float]]
"""CRS, and left, bottom, right and top in it."""

_BOUNDS = re.compile(r"left=([-\d.eE+]+), bottom=([-\d.eE+]+), right=([-\d.eE+]+), top=([-\d.eE+]+)")


def read_meta_data(path: Path) -> dict[str, Bounds]:
    """CRS and bounds of every stem in CaFFe's ``meta_data.csv``.

    The table is separated by semicolons, in latin-1, with stray quotes and blanks in its header; columns are found by
    what their cells hold, not by their names.

    Returns:
        Stem to ``(CRS, (left, bottom, right, top))`` in the CRS's units.

    Raises:
        InputError: If a row names an image but has no readable bounds or CRS, or a CRS that does not exist; all such
            rows at once.
    """
    places: dict[str, Bounds] = {}
    problems = []
    with path.open(encoding="latin-1", newline="") as handle:
        # Quotes are not paired in the published table: taken as such, one would swallow the rows after it.
        for number, cells in enumerate(csv.reader(handle, delimiter=";", quoting=csv.QUOTE_NONE), start=1):
            cells = [cell.strip().strip("\"'").strip() for cell in cells]
            name = next((cell for cell in cells if cell.endswith("_geo.tif")), None)
            if name is None:
                continue
            bounds = _bounds(cells)
            crs = next((match[0] for cell in cells if (match := re.search(r"EPSG:\d+", cell))), None)
            if bounds is None or crs is None:
                what = f"{name} has no readable {'BoundingBox(...)' if bounds is None else 'EPSG code'}"
                problems.append(Problem(f"{path}, line {number}", what, "Correct the line or leave the file out"))
                continue
            places[name.removesuffix("_geo.tif")] = (crs, bounds)
    problems += _crs_problems(path, {stem: crs for stem, (crs, _) in places.items()})
    if problems:
        raise InputError(problems, "The georeferencing table cannot be read")
    return places


def _crs_problems(path: Path, crs_of: Mapping[str, str]) -> list[Problem]:
    """CRSs of the table that do not exist, each once with a scene that has it."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    problems = []
    for crs, stem in {crs: stem for stem, crs in reversed(list(crs_of.items()))}.items():
        try:
            CRS.from_user_input(crs)
        except CRSError:
            count = sum(other == crs for other in crs_of.values())
            rows = counted(count, "of its rows names", "of its rows name")
            what = f"there is no CRS {crs}, which {rows}, such as that of {stem}"
            problems.append(Problem(path, what, "Correct the rows, or leave them out"))
    return problems


def _bounds(cells: list[str]) -> tuple[float, float, float, float] | None:
    """Left, bottom, right and top from the cell that holds them; None if there is none or a number is no number."""
    match = next((match for cell in cells if (match := _BOUNDS.search(cell))), None)
    if match is None:
        return None
    try:
        left, bottom, right, top = (float(number) for number in match.groups())
    except ValueError:
        return None
    bounds = (left, bottom, right, top)
    return bounds if all(map(math.isfinite, bounds)) else None


def georeferenced(scene: Scene, crs: str, bounds: tuple[float, float, float, float], shape: tuple[int, int]) -> Scene:
    """The scene with CRS and affine, from the bounds of a north-up image of ``shape = (rows, columns)``."""
    left, bottom, right, top = bounds
    rows, columns = shape
    affine = ((right - left) / columns, 0.0, left, 0.0, -(top - bottom) / rows, top)
    return replace(scene, crs=crs, affine=affine)


def bounds_problems(scene: Scene) -> list[Problem]:
    """A problem if the bounds of a scene (`georeferenced`) give other pixels than its name, in whole metres."""
    assert scene.affine is not None
    across, down = scene.affine[0], -scene.affine[4]
    if abs(across - scene.pixel_size_m) <= 0.5 and abs(down - scene.pixel_size_m) <= 0.5:
        return []
    what = f"its bounds give pixels of {across:.2f} x {down:.2f} m, its name {scene.pixel_size_m:g} m"
    return [Problem(f"{META_DATA_CSV}, {scene.case}", what, "Correct the bounds, or leave the row out")]


def placed(scene: Scene, maps: Sequence[Path], places: Mapping[str, Bounds]) -> Scene:
    """The scene on the map, where it has bounds and a file of its maps tells the image's size.

    Args:
        scene: The scene.
        maps: Files of its maps, which need not exist.
        places: Bounds by stem (`read_meta_data`).

    Raises:
        InputError: If its bounds are those of another image.
    """
    if scene.case not in places:
        return scene
    shapes, _ = read_shapes(maps)
    if not shapes:
        return scene
    scene = georeferenced(scene, *places[scene.case], next(iter(shapes.values())))
    problems = bounds_problems(scene)
    if problems:
        raise InputError(problems)
    return scene
