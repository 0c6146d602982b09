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
        ("", "lacks the columns method, date"),
        (b"method,date\nfl\xe4che,", "no table in UTF-8"),
        ("method,date\n", "lacks the columns position_m, uncertainty_m, flags"),
    ],
)
def test_what_is_no_series_is_refused(tmp_path, content, said):
    if content is not None:
        (tmp_path / "series.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=said):
        read_series(tmp_path)


HEAD = "method,date,position_m,uncertainty_m,flags\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('box,2016-01-01,"12,5",1,', "line 4: position_m '12,5' has a comma.* Write it with a point"),
        ("box,2016-01-01,12,inf,", "line 4: its uncertainty_m 'inf' is no finite number"),
        ("box,2016-01-01,12 m,1,", "line 4: its position_m '12 m' is no finite number"),
        ("box,01.02.2016,12,1,", "line 4: its date '01.02.2016' is no day of the form YYYY-MM-DD"),
        ("box,,12,1,", "line 4: its date '' is no day"),
        (",2016-01-01,12,1,", "line 4: it names no method"),
    ],
)
def test_a_cell_that_holds_something_else_is_named(tmp_path, row, said):
    """With its line as an editor counts it, a blank one among them."""
    (tmp_path / "series.csv").write_text(f"{HEAD}box,2015-01-30,4000.5,,\n\n{row}\n")
    with pytest.raises(InputError, match=rf"series\.csv, {said}"):
        read_series(tmp_path)


def test_a_table_of_a_spreadsheet_is_read(tmp_path):
    """Semicolons between the cells, commas before the decimals, and a row without any text at the end."""
    (tmp_path / "series.csv").write_text(HEAD.replace(",", ";") + "box;2015-01-30;4000,5;;few, far\n;;;;\n")
    (read,) = read_series(tmp_path).to_dict("records")
    assert (read["position_m"], read["flags"], read["uncertainty_m"]) == (
        4000.5,
        "few, far",
        pytest.approx(float("nan"), nan_ok=True),
    )
