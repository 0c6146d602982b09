"""``prediction.json``: with what a folder was predicted, so that a run goes on only with the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nnunet_glacier.formats.predictions import PREDICTION_JSON
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.files import write_json

_PACKAGES = ("nnunet-glacier", "nnunetv2", "torch", "numpy")


@dataclass(frozen=True)
class Earlier:
    """What an earlier run recorded in the output folder.

    Attributes:
        settings: What decides the content of the files.
        cases: Per case its images and their SHA-256.
        on_cpu: Cases that were accumulated on the CPU for want of device memory.
        finished: Whether it came to its end; a run that was stopped at its last write did not.
    """

    settings: dict[str, Any]
    cases: dict[str, dict[str, Any]]
    on_cpu: tuple[str, ...] = ()
    finished: bool = True


def read_record(out: Path) -> Earlier | None:
    """What an earlier run recorded, or None if there was none.

    Raises:
        GlacierError: If the file cannot be read.
    """
    path = out / PREDICTION_JSON
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        on_cpu = tuple(content.get("accumulated_on_cpu", ()))
        return Earlier(content["settings"], content["cases"], on_cpu, content.get("finished") is not False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GlacierError(
            f"{path}: it cannot be read ({type(error).__name__}: {error}); choose another OUT, or delete the file and "
            "predict with --overwrite"
        ) from None


def write_record(out: Path, settings: Mapping[str, Any], cases: Mapping[str, Any], **notes: Any) -> None:
    """Write ``prediction.json``, whole or not at all."""
    content = {"settings": dict(settings), **notes, "versions": versions(), "cases": dict(sorted(cases.items()))}
    write_json(out / PREDICTION_JSON, content)


def differences(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between two settings, a sentence each, with both values.

    >>> differences({"folds": ["0"], "mirroring": True}, {"folds": ["0", "1"], "mirroring": True})
    ["folds was ['0'], now ['0', '1']"]
    """
    return [
        f"{name} was {earlier.get(name)!r}, now {now.get(name)!r}"
        for name in dict.fromkeys((*now, *earlier))
        if earlier.get(name) != now.get(name)
    ]


def versions() -> dict[str, str]:
    """Versions of the packages that the prediction depends on."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
