"""The size of a scene's pixels on the ground, by which lengths in metres become lengths in pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pyproj import CRS
from shapely import LineString

from nnunet_glacier.lines.ground_lengths import line_length_m, on_the_earth
from nnunet_glacier.support.errors import MendableError

SQUARE_WITHIN = 0.01
"""Share by which the edges of a square pixel may differ."""

NOMINAL_WITHIN = 0.05
"""Where the map's scale is true within so much, a pixel has the size that the map says, as everybody quotes it."""

MAX_PIXEL_SIZE_RATIO = 1.4
"""How far pixels may be from those that a model learned from: its training zoomed images by 0.7 to 1.4 (nnU-Net's)."""

_POLAR_FROM_DEGREES = 60.0


@dataclass(frozen=True)
class OblongPixels:
    """Pixels that are not square on the ground, and how an image is brought to square ones.

    Attributes:
        width_m: Width in metres.
        height_m: Height in metres.
        target_crs: The CRS to warp to, "" where the image's own can stay.
        unit_m: Metres in the unit of that CRS.
    """

    width_m: float
    height_m: float
    target_crs: str = ""
    unit_m: float = 1.0

    def __str__(self) -> str:
        """The fault."""
        return f"its pixels are not square: {self.width_m:.3g} by {self.height_m:.3g} m on the ground"

    def warp(self, size: str = "") -> str:
        """The command that warps the image; to pixels of the same area unless a size is named."""
        size = size or f"{float(f'{math.sqrt(self.width_m * self.height_m) / self.unit_m:.2g}'):g}"
        target = f"-t_srs {self.target_crs} " if self.target_crs else ""
        return f"gdalwarp {target}-tr {size} {size} -r bilinear IMAGE WARPED"


class OblongPixelsError(MendableError):
    """Pixels are not square on the ground; the remedy says how the image is brought to square ones.

    Attributes:
        pixels: The pixels.
    """

    def __init__(self, pixels: OblongPixels) -> None:
        super().__init__(str(pixels), f"Warp the image to square pixels and predict again: {pixels.warp()}")
        self.pixels = pixels

    def __reduce__(self) -> tuple[Any, ...]:
        """How it comes back whole from another process."""
        return type(self), (self.pixels,)


def ground_pixel_size_m(crs: str, affine: tuple[float, ...], shape: tuple[int, int]) -> float:
    """Edge of a square pixel in metres, ``sqrt(width * height)``.

    In a projected CRS it is the map's, unless its scale is off by more than 5 % there (Web Mercator far from the
    equator); then, and in degrees, it is measured on the ellipsoid at the image's centre.

    Args:
        crs: CRS as ``EPSG:nnnn`` or WKT, or "".
        affine: Six numbers ``a, b, c, d, e, f`` with ``x = a * column + b * row + c``.
        shape: Rows and columns of the image.

    Returns:
        Metres; NaN without a CRS, or where it does not tell.

    Raises:
        OblongPixelsError: If the edges differ by 1 % or more.
    """
    if not crs:
        return math.nan
    projection = CRS.from_user_input(crs)
    ground = ground_edges_m(crs, affine, shape)
    if projection.is_geographic:
        return math.nan if ground is None else _square(ground, _target(crs, affine, shape))
    a, b, _, d, e, _ = affine
    unit_m = projection.axis_info[0].unit_conversion_factor
    planar = (math.hypot(a, d) * unit_m, math.hypot(b, e) * unit_m)
    if ground is None or all(_alike(one, other, NOMINAL_WITHIN) for one, other in zip(ground, planar, strict=True)):
        return _square(planar, "", unit_m)
    return _square(ground, _target(crs, affine, shape))


def ground_edges_m(crs: str, affine: tuple[float, ...], shape: tuple[int, int]) -> tuple[float, float] | None:
    """Width and height of the pixel at the image's centre on the ellipsoid, or None where it is not on the Earth."""
    rows, columns = shape
    a, b, _, d, e, _ = affine
    x, y = centre_of(affine, rows, columns)
    if on_the_earth(crs, x, y) is None:
        return None
    edges = [
        line_length_m(LineString([(x - dx / 2, y - dy / 2), (x + dx / 2, y + dy / 2)]), crs)
        for dx, dy in ((a, d), (b, e))
    ]
    return (edges[0], edges[1]) if all(math.isfinite(edge) and edge > 0 for edge in edges) else None


def centre_of(affine: tuple[float, ...], rows: int, columns: int) -> tuple[float, float]:
    """Map coordinates of an image's centre."""
    a, b, c, d, e, f = affine
    return a * columns / 2 + b * rows / 2 + c, d * columns / 2 + e * rows / 2 + f


def _square(edges_m: tuple[float, float], target_crs: str, unit_m: float = 1.0) -> float:
    width_m, height_m = edges_m
    if not _alike(width_m, height_m, SQUARE_WITHIN):
        raise OblongPixelsError(OblongPixels(width_m, height_m, target_crs, unit_m))
    return math.sqrt(width_m * height_m)


def _alike(one: float, other: float, within: float) -> bool:
    return abs(one - other) < within * max(one, other)


def _target(crs: str, affine: tuple[float, ...], shape: tuple[int, int]) -> str:
    """A CRS that fits where the image lies; "" where it is not on the Earth."""
    place = on_the_earth(crs, *centre_of(affine, *shape))
    return "" if place is None else fitting_crs(*place)


def fitting_crs(longitude: float, latitude: float) -> str:
    """A CRS with square pixels in metres for a place: polar stereographic from 60 degrees on, UTM elsewhere.

    >>> fitting_crs(-38.1, 66.4), fitting_crs(-147.0, 55.0), fitting_crs(-73.5, -49.0), fitting_crs(-61.0, -64.9)
    ('EPSG:3413', 'EPSG:32606', 'EPSG:32718', 'EPSG:3031')
    """
    if abs(latitude) >= _POLAR_FROM_DEGREES:
        return "EPSG:3413" if latitude > 0 else "EPSG:3031"
    zone = int((longitude + 180) // 6) % 60 + 1
    return f"EPSG:{326 if latitude >= 0 else 327}{zone:02}"
