import inspect
import math
from typing import Annotated, get_args, get_origin, get_type_hints

import pytest

from nnunet_glacier.cli import convert, convert_dinsar, convert_options, convert_sea_ice
from nnunet_glacier.cli.number_options import number
from nnunet_glacier.dataset_conversion.caffe import stage as caffe
from nnunet_glacier.dataset_conversion.dinsar import stage as dinsar
from nnunet_glacier.dataset_conversion.front_learning import stage as front_learning
from nnunet_glacier.dataset_conversion.lines import stage as lines
from nnunet_glacier.dataset_conversion.sea_ice import stage as sea_ice
from nnunet_glacier.dataset_conversion.sea_ice.codes import UNDETERMINED
from nnunet_glacier.dataset_conversion.series import stage as series
from nnunet_glacier.dataset_conversion.writing.label_maps import BOUNDARY_KINDS
from nnunet_glacier.dataset_conversion.writing.raw_dataset import READERS
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.formats.interferograms import PHASE_UNITS
from nnunet_glacier.lines.phase_channels import CHANNELS


@pytest.mark.parametrize("stage", [caffe, front_learning, dinsar, lines, sea_ice, series])
def test_all_converters_are_called_alike(stage):
    """A source, a folder, options, and how it is run."""
    assert list(inspect.signature(stage.convert).parameters) == ["source", "out", "options", "run"]


def test_choices_on_the_command_line_are_those_that_the_converters_know():
    """The command line does not import a stage to print its help, so it holds the names of its own."""
    assert get_args(convert_dinsar.Channels) == tuple(CHANNELS)
    assert get_args(convert_dinsar.PhaseUnit) == tuple(PHASE_UNITS)
    assert get_args(convert_sea_ice.Undetermined) == tuple(UNDETERMINED)
    assert get_args(convert.Boundary) == BOUNDARY_KINDS
    assert set(get_args(convert.Labels)) == {name for name in LABEL_SPACES if name not in ("grounding_line", "sea_ice")}
    assert {f".{ending}" for ending in get_args(convert_options.FileFormat)} <= set(READERS)


def numeric_options():
    """Every option of the commands of ``convert`` that takes a number."""
    for command in convert.convert_app.registered_commands:
        for name, hint in get_type_hints(command.callback, include_extras=True).items():
            kind, *metadata = get_args(hint) if get_origin(hint) is Annotated else (hint,)
            if kind in (int, float, int | None, float | None):
                yield pytest.param(metadata[0], id=f"{command.callback.__name__} {name}")


@pytest.mark.parametrize("option", numeric_options())
def test_every_number_has_a_finite_range(option):
    """An option without an upper end takes infinity."""
    assert math.isfinite(option.min) and math.isfinite(option.max)
    assert option.callback is number(0, 1).callback
