"""Which images make which case: nnU-Net's names ``<case>_0000.<ending>`` and plain ``<case>.<ending>``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nnunet_glacier.formats.image_files import IMAGE_ENDINGS, ending_of, folders_of_images
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import read_list
from nnunet_glacier.support.names import name_problems
from nnunet_glacier.support.wording import counted, no_file

_CHANNEL = re.compile(r"(?P<case>.+)_(?P<channel>\d{4})")


@dataclass(frozen=True)
class Case:
    """One case and its image files, in the order of the channels."""

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class CaseSearch:
    """What a search for cases found.

    Attributes:
        cases: The cases, sorted by name.
        problems: Everything wrong with the files' names.
        left_out: Images in the folders whose ending the model does not take.
    """

    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]
    left_out: tuple[Path, ...]


def find_cases(sources: Sequence[Path], endings: Sequence[str], n_channels: int) -> CaseSearch:
    """Find the cases in folders, image files and lists.

    A folder stands for the images directly in it, a ``.txt`` file for the paths in it, one a line (relative ones from
    the list's own folder; blank lines and lines that begin with ``#`` are skipped).

    Args:
        sources: Folders, image files and lists.
        endings: Endings of images that the model takes, lower case, each with its dot.
        n_channels: The model's number of input channels. With one, only ``_0000`` is a channel number.
    """
    problems: list[Problem] = []
    left_out: list[Path] = []
    files: list[Path] = []
    for source in sources:
        files += _images_of(source, endings, problems, left_out)
    problems += name_problems(files)
    grouped = _by_case(dict.fromkeys(files), endings, n_channels)
    cases = [_checked(name, channels, grouped, problems) for name, channels in sorted(grouped.items())]
    problems += _alike(cases)
    if not cases and not problems:
        problems.append(_nothing(sources, endings, len(left_out)))
    return CaseSearch(tuple(cases), tuple(problems), tuple(left_out))


def _alike(cases: Sequence[Case]) -> list[Problem]:
    """Cases whose names differ in upper and lower case alone, and whose maps many disks would take for one file."""
    alike: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        alike[case.name.lower()].append(case)
    return [
        Problem(
            ", ".join(str(path) for case in same for path in case.files),
            f"the names of cases {' and '.join(case.name for case in same)} differ in upper and lower case alone",
            "Rename one: their files would be one on many disks",
        )
        for same in alike.values()
        if len(same) > 1
    ]


def _nothing(sources: Sequence[Path], endings: Sequence[str], left_out: int) -> Problem:
    """Sources without an image of the model, which may hold folders of them, as a raw dataset does."""
    where = ", ".join(map(str, sources))
    below = [folder for source in sources if source.is_dir() for folder in folders_of_images(source, endings)]
    if below:
        what = f"there is no image in it, but in folders below it: {', '.join(folder.name for folder in below)}"
        return Problem(where, what, f"Give one of them, such as {below[-1]}")
    others = counted(left_out, "image has", "images have")
    return Problem(where, "there is no image in it", f"The model takes {', '.join(endings)}; {others} another ending")


def _images_of(source: Path, endings: Sequence[str], problems: list[Problem], left_out: list[Path]) -> list[Path]:
    if source.is_dir():
        inside = sorted(path for path in source.iterdir() if not path.name.startswith("."))
        files = [path for path in inside if path.is_file()]
        odd = [path for path in inside if not path.is_file() and ending_of(path, endings)]
        problems += [Problem(path, "it is no regular file", "Replace it by an image, or take it out") for path in odd]
        left_out += [path for path in files if not ending_of(path, endings) and ending_of(path, IMAGE_ENDINGS)]
        return [path for path in files if ending_of(path, endings)]
    if not source.is_file():
        problems.append(Problem(source, no_file(source, "file or folder"), "Correct the path"))
    elif source.suffix.lower() == ".txt":
        try:
            listed = [source.parent / entry for entry in read_list(source)]
        except InputError as error:
            problems += error.problems
            return []
        nested = [path for path in listed if path.is_dir() or path.suffix.lower() == ".txt"]
        problems += [Problem(source, f"{path} in it is no image", "List image files only") for path in nested]
        images = (path for path in listed if path not in nested)
        return [image for path in images for image in _images_of(path, endings, problems, left_out)]
    elif not ending_of(source, endings):
        problems.append(Problem(source, "the model does not take this ending", f"It takes {', '.join(endings)}"))
    else:
        return [source]
    return []


def _by_case(files: Iterable[Path], endings: Sequence[str], n_channels: int) -> dict[str, dict[int | None, list[Path]]]:
    """Files by case and channel number; None for a file whose name has none."""
    grouped: dict[str, dict[int | None, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for path in files:
        stem = path.name[: len(path.name) - len(ending_of(path, endings))]
        match = _CHANNEL.fullmatch(stem)
        if match and (n_channels > 1 or int(match["channel"]) == 0):
            grouped[match["case"]][int(match["channel"])].append(path)
        else:
            grouped[stem][None].append(path)
    return grouped


def _checked(
    name: str,
    channels: dict[int | None, list[Path]],
    grouped: dict[str, dict[int | None, list[Path]]],
    problems: list[Problem],
) -> Case:
    """The case, with what is wrong with its names added to the problems."""
    files = tuple(path for _, paths in sorted(channels.items(), key=lambda item: item[0] or 0) for path in paths)
    numbers = sorted(number for number in channels if number is not None)
    listed = ", ".join(map(str, files))
    if len(files) > max(1, len(numbers)):
        problems.append(Problem(listed, f"case {name} a second time", "Case names must be unique: rename one"))
    elif numbers and numbers != list(range(len(numbers))):
        missing = sorted(set(range(numbers[-1])) - set(numbers))
        problems.append(Problem(listed, f"channels {missing} of case {name} are missing", "Add them"))
    match = _CHANNEL.fullmatch(name)
    if None in channels and match and 0 in grouped.get(match["case"], {}):
        what = f"it looks like a further channel of case {match['case']}, but the model takes one channel"
        problems.append(Problem(listed, what, "Rename it, or leave it out"))
    return Case(name, files)
