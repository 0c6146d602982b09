"""Calving fronts in images, by a model of zones or of fronts alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

import geopandas

from nnunet_glacier.delineation.area import Area
from nnunet_glacier.delineation.believability import OTHER_PIXEL_SIZE, REJECTING
from nnunet_glacier.delineation.front_drawing import AlongTheBand, AlongTheFrontClass, AtTheEdgeOfZones, FrontDrawing
from nnunet_glacier.delineation.front_route import front_route
from nnunet_glacier.delineation.glacier_series import judged_by_series
from nnunet_glacier.delineation.kind_of_line import (
    Delineated,
    KindOfLine,
    ModelName,
    Network,
    pixel_sizes_to_see,
    threshold_of,
)
from nnunet_glacier.delineation.one_scene import delineate_scene
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.same_day import disagreements
from nnunet_glacier.domain.adaptation import SERIES
from nnunet_glacier.domain.choices import Export
from nnunet_glacier.formats.delineated_folder import FRONT_MAPS, MAPS_WITHOUT_ZONES, WITHOUT_ZONES
from nnunet_glacier.formats.delineated_lines import BETWEEN_FLAGS, FRONTS, DelineatedLine
from nnunet_glacier.formats.front_exports import write_export
from nnunet_glacier.formats.interferograms import interferogram_signs
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.formats.scene_rasters import SceneRaster, read_header
from nnunet_glacier.lines.broken_bands import SEEN_FROM
from nnunet_glacier.support.errors import GlacierError, Problem
from nnunet_glacier.support.wording import counted, quoted, some_of

_TAUGHT_BY_ITSELF = (
    "The model learned from labels that networks made (convert series): what these got wrong alike it draws without "
    "doubt. Few flags and a small uncertainty_m say little here."
)


@dataclass(frozen=True)
class CalvingFronts(KindOfLine):
    """Calving fronts, by a model of zones where nothing else is said.

    Attributes:
        model: What stands of the model beside each line.
        options: The options.
        drawing: How fronts are drawn from what its network says.
        taught_by_itself: Whether the model learned from labels that networks made (``convert series``).
    """

    model: ModelName
    options: Options
    drawing: FrontDrawing
    taught_by_itself: bool = False

    noun: ClassVar = FRONTS.noun
    word: ClassVar = ""
    file: ClassVar = FRONTS
    maps: ClassVar = FRONT_MAPS
    rejecting: ClassVar = REJECTING

    def deciding(self) -> dict[str, Any]:
        """The options, and what of the drawing decides."""
        return {**self.options.deciding(), **self.drawing.deciding()}

    def read_header(self, path: Path, case: str) -> SceneRaster:
        """An image; interferograms are refused."""
        if signs := interferogram_signs(path):
            raise GlacierError(
                f"{signs}: an interferogram wants a grounding-line model (--model), and {self.model.name} draws calving"
                " fronts in images; of complex images write the amplitude or intensity"
            )
        return read_header(path, case, self.options.band)

    def delineate(
        self, scene: SceneRaster, network: Network, areas: Sequence[Area], progress: Callable[[int], object]
    ) -> Delineated:
        """As `delineate_scene`."""
        return delineate_scene(scene, network, self.drawing, self.model, areas, self.options, progress)

    def beside_one_another(self, lines: Sequence[DelineatedLine]) -> list[DelineatedLine]:
        """Judged by the other fronts of their glacier."""
        return judged_by_series(lines)

    def warnings(self, lines: Sequence[DelineatedLine]) -> list[str]:
        """What a model taught by itself does not tell, pixels of another size, and fronts of one day that differ."""
        taught = [_TAUGHT_BY_ITSELF] if self.taught_by_itself else []
        return [*taught, *self._other_sizes(lines), *disagreements(lines)]

    def _other_sizes(self, lines: Sequence[DelineatedLine]) -> list[str]:
        """Scenes whose pixels are far coarser or finer than those that the model was trained on."""
        cases = sorted({line.case for line in lines if OTHER_PIXEL_SIZE in line.flags.split(BETWEEN_FLAGS)})
        if not cases:
            return []
        least_m, greatest_m = self.model.pixel_size_m
        trained = f"{least_m:.0f} m" if least_m == greatest_m else f"{least_m:.0f} to {greatest_m:.0f} m"
        have = counted(len(cases), "scene has", "scenes have")
        return [
            f"{have} pixels unlike the {trained} of {self.model.name}: {some_of(cases)}. Believe their fronts least."
        ]

    def write_export(self, folder: Path, table: geopandas.GeoDataFrame, form: str) -> list[Path]:
        """As `write_export` of fronts."""
        return write_export(folder, table, cast(Export, form))

    def next_steps(self, out: Path) -> list[str]:
        """The commands `view` and `retreat`."""
        return [
            f"Next: nnunet-glacier view {quoted(out)} --serve, to look at the fronts and judge them;",
            f"then nnunet-glacier retreat {quoted(out / self.file.name)} OUT --centreline FILE",
        ]


@dataclass(frozen=True)
class FrontsWithoutZones(CalvingFronts):
    """Calving fronts by a model that has a class for the front and none for the zones beside it."""

    drawing: AlongTheBand

    word: ClassVar = WITHOUT_ZONES
    maps: ClassVar = MAPS_WITHOUT_ZONES

    def deciding(self) -> dict[str, Any]:
        """As of fronts beside zones, and the kind."""
        return {**super().deciding(), "kind": self.word}


def fronts_with(model: Model, options: Options) -> tuple[CalvingFronts, list[Problem]]:
    """Calving fronts by an opened model, and why they cannot be drawn so."""
    problems: list[Problem] = []
    sizes_m = pixel_sizes_to_see(model, options)
    if sizes_m is None:
        what = "it does not say at which pixel size it was trained"
        problems.append(Problem(model.folder, what, "Give --pixel-size-m, or pack it with 'model pack --pixel-size-m'"))
    name = ModelName(model.name, model.sha256(), sizes_m or (1.0, 1.0))
    route = front_route(model, options, problems)
    if model.draws_fronts_alone:
        drawing = AlongTheBand(threshold_of(options, problems), options.min_length_m)
        return FrontsWithoutZones(name, options, drawing), problems
    taught_by_itself = model.dataset_json.get("source") == SERIES
    if route == "front":
        along = AlongTheFrontClass(threshold_of(options, problems, SEEN_FROM))
        return CalvingFronts(name, options, along, taught_by_itself), problems
    if options.threshold is not None:
        what = "it is for a class of the front; from zones a front is where glacier and ocean are equally probable"
        remedy = "Leave it out, or give --route front" if model.has_front_class else "Leave it out"
        problems.append(Problem("--threshold", what, remedy))
    return CalvingFronts(name, options, AtTheEdgeOfZones(), taught_by_itself), problems
