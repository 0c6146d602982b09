"""Several experiments on one scene, also where each has a dataset of its own, and what is said where it cannot be."""

import json
import re
import shutil

import numpy as np
import pytest
from made_evaluations import ROWS, score, write_dataset, write_evaluation, write_predictions
from PIL import Image
from report_pages import page_of

from nnunet_glacier.report.chapters import Material
from nnunet_glacier.report.evaluations import METRES, read_evaluations
from nnunet_glacier.report.map_chapters import comparisons_section, overlays_section
from nnunet_glacier.report.scene_maps import open_scenes

DATES = {"a": "2013-01-10", "b": "2014-07-01"}


def evaluation_of(root, fronts, dataset):
    """An evaluation at 20 m a pixel of one training with its fronts in these columns."""
    predictions = write_predictions(root / "predictions", fronts)
    rows = [score(case, 20.0 * (front - 40), prediction="predictions") for case, front in fronts.items()]
    folder = write_evaluation(root / "scores", rows)
    summary = {"predictions": [str(predictions)], "dataset": str(dataset), "scheme": "single", "route": "zones"}
    (folder / "summary.json").write_text(json.dumps(summary))
    return folder


def drawn(out, *evaluations):
    """The comparisons' captions, and the notes on scenes that are drawn neither side by side nor alone."""
    read = read_evaluations(evaluations)
    finders = [open_scenes(evaluation) for evaluation in read]
    material = Material(read, METRES, False, out)
    section, notes = comparisons_section(material, finders, 2, 1)
    alone = [note for finder in finders for note in overlays_section(material, finder, 2, 1)[1]]
    return [picture.caption for picture in section.pictures], [*alone, *notes]


@pytest.fixture
def first(tmp_path):
    dataset = write_dataset(tmp_path / "zones", DATES)
    return evaluation_of(tmp_path / "first", {"a": 42, "b": 45}, dataset)


def test_the_same_scenes_in_two_datasets_are_compared(command, first, tmp_path):
    """Datasets of their own with the same scenes, as each kind of labels has one: every scene is drawn with both."""
    copy = shutil.copytree(tmp_path / "zones", tmp_path / "fused")
    second = evaluation_of(tmp_path / "second", {"a": 43, "b": 55}, copy)
    result = command("report", first, second, tmp_path / "out", "--max-overlays", 2, "--no-time-series")
    assert result.exit_code == 0, result.output
    page = page_of(tmp_path / "out")
    captions = re.findall(r"<figcaption>(\w): label and experiments\.([^<]*)", page)
    assert [case for case, _ in captions] == ["b", "a"]
    assert not any("different ones" in text for _, text in captions)
    assert "Images and labels are those of first/scores." in page
    assert json.loads((tmp_path / "out" / "report.json").read_text())["notes"] == []


def test_scenes_whose_labels_differ_in_size_are_named_with_the_sizes(first, tmp_path):
    """At half the resolution a scene is another picture: it is not compared, the other scene is.

    Where labels of one size differ, the caption says whose is drawn.
    """
    copy = shutil.copytree(tmp_path / "zones", tmp_path / "fused")
    second = evaluation_of(tmp_path / "second", {"a": 43, "b": 55}, copy)
    predicted = tmp_path / "second" / "predictions"
    of_b = [copy / "imagesTs" / "b_0000.png", *(copy / kind / "b.png" for kind in ("zonesTs", "frontsTs"))]
    for path in [*of_b, *(predicted / kind / "b.png" for kind in ("zones", "fronts"))]:
        Image.fromarray(np.array(Image.open(path))[::2, ::2]).save(path)
    label = np.array(Image.open(copy / "frontsTs" / "a.png"))
    Image.fromarray(np.roll(label, 1, axis=1)).save(copy / "frontsTs" / "a.png")
    captions, notes = drawn(tmp_path / "out", first, second)
    assert [caption[0] for caption in captions] == ["a"]
    assert "The label is that of first/scores; the experiments were scored against different ones." in captions[0]
    sizes = "80x100 of first/scores, 40x50 of second/scores"
    assert notes == [f"b is not compared: the labels differ in size: {sizes}"]


def test_experiments_without_a_common_scene_are_not_compared(first, tmp_path):
    """Other scenes of another dataset: nothing is drawn side by side, and the page says why."""
    other = write_dataset(tmp_path / "other", {"c": "2013-01-10"})
    second = evaluation_of(tmp_path / "second", {"c": 43}, other)
    captions, notes = drawn(tmp_path / "out", first, second)
    assert captions == []
    assert notes == ["The experiments are not drawn on one scene: they have no scene in common."]


def test_scenes_that_are_gone_are_told_in_one_line_each_reason(first, tmp_path):
    """A prediction that was deleted and a label that was: each said of the experiment that lacks it."""
    copy = shutil.copytree(tmp_path / "zones", tmp_path / "fused")
    second = evaluation_of(tmp_path / "second", {"a": 43, "b": 55}, copy)
    for kind in ("zones", "fronts"):
        (tmp_path / "second" / "predictions" / kind / "b.png").unlink()
    for path in (tmp_path / "zones" / "frontsTs").glob("*.png"):
        path.unlink()
    captions, notes = drawn(tmp_path / "out", first, second)
    assert captions == []
    assert len(notes) == 4
    labels = f"{tmp_path / 'zones' / 'frontsTs'}/*.png"
    assert notes[0].startswith(f"first/scores: 2 scenes are not drawn: {labels}: ")
    assert notes[0].endswith(" (b, a)")
    assert notes[1] == "second/scores: b is not drawn: the prediction is not there any more"
    assert notes[2] == "b is not compared: no maps of second/scores are known"
    assert notes[3].startswith("a is not compared: ")


def test_a_lost_set_of_predictions_is_told_once(first, tmp_path):
    """Where the whole folder is gone a note says so, and no scene needs another reason."""
    shutil.rmtree(tmp_path / "first" / "predictions")
    (evaluation,) = read_evaluations([first])
    finder = open_scenes(evaluation)
    row = evaluation.main.iloc[0]
    assert finder.find(row) is None
    assert finder.why_lost(row) == ""
    assert len(finder.notes) == 1


def test_a_page_of_grounding_lines_is_called_so(command, first, tmp_path):
    """Where every scene's line is a grounding line the title says so, and a missing one is no missing front."""
    labels = {"background": 0, "grounding line": 1}
    tasks = [{"name": "grounding_line", "classes": ["none", "grounding line"]}]
    described = {"labels": labels, "tasks": tasks, "file_ending": ".png"}
    (tmp_path / "zones" / "dataset.json").write_text(json.dumps(described))
    scores = (first / "scores.csv").read_text().splitlines()
    lost = scores[2].replace(",10,10,100.0,5.0", ",0,10,,")
    assert lost != scores[2]
    (first / "scores.csv").write_text("\n".join([*scores[:2], lost]))
    Image.fromarray(np.full((ROWS, 100), 2, dtype=np.uint8)).save(first.parent / "predictions" / "zones" / "b.png")
    result = command("report", first, tmp_path / "out", "--max-overlays", 1, "--no-time-series")
    assert result.exit_code == 0, result.output
    page = page_of(tmp_path / "out")
    assert "<title>Grounding lines: report</title>" in page
    assert "Grounding line errors of the experiments" in page
    assert "over all pixels of the grounding line in all images" in page
    assert "1. b: no grounding line predicted." in page


def test_ctrl_c_promises_nothing(command, first, tmp_path, monkeypatch):
    """A stopped report is made from its beginning, and that is what is said."""

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("nnunet_glacier.report.report.report", stopped)
    result = command("report", first, tmp_path / "out")
    assert result.exit_code == 130
    assert "goes on from here" not in result.output
    assert "the same command makes the whole report" in result.output
