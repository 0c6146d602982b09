"""Front lines as a GeoPackage, which GIS programs open directly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas
import pandas as pd

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.map_layers import write_layers
from nnunet_glacier.lines.front_pieces import FrontPiece, to_map

GEOPACKAGE = "fronts.gpkg"
LAYER = "fronts"
_COLUMNS = ("case", "piece", "glacier", "date", "sensor", "length_m", "pixels", "route", "source")


@dataclass(frozen=True)
class CaseFront:
    """The front of one case.

    Attributes:
        scene: The case's scene, with its pixel size.
        pieces: Its pieces.
        route: ``zones`` or ``front``.
        source: File name of the predicted map.
    """

    scene: Scene
    pieces: Sequence[FrontPiece]
    route: str
    source: str

    @property
    def length_m(self) -> float:
        """Length of all lines in metres."""
        return sum(piece.lines.length for piece in self.pieces) * self.scene.pixel_size_m


def write_geopackage(path: Path, fronts: Sequence[CaseFront]) -> list[str]:
    """Write a feature per piece of front, whole or not at all.

    Cases in one CRS share a layer, named ``fronts`` if it is the only one (`write_layers`); cases without map
    coordinates are in pixel coordinates with y upwards (`to_map`).

    Args:
        path: The ``.gpkg`` file.
        fronts: The cases; those without a piece give no feature.

    Returns:
        The names of the layers.
    """
    by_crs: dict[str, list[CaseFront]] = {}
    for front in fronts:
        by_crs.setdefault(front.scene.crs if front.scene.affine is not None else "", []).append(front)
    tables = {crs: _table(found, crs) for crs, found in by_crs.items()}
    return write_layers(path, tables, LAYER, "MultiLineString")


def _table(fronts: Sequence[CaseFront], crs: str) -> geopandas.GeoDataFrame:
    rows = []
    lines = []
    for front in fronts:
        scene = front.scene
        for number, piece in enumerate(front.pieces, start=1):
            lines.append(to_map(piece.lines, scene.affine))
            rows.append(
                {
                    "case": scene.case,
                    "piece": number,
                    "glacier": scene.glacier,
                    "date": scene.date,
                    "sensor": scene.sensor,
                    "length_m": piece.lines.length * scene.pixel_size_m,
                    "pixels": piece.pixels,
                    "route": front.route,
                    "source": front.source,
                }
            )
    return geopandas.GeoDataFrame(pd.DataFrame(rows, columns=list(_COLUMNS)), geometry=lines, crs=crs or None)
