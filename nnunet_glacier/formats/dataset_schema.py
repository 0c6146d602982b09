"""The form of ``dataset.json``: what nnU-Net asks for, and what our stages read beside it."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

PixelSizes = Annotated[list[Annotated[FiniteFloat, Field(gt=0)]], Field(min_length=2, max_length=2)]
"""Least and greatest pixel size in metres of what a model was trained on, in ``dataset.json`` and ``model.json``."""

NoData = Annotated[int, Field(ge=0, le=255)]
"""Value of pixels without data in 8-bit images, in ``dataset.json`` and ``model.json``."""

_OBJECT = 'a JSON object, such as {"labels": {"background": 0, "front": 1}, "file_ending": ".png", ...}'

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


class _Content(BaseModel):
    """The entries that are read; a description says what is wanted of each, and others may stand beside them."""

    model_config = ConfigDict(strict=True, extra="allow")

    labels: Annotated[
        dict[str, int | list[int]],
        Field(
            min_length=1,
            description='names and the whole numbers that label maps hold for them, such as {"background": 0}',
        ),
    ]
    file_ending: Annotated[
        str,
        Field(
            pattern=r"^(\.[A-Za-z0-9]{1,10}){1,3}$", description="the ending of images and label maps, such as '.png'"
        ),
    ]
    numTraining: Annotated[int, Field(ge=0, description="the number of training cases, such as 559")] = 0  # noqa: N815
    channel_names: Annotated[
        dict[str, str], Field(description='the number of each channel and its name, such as {"0": "SAR"}')
    ] = {}
    masks: Annotated[list[str], Field(description='names of channels that are masks, such as ["rock"]')] = []
    pixel_size_m: Annotated[
        PixelSizes | None, Field(description="the least and the greatest pixel size in metres, such as [7.0, 20.0]")
    ] = None
    nodata: Annotated[
        NoData | None, Field(description="the value of pixels without data in 8-bit images, such as 0")
    ] = None
    channels: Annotated[dict[str, Any], Field(description="an object that says how the channels were made")] = {}


def faults_of(content: Any) -> list[str]:
    """What is wrong with the content of a ``dataset.json``: key, value and what is wanted; empty if nothing is.

    Args:
        content: What the JSON holds.

    >>> faults_of({"labels": {"background": 0}, "file_ending": "png"})
    ["'file_ending' is 'png'; wanted is the ending of images and label maps, such as '.png'"]
    """
    try:
        _Content.model_validate(content)
    except ValidationError as error:
        # A value that may have several types is found wrong once for each of them.
        return list(dict.fromkeys(_fault(content, details) for details in error.errors()))
    return []


def _fault(content: Any, details: Mapping[str, Any]) -> str:
    keys = [str(key) for key in details["loc"][:2]]
    if not keys:
        return f"it holds {_shown(content)}; wanted is {_OBJECT}"
    wanted = _Content.model_fields[keys[0]].description
    if details["type"] == "missing":
        return f"it has no '{keys[0]}'; wanted is {wanted}"
    value = content[keys[0]]
    if isinstance(value, dict) and len(keys) > 1 and keys[1] in value:
        return f"'{keys[0]}.{keys[1]}' is {_shown(value[keys[1]])}; wanted is {wanted}"
    return f"'{keys[0]}' is {_shown(value)}; wanted is {wanted}"


def _shown(value: Any) -> str:
    """A value as JSON writes it, shortened."""
    return "null" if value is None else json.dumps(value) if isinstance(value, bool) else _SHORT.repr(value)
