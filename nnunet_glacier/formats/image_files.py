"""Image files by the endings of their names, and folders that hold such."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nnunet_glacier.formats.paths_below import paths_below
from nnunet_glacier.formats.rasters import TIFF_SUFFIXES
from nnunet_glacier.formats.raw_layout import RAW_IMAGES
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.names import name_problems

IMAGE_ENDINGS = (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".jp2", ".nii", ".nii.gz", ".mha", ".nrrd", ".img")


def folders_of_images(folder: Path, endings: Iterable[str]) -> list[Path]:
    """The folders directly below that hold images, by name; of a raw dataset ``imagesTr`` and ``imagesTs`` alone."""
    below = sorted(path for path in folder.iterdir() if path.is_dir() and holds_images(path, endings))
    return [path for path in below if path.name in RAW_IMAGES] or below


def holds_images(folder: Path, endings: Iterable[str]) -> bool:
    """Whether images of one of the endings lie directly in a folder."""
    return any(path.is_file() and ending_of(path, endings) for path in folder.iterdir())


def ending_of(path: Path, endings: Iterable[str]) -> str:
    """The ending among `endings` that a file's name has, as written in the name, or ""."""
    fitting = [ending for ending in endings if path.name.lower().endswith(ending)]
    return path.name[-len(max(fitting, key=len)) :] if fitting else ""


def tiffs_below(folder: Path) -> tuple[list[Path], list[Problem]]:
    """The TIFFs in a folder and in those below it (`paths_below`), sorted, or the file given in its place.

    Returns:
        The files, and a problem for what has a TIFF's name and is no regular file, or whose name is not in UTF-8.
    """
    named = paths_below(folder) if folder.is_dir() else [folder]
    tiffs = [path for path in named if path.suffix.lower() in TIFF_SUFFIXES]
    files = [path for path in tiffs if path.is_file()]
    odd = [path for path in tiffs if path.exists() and not path.is_file()]
    remedy = "Put a GeoTIFF in its place, or take it out"
    return files, [*(Problem(path, "it is no regular file", remedy) for path in odd), *name_problems(files)]
