"""Front lines as a GeoPackage, which GIS programs open directly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
from shapely import MultiLineString

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.map_layers import write_layers
from nnunet_glacier.lines.front_pieces import to_map
from nnunet_glacier.lines.ground_lengths import map_crs, scene_length_m

GEOPACKAGE = "fronts.gpkg"
LAYER = "fronts"
_COLUMNS = ("case", "piece", "glacier", "date", "sensor", "length_m", "route", "source")


@dataclass(frozen=True)
class CaseFront:
    """The front of one case.

    Attributes:
        scene: The case's scene, with its pixel size.
        pieces: Its pieces in pixel coordinates.
        front_pixels: Pixels of its mask.
        route: ``zones`` or ``front``.
        source: File name of the predicted map.
    """

    scene: Scene
    pieces: Sequence[MultiLineString]
    front_pixels: int
    route: str
    source: str

    @property
    def length_m(self) -> float:
        """Length of all lines in metres on the ground (`scene_length_m`)."""
        return sum(scene_length_m(piece, self.scene) for piece in self.pieces)


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
        by_crs.setdefault(map_crs(front.scene), []).append(front)
    tables = {crs: _table(fronts_of_crs, crs) for crs, fronts_of_crs in by_crs.items()}
    return write_layers(path, tables, LAYER, "MultiLineString")


def _table(fronts: Sequence[CaseFront], crs: str) -> geopandas.GeoDataFrame:
    rows = []
    lines = []
    for front in fronts:
        scene = front.scene
        for number, piece in enumerate(front.pieces, start=1):
            lines.append(to_map(piece, scene.affine if crs else None))
            rows.append(
                {
                    "case": scene.case,
                    "piece": number,
                    "glacier": scene.glacier,
                    "date": scene.date,
                    "sensor": scene.sensor,
                    "length_m": scene_length_m(piece, scene),
                    "route": front.route,
                    "source": front.source,
                }
            )
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"piece": np.int32, "length_m": np.float64})
    return geopandas.GeoDataFrame(frame, geometry=lines, crs=crs or None)
