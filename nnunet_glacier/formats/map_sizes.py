"""Whether the maps of a scene are of one size, told from the headers of their files before any pixel is decoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from nnunet_glacier.formats.rasters import read_shape
from nnunet_glacier.support.errors import GlacierError, Problem

Shape = tuple[int, int]
"""Rows and columns."""


def read_shapes(paths: Iterable[Path]) -> tuple[dict[Path, Shape], dict[Path, str]]:
    """The size of every map that can be opened, and what is wrong with each of the others."""
    shapes: dict[Path, Shape] = {}
    unread: dict[Path, str] = {}
    for path in paths:
        try:
            shapes[path] = read_shape(path)
        except GlacierError as error:
            unread[path] = str(error)
    return shapes, unread


def size_problems(where: Path, shapes: Mapping[Path, Shape], remedy: str) -> list[Problem]:
    """A problem with the file `where` if the maps of its case differ in size; all of them are named with theirs.

    >>> shapes = {Path("zones/A.png"): (100, 100), Path("imagesTs/A_0000.png"): (224, 187)}
    >>> size_problems(Path("zones/A.png"), shapes, "")[0].what
    'its maps differ in size (rows x columns): zones/A.png 100x100, imagesTs/A_0000.png 224x187'
    """
    if len(set(shapes.values())) < 2:
        return []
    sizes = ", ".join(f"{path.parent.name}/{path.name} {rows}x{cols}" for path, (rows, cols) in shapes.items())
    return [Problem(where, f"its maps differ in size (rows x columns): {sizes}", remedy)]
