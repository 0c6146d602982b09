"""What ExtremeEarth's ice charts call an area, and the class that it becomes.

``poly_type`` says what an area is, ``SA`` its stage of development by the codes of SIGRID-3:

==========  =====================  ==============  =====
poly_type   SA                     what            class
==========  =====================  ==============  =====
W           none, 99, 13, 45, 78   water           0
I           81                     new ice         1
I           82                     nilas           2
I           83                     young ice       3
I           86                     first-year ice  4
I           95                     old ice         5
I           99, 13, 45, 78         undetermined    ignore
L           any                    land            ignore
==========  =====================  ==============  =====

The published code (github geohai/sea-ice-segment) goes by SA alone, and takes undetermined ice for water;
``--undetermined water`` does the same. Every other code is listed, not guessed.
"""

from __future__ import annotations

from typing import Any

from nnunet_glacier.domain.labels import ICE_TYPE
from nnunet_glacier.formats.line_days import cell_text
from nnunet_glacier.support.errors import GlacierError

WATER = 0
IGNORE = ICE_TYPE.size
"""The code of pixels that are not learnt from: nnU-Net wants it after the last class."""

ICE_CODES = {"81": 1, "82": 2, "83": 3, "86": 4, "95": 5}
UNDETERMINED_CODES = ("99", "13", "45", "78")
NO_CODE = "none"
"""How an empty SA is named, in options and messages."""

UNDETERMINED = {"ignore": IGNORE, "water": WATER}
"""What ice of an undetermined type may become."""


def code_text(value: Any) -> str:
    """A code as charts hold it (a number, a float, a text) as text of digits, or `NO_CODE`.

    >>> code_text(86.0), code_text(" 86"), code_text(None)
    ('86', '86', 'none')
    """
    text = cell_text(value)
    try:
        number = float(text)
    except ValueError:
        return text or NO_CODE
    return str(int(number)) if number.is_integer() else text


def class_of_area(
    poly_type: Any, stage: Any, *, undetermined: str = "ignore", ignored_codes: tuple[str, ...] = ()
) -> int:
    """The class of an area.

    Args:
        poly_type: W, I or L, in upper or lower case.
        stage: Code of the dominant ice type, SA.
        undetermined: A key of `UNDETERMINED`.
        ignored_codes: Codes whose areas are not learnt from, as `code_text` gives them.

    Returns:
        An id of `labels.ICE_TYPE`, or `IGNORE`.

    Raises:
        GlacierError: If the two say nothing, contradict each other, or are not known; the text says what they are.
    """
    kind, code = cell_text(poly_type).upper(), code_text(stage)
    if kind == "L" or code in ignored_codes:
        return IGNORE
    if kind == "W" and code in (NO_CODE, *UNDETERMINED_CODES):
        return WATER
    if kind == "I" and code in ICE_CODES:
        return ICE_CODES[code]
    if kind == "I" and code in UNDETERMINED_CODES:
        return UNDETERMINED[undetermined]
    raise GlacierError(f"poly_type {kind or NO_CODE} with SA {code}")
