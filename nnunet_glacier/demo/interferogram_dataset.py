"""Made-up interferograms on disk, in the layout of the Getz study (Gattolin): ``DInSAR`` and one GeoPackage."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any, get_args

import geopandas
import numpy as np
import pyogrio
import pyproj
import rasterio
import shapely
from shapely.affinity import affine_transform
from shapely.geometry import MultiLineString

from nnunet_glacier.demo.interferogram_plan import (
    PlannedInterferogram,
    frame_shape,
    plan_interferograms,
)
from nnunet_glacier.demo.interferogram_scene import Truth, frame_affine, make_interferogram, make_truth
from nnunet_glacier.demo.layout import SETTINGS_JSON, earlier_problems
from nnunet_glacier.demo.shelf_sites import CRS
from nnunet_glacier.domain.choices import InterferogramBands
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import folder_problems, write_json, write_whole
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.whole_files import is_whole
from nnunet_glacier.support.wording import counted, quoted

SCENES_FOLDER = "DInSAR"
LINES_GPKG = "all_manual_segm_gl.gpkg"
ALL_LINES_GPKG = "all_lines_also_hidden.gpkg"
"""The truth without gaps: where the line runs below noise and beyond the swath's edge too."""

LEAST_ROWS = 128
_ONE_DATE = "2026-01-01T00:00:00.000Z"
"""GeoPackages carry the date of their last change; with this one the same seed gives the same bytes."""


def bands_of(signal: np.ndarray, bands: InterferogramBands) -> np.ndarray:
    """What a file holds of a complex signal, ``(bands, H, W)``.

    Where there is no data real and imaginary part are 0; a phase, in [-pi, pi], is NaN there, since 0 is a phase.
    """
    if bands == "two":
        return np.stack([signal.real, signal.imag]).astype(np.float32)
    if bands == "complex":
        return signal[None]
    return np.where(signal == 0, np.nan, np.angle(signal)).astype(np.float32)[None]


def write_interferogram(path: Path, signal: np.ndarray, affine: rasterio.Affine, bands: InterferogramBands) -> None:
    """Write a GeoTIFF, whole or not at all.

    Args:
        path: The file.
        signal: Complex64, 0 where there is no data, ``(H, W)``.
        affine: Pixels to map coordinates.
        bands: What to write.
    """
    values = bands_of(signal, bands)
    profile = {"driver": "GTiff", "count": len(values), "height": signal.shape[0], "width": signal.shape[1]}
    profile |= {"dtype": values.dtype, "crs": CRS, "transform": affine, "compress": "deflate"}
    # No nodata tag: as in the published files it is the value alone (0, or NaN) that says so.

    def write(temporary: Path) -> None:
        with rasterio.open(temporary, "w", **profile) as target:
            target.write(values)

    write_whole(path, write)


def on_the_map(lines: MultiLineString, affine: rasterio.Affine) -> list[shapely.LineString]:
    """Lines in pixels, the middle of the first pixel at (0.5, 0.5), as lines in map coordinates."""
    return [affine_transform(line, affine.to_shapely()) for line in lines.geoms]


def features(planned: PlannedInterferogram, lines: MultiLineString, affine: rasterio.Affine) -> list[dict[str, Any]]:
    """A scene's rows of the GeoPackage: the pieces of its grounding line together, and a row a pinning point.

    A scene without a line has one row without geometry, as 44 rows of the published file have none.
    """
    pieces = on_the_map(lines, affine)
    rings = [piece for piece in pieces if piece.is_closed]
    open_pieces = [piece for piece in pieces if not piece.is_closed]
    shapes: list[tuple[str, Any]] = [("pinning point", ring) for ring in rings]
    if open_pieces:
        one = open_pieces[0] if len(open_pieces) == 1 else MultiLineString(open_pieces)
        shapes.insert(0, ("grounding line", one))
    columns = {"source_file": f"{planned.name}.shp", "scene": planned.name, "site": planned.site.name}
    columns |= {f"T{number}": date.isoformat() for number, date in enumerate(planned.dates, start=1)}
    columns |= {"dataset": planned.site.dataset}
    return [{**columns, "kind": kind, "geometry": shape} for kind, shape in shapes or [("none", None)]]


def write_lines(path: Path, rows: list[dict[str, Any]], crs: str) -> None:
    """Write a GeoPackage, whole or not at all; the same rows give the same bytes.

    Args:
        path: The file.
        rows: As `features` gives them.
        crs: Projection to write in; `CRS` leaves the coordinates as they are.
    """
    table = geopandas.GeoDataFrame(rows, geometry="geometry", crs=CRS)
    table = table if crs == CRS else table.to_crs(crs)
    earlier = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _ONE_DATE})
    try:
        # Lines and multi-lines side by side, as in the published files, instead of all made multi.
        settings = {"driver": "GPKG", "layer": path.stem, "promote_to_multi": False}
        write_whole(path, lambda temporary: table.to_file(temporary, **settings))
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": earlier})


def record_of(planned: PlannedInterferogram) -> dict[str, Any]:
    """What a scene was made with, for ``made_up.json``."""
    return {
        "scene": planned.name,
        "site": planned.site.name,
        "dataset": planned.site.dataset,
        "case": planned.case,
        "tides_m": planned.tides_m,
        "swath": dataclasses.asdict(planned.swath),
        "conditions": dataclasses.asdict(planned.conditions),
    }


def _make_and_write(
    planned: PlannedInterferogram, *, folder: Path, rows: int, seed: int, bands: InterferogramBands
) -> tuple[MultiLineString, MultiLineString]:
    """Make a scene's raster unless it is there; its lines, those that can be drawn and all, in either case."""
    truth: Truth = make_truth(planned, frame_shape(rows), seed)
    path = folder / SCENES_FOLDER / f"{planned.name}.tif"
    if not is_whole(path):
        write_interferogram(path, make_interferogram(planned, truth, seed), truth.affine, bands)
    return truth.lines, truth.all_lines


def write_interferograms(
    folder: Path,
    scenes: int,
    rows: int,
    seed: int,
    *,
    bands: InterferogramBands = "two",
    lines_crs: str = CRS,
    workers: int | None = None,
) -> str:
    """Write made-up interferograms and their lines; rasters that are there are left as they are.

    Args:
        folder: Will hold ``DInSAR/<scene>.tif``, the two GeoPackages and ``made_up.json``.
        scenes: Number of scenes; seven give every site once.
        rows: Rows of a scene; its columns are a quarter more.
        seed: Seed; recorded.
        bands: What the rasters hold.
        lines_crs: Projection of the GeoPackages; ``EPSG:4326`` tears the lines at the 180th meridian.
        workers: Processes; None for one per core.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: If a number is out of range, or the folder holds scenes that were made otherwise.
    """
    settings = {"scenes": scenes, "rows": rows, "seed": seed, "bands": bands, "lines_crs": lines_crs}
    _check(folder, settings)
    planned = plan_interferograms(scenes, rows, seed)
    about = "Made-up double-difference interferograms; the ice shelves' names are borrowed."
    write_json(folder / SETTINGS_JSON, {"about": about, **settings, "made": [record_of(scene) for scene in planned]})
    make = partial(_make_and_write, folder=folder, rows=rows, seed=seed, bands=bands)
    lines = list(map_with_progress(make, planned, description="Making interferograms", workers=workers))
    for number, name in enumerate((LINES_GPKG, ALL_LINES_GPKG)):
        table = [
            row
            for scene, kinds in zip(planned, lines, strict=True)
            for row in features(scene, kinds[number], frame_affine(scene, frame_shape(rows)))
        ]
        write_lines(folder / name, table, lines_crs)
    return _said(folder, planned, lines)


def _said(folder: Path, planned: list[PlannedInterferogram], lines: list[tuple[MultiLineString, Any]]) -> str:
    without = sum(drawn.is_empty for drawn, _ in lines)
    sets = {name: sum(scene.site.dataset == name for scene in planned) for name in ("train", "validation", "test")}
    shares = ", ".join(f"{count} {name}" for name, count in sets.items())
    return (
        f"{counted(len(planned), 'scene')} in {folder / SCENES_FOLDER} ({shares}), {without} without a line\n"
        f"Lines: {folder / LINES_GPKG}; with the hidden parts: {folder / ALL_LINES_GPKG}\n"
        f"Next: nnunet-glacier convert dinsar {quoted(folder / SCENES_FOLDER)} {quoted(folder / LINES_GPKG)}"
        " $nnUNet_raw/Dataset202_GroundingLines --channels cos_sin_mag"
    )


def _check(folder: Path, settings: dict[str, Any]) -> None:
    problems = folder_problems(folder) or earlier_problems(folder, settings)
    problems += [
        Problem(name, f"is {settings[name]}", f"Give at least {least}")
        for name, least in (("scenes", 1), ("rows", LEAST_ROWS), ("seed", 0))
        if settings[name] < least
    ]
    if settings["bands"] not in get_args(InterferogramBands):
        problems.append(
            Problem("bands", f"is {settings['bands']!r}", f"Give one of {', '.join(get_args(InterferogramBands))}")
        )
    if not _has_places(settings["lines_crs"]):
        problems.append(Problem("lines-crs", f"is {settings['lines_crs']!r}", f"Give {CRS} or EPSG:4326"))
    if problems:
        raise InputError(problems, "The interferograms cannot be made")


def _has_places(crs: str) -> bool:
    """Whether a text names a CRS of places on the map: projected, or in longitude and latitude."""
    try:
        read = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        return False
    return read.is_projected or read.is_geographic
