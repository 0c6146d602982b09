"""Fronts in other forms: RFC 7946 GeoJSON, shapefile, and the field names of published collections of fronts."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, get_args

import geopandas
import pandas as pd
import shapely
from shapely import Point

from nnunet_glacier.domain.choices import Export
from nnunet_glacier.formats.antimeridian import lines_in_degrees
from nnunet_glacier.formats.line_exports import is_shapefile, write_geojson
from nnunet_glacier.formats.map_layers import write_table
from nnunet_glacier.lines.pixel_sizes import fitting_crs
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import write_folder_whole
from nnunet_glacier.support.wording import counted, some_of

DEGREES = "EPSG:4326"

_GREENLAND_MAP = "EPSG:3413"
_OF_GREENLAND: frozenset[Export] = frozenset({"calfin", "termpicks"})
"""Collections of fronts in Greenland, whose map has no place for the other hemisphere."""

_SHORT = {
    "model_sha256": "model_sha",
    "prolonged_m": "prolong_m",
    "mean_probability": "mean_prob",
    "uncertainty_m": "uncert_m",
    "position_uncertainty_m": "pos_unc_m",
    "pixel_size_m": "pixel_m",
    "reviewed_by": "reviewer",
}
"""Columns whose names are longer than the ten characters of a shapefile."""

_MISSIONS = {"S1": "SEN", "ENVISAT": "ENV", "TDX": "TSX", "RSAT": "RAD", "PALSAR": "ALO"}
"""ESA CCI's names of missions, for those that differ from ours."""


def write_export(folder: Path, fronts: geopandas.GeoDataFrame, form: Export) -> list[Path]:
    """Write the fronts in another form below a folder.

    Args:
        folder: The folder.
        fronts: Table of the layer ``fronts`` with its CRS.
        form: Which form. The last three are shapefiles with the columns of that collection, in its CRS; columns
            that are not known here are empty.

    Returns:
        The files.

    Raises:
        InputError: With `hemisphere_problems` of the fronts, before anything is written.
    """
    latitudes = _some_vertex(fronts).y
    if problems := hemisphere_problems([form], dict(zip(fronts["case"], latitudes, strict=True))):
        raise InputError(problems, "The fronts cannot be written in this form")
    if form == "geojson":
        return write_geojson(folder, {str(fronts.crs): fronts}, "fronts")
    table = {"shapefile": shapefile_names, "calfin": _calfin, "termpicks": _termpicks, "esa-cci": _esa_cci}[form](
        fronts
    )
    name = "fronts" if form == "shapefile" else f"fronts_{form.replace('-', '_')}"

    def write(temporary: Path) -> None:
        write_table(table, temporary / f"{name}.shp", "ESRI Shapefile", geometry_type="LineString", encoding="utf-8")

    write_folder_whole(folder / form, write, partial(is_shapefile, name))
    return [folder / form / f"{name}.shp"]


def hemisphere_problems(forms: Iterable[Export], latitudes: Mapping[str, float]) -> list[Problem]:
    """The forms that have no place for scenes of the southern hemisphere, where there are such.

    Args:
        forms: The forms that are wanted.
        latitudes: Latitude of each scene in degrees.

    >>> [problem.where for problem in hemisphere_problems(["calfin", "esa-cci"], {"Crane": -65.3, "Helheim": 66.4})]
    ['--export calfin']
    """
    southern = [name for name, latitude in latitudes.items() if latitude < 0]
    lie = f"{counted(len(southern), 'scene lies', 'scenes lie')} in the southern hemisphere: {some_of(southern)}"
    what = f"its map is that of Greenland, {_GREENLAND_MAP}, and {lie}"
    others = " or ".join(form for form in get_args(Export) if form not in _OF_GREENLAND)
    wrong = [form for form in forms if southern and form in _OF_GREENLAND]
    remedy = f"Give {others}, or take those scenes in a run of their own"
    return [Problem(f"--export {form}", what, remedy) for form in wrong]


def shapefile_names(lines: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """A table of delineated lines with names of at most ten characters."""
    return lines.rename(columns=_SHORT)


def mission_of(sensor: str) -> str:
    """ESA CCI's name of the mission of a sensor, or the sensor's own."""
    return _MISSIONS.get(sensor, sensor)


def detection_modes(lines: geopandas.GeoDataFrame) -> pd.Series:
    """How each line was drawn, in ESA CCI's words: ``auto``, ``editing`` where a person drew it anew, ``manual``.

    A line that was drawn anew has no probability, and one that was drawn where the networks have none no model.
    """
    by_hand = lines["mean_probability"].isna() & lines["reviewed_by"].fillna("").ne("")
    modes = _constant(lines, "auto").mask(by_hand, "editing")
    return modes.mask(by_hand & lines["model"].fillna("").eq(""), "manual")


def _calfin(fronts: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """CALFIN's columns (Cheng et al. 2021), in EPSG:3413 as published."""
    placed = fronts.to_crs(_GREENLAND_MAP)
    columns = {
        "GlacierID": fronts["glacier"],
        "Center_X": placed.geometry.centroid.x,
        "Center_Y": placed.geometry.centroid.y,
        "Latitude": _middles(fronts).y,
        "Longitude": _middles(fronts).x,
        "QualFlag": _constant(fronts, ""),
        "Satellite": fronts["sensor"],
        "Date": _text_days(fronts["date"], "%Y-%m-%d"),
        "ImageID": fronts["image_id"],
        "GrnlndcN": _constant(fronts, ""),
        "OfficialN": fronts["glacier"],
        "AltName": _constant(fronts, ""),
        "RefName": fronts["glacier"],
        "Author": _author(fronts),
    }
    return _table(columns, placed)


def _termpicks(fronts: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """TermPicks' columns (Goliber et al. 2022), in EPSG:3413 as published."""
    placed = fronts.to_crs(_GREENLAND_MAP)
    days = fronts["date"]
    columns = {
        "GlacierID": fronts["glacier"],
        "Date": _text_days(days, "%Y-%m-%d"),
        "Year": _text_days(days, "%Y"),
        "Month": _text_days(days, "%m"),
        "Day": _text_days(days, "%d"),
        "DecDate": days.map(_decimal_year).astype("float64"),
        "QualFlag": _constant(fronts, ""),
        "Satellite": fronts["sensor"],
        "ImageID": fronts["image_id"],
        "Author": _author(fronts),
        "Center_X": placed.geometry.centroid.x,
        "Center_Y": placed.geometry.centroid.y,
    }
    return _table(columns, placed)


def _esa_cci(fronts: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """The columns of ESA CCI's line products that a front has, in longitude and latitude on WGS 84.

    They are those of the grounding line product (Greenland Ice Sheet CCI GLL), which describe interferograms beside.
    """
    places = _middles(fronts)
    columns = {
        "proc_desc": fronts["flags"],
        "mission": fronts["sensor"].astype(str).map(mission_of).astype(object),
        "sensor": fronts["sensor"],
        "proc_soft": _author(fronts),
        "orig_id": fronts["image_id"],
        "category": _constant(fronts, "calving_front"),
        "glac_name": fronts["glacier"],
        "acq_time_1": _text_days(fronts["date"], "%Y-%m-%d"),
        "rp_lat": places.y,
        "rp_lon": places.x,
        "det_mode": detection_modes(fronts),
        "quality": _constant(fronts, "unknown"),
        "loc_unc_x": fronts["uncertainty_m"],
        "loc_unc_y": fronts["uncertainty_m"],
    }
    return _table(columns, lines_in_degrees(fronts, DEGREES))


def _table(columns: Mapping[str, Any], placed: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    frame = pd.DataFrame({name: pd.Series(values, index=placed.index) for name, values in columns.items()})
    return geopandas.GeoDataFrame(frame, geometry=placed.geometry, crs=placed.crs)


def _middles(fronts: geopandas.GeoDataFrame) -> geopandas.GeoSeries:
    """The centroid of each front in degrees, taken on a map that fits its place (`fitting_crs`)."""
    places = _some_vertex(fronts)
    maps = [fitting_crs(place.x, place.y) for place in places]
    middles = geopandas.GeoSeries(places, index=fronts.index, crs=DEGREES)
    for crs in sorted(set(maps)):
        here = [one == crs for one in maps]
        middles[here] = fronts.geometry[here].to_crs(crs).centroid.to_crs(DEGREES)
    return middles


def _some_vertex(fronts: geopandas.GeoDataFrame) -> geopandas.GeoSeries:
    """A vertex of each front in degrees: unlike the middle of its degrees it lies there over the antimeridian too."""
    return fronts.geometry.map(lambda line: Point(shapely.get_coordinates(line)[0])).set_crs(fronts.crs).to_crs(DEGREES)


def _constant(fronts: geopandas.GeoDataFrame, value: str) -> pd.Series:
    return pd.Series(value, index=fronts.index, dtype=object)


def _author(fronts: geopandas.GeoDataFrame) -> pd.Series:
    """The package and its model; of what was drawn by hand from the first the person."""
    models = fronts["model"].fillna("").astype(str)
    return ("nnunet-glacier " + models).mask(models.eq(""), fronts["reviewed_by"])


def _text_days(days: pd.Series, form: str) -> pd.Series:
    write: Callable[[Any], str] = partial(_text_day, form=form)
    return days.map(write).astype(object)


def _text_day(day: Any, form: str) -> str:
    return "" if pd.isna(day) else day.strftime(form)


def _decimal_year(day: Any) -> float:
    if pd.isna(day):
        return float("nan")
    start, end = datetime.date(day.year, 1, 1), datetime.date(day.year + 1, 1, 1)
    return float(day.year + (day - start).days / (end - start).days)
