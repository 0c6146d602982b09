"""The door of a folder of predictions: which cases it holds, and for each a zone map, a front band, or both.

Post-processing and evaluation read the same kinds of folder:

* what ``nnunet-glacier predict`` writes: ``zones/<case>`` with zone ids, ``fronts/<case>`` with 0 and 255; of grounding
  lines ``labels/<case>`` and a ``dataset.json`` that says what the labels mean;
* what nnU-Net's own commands write: label maps ``<case><file ending>`` and a ``dataset.json`` that says what the
  labels mean, in the folder or, for a fold's ``validation`` folder, in the model folder above it;
* zone maps of any method in CaFFe's grey values, ``<case>.png`` or ``.tif``, also named ``<case>_zones``, and front
  masks named ``<case>_front``, where everything but 0 is front.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nnunet_glacier.domain.labels import LabelSpace
from nnunet_glacier.formats.dataset_json import DATASET_JSON, DatasetDescription, known_space, read_description
from nnunet_glacier.formats.delineated_folder import KINDS
from nnunet_glacier.formats.line_probabilities import find_probability, find_spread
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.prediction_layout import FOLD, FRONTS, LABELS, PARTS, VALIDATION, ZONES
from nnunet_glacier.formats.prediction_record import PREDICTION_JSON, read_predicting_model
from nnunet_glacier.formats.rasters import raster_stem, raster_suffix
from nnunet_glacier.formats.run_record import FRONTS_JSON
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import absent_folder
from nnunet_glacier.support.names import name_problems
from nnunet_glacier.support.wording import counted

_COPY = "Copy the dataset.json of the dataset that the model was trained on here"

_ZONE_SUFFIX = re.compile(r"_zones?$")
_FRONT_SUFFIX = re.compile(r"_fronts?$")


@dataclass(frozen=True)
class Predictions:
    """A folder of predictions; no map of it is read.

    Attributes:
        folder: Where they lie.
        cases: What was predicted of each case, sorted by name; at least one.
        description: The ``dataset.json`` of the model that predicted them, or None.
        model: Dataset, trainer, plans and configuration of that model, as far as they are known
            (`read_predicting_model`).
    """

    folder: Path
    cases: Mapping[str, Prediction]
    description: DatasetDescription | None = None
    model: Mapping[str, str] = field(default_factory=dict)

    def at(self, threshold: float) -> Predictions:
        """The same with every front taken from the probabilities above a threshold, where there are any."""
        return replace(self, cases={case: replace(one, threshold=threshold) for case, one in self.cases.items()})


def open_predictions(folder: Path | str) -> Predictions:
    """Open a folder of predictions of any of the kinds above.

    Raises:
        InputError: If there is no such folder, it is a part of one, nothing in it is a prediction, a case occurs
            twice, or its ``dataset.json`` cannot be used.
    """
    folder = Path(folder)
    _refuse_missing(folder)
    whole = _whole(folder)
    if whole is not None:
        what = "it is a part of a folder of predictions, which tells what its maps mean"
        raise InputError([Problem(folder, what, f"Give {whole}")])
    # Without zones it holds front masks, of which the same line is found again.
    if (folder / FRONTS_JSON).is_file() and (folder / ZONES).is_dir():
        what = "it was written by 'nnunet-glacier fronts', whose zones are cleaned"
        raise InputError([Problem(folder, what, "Give the folder of predictions that it was made from")])
    description = _description_of(folder)
    if (folder / ZONES).is_dir() or (folder / FRONTS).is_dir():
        cases = _decoded_maps(folder)
    elif description is not None:
        cases = _label_maps(folder, known_space(description, _COPY), description.file_ending)
    else:
        cases = _grey_maps(folder)
    return _opened(folder, cases, description)


def open_line_predictions(folder: Path) -> Predictions:
    """Open a folder of predicted zones or lines, of which fronts or grounding lines can be made.

    Raises:
        InputError: As `open_predictions`, or if its label maps hold neither.
    """
    predictions = open_predictions(folder)
    if not any(one.has_zones or one.has_front for one in predictions.cases.values()):
        description = predictions.description
        assert description is not None and description.space is not None
        what = f"its tasks are {description.space.names}: no zones and no front"
        remedy = "Only predicted zones, fronts or grounding lines can become lines"
        raise InputError([Problem(description.path, what, remedy)])
    return predictions


def open_label_maps(folder: Path, space: LabelSpace) -> Predictions:
    """Open a folder of label maps of any tasks.

    The maps lie in the folder, as nnU-Net's commands write them, or in ``labels`` below it, as ``nnunet-glacier
    predict`` does.

    Args:
        folder: Where they are; it need not say what the labels mean.
        space: What they mean.

    Raises:
        InputError: If there is no such folder, no map in it, two of a case, or its ``dataset.json`` cannot be used.
    """
    _refuse_missing(folder)
    return _opened(folder, _label_maps(folder, space, ""), _description_of(folder))


def _opened(folder: Path, cases: Sequence[Prediction], description: DatasetDescription | None) -> Predictions:
    """The folder with its cases and what lies beside their maps, unless there are none or they are mixed."""
    problem = _mixture(folder, cases) or (None if cases else _nothing(folder))
    problems = [problem] if problem else name_problems(path for one in cases for path in one.files)
    if problems:
        raise InputError(problems)
    complete = {
        one.case: replace(
            one,
            probability=find_probability(folder, one.case, one.space),
            spread=find_spread(folder, one.case),
        )
        for one in cases
    }
    return Predictions(folder, complete, description, read_predicting_model(folder))


def _of_a_fold(folder: Path) -> bool:
    """Whether it is the folder of a trained fold's validation."""
    return folder.name == VALIDATION and FOLD.fullmatch(folder.absolute().parent.name) is not None


def _description_of(folder: Path) -> DatasetDescription | None:
    """The ``dataset.json`` in the folder; for a fold's ``validation`` folder that of the model above it; or None."""
    candidates = [folder / DATASET_JSON]
    if _of_a_fold(folder):
        candidates.append(folder.absolute().parent.parent / DATASET_JSON)
    path = next((path for path in candidates if path.is_file()), None)
    return None if path is None else read_description(path, _COPY)


def _refuse_missing(folder: Path) -> None:
    whole = _whole(folder.parent) if folder.is_file() else None
    absent = absent_folder(folder, "Give a folder of predictions" if whole is None else f"Give {whole}")
    if absent:
        raise InputError(absent)


def _whole(folder: Path) -> Path | None:
    """What ``predict`` wrote of an experiment, if the folder is a part of it without a description of its own."""
    place = folder.resolve()
    of_one = place.name in PARTS and (place.parent / PREDICTION_JSON).is_file()
    if not of_one or (folder / DATASET_JSON).is_file():
        return None
    return folder.parent if folder.name == place.name else place.parent


def _nothing(folder: Path) -> Problem:
    """A folder without predictions, which may hold folders of them."""
    if _of_a_fold(folder):
        remedy = "Run the fold's nnUNetv2_train again with --val, for 'sweep' with --npz too"
        return Problem(folder, "the validation of this fold was stopped before its first map", remedy)
    below = sorted(path.name for path in folder.iterdir() if path.is_dir() and _holds_maps(path))
    if below:
        what = f"no prediction in it, but in folders below it: {', '.join(below)}"
        return Problem(folder, what, "Give one of them, or several if they are repeated trainings of one experiment")
    what = f"no prediction in it (looked for {ZONES}/, {FRONTS}/, {DATASET_JSON}, *.png, *.tif)"
    return Problem(folder, what, "Give the output folder of a prediction command")


def _holds_maps(folder: Path) -> bool:
    return any(_maps_in(place) for place in (folder, folder / ZONES, folder / FRONTS, folder / LABELS))


def _mixture(folder: Path, cases: Sequence[Prediction]) -> Problem | None:
    """Maps beside those that are read or in folders below: a folder into which two experiments were written."""
    if not cases:
        return None
    read = {path for prediction in cases for path in prediction.files}
    others = [path.name for path in _maps_in(folder) if path not in read]
    inside, extras = cases[0].files[0].parent, []
    if others and inside == folder:
        extras.append(f"{counted(len(others), 'map')} of another kind, such as {others[0]}")
    elif others:
        extras.append(f"{inside.name}/ and {counted(len(others), 'map')} beside it, such as {others[0]}")
    extras += [f"its own and those in {name}/" for name in _experiments_below(folder, {one.case for one in cases})]
    if not extras:
        return None
    for file, maps in KINDS:
        if (folder / file.name).is_file() and (folder / maps.probability).is_dir():
            remedy = f"Give its lines, {folder / file.name}, or the OUT of 'nnunet-glacier predict'"
            return Problem(folder, "it is what delineate wrote, and no folder of predictions", remedy)
    what = f"it mixes predictions of several experiments: {'; '.join(extras)}"
    return Problem(folder, what, "Give each experiment a folder of its own, with its own dataset.json")


def _experiments_below(folder: Path, cases: Collection[str]) -> list[str]:
    """Folders in a folder of predictions that hold predictions too.

    Pictures and scores that somebody keeps there are none: a map that lies in such a folder itself must be of one of
    the cases.
    """
    below = []
    for path in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        if path.name in PARTS or (path / FRONTS_JSON).is_file():
            continue
        if any(_maps_in(path / name) for name in (ZONES, FRONTS, LABELS)) or any(
            _grey_case(one) in cases for one in _maps_in(path)
        ):
            below.append(path.name)
    return below


def _grey_case(path: Path) -> str:
    """The case of a map that lies in a folder itself."""
    return _FRONT_SUFFIX.sub("", _ZONE_SUFFIX.sub("", raster_stem(path)))


def _maps_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if raster_suffix(path) and not path.name.startswith("."))


def _by_case(pairs: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    """Case to file.

    Raises:
        InputError: If two files are of one case.
    """
    files: dict[str, Path] = {}
    problems = []
    for case, path in pairs:
        if case in files:
            problems.append(Problem(path, f"a second map of case {case}, beside {files[case].name}", "Keep one"))
        files[case] = path
    if problems:
        raise InputError(problems, "The predictions are ambiguous")
    return files


def _decoded_maps(folder: Path) -> list[Prediction]:
    zones = _by_case((raster_stem(path), path) for path in _maps_in(folder / ZONES))
    fronts = _by_case((raster_stem(path), path) for path in _maps_in(folder / FRONTS))
    return [Prediction(case, zones=zones.get(case), front=fronts.get(case)) for case in sorted({*zones, *fronts})]


def _label_maps(folder: Path, space: LabelSpace, ending: str) -> list[Prediction]:
    """The label maps of a folder, or of ``labels`` below it, with a file ending; with any for ""."""
    if (folder / LABELS).is_dir():
        # There maps of GeoTIFFs are GeoTIFFs, whatever the model's own images were.
        folder, ending = folder / LABELS, ""
    files = [path for path in _maps_in(folder) if path.name.endswith(ending)]
    cases = _by_case(
        (path.name[: len(path.name) - len(ending)] if ending else raster_stem(path), path) for path in files
    )
    return [Prediction(case, codes=path, space=space) for case, path in sorted(cases.items())]


def _grey_maps(folder: Path) -> list[Prediction]:
    maps = _maps_in(folder)
    fronts = [path for path in maps if _FRONT_SUFFIX.search(raster_stem(path))]
    zones = _by_case((_ZONE_SUFFIX.sub("", raster_stem(path)), path) for path in maps if path not in fronts)
    front = _by_case((_FRONT_SUFFIX.sub("", raster_stem(path)), path) for path in fronts)
    cases = {case: Prediction(case, zones=path, grey=True) for case, path in zones.items()}
    for case, path in front.items():
        cases[case] = replace(cases.get(case, Prediction(case)), front=path)
    return [cases[case] for case in sorted(cases)]
