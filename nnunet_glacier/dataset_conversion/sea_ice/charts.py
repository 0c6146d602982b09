"""ExtremeEarth's ice charts on disk: found by their time, and read as areas with classes.

A chart is ``seaice_s1_<yyyymmdd>t<hhmmss>.shp``, with the columns ``poly_type`` and ``SA``; a GeoPackage or GeoJSON of
this name will do. Halves that the published code cuts (``...-NE.shp``, ``...-SW.shp``) are left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.dataset_conversion.geodata.vector_layers import read_layers
from nnunet_glacier.dataset_conversion.sea_ice.codes import ICE_CODES, UNDETERMINED_CODES, class_of_area
from nnunet_glacier.dataset_conversion.sea_ice.options import SeaIceOptions
from nnunet_glacier.formats.map_geometry import geometry_fault, metres_per_unit
from nnunet_glacier.formats.paths_below import paths_below
from nnunet_glacier.formats.vector_tables import VECTOR_SUFFIXES
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.wording import counted

_NAME = re.compile(r"seaice_s1_(\d{8}t\d{6})", re.IGNORECASE)
_COLUMNS = ("poly_type", "sa")
_AREAS = ("Polygon", "MultiPolygon")
_PARTS = (".dbf", ".prj", ".shx")
"""What a shapefile consists of, beside its geometries."""


@dataclass(frozen=True)
class Chart:
    """The areas of a chart.

    Attributes:
        crs: Their CRS, WKT.
        areas: Class id, or the code to ignore, and the polygons of it (shapely, none of them empty).
        n_empty: Features without geometry.
    """

    crs: str
    areas: tuple[tuple[int, tuple[Any, ...]], ...]
    n_empty: int


def find_charts(folder: Path) -> tuple[dict[str, Path], int, list[Problem]]:
    """Charts below a folder by time (``20180116t075430``), the number of other vector files, and what is wrong."""
    files = paths_below(folder) if folder.is_dir() else [folder]
    vectors = [file for file in files if file.suffix.lower() in VECTOR_SUFFIXES and file.is_file()]
    charts: dict[str, Path] = {}
    others, problems = 0, []
    for file in vectors:
        match = _NAME.fullmatch(file.stem)
        if match is None:
            others += 1
            continue
        earlier = charts.setdefault(match[1].lower(), file)
        if earlier is not file:
            problems.append(Problem(file, f"it is a second chart of its time, beside {earlier}", "Keep one of them"))
    if not charts:
        what = (
            f"there are no charts seaice_s1_<yyyymmdd>t<hhmmss>.shp in it, but {counted(others, 'other vector file')}"
        )
        problems.append(Problem(folder, what, "Give the folder of ExtremeEarth's sea ice charts as CHARTS"))
    return charts, others, problems


def chart_files(chart: Path) -> tuple[Path, ...]:
    """All files of a chart."""
    parts = [path for path in chart.parent.glob(f"{chart.stem}.*") if path.suffix.lower() in _PARTS]
    return (chart, *sorted(parts)) if chart.suffix.lower() == ".shp" else (chart,)


def read_chart(path: Path, options: SeaIceOptions) -> Chart:
    """The areas of a chart.

    Raises:
        InputError: With everything that is wrong, each unknown code with the number of its areas.
    """
    layers = read_layers(path, "an ice chart")
    if len(layers) != 1:
        raise InputError([Problem(path, f"it has {counted(len(layers), 'layer')}", "Keep the one with the areas")])
    frame = layers[0][1]
    names = {str(column).lower(): column for column in frame.columns}
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        what = f"it has no column {' and none '.join(missing)}; it has {', '.join(map(str, frame.columns))}"
        raise InputError([Problem(path, what, "Give ExtremeEarth's charts of version 2")])
    if frame.crs is None:
        raise InputError([Problem(path, "it has no CRS", "Add it (for a shapefile the .prj beside it)")])
    kinds, stages = (frame[names[name]] for name in _COLUMNS)
    areas: dict[int, list[Any]] = {}
    wrong: Counter[str] = Counter()
    shapes: Counter[tuple[str, str]] = Counter()
    n_empty, unit_m = 0, metres_per_unit(frame.crs)
    for geometry, kind, stage in zip(frame.geometry, kinds, stages, strict=True):
        if geometry is None or geometry.is_empty:
            n_empty += 1
        elif fault := _fault_of(geometry, unit_m):
            shapes[fault] += 1
        else:
            try:
                areas.setdefault(_class(kind, stage, options), []).append(geometry)
            except GlacierError as error:
                wrong[str(error)] += 1
    if wrong or shapes:
        raise InputError(_feature_problems(path, wrong, shapes))
    return Chart(frame.crs.to_wkt(), tuple((key, tuple(areas[key])) for key in sorted(areas)), n_empty)


def _class(kind: Any, stage: Any, options: SeaIceOptions) -> int:
    return class_of_area(kind, stage, undetermined=options.undetermined, ignored_codes=options.ignored_codes)


def _fault_of(geometry: Any, unit_m: float) -> tuple[str, str] | None:
    """Why a feature is no area that can be drawn, as in `geometry_fault`."""
    kind = geometry.geom_type
    return geometry_fault(geometry, unit_m) if kind in _AREAS else (f"is of type {kind}", f"are of type {kind}")


def _feature_problems(path: Path, wrong: Counter[str], shapes: Counter[tuple[str, str]]) -> list[Problem]:
    known = ", ".join((*ICE_CODES, *UNDETERMINED_CODES))
    remedy = f"Known are W, I and L, and of ice {known}; correct the chart, or leave a code out with --ignore-code"
    problems = [
        Problem(path, f"{counted(wrong[what], 'area has', 'areas have')} {what}", remedy) for what in sorted(wrong)
    ]
    for (one, several), count in sorted(shapes.items()):
        what = counted(count, f"feature {one}", f"features {several}")
        problems.append(Problem(path, what, "Give areas, or take them out"))
    return problems
