"""What differs between calving fronts and grounding lines; the stage is one, and asks the kind of line for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from nnunet_glacier.delineation.area import Area
from nnunet_glacier.delineation.maps import HoldsData, SceneMaps
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.value_warnings import ValueDoubts
from nnunet_glacier.formats.chosen_threshold import parse_threshold
from nnunet_glacier.formats.delineated_folder import MapFolders
from nnunet_glacier.formats.delineated_lines import DelineatedLine, LineFile
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.formats.scene_rasters import SceneRaster
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.errors import InputError, Problem


class Network(Protocol):
    """A loaded model, as `nnunet_glacier.inference.scene_model.SceneModel`; each kind says what it asks of it.

    Attributes:
        model: The model that was opened.
        mirroring: Whether it averages over mirrored tiles.
        tile_step: Step of its sliding window as a fraction of the tile.
    """

    model: Model
    mirroring: bool
    tile_step: float


class ZoneModel(Network, Protocol):
    """What fronts at the edge of zones ask of a loaded model."""

    def zone_probabilities(
        self,
        pixels: np.ndarray,
        valid: np.ndarray | None = None,
        *,
        pixel_size_m: float = 1.0,
        progress: Callable[[int], object] = ...,
    ) -> np.ndarray:
        """Each fold's probabilities of the four zones, float16, ``(folds, 4, H, W)``."""


class ZoneAndFrontModel(Network, Protocol):
    """What fronts along the band of a front class, beside zones, ask of a loaded model."""

    def zone_and_front_probabilities(
        self,
        pixels: np.ndarray,
        valid: np.ndarray | None = None,
        *,
        pixel_size_m: float = 1.0,
        progress: Callable[[int], object] = ...,
    ) -> np.ndarray:
        """Each fold's probabilities of the four zones and of the front, float16, ``(folds, 5, H, W)``."""


class LineModel(Network, Protocol):
    """What grounding lines, and fronts without zones, ask of a loaded model."""

    def line_probabilities(
        self,
        channels: np.ndarray,
        valid: np.ndarray | None = None,
        *,
        pixel_size_m: float = 1.0,
        progress: Callable[[int], object] = ...,
    ) -> np.ndarray:
        """Each fold's probability of the line, float16, ``(folds, H, W)``."""


@dataclass(frozen=True)
class ModelName:
    """What stands of the model beside each line.

    Attributes:
        name: Its name.
        sha256: Its SHA-256.
        pixel_size_m: Least and greatest pixel size that it was trained on, or is to see.
    """

    name: str
    sha256: str
    pixel_size_m: tuple[float, float]


@dataclass(frozen=True)
class Delineated:
    """What a scene gives.

    Attributes:
        maps: Its maps, on the network's grid.
        target: The grid on which they are to be written: the scene's own.
        lines: Its lines, in the CRS of that grid.
        holds_data: Where rows of the target hold data by the scene's own header; None where the maps say it.
        doubts: What its values may mean; nothing else where they have one meaning.
    """

    maps: SceneMaps
    target: Grid
    lines: tuple[DelineatedLine, ...]
    holds_data: HoldsData | None = None
    doubts: ValueDoubts = field(default_factory=ValueDoubts)


DEFAULT_THRESHOLD = 0.5
"""Above it the line is the class that is predicted."""


def threshold_of(options: Options, problems: list[Problem], default: float = DEFAULT_THRESHOLD) -> float:
    """The probability above which there is a line; what is wrong with the option is added to the problems."""
    if options.threshold is None:
        return default
    try:
        return parse_threshold(options.threshold)
    except InputError as error:
        problems += error.problems
    return default


def pixel_sizes_to_see(model: Model, options: Options, trained_m: float | None = None) -> tuple[float, float] | None:
    """The least and greatest pixel size that a network is to see, in metres.

    Args:
        model: The model.
        options: What the user says comes first.
        trained_m: That of the grid which all of its training scenes were brought to, or None; comes next.

    Returns:
        The two, at last those that the model says; None where nothing tells them.
    """
    one_m = options.pixel_size_m if options.pixel_size_m is not None else trained_m
    return model.pixel_size_m if one_m is None else (one_m, one_m)


class KindOfLine(ABC):
    """A kind of line, with the model that draws it. It travels to other processes.

    Attributes:
        noun: What one is called.
        word: What it is called in records; "" for a front, whose records have always been without it.
        file: The GeoPackage.
        maps: Folders of the maps.
        rejecting: Flags that take a line out.
    """

    noun: ClassVar[str]
    word: ClassVar[str]
    file: ClassVar[LineFile]
    maps: ClassVar[MapFolders]
    rejecting: ClassVar[frozenset[str]]

    @abstractmethod
    def deciding(self) -> dict[str, Any]:
        """What decides a scene's maps and lines, as it stands in its record."""

    @abstractmethod
    def read_header(self, path: Path, case: str) -> SceneRaster:
        """Open a scene and look at its header; raises `GlacierError` where it is none for this kind of line."""

    @abstractmethod
    def delineate(
        self, scene: SceneRaster, network: Any, areas: Sequence[Area], progress: Callable[[int], object]
    ) -> Delineated:
        """A scene from its pixels to its maps and lines; raises `GlacierError` if it cannot be used."""

    @abstractmethod
    def beside_one_another(self, lines: Sequence[DelineatedLine]) -> list[DelineatedLine]:
        """The lines of all scenes with what the others say of each."""

    @abstractmethod
    def warnings(self, lines: Sequence[DelineatedLine]) -> list[str]:
        """What to look at."""

    @abstractmethod
    def write_export(self, folder: Path, table: Any, form: str) -> list[Path]:
        """Write the believed lines in another form; the files."""

    @abstractmethod
    def next_steps(self, out: Path) -> list[str]:
        """What to run next, in lines."""
