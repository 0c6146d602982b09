"""Dates and sensors from names of real products and of people's files."""

import datetime

import pytest

from nnunet_glacier.domain.scene_names import SceneName, read_scene_name


@pytest.mark.parametrize(
    ("name", "date", "sensor"),
    [
        ("S1A_IW_GRDH_1SDH_20150130T102345_20150130T102410_004412_0055D4_ABCD", "2015-01-30", "S1"),
        ("s1b-ew-grd-hh-20190711t081500-20190711t081604-017077-020220-001.tiff", "2019-07-11", "S1"),
        ("S1A_EW_GRDM_1SDH_20201231T235958_20210101T000102_035942_0435B1_1234.SAFE", "2020-12-31", "S1"),
        ("S2A_MSIL1C_20180729T133221_N0206_R038_T22WEB_20190801T120000", "2018-07-29", "S2"),
        ("T22WEB_20180729T133221_B04.jp2", "2018-07-29", "S2"),
        ("S2A_OPER_PRD_MSIL1C_PDMC_20160608T203847_R066_V20150830T135052_20150830T135052", "2015-08-30", "S2"),
        ("S2A_OPER_MSI_L1C_TL_SGS__20151231T020102_A002735_T19DEE", None, "S2"),
        ("S2A_OPER_MSI_L1C_DS_SGS__20151231T020102_S20151230T182003_N02.01", "2015-12-30", "S2"),
        ("LC08_L1TP_023006_20130819_20170502_01_T1_B2_Subset", "2013-08-19", "L8"),
        ("LC09_L2SP_009011_20220302_20220304_02_T1", "2022-03-02", "L9"),
        ("LT05_L1GS_021006_19940529_20170115_01_T2_B2", "1994-05-29", "L5"),
        ("LE07_L1TP_231012_19990806_20170218_01_T1_B8", "1999-08-06", "L7"),
        ("LC80090112013160LGN00_B8.TIF", "2013-06-09", "L8"),
        ("LE72330132013366ASN00", None, "L7"),
        ("LM02_L1TP_009011_19780302_20200907_02_T2", "1978-03-02", "L2"),
        ("LC08_CU_005009_20181206_20181210_C01_V01", "2018-12-06", "L8"),
        ("LC08_009011_20160302", "2016-03-02", "L8"),
        ("LC09_009011_20220302.tif", "2022-03-02", "L9"),
        ("L71009011_01120010707_B80", "2001-07-07", "L7"),
        ("L5009011_01119950701", "1995-07-01", "L5"),
        ("L5009011_01119951301", None, "L5"),
        ("TSX1_SAR__SSC______SM_S_SRA_20110926T092157_20110926T092205", "2011-09-26", "TSX"),
        ("TDX1_SAR__MGD_SE___SM_S_SRA_20121001T201213_20121001T201221.tif", "2012-10-01", "TDX"),
        ("ASA_IMP_1PNUPA20040216_134212_000000162024_00096_10293_1234.N1", "2004-02-16", "ENVISAT"),
        ("ASA_WSM_1PNPDE20060101_130000_000000672043_00396_20091_0001", "2006-01-01", "ENVISAT"),
        ("SAR_IMP_1PNESA19951113_134500_00000016A012_00109_22582_0000.E1", "1995-11-13", "ERS"),
        ("RS2_OK12345_PK123_DK123_F23_20110926_101500_HH_SGF", "2011-09-26", "RSAT"),
        ("ALOS2014410740-140829_WBDR1.1__D", "2014-08-29", "PALSAR"),
        ("ALPSRP123456789-L1.5", None, "PALSAR"),
        ("ALPSRP123456789_2008-05-12", "2008-05-12", "PALSAR"),
        ("ICEYE_X7_GRD_SM_36737_20200712T172345.tif", "2020-07-12", "ICEYE"),
        ("20040216_ENVISAT_stretch.tif", "2004-02-16", "ENVISAT"),
        ("20130724_JI_Landsat7-slc", "2013-07-24", "L7"),
        ("20150130_hh_GEE_sentinel_GRD_IW_kanger_stretch", "2015-01-30", "S1"),
        ("20151020_232013_crop_landsat_Helheim", "2015-10-20", ""),
        ("2019-03-12 Helheim TSX.tif", "2019-03-12", "TSX"),
        ("Crane_2002-11-09_ERS_20_2_061", "2002-11-09", "ERS"),
        ("helheim_2019_03_12", "2019-03-12", ""),
        ("Corona_1965-08-23", "1965-08-23", ""),
        ("aerial 1900-07-01.tif", "1900-07-01", ""),
        ("aerial_1899-07-01", None, ""),
        ("Corona_19650823", None, ""),
        ("Corona_1965-02-30", None, ""),
    ],
)
def test_names_of_products_and_people(name, date, sensor):
    """The day of acquisition and not of processing; day 366 of a common year is no day."""
    assert read_scene_name(name) == SceneName(date and datetime.date.fromisoformat(date), sensor)


@pytest.mark.parametrize(
    "name",
    ["", "front.tif", "pair_20180101_20180107", "20191301_x", "id_12345678", "00010101", "20190230", "tersely", "s123"],
)
def test_what_a_name_does_not_say_is_not_invented(name):
    """No date, several dates, numbers that are no day, words with a sensor's letters inside."""
    assert read_scene_name(name) == SceneName(None, "")


def test_one_day_named_twice_is_one_day_and_two_sensors_are_none():
    assert read_scene_name("2019-03-12_20190312").date == datetime.date(2019, 3, 12)
    assert read_scene_name("TSX_ERS_2019-03-12").sensor == ""
