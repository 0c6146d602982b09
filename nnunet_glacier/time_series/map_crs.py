"""The CRS that results are written and drawn in: that of the lines, where it is a map of their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pyproj import CRS

from nnunet_glacier.formats.dated_lines import DatedLine
from nnunet_glacier.time_series.local_plane import LocalPlane

_POLAR_LATITUDE = 60.0


def map_crs(lines: Sequence[DatedLine], plane: LocalPlane) -> str:
    """CRS of most lines if it is projected and no Mercator map; else polar stereographic, or UTM between the circles.

    Degrees and Mercator maps tear at the antimeridian and have no scale near the poles.
    """
    commonest = Counter(line.crs for line in lines).most_common(1)[0][0]
    crs = CRS.from_wkt(commonest)
    method = crs.coordinate_operation.method_name.lower() if crs.coordinate_operation else ""
    mercator = "mercator" in method and "transverse" not in method
    if crs.is_projected and not mercator:
        return commonest
    if plane.latitude >= _POLAR_LATITUDE:
        return "EPSG:3413"
    if plane.latitude <= -_POLAR_LATITUDE:
        return "EPSG:3031"
    zone = int((plane.longitude + 180) % 360 // 6) + 1
    return f"EPSG:{(32600 if plane.latitude >= 0 else 32700) + zone}"
