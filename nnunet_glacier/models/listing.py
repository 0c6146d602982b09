"""``nnunet-glacier models``: the models that ship with the package, each verified."""

from __future__ import annotations

from dataclasses import dataclass

from nnunet_glacier.formats.packed_model import PackedModel, read_packed
from nnunet_glacier.formats.shipped_models import FOLDER, REINSTALL, shipped_names
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.wording import counted


@dataclass(frozen=True)
class Listed:
    """A shipped model, or what is wrong with it.

    Attributes:
        name: Its name.
        packed: The verified model; None if it is damaged.
        damage: What is wrong with it; "" if nothing is.
    """

    name: str
    packed: PackedModel | None
    damage: str = ""


def shipped_models() -> list[Listed]:
    """Every shipped model; each file is hashed."""
    listed = []
    for name in shipped_names():
        try:
            listed.append(Listed(name, read_packed(FOLDER / name, REINSTALL)))
        except InputError as error:
            listed.append(Listed(name, None, "; ".join(map(str, error.problems))))
    return listed


def listing() -> str:
    """The shipped models as a text: name, what for, size, folds, licence, and whether it is whole."""
    models = shipped_models()
    if not models:
        return f"No model ships with this installation ({FOLDER} holds none)."
    return "\n".join(map(_entry, models))


def _entry(listed: Listed) -> str:
    if listed.packed is None:
        return f"{listed.name}: damaged\n  {listed.damage}"
    one = listed.packed.description
    sizes = "" if one.input.pixel_size_m is None else ", pixels of {:g} to {:g} m".format(*one.input.pixel_size_m)
    return "\n".join(
        [
            f"{listed.name}: {one.purpose or 'what it is for was not recorded'}",
            f"  {counted(len(one.folds), 'fold')}, {listed.packed.size / 1e6:.1f} MB, SHA-256 of every file checked",
            f"  input: {one.input.values}{sizes}",
            f"  licence: {one.licence or 'not recorded'}",
            f"  model card: {listed.packed.path / 'README.md'}",
        ]
    )
