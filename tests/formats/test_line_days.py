"""Days of lines in every form that tables and file names have; nothing is guessed."""

import datetime

import pandas as pd
import pytest

from nnunet_glacier.domain.scene_names import read_scene_name
from nnunet_glacier.formats.line_days import day_of_cell, day_of_name, days_of_column, days_of_table
from nnunet_glacier.formats.pass_times import days_of_row

FEBRUARY_17 = datetime.date(2019, 2, 17)


@pytest.mark.parametrize(
    "text",
    [
        "2019/02/17",
        "2019/02/17\n",
        " 2019-02-17 ",
        "2019-2-17",
        "2019.02.17",
        "2019_02_17",
        "20190217",
        "20190217.0",
        "20190217101112",
        "2019-02-17T10:11:12Z",
        "2019-02-17 10:11:12+00:00",
        "17.02.2019",
        "17/02/2019",
        "02/17/2019",
        "17 Feb 2019",
        "17-February-2019",
        "2019048",
        "2019-048",
        "190217",
        "S1B_EW_GRDM_1SDH_2019-02-17_011542_01536C",
    ],
)
def test_forms_of_one_day(text):
    assert day_of_cell(text) == FEBRUARY_17


@pytest.mark.parametrize("text", ["2018-01-03/2018-01-08", "20180103_20180203", "3 Jan 2018 - 8 Jan 2018"])
def test_days_of_one_scene_are_dated_by_the_first(text):
    assert day_of_cell(text) == datetime.date(2018, 1, 3)


@pytest.mark.parametrize("text", ["1851-07-09", "1851/7/9 00:00:00", "9.7.1851", "9 July 1851"])
def test_days_before_1900(text):
    """Jakobshavn's front was first mapped in July 1851."""
    assert day_of_cell(text, "dmy") == datetime.date(1851, 7, 9)


def test_six_digits_of_the_last_century():
    """Petermann's grounding lines begin with 920207."""
    assert day_of_cell("920207") == datetime.date(1992, 2, 7)
    assert day_of_cell("220521") == datetime.date(2022, 5, 21)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2019",
        "2019-02",
        "2019.13",
        "2019-02-30",
        "20190230",
        "2019366",
        "02/03/2019",
        "summer 2019",
        "1234567",
        "nan",
        "2018-01-01/2020-12-31",
        "1995-05-01 to 1995-08-31",
        "20180101-20201231",
        "15.05.1995 - 31.08.1995",
        "1 May 1995 to 3 Sep 1995",
        "17022019",
        "18510709",
    ],
)
def test_no_day_is_made_up(text):
    """Years, months, spans, days that are not in the calendar, and day and month that cannot be told apart."""
    assert day_of_cell(text) is None


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("calving_front_20190228_3413", "2019-02-28"),
        ("front_2019_03_08", "2019-03-08"),
        ("SEN1_NSIDC_0723_V2_20190215_20190220", "2019-02-15"),
        ("LC08_L1TP_036004_20190308_20200324_01_T1", "2019-03-08"),
        ("LC08_L1TP_009011_20160405_20170326_01_T1_front", "2016-04-05"),
        ("fronts_20180101_20201231", "None"),
        ("fronts_2018_2020", "None"),
        ("termini_2018_2019_v02.0", "None"),
        ("gll_79Fjord_Glacier_G337429E79340N_20170305", "2017-03-05"),
        ("S2A_OPER_PRD_MSIL1C_PDMC_20160608T203847_R066_V20150830T135052_20150830T135052", "2015-08-30"),
        ("S2A_OPER_MSI_L1C_TL_SGS__20151231T020102_A002735_T19DEE", "None"),
        ("S2B_MSIL2A_20180729T133221_N0500_R081_T22WEB_20230915T153000", "2018-07-29"),
    ],
)
def test_names_of_scenes_and_files(name, day):
    """The first of several days within a month; none of a span of years."""
    assert str(day_of_name(name)) == day


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("LC80090112016062LGN00_B8", "2016-03-02"),
        ("IMG-HH-ALOS2012345678-150130-FBDR1.5GUD", "2015-01-30"),
        ("S2A_MSIL1C_20180729T133221_N0206_R081_T22WEB_20230915T153000", "2018-07-29"),
        ("LC08_CU_005009_20181206_20200110_C01_V01", "2018-12-06"),
        ("LC08_009011_20160302", "2016-03-02"),
        ("L71009011_01120010707_B80", "2001-07-07"),
        ("LM02_L1TP_009011_19780302_20200907_02_T2", "1978-03-02"),
        ("LE72330132013366ASN00", None),
    ],
)
def test_one_grammar_for_lines_and_scenes(name, day):
    """In a column that names scenes, and as the name of a scene that is delineated."""
    days = days_of_table(pd.DataFrame({"image_id": [name]}))
    assert days.days == (day and datetime.date.fromisoformat(day),)
    assert read_scene_name(name).date == days.days[0]


def test_one_cell_tells_the_order_of_the_column():
    """13 is no month, so the other cells are day first too; without such a cell there is no day."""
    days = days_of_column(["02/03/2019", "13/03/2019"], "Date").days
    assert days == (datetime.date(2019, 3, 2), datetime.date(2019, 3, 13))
    unclear = days_of_column(["02/03/2019", "04/03/2019"], "Date")
    assert unclear.days == (None, None)
    assert "cannot be told apart" in unclear.reasons[0]


def test_cells_of_a_column_that_contradict_each_other():
    """Each of the two tells its own day; the third belongs to neither."""
    assert days_of_column(["13/03/2019", "03/13/2019", "02/03/2019"], "Date").days[2] is None


def test_months_are_no_days():
    """201107 is July 2011 as well as 7 November 2020, and no cell of the column can be a day alone."""
    months = days_of_table(pd.DataFrame({"date": [201107, 201108, 201212]}))
    assert months.days == (None, None, None)
    assert months.reasons[0] == "column date says '201107', which may be a month of 2011 or a day of 2020"
    as_floats = days_of_table(pd.DataFrame({"date": [201107, None]}))
    assert (as_floats.days, as_floats.reasons) == ((None, None), (months.reasons[0], "column date is empty"))
    named = days_of_table(pd.DataFrame({"date": [201107], "scene": ["x_2011-07-09"]}))
    assert (named.days, named.told_by) == ((datetime.date(2011, 7, 9),), "scene")


def test_one_cell_tells_that_six_digits_are_days():
    """201113 is no month, so the others are days of 2020; 201507 is no day, so they are months."""
    assert days_of_column(["201107", "201113"], "date").days == (
        datetime.date(2020, 11, 7),
        datetime.date(2020, 11, 13),
    )
    assert days_of_column(["201107", "920207"], "date").days == (datetime.date(2020, 11, 7), datetime.date(1992, 2, 7))
    assert days_of_column(["201107", "201507"], "date").days == (None, None)
    assert days_of_column(["201107", "201507", "920207"], "date").days == (None, None, datetime.date(1992, 2, 7))


def test_the_passes_of_an_interferogram_are_days():
    """Date1 to Date4 are YYMMDD, as NSIDC-0498 has them; a lone ``date`` of six digits may be a month."""
    assert days_of_table(pd.DataFrame({"Date1": ["201107"]})).days == (datetime.date(2020, 11, 7),)
    passes = days_of_row({"Date1": "201107", "Date2": "201101"})
    assert passes == (datetime.date(2020, 11, 7), datetime.date(2020, 11, 1))
    assert days_of_row({"date": "201107"}) == ()


@pytest.mark.parametrize(
    ("columns", "told_by"),
    [
        ({"proc_date": ["2020-01-01"], "acq_time_1": ["2019-02-17 08:33:59"]}, "acq_time_1"),
        ({"Date": ["2019/02/17"], "Image_ID": ["SEN1_20190215_20190220"]}, "Date"),
        ({"SourceDate": ["2019-02-17"]}, "SourceDate"),
        ({"Date1": ["190217"], "Date2": ["190301"]}, "Date1"),
        ({"Year": [2019], "Month": [2], "Day": [17]}, "year, month, day"),
        ({"year": [2019.0], "month": [2.0], "day": [17.0], "date": [None]}, "year, month, day"),
        ({"src": ["Barber_S1B_2019-02-17_mask.png"], "id": [20200101]}, "src"),
        ({"date": [pd.Timestamp("2019-02-17 10:00")]}, "date"),
        ({"DATE_": [datetime.date(2019, 2, 17)]}, "DATE_"),
    ],
)
def test_the_column_that_tells_the_day(columns, told_by):
    """Days of processing and plain numbers are not taken for days."""
    days = days_of_table(pd.DataFrame(columns))
    assert (days.days, days.told_by) == ((FEBRUARY_17,), told_by)


def test_hours_are_no_days():
    """101112 in a column of times is ten past eleven."""
    days = days_of_table(pd.DataFrame({"time": ["101112"], "scene": ["x_2019-02-17"]}))
    assert (days.days, days.told_by) == ((FEBRUARY_17,), "scene")


def test_a_table_without_days_says_why():
    days = days_of_table(pd.DataFrame({"date": ["2019", None], "id": [1, 2]}))
    assert days.days == (None, None)
    assert days.reasons == ("column date says '2019', which names no one day", "column date is empty")
