"""Values of JSON files that Python reads and no float can hold."""

import pytest

from nnunet_glacier.formats.chosen_threshold import parse_threshold
from nnunet_glacier.formats.folds import read_folds
from nnunet_glacier.formats.recorded_values import finite_number
from nnunet_glacier.support.errors import GlacierError, InputError

LARGE, DEEP = "1" + 400 * "0", 100_000 * "["


@pytest.mark.parametrize("content", [f'{{"threshold": {LARGE}}}', DEEP, '{"threshold": true}'])
def test_a_threshold_that_is_no_number(tmp_path, content):
    (tmp_path / "threshold.json").write_text(content)
    with pytest.raises(InputError, match="it has no entry 'threshold' that is a number"):
        parse_threshold(str(tmp_path / "threshold.json"))


def test_a_scale_beyond_every_float():
    with pytest.raises(GlacierError, match=r"its scale is 1000.*; wanted is a finite number"):
        finite_number("scale", int(LARGE))


def test_folds_of_many_brackets(tmp_path):
    (tmp_path / "splits_final.json").write_text(DEEP)
    with pytest.raises(InputError, match="it cannot be read as JSON"):
        read_folds(tmp_path / "splits_final.json")
