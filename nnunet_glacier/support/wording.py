"""Numbers with their nouns, for the text that users read."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, singular: str, plural: str = "") -> str:
    """A number and its noun, or its noun and verb, in the right number.

    Args:
        count: The number.
        singular: The words after a one.
        plural: The words after every other number; by default the singular with an s.

    >>> counted(1, "scene"), counted(0, "scene"), counted(2, "scene was", "scenes were")
    ('1 scene', '0 scenes', '2 scenes were')
    """
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


def hex_colour(rgb: Sequence[int]) -> str:
    """A colour of 8 bits a channel as pages and pictures name it; what follows red, green and blue is left out.

    >>> hex_colour((0, 84, 150, 255))
    '#005496'
    """
    return "#" + "".join(f"{part:02x}" for part in rgb[:3])
