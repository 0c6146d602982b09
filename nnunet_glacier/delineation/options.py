"""What a user may choose, and what of it decides the result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.domain.choices import Export
from nnunet_glacier.domain.front_rules import MIN_FRONT_LENGTH_M, OneRouteChoice
from nnunet_glacier.domain.grey_values import Values
from nnunet_glacier.support.parallel import LOCAL, Backend

DEFAULT_MODEL = "caffe-256"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``nnunet-glacier delineate``.

    Attributes:
        table: Table of scenes (`read_scenes`) with glacier, date or sensor by case, or None.
        glacier: Name of the glacier where no table tells it.
        areas: Files of polygons, in any CRS; a front lies inside one of each file.
        box: West, south, east and north in degrees, within which a front lies; or None.
        values: What a pixel's value is.
        band: Band of the scene to use, from 1; None for the only one.
        pixel_size_m: Pixel size that the network is to see, for models that do not say theirs; None for the model's.
        min_length_m: Lines up to this length are left out; grounding lines are rejected.
        route: From what a model of zones with a front class draws fronts: the edge of ``zones``, the ``front`` class,
            or ``auto``, the class where the model was trained to give it weight (`best_route`).
        threshold: Probability above which there is a grounding line, or a front by a class of its own, as a number or
            the JSON file of ``sweep``; None for 0.5, and for 0.25 beside zones. Not for fronts from zones.
        folds: Folds to use; None for all.
        device: ``auto``, ``cuda``, ``mps`` or ``cpu``.
        mirroring: Whether to average over mirrored tiles.
        tile_step: Step of the sliding window as a fraction of the tile.
        exports: Further files of the fronts or grounding lines.
        overwrite: Whether to do again what is done.
        skip_bad: Whether to leave out scenes that cannot be used, as long as one is left.
        workers: Processes, each with a network of its own; one works in this process, with all cores.
        backend: What runs them.
    """

    table: Path | None = None
    glacier: str = ""
    areas: tuple[Path, ...] = ()
    box: tuple[float, float, float, float] | None = None
    values: Values = "auto"
    band: int | None = None
    pixel_size_m: float | None = None
    min_length_m: float = MIN_FRONT_LENGTH_M
    route: OneRouteChoice = "auto"
    threshold: str | None = None
    folds: tuple[str, ...] | None = None
    device: str = "auto"
    mirroring: bool = True
    tile_step: float = 0.5
    exports: tuple[Export, ...] = ()
    overwrite: bool = False
    skip_bad: bool = False
    workers: int = 1
    backend: Backend = LOCAL

    def deciding(self) -> dict[str, Any]:
        """What decides a scene's maps and lines, as it stands in its record; areas and model come by their SHA-256."""
        return {
            "box": None if self.box is None else list(self.box),
            "values": self.values,
            "band": self.band,
            "pixel_size_m": self.pixel_size_m,
            "min_length_m": self.min_length_m,
            "mirroring": self.mirroring,
            "tile_step": self.tile_step,
        }
