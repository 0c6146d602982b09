"""Grounding lines in interferograms, by a model that was trained on what ``convert dinsar`` wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

import geopandas

from nnunet_glacier.delineation.area import Area
from nnunet_glacier.delineation.grounding_line_flags import REJECTING
from nnunet_glacier.delineation.kind_of_line import Delineated, KindOfLine, LineModel, pixel_sizes_to_see, threshold_of
from nnunet_glacier.delineation.one_interferogram import LineSettings, delineate_interferogram
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.domain.acquisition_dates import first_date
from nnunet_glacier.domain.choices import GroundingLineExport
from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.formats.delineated_folder import LINE_MAPS
from nnunet_glacier.formats.delineated_lines import GROUNDING_LINES, DelineatedLine
from nnunet_glacier.formats.grounding_line_exports import EXPORTS, write_grounding_line_export
from nnunet_glacier.formats.interferograms import check_sample
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.formats.pass_times import times_of_scene
from nnunet_glacier.formats.phase_rules import PhaseRules, phase_rules_in
from nnunet_glacier.formats.rasters import open_tiff
from nnunet_glacier.formats.scene_rasters import SceneRaster, grid_in
from nnunet_glacier.support.errors import GlacierError, Problem
from nnunet_glacier.support.wording import quoted


@dataclass(frozen=True)
class GroundingLines(KindOfLine):
    """Grounding lines by a model of them."""

    settings: LineSettings
    options: Options

    noun: ClassVar = GROUNDING_LINES.noun
    word: ClassVar = "grounding line"
    file: ClassVar = GROUNDING_LINES
    maps: ClassVar = LINE_MAPS
    rejecting: ClassVar = REJECTING

    def deciding(self) -> dict[str, Any]:
        """The options, the threshold, and how channels are made."""
        drawn = {"kind": self.word, "threshold": self.settings.threshold, "channels": asdict(self.settings.rules)}
        return {**self.options.deciding(), **drawn}

    def read_header(self, path: Path, case: str) -> SceneRaster:
        """An interferogram whose sample is stored as those that the model was trained on."""
        with open_tiff(path) as source:
            grid, shape, dtype = grid_in(source), (source.height, source.width), source.dtypes[0]
        if grid is None:
            raise GlacierError("ground control points alone place it; warp it: gdalwarp -t_srs EPSG:nnnn IMAGE WARPED")
        rules = self.settings.rules
        try:
            check_sample(path, bands=rules.bands, phase_unit=rules.phase_unit)
        except GlacierError as error:
            asked = f"{self.settings.model} draws grounding lines in interferograms of the kind {rules.bands}"
            raise GlacierError(f"{asked}, and of this {error}; an image of amplitude wants a model of fronts") from None
        passes = times_of_scene(path)
        date = first_date(passes[0]) if passes else None
        return SceneRaster(path, case, 1, dtype, grid, shape, date=date, passes=passes)

    def delineate(
        self, scene: SceneRaster, network: LineModel, areas: Sequence[Area], progress: Callable[[int], object]
    ) -> Delineated:
        """As `delineate_interferogram`."""
        return delineate_interferogram(scene, network, self.settings, areas, progress)

    def beside_one_another(self, lines: Sequence[DelineatedLine]) -> list[DelineatedLine]:
        """As they are: nothing is known of a series of grounding lines."""
        return list(lines)

    def warnings(self, lines: Sequence[DelineatedLine]) -> list[str]:
        """None."""
        return []

    def write_export(self, folder: Path, table: geopandas.GeoDataFrame, form: str) -> list[Path]:
        """As `write_grounding_line_export`."""
        return write_grounding_line_export(folder, table, cast(GroundingLineExport, form))

    def next_steps(self, out: Path) -> list[str]:
        """The command `view`."""
        return [
            f"Next: nnunet-glacier view {quoted(out)} --serve, to look at every line over its interferogram and "
            "judge it."
        ]


def grounding_lines_with(model: Model, options: Options) -> tuple[GroundingLines | None, list[Problem]]:
    """Grounding lines by an opened model, and why they cannot be drawn so."""
    rules, problems = _rules_of(model)
    problems += _option_problems(options)
    threshold = threshold_of(options, problems)
    if rules is None:
        return None, problems
    sizes_m = pixel_sizes_to_see(model, options, rules.pixel_size_m)
    settings = LineSettings(rules, model.name, model.sha256(), sizes_m, threshold, options.min_length_m)
    return GroundingLines(settings, options), problems


def _rules_of(model: Model) -> tuple[PhaseRules | None, list[Problem]]:
    where, remedy = model.folder / DATASET_JSON, "Give a model that was trained on what 'convert dinsar' wrote"
    try:
        rules = phase_rules_in(model.dataset_json)
    except GlacierError as error:
        return None, [Problem(where, str(error), remedy)]
    except (KeyError, TypeError):
        return None, [Problem(where, "it does not say how 'convert dinsar' made its channels", remedy)]
    if rules.n_channels != model.n_channels:
        what = f"its channels are {rules.channels}, which are {rules.n_channels}, and it takes {model.n_channels}"
        return None, [Problem(where, what, remedy)]
    return rules, []


def _option_problems(options: Options) -> list[Problem]:
    problems = []
    said = "the model's own dataset says how interferograms are stored"
    if options.values != "auto":
        problems.append(Problem(f"--values {options.values}", f"it is for images; {said}", "Leave it out"))
    if options.band is not None:
        problems.append(Problem(f"--band {options.band}", f"it is for images; {said}", "Leave it out"))
    if options.route != "auto":
        problems.append(Problem(f"--route {options.route}", "it is for calving fronts", "Leave it out"))
    for form in options.exports:
        if form not in EXPORTS:
            what = "it is a form of calving fronts"
            problems.append(Problem(f"--export {form}", what, f"Grounding lines have {', '.join(EXPORTS)}"))
    return problems
