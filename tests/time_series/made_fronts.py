"""Fronts whose positions are known: built with geodesics from a place and a direction, then written in any CRS."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
from pyproj import Geod
from shapely import LineString, Polygon, transform

GEOD = Geod(ellps="WGS84")
START = datetime.date(2000, 1, 1)


@dataclass(frozen=True)
class MadeGlacier:
    """A flowline on the ellipsoid and fronts square to it.

    Attributes:
        longitude, latitude: Its upstream end.
        azimuth: Direction of the flow there, degrees from north.
        bend: Degrees by which it turns right each kilometre.
        length_m: Its length.
        half_front_m: Half the width of the fronts.
        steps: The flowline's vertices: longitude, latitude, azimuth.
    """

    longitude: float
    latitude: float
    azimuth: float = 0.0
    bend: float = 0.0
    length_m: float = 20_000.0
    half_front_m: float = 4_000.0
    step_m: float = field(default=50.0)

    def place(self, distance_m: float) -> tuple[float, float, float]:
        """Longitude, latitude and azimuth of the flow at a distance from the upstream end."""
        longitude, latitude, azimuth = self.longitude, self.latitude, self.azimuth
        left = distance_m
        while left > 1e-9:
            step = min(self.step_m, left)
            longitude, latitude, back = GEOD.fwd(longitude, latitude, azimuth, step)
            azimuth = back + 180 + self.bend * step / 1000
            left -= step
        return longitude, latitude, azimuth

    def centreline(self) -> LineString:
        """The flowline in degrees, longitudes running on over 180."""
        steps = np.arange(0, self.length_m + 1, 500.0 if self.bend == 0 else 50.0)
        return _unwrapped(LineString([self.place(step)[:2] for step in steps]))

    def front(self, distance_m: float) -> LineString:
        """A front square to the flow, in degrees."""
        longitude, latitude, azimuth = self.place(distance_m)
        across = np.linspace(-self.half_front_m, self.half_front_m, 17)
        return _unwrapped(LineString([GEOD.fwd(longitude, latitude, azimuth + 90, offset)[:2] for offset in across]))

    def box(self, half_width_m: float = 3_000.0) -> Polygon:
        """A box along a straight flowline, in degrees."""
        distances = np.arange(0, self.length_m + 1, 1000.0)
        sides = [
            [GEOD.fwd(*self.place(distance)[:2], self.place(distance)[2] + 90, side)[:2] for distance in distances]
            for side in (-half_width_m, half_width_m)
        ]
        return _unwrapped(Polygon(sides[0] + sides[1][::-1]))


def _unwrapped(shape: LineString | Polygon) -> LineString | Polygon:
    def move(xy: np.ndarray) -> np.ndarray:
        moved = np.column_stack([np.unwrap(xy[:, 0], period=360), xy[:, 1]])
        if (xy[0] == xy[-1]).all():
            moved[-1] = moved[0]
        return moved

    return transform(shape, move)


def _wrapped(xy: np.ndarray) -> np.ndarray:
    return np.column_stack([(xy[:, 0] + 180) % 360 - 180, xy[:, 1]])


def days_and_positions(first_m: float, m_per_year: float, count: int = 6, every: int = 487) -> list[tuple]:
    """Days every 487 days, and where a front is then that moves by so much in 365.25 days."""
    days = [START + datetime.timedelta(days=every * number) for number in range(count)]
    return [(day, first_m + m_per_year * every * number / 365.25) for number, day in enumerate(days)]


def write_shapes(path: Path, shapes: list, crs: str, **columns: list) -> Path:
    """Write shapes in degrees as a file in a CRS; in degrees themselves they are wrapped to +-180."""
    frame = gpd.GeoDataFrame({name: list(values) for name, values in columns.items()}, geometry=shapes, crs="EPSG:4326")
    if crs == "EPSG:4326":
        frame = frame.set_geometry([transform(shape, _wrapped) for shape in shapes], crs="EPSG:4326")
    else:
        frame = frame.to_crs(crs)
    frame.to_file(path, engine="pyogrio")
    return path
