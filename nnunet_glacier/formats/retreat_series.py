"""``series.csv`` of ``retreat``: a row for each method and day."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nnunet_glacier.support.errors import InputError, Problem

SERIES_CSV = "series.csv"

_NEEDED = ("method", "date", "position_m", "uncertainty_m", "flags")


def read_series(folder: Path) -> pd.DataFrame:
    """The table of a folder that ``retreat`` wrote; ``date`` and ``flags`` as texts, days as ``YYYY-MM-DD``.

    Raises:
        InputError: If there is none, or it cannot be read or lacks columns.
    """
    path = folder / SERIES_CSV
    remedy = "Give the OUT of nnunet-glacier retreat"
    if not path.is_file():
        raise InputError([Problem(folder, f"it holds no {SERIES_CSV}", remedy)])
    try:
        table = pd.read_csv(path, dtype={"method": str, "date": str, "flags": str})
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise InputError([Problem(path, f"it cannot be read as a table ({error})", remedy)]) from None
    lacking = [name for name in _NEEDED if name not in table.columns]
    if lacking:
        raise InputError([Problem(path, f"it lacks the columns {', '.join(lacking)}", remedy)])
    return table.fillna({"flags": ""})
