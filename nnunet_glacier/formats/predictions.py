"""What a folder of predictions holds: which cases, and for each a zone map, a front band, or both.

Post-processing and evaluation read the same three kinds of folder:

* what ``nnunet-glacier predict`` writes: ``zones/<case>`` with zone ids, ``fronts/<case>`` with 0 and 255; of grounding
  lines ``labels/<case>`` and a ``dataset.json`` that says what the labels mean;
* what nnU-Net's own commands write: label maps ``<case><file ending>`` and a ``dataset.json`` that says what the
  labels mean, in the folder or, for a fold's ``validation`` folder, in the model folder above it;
* zone maps of any method in CaFFe's grey values, ``<case>.png`` or ``.tif``, also named ``<case>_zones``, and front
  masks named ``<case>_front``, where everything but 0 is front.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from nnunet_glacier.domain.labels import FRONT, FUSED, GROUNDING_LINE, ZONES, LabelSpace
from nnunet_glacier.formats.dataset_json import DATASET_JSON, FOLD, VALIDATION, find_dataset_json
from nnunet_glacier.formats.line_probabilities import PROBABILITIES, SPREAD
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.rasters import raster_stem, raster_suffix
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.files import absent_folder
from nnunet_glacier.support.wording import counted

LABELS = "labels"
"""Folder of the label maps that ``nnunet-glacier predict`` writes where labels are neither zones nor fronts."""

FRONTS_JSON = "fronts.json"
"""What ``nnunet-glacier fronts`` writes beside its maps, which are no predictions any more."""

PREDICTION_JSON = "prediction.json"
"""What ``nnunet-glacier predict`` writes beside its maps: the model and the options."""

_OF_ONE_EXPERIMENT = ("zones", "fronts", "boundaries", LABELS, PROBABILITIES, SPREAD)
"""Folders below a folder of predictions that ``nnunet-glacier predict`` writes."""

_ZONE_SUFFIX = re.compile(r"_zones?$")
_FRONT_SUFFIX = re.compile(r"_fronts?$")


def list_predictions(folder: Path) -> list[Prediction]:
    """The cases of a folder of predictions, sorted by name; no map is read.

    Raises:
        InputError: If there is no such folder, it is a part of one, nothing in it is a prediction, or a case occurs
            twice.
    """
    _refuse_missing(folder)
    whole = _whole(folder)
    if whole is not None:
        what = "it is a part of a folder of predictions, which tells what its maps mean"
        raise InputError([Problem(folder, what, f"Give {whole}")])
    if (folder / FRONTS_JSON).is_file():
        what = "it was written by 'nnunet-glacier fronts', whose zones are cleaned"
        raise InputError([Problem(folder, what, "Give the folder of predictions that it was made from")])
    if (folder / "zones").is_dir() or (folder / "fronts").is_dir():
        found = _decoded_maps(folder)
    elif (labels := find_dataset_json(folder)) is not None:
        found = _described_maps(folder, labels)
    else:
        found = _grey_maps(folder)
    return _unmixed(folder, found)


def list_label_maps(folder: Path, space: LabelSpace) -> list[Prediction]:
    """The cases of a folder of label maps of any tasks, sorted by name; no map is read.

    The maps lie in the folder, as nnU-Net's commands write them, or in ``labels`` below it, as ``nnunet-glacier
    predict`` does.

    Args:
        folder: Where they are; it need not say what the labels mean.
        space: What they mean.

    Raises:
        InputError: If there is no such folder, no map in it, or two of a case.
    """
    _refuse_missing(folder)
    return _unmixed(folder, _label_maps(folder, space, ""))


def _refuse_missing(folder: Path) -> None:
    whole = _whole(folder.parent) if folder.is_file() else None
    absent = absent_folder(folder, "Give a folder of predictions" if whole is None else f"Give {whole}")
    if absent:
        raise InputError(absent)


def _whole(folder: Path) -> Path | None:
    """What ``predict`` wrote of an experiment, if the folder is a part of it without a description of its own."""
    place = folder.resolve()
    of_one = place.name in _OF_ONE_EXPERIMENT and (place.parent / PREDICTION_JSON).is_file()
    if not of_one or (folder / DATASET_JSON).is_file():
        return None
    return folder.parent if folder.name == place.name else place.parent


def _unmixed(folder: Path, found: list[Prediction]) -> list[Prediction]:
    """What was found, unless it is nothing or other maps lie beside it."""
    problem = _mixture(folder, found) or (None if found else _nothing(folder))
    if problem is not None:
        raise InputError([problem])
    return found


def _nothing(folder: Path) -> Problem:
    """A folder without predictions, which may hold folders of them."""
    below = sorted(path.name for path in folder.iterdir() if path.is_dir() and _holds_maps(path))
    if below:
        what = f"no prediction in it, but in folders below it: {', '.join(below)}"
        return Problem(folder, what, "Give one of them, or several if they are repeated trainings of one experiment")
    what = f"no prediction in it (looked for {', '.join(('zones/', 'fronts/', DATASET_JSON, '*.png', '*.tif'))})"
    return Problem(folder, what, "Give the output folder of a prediction command")


def _holds_maps(folder: Path) -> bool:
    return any(_maps_in(place) for place in (folder, folder / "zones", folder / "fronts", folder / LABELS))


def _mixture(folder: Path, found: list[Prediction]) -> Problem | None:
    """Maps beside those that are read or in folders below: a folder into which two experiments were written."""
    if not found:
        return None
    read = {path for prediction in found for path in prediction.files}
    others = [path.name for path in _maps_in(folder) if path not in read]
    inside, extras = found[0].files[0].parent, []
    if others and inside == folder:
        extras.append(f"{counted(len(others), 'map')} of another kind, such as {others[0]}")
    elif others:
        extras.append(f"{inside.name}/ and {counted(len(others), 'map')} beside it, such as {others[0]}")
    extras += [f"its own and those in {name}/" for name in _experiments_below(folder, {case.case for case in found})]
    if not extras:
        return None
    what = f"it mixes predictions of several experiments: {'; '.join(extras)}"
    return Problem(folder, what, "Give each experiment a folder of its own, with its own dataset.json")


def _experiments_below(folder: Path, cases: Collection[str]) -> list[str]:
    """Folders in a folder of predictions that hold predictions too.

    Pictures and scores that somebody keeps there are none: a map that lies in such a folder itself must be of one of
    the cases.
    """
    below = []
    for path in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        if path.name in _OF_ONE_EXPERIMENT or (path / FRONTS_JSON).is_file():
            continue
        if any(_maps_in(path / name) for name in ("zones", "fronts", LABELS)) or any(
            _grey_case(found) in cases for found in _maps_in(path)
        ):
            below.append(path.name)
    return below


def _grey_case(path: Path) -> str:
    """The case of a map that lies in a folder itself."""
    return _FRONT_SUFFIX.sub("", _ZONE_SUFFIX.sub("", raster_stem(path)))


def validation_folders(model_folder: Path) -> dict[str, Path]:
    """The folders of a cross-validation in a trained model's folder: ``fold_0`` to its ``validation`` folder, ...

    Empty if the folder is no trained model's.
    """
    folds = {path.parent.name: path for path in model_folder.glob(f"fold_*/{VALIDATION}") if path.is_dir()}
    numbers = {name: int(match[1]) for name in folds if (match := FOLD.fullmatch(name))}
    return {name: folds[name] for name in sorted(numbers, key=numbers.__getitem__)}


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
    zones = _by_case((raster_stem(path), path) for path in _maps_in(folder / "zones"))
    fronts = _by_case((raster_stem(path), path) for path in _maps_in(folder / "fronts"))
    return [Prediction(case, zones=zones.get(case), front=fronts.get(case)) for case in sorted({*zones, *fronts})]


def _described_maps(folder: Path, dataset_json: Path) -> list[Prediction]:
    try:
        content = json.loads(dataset_json.read_text(encoding="utf-8"))
        space = LabelSpace.from_dataset_json(content)
    except (GlacierError, ValueError) as error:
        remedy = "Copy the dataset.json of the dataset that the model was trained on here"
        raise InputError([Problem(dataset_json, str(error), remedy)]) from None
    if not set(space.names) & {ZONES.name, FUSED.name, FRONT.name, GROUNDING_LINE.name}:
        what = f"its tasks are {space.names}: no zones and no front"
        remedy = "Only predicted zones, fronts or grounding lines can become lines"
        raise InputError([Problem(dataset_json, what, remedy)])
    return _label_maps(folder, space, content.get("file_ending", ""))


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
    found = {case: Prediction(case, zones=path, grey=True) for case, path in zones.items()}
    for case, path in front.items():
        found[case] = replace(found.get(case, Prediction(case)), front=path)
    return [found[case] for case in sorted(found)]
