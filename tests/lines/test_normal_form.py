"""Amplitude, dB and 16 bits in the model's grey values."""

import numpy as np
import pytest

from nnunet_glacier.lines.normal_form import as_amplitude, kind_of, to_grey
from nnunet_glacier.support.errors import GlacierError

RAMP = np.arange(101, dtype=np.float32).reshape(1, 101)
EVERYWHERE = np.ones(RAMP.shape, dtype=bool)


def test_the_first_and_last_percent_are_black_and_white():
    """Of 0 to 100, 1 becomes 0 and 99 becomes 255; 50 lies in the middle."""
    grey = to_grey(RAMP, EVERYWHERE, "uint8")[0]
    assert grey[[0, 1, 50, 99, 100]] == pytest.approx([0, 0, 127.5, 255, 255])


@pytest.mark.parametrize(("factor", "offset"), [(257, 5000), (1 / 300, 0.1)])
def test_sixteen_bits_and_floats_give_the_same_grey(factor, offset):
    """A linear stretch that somebody applied before changes nothing."""
    stretched = RAMP * np.float32(factor) + np.float32(offset)
    assert to_grey(stretched, EVERYWHERE, "float32") == pytest.approx(to_grey(RAMP, EVERYWHERE, "uint8"), abs=1e-2)


def test_what_holds_no_data_changes_nothing():
    valid = EVERYWHERE.copy()
    valid[0, 90:] = False
    one, other = RAMP.copy(), RAMP.copy()
    other[0, 90:] = 1e9
    assert np.array_equal(to_grey(one, valid, "float32"), to_grey(other, valid, "float32"))
    assert (to_grey(other, valid, "float32")[~valid] == 0).all()


def test_decibels_become_amplitudes():
    """-20 dB is a tenth of the amplitude at 0 dB, and intensity 4 is amplitude 2."""
    assert as_amplitude(np.array([0.0, -20.0], dtype=np.float32), "db") == pytest.approx([1, 0.1])
    assert as_amplitude(np.array([4.0, 9.0], dtype=np.float32), "intensity") == pytest.approx([2, 3])
    amplitude = RAMP + 1
    in_db = (20 * np.log10(amplitude / 1000)).astype(np.float32)
    assert to_grey(in_db, EVERYWHERE, "float32") == pytest.approx(to_grey(amplitude, EVERYWHERE, "uint8"), abs=0.01)


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        ([-3.0, -9, 1], "float32", "db"),
        ([-3.0, 9, 1], "float32", "amplitude"),
        ([-3.0, -9, 1], "int16", "db"),
        ([-9999.0, 9, 1], "int16", "amplitude"),
        ([3.0, 9, 1], "uint16", "amplitude"),
    ],
)
def test_values_that_are_mostly_negative_are_decibels(values, dtype, kind):
    assert kind_of(np.array(values), dtype, "auto") == kind


def test_whole_decibels_give_the_grey_values_of_their_amplitudes():
    whole = np.linspace(-25, 0, 101).round().reshape(RAMP.shape).astype(np.float32)
    amplitude = 10 ** (whole / 20)
    assert to_grey(whole, EVERYWHERE, "int16") == pytest.approx(to_grey(amplitude, EVERYWHERE, "float32"), abs=0.01)


@pytest.mark.parametrize("asked", ["auto", "db"])
def test_values_far_below_any_decibels_are_refused(asked):
    """Hundredths of dB, and a value without data that nothing declares; a few low pixels are as black as any."""
    hundredths = (-25 * RAMP).astype(np.float32)
    with pytest.raises(GlacierError, match=r"values are -1250 or less, .*-scale -10000 0 -100 0.*--values"):
        to_grey(hundredths, EVERYWHERE, "int16", asked)
    undeclared = np.where(RAMP < 60, -9999, -RAMP / 10).astype(np.float32)
    with pytest.raises(GlacierError, match=r"values are -9999 or less, .*gdal_edit -a_nodata"):
        to_grey(undeclared, EVERYWHERE, "float32", asked)
    few = (-RAMP / 5).astype(np.float32)
    few[0, :5] = -300
    assert to_grey(few, EVERYWHERE, "float32", asked)[0, [0, 5]].tolist() == [0, 255]


def test_a_scene_of_one_value_is_refused():
    with pytest.raises(GlacierError, match="have the value 7"):
        to_grey(np.full((3, 3), 7, dtype=np.float32), np.ones((3, 3), dtype=bool), "uint8")
