"""The traced lines of one scene as rows: each with its columns, the front with what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shapely import LineString

from nnunet_glacier.delineation import believability
from nnunet_glacier.delineation.believability import Limits
from nnunet_glacier.delineation.front_drawing import Drawn
from nnunet_glacier.delineation.kind_of_line import ModelName
from nnunet_glacier.delineation.line_places import ground_length_m, known_of, vertices_on_map
from nnunet_glacier.delineation.signs import measured_signs
from nnunet_glacier.delineation.training_likeness import Likeness
from nnunet_glacier.formats.delineated_lines import DelineatedLine, Layer
from nnunet_glacier.formats.scene_rasters import SceneRaster
from nnunet_glacier.lines.front_shape import mean_along
from nnunet_glacier.lines.front_tracing import TracedLine, choose_front
from nnunet_glacier.lines.front_uncertainty import Calibrations, fold_uncertainty
from nnunet_glacier.lines.grids import Grid


@dataclass(frozen=True)
class SceneLines:
    """What turns the traced lines of a scene into rows of layers.

    Attributes:
        scene: The scene.
        model: What stands of the model beside each line.
        target: The grid in whose CRS the lines are to be, in degrees in its turn of the earth.
        drawn: Its maps and lines on the network's grid.
        likeness: How like the training images the scene is.
        calibrations: What makes the uncertainties of the distances between the folds' fronts.
        limits: Beyond what something speaks against the front.
    """

    scene: SceneRaster
    model: ModelName
    target: Grid
    drawn: Drawn
    likeness: Likeness
    calibrations: Calibrations
    limits: Limits

    def rows(self, min_length_m: float) -> tuple[DelineatedLine, ...]:
        """The front, or the rejected one, what was followed of it, and the other lines.

        Args:
            min_length_m: Lines up to this length are left out.
        """
        front, others = choose_front([one for one in self.drawn.traced if self._length_m(one.line) > min_length_m])
        other_rows = [self._row("other_pieces", one, one.line) for one in others]
        if front is None:
            return tuple(other_rows)
        followed = [self._row("prolonged", front, end) for end in front.prolonged]
        return (self._front(front, others), *followed, *other_rows)

    def _front(self, front: TracedLine, others: Sequence[TracedLine]) -> DelineatedLine:
        """The front with what speaks against it, in the layer to which this leads."""
        maps = self.drawn.maps
        signs = measured_signs(
            front.line,
            fold_fronts=self.drawn.of_folds,
            others=[one.line for one in others if one.main],
            prolonged=front.prolonged,
            probability=maps.probability,
            zones=maps.zones,
            valid=maps.valid,
            likeness=self.likeness,
        )
        return believability.judged(self._row("fronts", front, front.line), believability.flags(signs, self.limits))

    def _row(self, layer: Layer, one: TracedLine, line: LineString) -> DelineatedLine:
        maps = self.drawn.maps
        pixel_size_m = maps.grid.pixel_size_m
        # The networks' fronts say how well they agree on the front, and nothing of another line.
        of_folds = self.drawn.of_folds if layer == "fronts" else ()
        uncertainty_m = fold_uncertainty(of_folds, line, pixel_size_m, self.calibrations.line)
        return DelineatedLine(
            layer=layer,
            xy=vertices_on_map(line, maps.grid, self.target),
            crs=self.target.crs,
            case=self.scene.case,
            **known_of(self.scene),
            model=self.model.name,
            model_sha256=self.model.sha256,
            length_m=self._length_m(line),
            prolonged_m=sum(self._length_m(end) for end in one.prolonged),
            mean_probability=mean_along(line, maps.probability),
            uncertainty_m=uncertainty_m,
            position_uncertainty_m=self._position_uncertainty_m(uncertainty_m),
            pixel_size_m=pixel_size_m,
        )

    def _position_uncertainty_m(self, uncertainty_m: float | None) -> float | None:
        """None where that of the line is not known."""
        position_px = self.calibrations.position_px
        return None if uncertainty_m is None or position_px is None else position_px * self.drawn.maps.grid.pixel_size_m

    def _length_m(self, line: LineString) -> float:
        """Length of a line in pixels on the ground."""
        return ground_length_m(line, self.drawn.maps.grid)
