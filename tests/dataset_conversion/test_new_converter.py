"""A converter as CONTRIBUTING.md says how to add one: find the cases, say how one is loaded, hand both over."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, CaseMaps, RawDataset
from nnunet_glacier.dataset_conversion.writing.splits import random_folds
from nnunet_glacier.dataset_conversion.writing.stage import Plan, Run, carry_out
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.scene_table import read_scenes
from nnunet_glacier.support.errors import InputError, Problem


def load(case: Case) -> CaseMaps:
    """An image whose brightest row is the front."""
    image = np.asarray(Image.open(case.inputs[0]))
    line = image == image.max()
    return CaseMaps(image=image, labels=line.astype(np.uint8), front=np.where(line, np.uint8(255), np.uint8(0)))


def convert(source: Path, out: Path, problems=()) -> str:
    cases = [Case(Scene(case=path.stem, split="train", glacier="A"), (path,)) for path in sorted(source.glob("*.png"))]
    dataset = RawDataset(out, "bright-rows", "front", ("SAR",), ".png", {"scheme": "random"}, {})
    folds = partial(random_folds, [case.scene.case for case in cases])
    plan = Plan(source, dataset, cases, problems, folds, load, tables=dict, contents=f"{len(cases)} scenes")
    return carry_out(plan, Run(workers=1))


@pytest.fixture
def source(tmp_path):
    (tmp_path / "source").mkdir()
    for number in range(5):
        image = np.full((8, 6), 10, dtype=np.uint8)
        image[number] = 200
        Image.fromarray(image).save(tmp_path / "source" / f"scene{number}.png")
    return tmp_path / "source"


def test_a_new_converter_writes_a_dataset_that_nnunet_and_every_stage_reads(source, tmp_path):
    """Five cases with their labels and fronts, folds, scene table and dataset.json; a second run writes nothing."""
    out = tmp_path / "Dataset321_BrightRows"
    assert "5 written now, 0 were there already" in convert(source, out)
    described = json.loads((out / "dataset.json").read_text())
    assert described["labels"] == {"background": 0, "front": 1}
    assert (described["numTraining"], described["source"]) == (5, "bright-rows")
    assert list(read_scenes(out / "scenes.csv")) == [f"scene{number}" for number in range(5)]
    assert [len(fold["val"]) for fold in json.loads((out / "splits_final.json").read_text())] == [1] * 5
    label, front = (np.asarray(Image.open(out / name / "scene3.png")) for name in ("labelsTr", "frontsTr"))
    np.testing.assert_array_equal(np.flatnonzero(label.any(axis=1)), [3])
    np.testing.assert_array_equal(front, 255 * label)
    assert "0 written now, 5 were there already" in convert(source, out)


def test_a_new_converter_lists_its_problems_and_writes_nothing(source, tmp_path):
    """Those of the source beside those of the target."""
    with pytest.raises(InputError) as error:
        convert(source, tmp_path / "BrightRows", [Problem("scene9.png", "it is empty", "Remove it")])
    assert len(error.value.problems) == 2
    assert not (tmp_path / "BrightRows").exists()
