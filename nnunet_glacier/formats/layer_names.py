"""Names of layers, and of files in their place, that hold the lines of one CRS each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_PIXELS = "pixels"
_EPSG = re.compile(r"EPSG:\d+")
_SUFFIX = re.compile(r"EPSG_\d+|CRS_[0-9a-f]{8}")


def layer_names(crs: Iterable[str], name: str) -> dict[str, str]:
    """The layer of each CRS, in their order: the plain name if there is one only, or ``<name>_pixels`` without a CRS.

    Args:
        crs: CRS as texts that differ; "" for none.
        name: Name of the layers. That of a CRS of EPSG ends in its code, ``<name>_EPSG_3413``; that of another CRS,
            whose text may begin like many others, in a number made of the whole text, ``<name>_CRS_1f0c5a2b``.

    >>> layer_names(["EPSG:3031"], "fronts"), layer_names(["EPSG:3413", ""], "fronts")
    ({'EPSG:3031': 'fronts'}, {'': 'fronts_pixels', 'EPSG:3413': 'fronts_EPSG_3413'})
    """
    systems = sorted(crs)
    names = {one: name if len(systems) == 1 else f"{name}_{_suffix(one)}" for one in systems}
    # A layer that is written twice holds both tables, in the CRS of one.
    assert len({layer.casefold() for layer in names.values()}) == len(systems), f"names of layers repeat: {names}"
    return names


def is_layer(name_of_one: str, name: str) -> bool:
    """Whether a name is that of a layer that `layer_names` makes, of whatever CRS.

    >>> [is_layer(one, "fronts") for one in ("fronts", "fronts_pixels", "fronts_EPSG_3413", "fronts_2020")]
    [True, True, True, False]
    """
    return name_of_one in (name, f"{name}_{_PIXELS}") or repeats_layer(name_of_one, name)


def repeats_layer(stem: str, name: str) -> bool:
    """Whether a file's name, without its ending, is that of a layer of one CRS of several (`layer_names`).

    >>> stems = ("fronts_EPSG_3413", "fronts_CRS_1f0c5a2b", "fronts_2020", "fronts_TSX_2013")
    >>> [repeats_layer(stem, "fronts") for stem in stems]
    [True, True, False, False]
    """
    return stem.startswith(f"{name}_") and _SUFFIX.fullmatch(stem.removeprefix(f"{name}_")) is not None


def _suffix(crs: str) -> str:
    if not crs:
        return _PIXELS
    return crs.replace(":", "_") if _EPSG.fullmatch(crs) else f"CRS_{hashlib.sha256(crs.encode()).hexdigest()[:8]}"
