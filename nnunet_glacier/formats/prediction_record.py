"""``prediction.json``: with what a folder was predicted, so that a run goes on only with the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from nnunet_glacier.formats.json_files import read_json, schema_problems
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.files import read_text, write_json

PREDICTION_JSON = "prediction.json"

_PACKAGES = ("nnunet-glacier", "nnunetv2", "torch", "numpy")

_SETTINGS = ("trainer", "plans", "configuration")
_DATASET = re.compile(r"Dataset\d{3}_.+")

_REMEDY = "Choose another OUT, or delete the file and predict with --overwrite"


class _Case(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    images: list[str]
    sha256: list[str]
    files: list[str]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    settings: dict[str, Any]
    cases: dict[str, _Case]
    accumulated_on_cpu: list[str] = []
    finished: bool = True


@dataclass(frozen=True)
class Earlier:
    """What an earlier run recorded in the output folder.

    Attributes:
        settings: What decides the content of the files.
        cases: Per case its images, their SHA-256 and the files that it got.
        on_cpu: Cases that were accumulated on the CPU for want of device memory.
        finished: Whether the run came to its end.
    """

    settings: dict[str, Any]
    cases: dict[str, dict[str, Any]]
    on_cpu: tuple[str, ...] = ()
    finished: bool = True


def read_record(out: Path) -> Earlier | None:
    """What an earlier run recorded, or None if there was none.

    Raises:
        InputError: If the file cannot be read or has another shape.
    """
    path = out / PREDICTION_JSON
    if not path.exists():
        return None
    content, problems = read_json(path, _REMEDY)
    problems = problems or schema_problems(path, content, _Record, _REMEDY)
    if problems:
        raise InputError(problems, "Nothing was predicted")
    on_cpu = tuple(content.get("accumulated_on_cpu", ()))
    return Earlier(content["settings"], content["cases"], on_cpu, content.get("finished", True))


def write_record(out: Path, settings: Mapping[str, Any], cases: Mapping[str, Any], **notes: Any) -> None:
    """Write ``prediction.json``, whole or not at all."""
    content = {"settings": dict(settings), **notes, "versions": versions(), "cases": dict(sorted(cases.items()))}
    write_json(out / PREDICTION_JSON, content)


def versions() -> dict[str, str]:
    """Versions of the packages that the prediction depends on."""
    installed = {}
    for package in _PACKAGES:
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            installed[package] = "not installed"
    return installed


def read_predicting_model(folder: Path) -> dict[str, str]:
    """Dataset, trainer, plans and configuration of the model that predicted a folder.

    Args:
        folder: A folder of predictions.

    Returns:
        What ``prediction.json`` tells of them; nothing where there is none, as beside other methods' maps, or where it
        cannot be read. The dataset is known if the model lay where nnU-Net trains it.
    """
    try:
        content = json.loads(read_text(folder / PREDICTION_JSON))
        trained_as = {name: str(content["settings"][name]) for name in _SETTINGS if content["settings"].get(name)}
        trained_in = Path(content.get("model_folder", "")).parent.name
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {"dataset": trained_in, **trained_as} if _DATASET.fullmatch(trained_in) else trained_as
