"""The table of `retreat` is read whole, or refused with what it lacks."""

import pytest

from nnunet_glacier.formats.retreat_series import read_series
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.time_series.series import COLUMNS


def test_a_series_is_read(tmp_path):
    """Days and flags as texts; cells without a value stay empty."""
    row = {**dict.fromkeys(COLUMNS, ""), "method": "centreline", "date": "2015-01-30", "position_m": "4000.5"}
    (tmp_path / "series.csv").write_text(",".join(COLUMNS) + "\n" + ",".join(row.values()) + "\n")
    (read,) = read_series(tmp_path).to_dict("records")
    assert (read["method"], read["date"], read["position_m"], read["flags"]) == ("centreline", "2015-01-30", 4000.5, "")
    assert read["uncertainty_m"] != read["uncertainty_m"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"it holds no series\.csv"),
        ("", "cannot be read as a table"),
        ("method,date\n", "lacks the columns position_m, uncertainty_m, flags"),
    ],
)
def test_what_is_no_series_is_refused(tmp_path, content, said):
    if content is not None:
        (tmp_path / "series.csv").write_text(content)
    with pytest.raises(InputError, match=said):
        read_series(tmp_path)
