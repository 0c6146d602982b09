"""``dataset.json`` is read by one reader: what is wrong is said with file, key, value and what is wanted."""

import json

import pytest

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.formats.dataset_json import known_space, read_description
from nnunet_glacier.support.errors import InputError

SPACE = LABEL_SPACES["front"]
GOOD = {
    "channel_names": {"0": "SAR"},
    "labels": {**SPACE.nnunet_labels(), "ignore": 2},
    "numTraining": 3,
    "file_ending": ".nii.gz",
    "tasks": SPACE.to_json(),
    "channels": {"kind": "reim"},
    "an entry of others": None,
}
OF_LABELS = """wanted is names and the whole numbers that label maps hold for them, such as {"background": 0}"""
OF_ENDING = "wanted is the ending of images and label maps, such as '.png'"
OF_ALL = 'wanted is a JSON object, such as {"labels": {"background": 0, "front": 1}, "file_ending": ".png", ...}'


def without(key: str) -> dict:
    return {name: value for name, value in GOOD.items() if name != key}


def test_what_a_description_says(tmp_path):
    """All of it, and what the stages ask for."""
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps(GOOD))
    told = read_description(path)
    assert (told.path, told.content, told.space, known_space(told)) == (
        path,
        GOOD,
        SPACE,
        SPACE,
    )
    assert (told.file_ending, told.ignore, told.training_cases) == (".nii.gz", 2, 3)
    assert (told.channels, told.has_line, told.has_classes_alone) == (
        {"kind": "reim"},
        True,
        False,
    )


@pytest.mark.parametrize(
    ("variant", "line", "classes"),
    [("zones", False, False), ("fused", True, False), ("boundary", True, False), ("sea_ice", False, True)],
)
def test_what_label_maps_hold(tmp_path, variant, line, classes):
    """A line, or ice types alone."""
    space, path = LABEL_SPACES[variant], tmp_path / "dataset.json"
    content = {"labels": space.nnunet_labels(), "tasks": space.to_json(), "file_ending": ".png"}
    path.write_text(json.dumps(content))
    told = read_description(path)
    assert (told.has_line, told.has_classes_alone, told.ignore) == (line, classes, None)
    assert told.training_cases is None and told.channels == {}


def test_nnunets_own_datasets_need_no_tasks(tmp_path):
    """Regions are lists of labels; what the labels mean is asked for later, and then named."""
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps({"labels": {"background": 0, "ice": [1, 2]}, "file_ending": ".png"}))
    told = read_description(path)
    assert told.space is None and not told.has_line and not told.has_classes_alone
    with pytest.raises(InputError, match=r"dataset\.json: it has no 'tasks' entry.*Ask for it"):
        known_space(told, "Ask for it")


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (7, [f"it holds 7; {OF_ALL}"]),
        (None, [f"it holds null; {OF_ALL}"]),
        ([GOOD], ["it holds [{'an entry of others': None"]),
        ("zones", [f"it holds 'zones'; {OF_ALL}"]),
        ({}, [f"it has no 'labels'; {OF_LABELS}", f"it has no 'file_ending'; {OF_ENDING}"]),
        (without("labels"), [f"it has no 'labels'; {OF_LABELS}"]),
        (without("file_ending"), [f"it has no 'file_ending'; {OF_ENDING}"]),
        ({**GOOD, "labels": "zones"}, [f"'labels' is 'zones'; {OF_LABELS}"]),
        ({**GOOD, "labels": {}}, [f"'labels' is {{}}; {OF_LABELS}"]),
        ({**GOOD, "labels": ["background", "front"]}, [f"'labels' is ['background', 'front']; {OF_LABELS}"]),
        ({**GOOD, "labels": {"background": 0, "front": "1"}}, [f"'labels.front' is '1'; {OF_LABELS}"]),
        ({**GOOD, "labels": {"background": 0, "front": True}}, [f"'labels.front' is true; {OF_LABELS}"]),
        ({**GOOD, "labels": {"background": 0, "front": [1, 0.5]}}, [f"'labels.front' is [1, 0.5]; {OF_LABELS}"]),
        ({**GOOD, "file_ending": "../../.png"}, [f"'file_ending' is '../../.png'; {OF_ENDING}"]),
        ({**GOOD, "file_ending": "png"}, [f"'file_ending' is 'png'; {OF_ENDING}"]),
        ({**GOOD, "file_ending": 7}, [f"'file_ending' is 7; {OF_ENDING}"]),
        ({**GOOD, "numTraining": "3"}, ["'numTraining' is '3'; wanted is the number of training cases, such as 559"]),
        ({**GOOD, "channel_names": ["SAR"]}, ["'channel_names' is ['SAR']; wanted is the number of each channel"]),
        ({**GOOD, "channels": "reim"}, ["'channels' is 'reim'; wanted is an object that says how the channels"]),
        (
            {**GOOD, "pixel_size_m": [30.0]},
            ["'pixel_size_m' is [30.0]; wanted is the least and the greatest pixel size"],
        ),
        ({**GOOD, "pixel_size_m": [0, 30]}, ["'pixel_size_m' is [0, 30]; wanted is the least and the greatest"]),
        ({**GOOD, "tasks": 5}, ["the 'tasks' entry of dataset.json must be a list of tasks"]),
        ({**GOOD, "tasks": LABEL_SPACES["zones"].to_json()}, ["dataset.json declares 2 labels, but its tasks"]),
        (
            {**GOOD, "labels": {"front": "x"}, "file_ending": "/"},
            [f"'labels.front' is 'x'; {OF_LABELS}", f"'file_ending' is '/'; {OF_ENDING}"],
        ),
    ],
)
def test_every_fault_is_named_once(tmp_path, content, faults):
    """The file, the key, its value and what is wanted; all faults at once."""
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError) as caught:
        read_description(path, "Mend it")
    assert [(problem.where, problem.remedy) for problem in caught.value.problems] == [(path, "Mend it")] * len(faults)
    for problem, fault in zip(caught.value.problems, faults, strict=True):
        assert problem.what.startswith(fault)
        assert len(problem.what) < 400


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    """No JSON, not UTF-8, a folder, and none at all."""
    path = tmp_path / "dataset.json"
    for make, what in (
        (lambda: None, "there is no such file"),
        (lambda: path.write_text("{"), "it cannot be read as JSON"),
        (lambda: path.write_bytes(b"\xff\xfe"), "it cannot be read as JSON"),
        (lambda: (path.unlink(), path.mkdir()), "it is no regular file"),
    ):
        make()
        with pytest.raises(InputError) as caught:
            read_description(path)
        (problem,) = caught.value.problems
        assert problem.where == path and problem.what.startswith(what)
