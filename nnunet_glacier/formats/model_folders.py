"""What was given as a model and is no trained folder at all: folders above or below one, images, datasets."""

from __future__ import annotations

from pathlib import Path

from nnunet_glacier.formats.image_files import IMAGE_ENDINGS, ending_of, folders_of_images, holds_images
from nnunet_glacier.formats.model_plans import PLANS_JSON
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.files import absent_folder

_FORM = "<Trainer>__<plans>__<configuration>"
_SHOWN = 5


def no_trained_folder(folder: Path) -> Problem | None:
    """Why a path is no trained folder, and what was probably meant; None if it has plans or folds, as such folders do.

    Args:
        folder: What the user gave; trained folders are looked for up to two levels below, where nnU-Net's results
            folder has them.
    """
    if folder.is_file() and ending_of(folder, IMAGE_ENDINGS):
        return _images(folder, "it is an image and no trained folder")
    absent = absent_folder(folder, f"Give nnU-Net's results folder {_FORM}")
    if absent:
        return absent[0]
    if (folder / PLANS_JSON).exists() or any(path.is_dir() for path in folder.glob("fold_*")):
        return None
    what = f"it is no trained folder {_FORM}"
    if (folder.absolute().parent / PLANS_JSON).is_file():
        return Problem(folder, f"{what}, but lies in one", f"Give the folder above it, {folder.absolute().parent}")
    below = sorted(plans.parent for level in ("*", "*/*") for plans in folder.glob(f"{level}/{PLANS_JSON}"))
    if below:
        names = ", ".join(str(path.relative_to(folder)) for path in below[:_SHOWN])
        more = f" and {len(below) - _SHOWN} more" if len(below) > _SHOWN else ""
        what = f"{what}, but there {'is one' if len(below) == 1 else f'are {len(below)}'} below it: {names}{more}"
        return Problem(folder, what, "Give it" if len(below) == 1 else "Give one of them")
    if holds_images(folder, IMAGE_ENDINGS) or folders_of_images(folder, IMAGE_ENDINGS):
        return _images(folder, f"{what}, it holds images")
    return Problem(folder, what, f"Give a folder that nnUNetv2_train made, with {PLANS_JSON}, dataset.json and fold_*")


def _images(path: Path, what: str) -> Problem:
    return Problem(path, what, "Give a trained folder as the model; are model and images swapped?")
