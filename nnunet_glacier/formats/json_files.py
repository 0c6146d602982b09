"""JSON files that are checked against a schema when they are opened: what is wrong is said by file, key and value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.wording import no_file

_SHOWN = 60


def parse_json(where: str | Path, text: bytes | str, remedy: str) -> tuple[Any, list[Problem]]:
    """The content of a JSON file, or None and why it cannot be read.

    Args:
        where: The file, for the problem.
        text: What it holds, in UTF-8.
        remedy: What to do about it.
    """
    try:
        return json.loads(text), []
    except (ValueError, RecursionError) as error:
        return None, [Problem(where, f"it cannot be read as JSON ({error})", remedy)]


def read_json(path: Path, remedy: str) -> tuple[Any, list[Problem]]:
    """The content of a JSON file, or None and why it cannot be read; pipes and folders are refused unopened."""
    if not path.is_file():
        what = no_file(path)
        return None, [Problem(path, what, remedy)]
    try:
        return parse_json(path, path.read_bytes(), remedy)
    except OSError as error:
        return None, [Problem(path, f"it cannot be read ({error.strerror})", remedy)]


def schema_problems(
    where: str | Path, content: Any, schema: type[BaseModel], remedy: str, key: str = ""
) -> list[Problem]:
    """What is wrong with the content of a JSON file, a sentence for each key.

    Args:
        where: The file.
        content: The parsed content.
        schema: What it should be.
        remedy: What to do about it.
        key: The key under which the content stands, for a part of a file.

    >>> class Scale(BaseModel):
    ...     scale: float
    >>> print(schema_problems("scale.json", {"scale": "big"}, Scale, "Write it again")[0])
    scale.json: scale is 'big', but it should be a valid number, unable to parse string as a number. Write it again
    >>> print(schema_problems("scale.json", 7, Scale, "Write it again")[0])
    scale.json: it is 7, but it should be an object with keys. Write it again
    """
    try:
        schema.model_validate(content)
    except ValidationError as error:
        return [Problem(where, _sentence(fault, key), remedy) for fault in error.errors(include_url=False)]
    return []


def _sentence(fault: Any, key: str) -> str:
    name = ".".join([key] * bool(key) + [str(part) for part in fault["loc"]])
    if fault["type"] == "missing":
        return f"{name} is missing"
    if fault["type"] == "value_error":
        return f"{name}: {fault['ctx']['error']}" if name else str(fault["ctx"]["error"])
    wanted = fault["msg"].replace("Input should be", "it should be").replace("String should", "it should")
    if fault["type"] == "model_type":
        wanted = "it should be an object with keys"
    wanted = wanted if wanted.startswith("it ") else wanted[:1].lower() + wanted[1:]
    return f"{name or 'it'} is {shortened(fault['input'])}, but {wanted}"


def shortened(value: Any) -> str:
    """A value as it is shown in a sentence: cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
