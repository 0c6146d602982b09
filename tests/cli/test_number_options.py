"""Numbers and choices on the command line: refused before a stage starts, with the option's name and exit code 2."""

import math
from typing import Annotated, get_args, get_origin, get_type_hints

import pytest
from typer.testing import CliRunner

from nnunet_glacier.cli import (
    adapt,
    app,
    convert,
    convert_dinsar,
    convert_lines,
    convert_sea_ice,
    convert_series,
    delineate,
    demo,
    evaluate,
    fronts,
    lines,
    number_options,
    pictures,
    plan,
    predict,
    report,
    retreat,
    sweep,
)
from nnunet_glacier.cli.number_options import number_list
from nnunet_glacier.domain.choices import PIXEL_SIZE_RANGE_M, Export, RetreatMethod
from nnunet_glacier.planning.presets import PRESETS

COMMANDS = {
    "fronts": ["fronts", "predictions", "out"],
    "lines": ["lines", "predictions", "out"],
    "sweep": ["sweep", "predictions", "dataset", "out"],
    "plan": ["plan", "-d", "1"],
    "loss-maps": ["loss-maps", "label.png", "out.png"],
    "attention": ["attention", "model", "image.png", "out.png"],
    "demo run": ["demo", "run", "out"],
    "demo scenes": ["demo", "scenes", "out"],
    "demo interferograms": ["demo", "interferograms", "out"],
}

REFUSED = [
    ("fronts", "--pixel-size-m", "inf"),
    ("fronts", "--pixel-size-m", "nan"),
    ("fronts", "--pixel-size-m", "1e-6"),
    ("fronts", "--min-front-length-m", "inf"),
    ("fronts", "--route", "both"),
    ("fronts", "--workers", "100000"),
    ("lines", "--min-length-m", "inf"),
    ("lines", "--max-gap-m", "nan"),
    ("lines", "--max-spur-m", "-1"),
    ("lines", "--median", "99999999999"),
    ("lines", "--kind", "coastline"),
    ("sweep", "--by", "iou"),
    ("sweep", "--min-front-length-m", "nan"),
    ("plan", "--learning-rate", "inf"),
    ("plan", "--momentum", "nan"),
    ("plan", "--stages", "10000"),
    ("plan", "--patch-size", "100000 100000"),
    ("plan", "--patch-size", "0 0"),
    ("plan", "--epochs", "99999999999"),
    ("plan", "--preset", "fast"),
    ("loss-maps", "--w", "99999999999"),
    ("loss-maps", "--w", "3.5"),
    ("loss-maps", "--R", "inf"),
    ("loss-maps", "--R", "nan"),
    ("loss-maps", "--k", "0"),
    ("loss-maps", "--k", "1.5"),
    ("loss-maps", "--distance-weight", "1e9"),
    ("loss-maps", "--window", "99999999999"),
    ("attention", "--opacity", "nan"),
    ("attention", "--checkpoint", "latest"),
    ("demo run", "--seed", "99999999999"),
    ("demo scenes", "--size", "1000000"),
    ("demo interferograms", "--scenes", "99999999999"),
    ("demo interferograms", "--bands", "three"),
]


@pytest.mark.parametrize(("command", "option", "value"), REFUSED, ids=lambda part: part)
def test_a_value_outside_of_the_range_is_refused(command, option, value, tmp_path, monkeypatch):
    """Before anything is read or written: none of the files on these command lines exists."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [*COMMANDS[command], option, *value.split()])
    assert result.exit_code == 2
    assert option in result.output
    assert list(tmp_path.iterdir()) == []


MODULES = [
    adapt,
    convert,
    convert_dinsar,
    convert_lines,
    convert_sea_ice,
    convert_series,
    demo,
    evaluate,
    fronts,
    lines,
    pictures,
    plan,
    predict,
    report,
    retreat,
    sweep,
]


def numeric_options():
    """Every numeric option of the commands of `MODULES`."""
    groups = [app, *(group.typer_instance for group in app.registered_groups)]
    for command in (command for group in groups for command in group.registered_commands):
        if command.callback.__module__ not in {module.__name__ for module in MODULES}:
            continue
        for name, hint in get_type_hints(command.callback, include_extras=True).items():
            kind, *metadata = get_args(hint) if get_origin(hint) is Annotated else (hint,)
            if kind in (int, float, int | None, float | None, tuple[int, int] | None):
                yield pytest.param(metadata[0], id=f"{command.callback.__name__} {name}")


@pytest.mark.parametrize("option", numeric_options())
def test_every_numeric_option_has_both_ends(option):
    """An option without an upper end takes infinity, and one without `number`'s callback takes NaN."""
    assert math.isfinite(option.min) and math.isfinite(option.max)
    assert option.callback is number_options.number(0, 1).callback


def test_numbers_of_a_list():
    """Commas, blanks or both; an empty text has none."""
    assert number_list(" 5,15 25", int, "--w") == (5, 15, 25)
    assert number_list("", float, "--k") == ()
    assert number_list("1e-3,0.5", float, "--k") == (0.001, 0.5)


def test_the_presets_are_those_of_the_stage():
    """The command line starts without its stages, so it names their presets itself."""
    assert sorted(get_args(plan.PresetName)) == sorted(PRESETS)


@pytest.mark.parametrize(
    ("repeated", "known"), [(delineate._Export, get_args(Export)), (retreat._Method, get_args(RetreatMethod))]
)
def test_repeated_options_take_the_choices_of_their_stage(repeated, known):
    """As words without blanks."""
    assert {one.name for one in repeated} == set(known)
    assert {one.value for one in repeated} == {name.replace(" ", "-") for name in known}


def test_the_range_of_pixel_sizes_holds_every_sensor():
    """From airborne radar to passive microwave."""
    smallest, largest = PIXEL_SIZE_RANGE_M
    assert smallest <= 0.1 and largest >= 25_000


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--seed", "0=1", "--seed", "0=2"), "fold 0 is given more than once"),
        (("--pixel-size-m", "nan,inf"), "'nan,inf' is not the least and the greatest size"),
        (("--pixel-size-m", "30,inf"), "'30,inf' is not the least and the greatest size"),
        (("--pixel-size-m", "100,30"), "'100,30' is not the least and the greatest size"),
        (("--pixel-size-m", "0,30"), "'0,30' is not the least and the greatest size"),
    ],
)
def test_what_contradicts_itself_is_refused(options, said, tmp_path):
    """Instead of the last that was said being taken."""
    result = CliRunner().invoke(app, ["model", "pack", str(tmp_path), str(tmp_path / "out"), *options])
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("\u2502", " ").split())
