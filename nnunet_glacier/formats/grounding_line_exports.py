"""Grounding lines in other forms: RFC 7946 GeoJSON, shapefile, and the product of ESA's Climate Change Initiative."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import geopandas
import numpy as np
import pandas as pd

from nnunet_glacier.domain.choices import GroundingLineExport
from nnunet_glacier.formats.antimeridian import lines_in_degrees
from nnunet_glacier.formats.delineated_lines import TIME_COLUMNS
from nnunet_glacier.formats.front_exports import DEGREES, detection_modes, mission_of, shapefile_names
from nnunet_glacier.formats.line_exports import is_shapefile, write_geojson
from nnunet_glacier.formats.map_layers import write_table
from nnunet_glacier.support.files import write_folder_whole

EXPORTS: tuple[str, ...] = get_args(GroundingLineExport)
"""Forms that grounding lines can be written in besides the GeoPackage."""

_NAME = "grounding_lines"

_PROCESSING = {
    "auto": " - middle of the line probability",
    "editing": " - drawn anew by hand",
    "manual": " by hand",
}
"""How a line came to be after its model, by its ``det_mode``."""

Kind = Literal["whole", "text", "number"]

ESA_CCI_ATTRIBUTES: dict[str, tuple[Kind, int]] = {
    "RC_ID": ("whole", 3),
    "proc_fac": ("text", 10),
    "proc_date": ("text", 19),
    "mission": ("text", 4),
    "sensor": ("text", 7),
    "lookdir": ("text", 1),
    "passdir": ("text", 1),
    "relorb": ("whole", 7),
    "proc_desc": ("text", 80),
    "v_removed": ("text", 3),
    "dem": ("text", 10),
    "proc_soft": ("text", 10),
    "soft_ver": ("text", 10),
    "orig_id": ("text", 200),
    "category": ("text", 30),
    "glac_name": ("text", 20),
    "glac_ID": ("text", 20),
    "acq_time_1": ("text", 19),
    "acq_time_2": ("text", 19),
    "acq_time_3": ("text", 19),
    "acq_time_4": ("text", 19),
    "rp_lat": ("number", 11),
    "rp_lon": ("number", 11),
    **{f"{level}_t{time}": ("number", 11) for level in ("otl", "nap", "cor_otl") for time in range(1, 5)},
    "dh1": ("number", 11),
    "dh2": ("number", 11),
    "Dhf": ("number", 11),
    "tidesrc": ("text", 10),
    "airpresrc": ("text", 10),
    "gllsrc": ("text", 10),
    "det_mode": ("text", 10),
    "quality": ("text", 10),
    "loc_unc_x": ("number", 11),
    "loc_unc_y": ("number", 11),
    "glob_unc_x": ("number", 11),
    "glob_unc_y": ("number", 11),
}
"""The attributes of the grounding line product (GLL), in its order, each with its type and length in characters."""

_TYPES = {"whole": "Int32", "text": object, "number": "float64"}


def write_grounding_line_export(folder: Path, lines: geopandas.GeoDataFrame, form: GroundingLineExport) -> list[Path]:
    """Write grounding lines in another form below a folder.

    Args:
        folder: The folder.
        lines: Table of the layer ``grounding_lines`` with its CRS.
        form: Which form. ``esa-cci`` is a shapefile in longitude and latitude with the product's attributes; what is
            not known here is empty.

    Returns:
        The files.
    """
    if form == "geojson":
        return write_geojson(folder, {str(lines.crs): lines}, _NAME)
    table = shapefile_names(lines) if form == "shapefile" else as_esa_cci(lines)
    name = _NAME if form == "shapefile" else f"{_NAME}_esa_cci"

    def write(temporary: Path) -> None:
        write_table(table, temporary / f"{name}.shp", "ESRI Shapefile", geometry_type="LineString", encoding="utf-8")

    write_folder_whole(folder / form, write, partial(is_shapefile, name))
    return [folder / form / f"{name}.shp"]


def as_esa_cci(lines: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """The lines with the 47 attributes of ESA CCI's product, in its order, on WGS 84.

    Known are mission and sensor, how and from what a line was made, its category, glacier and times, whether a person
    drew it, and the size of a pixel, which the product takes for the local uncertainty. Tides, air pressures,
    orbits and the quality are not: numbers without a value, empty texts, and ``unknown`` where the product has it.
    """
    sensors, modes = lines["sensor"].astype(str), detection_modes(lines)
    known: dict[str, Any] = {
        "mission": sensors.map(mission_of),
        "sensor": sensors,
        "proc_desc": ("nnunet-glacier " + lines["model"].astype(str)).where(modes != "manual", "drawn")
        + modes.map(_PROCESSING),
        "v_removed": "unknown",
        "orig_id": lines["image_id"],
        "category": lines["category"],
        "glac_name": lines["glacier"],
        **{name: lines[name].map(_as_time) for name in TIME_COLUMNS},
        "det_mode": modes,
        "quality": "unknown",
        "loc_unc_x": lines["pixel_size_m"],
        "loc_unc_y": lines["pixel_size_m"],
    }
    placed = lines_in_degrees(lines, DEGREES)
    columns = {name: _column(known.get(name), kind, length, lines) for name, (kind, length) in _attributes()}
    return geopandas.GeoDataFrame(pd.DataFrame(columns, index=lines.index), geometry=placed.geometry, crs=placed.crs)


def _attributes() -> list[tuple[str, tuple[Kind, int]]]:
    return list(ESA_CCI_ATTRIBUTES.items())


def _column(value: Any, kind: Kind, length: int, lines: geopandas.GeoDataFrame) -> pd.Series:
    nothing: Any = {"whole": pd.NA, "text": "", "number": np.nan}[kind]
    column = pd.Series(nothing if value is None else value, index=lines.index, dtype=_TYPES[kind])
    return column.fillna("").astype(str).str[:length].astype(object) if kind == "text" else column


def _as_time(text: str) -> str:
    """``YYYY-MM-DD/HH:MM:SS``, or the day alone where the time is not known."""
    return str(text).replace(" ", "/")
