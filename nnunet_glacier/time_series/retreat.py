"""The stage ``retreat``: dated lines in, positions in time with uncertainty, trend, season and events out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nnunet_glacier.formats.dated_lines import DatedLines, LineChoice, open_lines
from nnunet_glacier.formats.retreat_series import SERIES_CSV, holds_series
from nnunet_glacier.support.databases import in_use_problems
from nnunet_glacier.support.dataclass_json import to_plain
from nnunet_glacier.support.diagrams import diagram_files
from nnunet_glacier.support.errors import InputError, Problem, all_of
from nnunet_glacier.support.files import folder_problems, write_json
from nnunet_glacier.support.foreign_files import foreign_problems
from nnunet_glacier.support.parallel import LOCAL, Backend
from nnunet_glacier.support.wording import counted
from nnunet_glacier.time_series.animation import write_animation
from nnunet_glacier.time_series.background import images_without_day, open_backgrounds, reaching
from nnunet_glacier.time_series.closing import closing, several_glaciers
from nnunet_glacier.time_series.day_positions import Positions, positions_of
from nnunet_glacier.time_series.map_crs import map_crs
from nnunet_glacier.time_series.map_figure import draw_map, window_of
from nnunet_glacier.time_series.methods import CENTRELINE, CUTS_UPSTREAM_EDGE, METHODS, RECTILINEAR_BOX
from nnunet_glacier.time_series.position_figure import draw_positions
from nnunet_glacier.time_series.references import MethodSettings, Reference, build_reference
from nnunet_glacier.time_series.result_files import (
    GEOPACKAGE,
    LEFT_OUT_CSV,
    RETREAT_JSON,
    lines_json,
    reference_json,
    series_json,
    write_geopackage,
    write_left_out,
    write_series,
)
from nnunet_glacier.time_series.series import Series, SeriesSettings, series_of
from nnunet_glacier.time_series.upstream import parse_upstream

GIF = "fronts.gif"

_POSITIONS, _MAP = "positions", "map"
"""The figures, without their endings."""

_OTHER_OUT = "Give another folder as OUT, or move them away"

_NOT_DECIDING = ("workers", "backend")
"""Options that decide nothing of the results."""

_MEND_BOX = "Draw the box so that each front divides it, and give as --upstream the side that lies on the glacier"


@dataclass(frozen=True)
class Options:
    """What a user may choose.

    Attributes:
        centreline: File of a centreline, or None.
        box: File of a box, or None; without either, a flowline is made of the fronts.
        upstream: Which side is upstream (`parse_upstream`), or None: then nothing is called advance or retreat.
        methods: Methods to use, or None for all that there is a reference for.
        measuring: Settings of the methods; `upstream` there is set by the one here.
        choice: Which lines are meant.
        uncertainty_m: Of lines that tell none, or None.
        judging: How a series is judged.
        image: A georeferenced image to draw the fronts on, or a folder of them by day, or None.
        animate: Whether to write ``fronts.gif`` too.
        workers: Processes that read the files of a folder.
        backend: What runs them.
    """

    centreline: Path | None = None
    box: Path | None = None
    upstream: str | None = None
    methods: tuple[str, ...] | None = None
    measuring: MethodSettings = field(default_factory=MethodSettings)
    choice: LineChoice = field(default_factory=LineChoice)
    uncertainty_m: float | None = None
    judging: SeriesSettings = field(default_factory=SeriesSettings)
    image: Path | None = None
    animate: bool = False
    workers: int = 1
    backend: Backend = LOCAL


def retreat(lines: Path, out: Path, options: Options | None = None) -> str:
    """Measure how far fronts advanced or retreated, and write tables, a GeoPackage and figures.

    Args:
        lines: A vector file, or a folder of such files (`open_lines`).
        out: Folder for the results, which are made anew.
        options: What they are measured against, and how.

    Returns:
        The text for the screen: what was measured and written, and what comes next.

    Raises:
        InputError: With what is wrong with the input; nothing is written then.
    """
    options = options or Options()
    problems = _place_problems(lines, out, options) + options.backend.problems()
    if problems:
        raise InputError(problems)
    opened = () if options.image is None else open_backgrounds(options.image)
    read, reference, series = measure(lines, options)
    window = window_of(reference)
    images = reaching(opened, reference.plane, window)
    all_of(*(lambda image=image: image.check(reference.plane, window) for image in images))
    crs = map_crs(read.lines, reference.plane)
    # The record is written last: without it the folder is that of a run that was stopped.
    for name in (RETREAT_JSON, GIF):
        (out / name).unlink(missing_ok=True)
    write_series(out / SERIES_CSV, series)
    write_left_out(out / LEFT_OUT_CSV, read, series, reference.fronts.misplaced)
    layers = write_geopackage(out / GEOPACKAGE, reference, series, crs)
    draw_positions(out / _POSITIONS, series, reference)
    draw_map(out / _MAP, reference, series, images[-1] if images else None)
    if options.animate:
        write_animation(out / GIF, reference, series, images)
    write_json(out / RETREAT_JSON, _record(lines, read, reference, series, options))
    text = closing(out, read, reference, series, layers, options.judging, GIF if options.animate else "")
    beside = len(opened) - len(images)
    if beside:
        text = f"{counted(beside, 'image')} of {len(opened)} left out: no ground of the fronts.\n{text}"
    if options.image is not None and (undated := images_without_day(options.image)):
        text = (
            f"{counted(len(undated), 'image')} without a day in the name left out, such as {undated[0].name}.\n{text}"
        )
    return text


def _place_problems(lines: Path, out: Path, options: Options) -> list[Problem]:
    """Why nothing can be written to the output folder: among others, something in it is read too."""
    problems = folder_problems(out) + in_use_problems(out / GEOPACKAGE)
    if not holds_series(out):
        problems += foreign_problems(out, _written(out), out / RETREAT_JSON, _OTHER_OUT)
    if lines.is_dir() and out.resolve().is_relative_to(lines.resolve()):
        what = f"it lies in {lines}, all of whose files are read as lines"
        problems.append(Problem(out, what, "Give an OUT elsewhere"))
    written = (out / GEOPACKAGE).resolve()
    read = [path for path in (lines, options.centreline, options.box) if path is not None]
    what = "it is read, and would be written over"
    return problems + [Problem(path, what, "Give another folder as OUT") for path in read if path.resolve() == written]


def _written(out: Path) -> list[Path]:
    """What is replaced, or deleted, in the output folder, beside the record."""
    figures = [path for stem in (_POSITIONS, _MAP) for path in diagram_files(out / stem)]
    return [*(out / name for name in (SERIES_CSV, LEFT_OUT_CSV, GEOPACKAGE, GIF)), *figures]


def measure(lines: Path, options: Options) -> tuple[DatedLines, Reference, list[Series]]:
    """What `retreat` measures, without writing it: lines, what they are measured against, and one series per method.

    Raises:
        InputError: With what is wrong with the input.
    """
    read, reference = _open(lines, options)
    positions = [positions_of(method, reference.fronts.days) for method in reference.methods]
    _check_measured(positions, read, lines, options)
    return read, reference, [_series(one, reference, options) for one in positions]


def parse_where(text: str) -> tuple[str, str]:
    """Column and value of a condition ``COLUMN=VALUE``.

    Raises:
        InputError: If it is of another form.
    """
    column, equals, value = text.partition("=")
    if not (equals and column.strip()):
        raise InputError([Problem("--where", f"{text!r} is no condition", "Give COLUMN=VALUE")])
    return column.strip(), value.strip()


def _open(lines: Path, options: Options) -> tuple[DatedLines, Reference]:
    upstream = None if options.upstream is None else parse_upstream(options.upstream)
    read = open_lines(lines, options.choice, workers=options.workers, backend=options.backend)
    if options.uncertainty_m is not None:
        # Replace unknown uncertainties alone: NaN differs from itself.
        read.lines = [
            replace(line, uncertainty_m=options.uncertainty_m) if line.uncertainty_m != line.uncertainty_m else line
            for line in read.lines
        ]
    settings = replace(options.measuring, upstream=upstream)
    try:
        reference = build_reference(read.lines, lines, options.centreline, options.box, settings)
    except InputError as error:
        # Of lines of several glaciers no flowline can be made; a centreline or box that is given tells the glacier.
        several = [] if options.centreline or options.box else _several_glaciers(read, lines)
        raise InputError([*several, *error.problems]) from None
    return read, _chosen(reference, options)


def _chosen(reference: Reference, options: Options) -> Reference:
    """The reference with the methods that were asked for."""
    if options.methods is None:
        return reference
    able = {method.name: method for method in reference.methods}
    missing = [name for name in options.methods if name not in able]
    if missing:
        needs = "--box" if RECTILINEAR_BOX in missing else "--centreline, and --width-m where no front cuts it"
        what = f"{' and '.join(missing)} cannot be used with what is given"
        raise InputError([Problem("--method", what, f"Give {needs}")])
    return replace(reference, methods=tuple(able[name] for name in METHODS if name in options.methods))


def _several_glaciers(read: DatedLines, lines: Path) -> list[Problem]:
    """That the lines are of several glaciers, and how one is chosen; nothing where they are not, or no column tells."""
    several = several_glaciers(read)
    if several is None:
        return []
    what, choice = several
    return [Problem(lines, what, f"Give {choice}, or the --centreline or --box of one")]


def _check_measured(positions: Sequence[Positions], read: DatedLines, lines: Path, options: Options) -> None:
    """Refuse a centreline that no front cuts, a box that none divides, and a box whose upstream side the fronts cut."""
    problems = _wrong_side(positions, options)
    made = not (options.centreline or options.box)
    for one in positions:
        if one.days or (one.method not in (CENTRELINE, RECTILINEAR_BOX) and any(other.days for other in positions)):
            continue
        against, remedy = options.centreline, "Give the centreline of this glacier; --upstream does not matter here"
        what = "no front cuts it"
        if made:
            what = "no front cuts the flowline that was made of the fronts"
            remedy = "Give --centreline or --box, or choose one glacier's lines with --where COLUMN=VALUE"
        if one.method == RECTILINEAR_BOX:
            against, what, remedy = options.box, "no front divides it", _MEND_BOX
        elif one.method != CENTRELINE:
            what, remedy = f"no front divides the {one.method}", "Give a smaller --width-m, or --max-gap-m"
        reason = f"{what}; the first of {counted(len(one.left_out), 'day')}: {one.left_out[0].reason}"
        problems.append(Problem(against or lines, reason, remedy))
    if problems:
        raise InputError([*(_several_glaciers(read, lines) if made else []), *problems])


def _wrong_side(positions: Sequence[Positions], options: Options) -> list[Problem]:
    """A box with most fronts across its upstream side, which should lie on the glacier."""
    for one in positions:
        across = sum(CUTS_UPSTREAM_EDGE in day.measured.flags for day in one.days)
        if one.method == RECTILINEAR_BOX and 2 * across > len(one.days):
            said = "that it says is" if options.upstream else "that, by their main direction, would be"
            what = f"{across} of {len(one.days)} fronts cut the side of the box {said} upstream"
            remedy = "Give --upstream: the side that lies on the glacier, or LON,LAT of a place on the glacier"
            return [Problem("--upstream" if options.upstream else options.box or "--box", what, remedy)]
    return []


def _series(positions: Positions, reference: Reference, options: Options) -> Series:
    on_centreline = positions.method != RECTILINEAR_BOX and not reference.derived and reference.flowline is not None
    return series_of(
        positions,
        options.judging,
        signed=reference.signed,
        drawn_length_m=reference.flowline.length_m if on_centreline and reference.flowline else None,
        turned=reference.turned,
    )


def _record(
    lines: Path, read: DatedLines, reference: Reference, series: Sequence[Series], options: Options
) -> dict[str, Any]:
    return {
        "made_by": f"nnunet-glacier {version('nnunet-glacier')}",
        "input": str(lines),
        "lines": lines_json(read, reference),
        "reference": reference_json(reference),
        "methods": {one.method: series_json(one, reference.signed) for one in series},
        "options": {key: value for key, value in to_plain(asdict(options)).items() if key not in _NOT_DECIDING},
    }
