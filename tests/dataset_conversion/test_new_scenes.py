"""Scenes for a trained model: what the model's ``dataset.json`` says of its channels is checked before it is used."""

import json
import math

import pytest
from read_back import read_json
from small_caffe import convert
from small_dinsar import NAME, write_getz
from small_sea_ice import write_sea_ice


def said_of(result) -> str:
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def interferograms(tmp_path_factory):
    """A folder of interferograms, and the description of the dataset that was made from them."""
    root = tmp_path_factory.mktemp("dinsar")
    scenes, lines = write_getz(root)
    assert convert("dinsar", scenes, lines, root / NAME).exit_code == 0
    return scenes, read_json(root / NAME / "dataset.json")


@pytest.fixture(scope="module")
def sea_ice(tmp_path_factory):
    """A folder of Sentinel-1 scenes, and the description of the dataset that was made from them."""
    root = tmp_path_factory.mktemp("ice")
    scenes, charts = write_sea_ice(root)
    assert convert("sea-ice", scenes, charts, root / NAME).exit_code == 0
    return scenes, read_json(root / NAME / "dataset.json")


def refused(command, scenes, description, tmp_path) -> str:
    """What is said of a description that cannot be used; nothing is written."""
    like, out = tmp_path / "dataset.json", tmp_path / "channels"
    like.write_text(json.dumps(description), encoding="utf-8")
    result = convert(command, scenes, like, out)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert not out.exists()
    assert str(like) in said_of(result)
    return said_of(result)


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("magnitude_scale", 0, "its conversion.magnitude_scale is 0; wanted is a number above 0"),
        ("magnitude_scale", -1, "its conversion.magnitude_scale is -1; wanted is a number above 0"),
        ("magnitude_scale", math.nan, "its conversion.magnitude_scale is nan; wanted is a finite number"),
        ("magnitude_scale", math.inf, "its conversion.magnitude_scale is inf; wanted is a finite number"),
        ("magnitude_scale", "2", "its conversion.magnitude_scale is '2'; wanted is a finite number"),
        ("magnitude_scale", None, "its conversion.magnitude_scale is None; wanted is a finite number"),
        ("channels", "colours", "its conversion.channels is 'colours'; wanted is one of phase_mag, reim, cos_sin_mag"),
        ("bands", ["phase"], "its conversion.bands is ['phase']; wanted is one of complex, real-imaginary"),
        ("phase_unit", "degrees", "its conversion.phase_unit is 'degrees'; wanted is one of radians, pi"),
        ("pixel_size_m", -100, "its conversion.pixel_size_m is -100; wanted is a number above 0"),
        ("crs", "EPSG:1", "its conversion.crs is 'EPSG:1': there is no such CRS"),
    ],
)
def test_a_record_that_makes_no_channels_is_refused(interferograms, tmp_path, key, value, wanted):
    """File, key, value, and what is wanted."""
    scenes, description = interferograms
    changed = {**description, "conversion": {**description["conversion"], key: value}}
    assert wanted in refused("dinsar-scenes", scenes, changed, tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("standard_deviation", [5, 0, 7], "its channels.standard_deviation[1] is 0; wanted is a number above 0"),
        ("standard_deviation", [-1, 5, 7], "its channels.standard_deviation[0] is -1; wanted is a number above 0"),
        ("standard_deviation", [5, 5, math.nan], "its channels.standard_deviation[2] is nan; wanted is a finite"),
        ("standard_deviation", 5, "its channels.standard_deviation is 5; wanted is a list of 3 numbers"),
        ("mean", [1, 2], "its channels.mean is [1, 2]; wanted is a list of 3 numbers"),
        ("mean", [1, 2, True], "its channels.mean[2] is True; wanted is a finite number"),
    ],
)
def test_constants_that_standardise_nothing_are_refused(sea_ice, tmp_path, key, value, wanted):
    """File, key with the channel's number, value, and what is wanted."""
    scenes, description = sea_ice
    changed = {**description, "channels": {**description["channels"], key: value}}
    assert wanted in refused("sea-ice-scenes", scenes, changed, tmp_path)


@pytest.mark.parametrize("command", ["dinsar-scenes", "sea-ice-scenes"])
@pytest.mark.parametrize("added", [{}, {"source": "caffe", "conversion": 7}])
def test_a_dataset_of_another_converter_is_refused(interferograms, sea_ice, tmp_path, command, added):
    """A dataset, but none of this converter."""
    scenes, _ = interferograms if command == "dinsar-scenes" else sea_ice
    said = refused(command, scenes, {"labels": {"background": 0}, "file_ending": ".png", **added}, tmp_path)
    assert f"it does not say how 'convert {command.removesuffix('-scenes')}' made its channels" in said


@pytest.mark.parametrize("command", ["dinsar-scenes", "sea-ice-scenes"])
@pytest.mark.parametrize(
    ("content", "wanted"),
    [(7, "it holds 7"), (None, "it holds null"), ([], "it holds []"), ({}, "it has no 'file_ending'")],
    ids=repr,
)
def test_a_description_of_another_shape_is_refused(interferograms, sea_ice, tmp_path, command, content, wanted):
    """JSON, but no dataset's; with the command that writes one."""
    scenes, _ = interferograms if command == "dinsar-scenes" else sea_ice
    said = refused(command, scenes, content, tmp_path)
    assert wanted in said
    assert f"Give a dataset that 'convert {command.removesuffix('-scenes')}' wrote" in said
