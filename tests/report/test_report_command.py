"""The whole stage: its files, its numbers, its pictures, and what it says of bad input."""

import base64
import json
import math
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from made_evaluations import score, write_dataset, write_evaluation, write_predictions
from PIL import Image
from report_pages import page_of, rows_of

from nnunet_glacier.domain.front_colours import BOTH_FRONTS, BOUNDING_BOX, PREDICTED_FRONT, TRUE_FRONT
from nnunet_glacier.report.drawing import Picture
from nnunet_glacier.report.evaluations import read_evaluations
from nnunet_glacier.report.overlays import OverlayTask, draw_overlay
from nnunet_glacier.report.page import Section, data_uri, page_html
from nnunet_glacier.report.scene_maps import open_scenes

NAN = math.nan


def test_every_figure_is_there_twice_and_shows_something(made_report):
    """Each figure is an SVG and a PNG of the same name, and no PNG is blank."""
    figures = made_report.out / "figures"
    stems = {path.relative_to(figures).with_suffix("").as_posix() for path in figures.rglob("*.*")}
    expected = {
        "experiments",
        "experiments_images",
        "line_measures",
        "front_class",
        "tolerance_scores",
        "zone_scores",
        "timeline",
        "training",
        "glacier_season_early_b",
        "fronts_late_COL",
        "zone_areas_late",
        "overlays/early_b/001_c",
        "comparisons/001_c",
    }
    assert expected <= stems
    for stem in stems:
        grey = np.array(Image.open(figures / f"{stem}.png").convert("L"))
        assert grey.std() > 5, stem
        assert grey.shape[1] > 800
        assert (figures / f"{stem}.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")


def test_the_overlay_has_the_published_colours(made_report):
    """In the worst scene no front was predicted: blue and cyan alone; in a found one yellow stands right of blue."""
    overlays = made_report.out / "figures" / "overlays"
    lost = np.array(Image.open(overlays / "early_b" / "001_c.png").convert("RGB"))
    # Below the image is the legend, which has all colours.
    lost = lost[: lost.shape[0] * 3 // 5]
    counts = {
        rgb: int((lost == rgb).all(axis=2).sum()) for rgb in (TRUE_FRONT, PREDICTED_FRONT, BOTH_FRONTS, BOUNDING_BOX)
    }
    assert counts[TRUE_FRONT] > 500
    assert counts[BOUNDING_BOX] > 500
    assert counts[PREDICTED_FRONT] == counts[BOTH_FRONTS] == 0
    overlay = np.array(Image.open(overlays / "late" / "001_c.png").convert("RGB"))
    overlay = overlay[: overlay.shape[0] * 3 // 5]
    columns = {rgb: np.flatnonzero((overlay == rgb).all(axis=2).any(axis=0)) for rgb in (TRUE_FRONT, PREDICTED_FRONT)}
    # The label's front is in column 40 of 100, the worst prediction's in column 50, of equally wide pixels.
    width = np.ptp(np.flatnonzero((overlay < 250).any(axis=(0, 2)))) + 1
    shift = columns[PREDICTED_FRONT].mean() - columns[TRUE_FRONT].mean()
    assert shift == pytest.approx(0.10 * width, rel=0.05)


def test_the_page_says_what_the_tables_say(made_report):
    """MDE and missing fronts of each experiment stand on the page as in the CSV file, which equals summary.json."""
    table = pd.read_csv(made_report.out / "tables" / "experiments.csv")
    page = page_of(made_report.out)
    for name, folder in zip(("early <b>&", "late"), made_report.evaluations, strict=True):
        summary = json.loads((folder / "summary.json").read_text())
        zones = table[(table["experiment"] == name) & (table["route"] == "zones")].iloc[0]
        everything = summary["subsets"]["all"]
        assert zones["mde_m"] == pytest.approx(everything["mde_m"], rel=1e-12)
        assert zones["mde_sd_m"] == pytest.approx(everything["mde_m_sd"], rel=1e-12)
        assert zones["no_front_images"] == everything["no_front"]
        shown = rows_of(page, name)[0]
        assert shown[4] == f"{zones['mde_m']:.0f} ± {zones['mde_sd_m']:.0f}"
    assert table["no_front_images"].tolist() == [0.5, 0.5, 0.0, 0.0]


def test_intervals_reach_the_page(made_report):
    """Those of each route's MDE as summary.json has them, and those of differences with the seed that was given."""
    table = pd.read_csv(made_report.out / "tables" / "experiments.csv").set_index(["experiment", "route"])
    page = page_of(made_report.out)
    for name, folder in zip(("early <b>&", "late"), made_report.evaluations, strict=True):
        summary = json.loads((folder / "summary.json").read_text())
        routes = {"zones": summary, "front": summary["other_routes"]["front"]}
        for row, (route, interval) in zip(rows_of(page, name)[:2], routes.items(), strict=True):
            expected = interval["subsets"]["all"]["mde_m_interval"]
            assert table.loc[(name, route), "mde_low_m"] == expected["low"]
            assert table.loc[(name, route), "mde_high_m"] == expected["high"]
            assert row[5] == f"{expected['low']:.0f} to {expected['high']:.0f}"
    for route in ("zones", "front"):
        differences = pd.read_csv(made_report.out / "tables" / f"differences_{route}.csv")
        assert (differences["bootstrap_seed"].tolist(), differences["scenes"].tolist()) == ([5], [3])
        assert (differences["low_m"] <= differences["difference_m"]).all()
        assert (differences["difference_m"] <= differences["high_m"]).all()
    assert "(seed 5)" in page


def test_the_front_class_is_compared_though_zones_are_the_main_route(made_report):
    """Its means over images and trainings are those of scores.csv; every measure of it is in the long table."""
    table = pd.read_csv(made_report.out / "tables" / "front_class.csv").set_index("experiment")
    every = pd.read_csv(made_report.out / "tables" / "every_measure.csv").set_index(["experiment", "measure"])
    for name, folder in zip(("early <b>&", "late"), made_report.evaluations, strict=True):
        scores = pd.read_csv(folder / "scores.csv")
        sets = scores[scores["route"] == "front"].groupby("prediction")["band_dice"].mean()
        assert table.loc[name, "band_dice"] == pytest.approx(sets.mean())
        assert table.loc[name, "band_dice_sd"] == pytest.approx(sets.std())
        assert every.loc[(name, "band_dice"), "mean"] == pytest.approx(sets.mean())
        lines = scores[scores["route"] == "zones"].groupby("prediction")["tolerance_dice_60m"].mean()
        assert every.loc[(name, "tolerance_dice_60m"), "mean"] == pytest.approx(lines.mean())


def test_all_scenes_are_listed_worst_first(made_report):
    """The list of scenes begins with the missing front; distances in metres are those of scores.csv."""
    table = pd.read_csv(made_report.out / "tables" / "scenes_early_b.csv")
    assert table["case"].tolist() == ["c", "b", "a"]
    assert table["prediction"].tolist() == ["fold_0", "fold_0", "fold_1"]
    # Fronts 5 and 3 columns from the label's, at 20 m a pixel: 65 pixels in the box, beside them 65 of the label and 5
    # more below the box.
    expected = [20 * (130 * c + sum(math.hypot(c, below) for below in range(1, 6))) / 135 for c in (5, 3)]
    assert table["mean_distance_m"].tolist()[1:] == pytest.approx(expected)


def test_the_page_holds_its_pictures_and_fetches_nothing(made_report):
    """Every picture is data that can be decoded, as are the links to files; there is no script and no address."""
    page = page_of(made_report.out)
    sources = re.findall(r'<img src="data:image/(svg\+xml|jpeg);base64,([^"]+)"', page)
    assert len(sources) == page.count("<img ")
    for kind, data in sources:
        content = base64.b64decode(data)
        assert content.startswith(b"<?xml" if kind == "svg+xml" else b"\xff\xd8")
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    for link in re.findall(r'<a href="([^"#][^"]*)"', page):
        assert (made_report.out / link).is_file(), link


def test_pictures_beyond_the_largest_page_are_left_to_their_files(made_report):
    """Where the page would grow too large it says so and links to the files."""
    figures = made_report.out / "figures"
    picture = Picture(figures / "experiments.svg", figures / "experiments.png", "The experiments.")
    sections = [Section("one", "One", pictures=[picture]), Section("empty", "Empty")]
    room = len(data_uri(picture))
    small, large = (page_html("t", "s", sections, [], "f", made_report.out, size) for size in (room - 1, room))
    assert "Too large for this page" in small
    assert "<img " not in small
    assert 'href="figures/experiments.svg"' in small
    assert large.count("<img ") == 1
    assert "Too large for this page" not in large
    assert "Empty" not in large


def test_names_are_escaped(made_report):
    """A name with HTML in it is shown as it is."""
    page = page_of(made_report.out)
    assert "early <b>" not in page
    assert "early &lt;b&gt;&amp;" in page


def test_the_command_says_what_to_open(made_report):
    """The last lines name the page; report.json lists every file."""
    assert str(made_report.out / "report.html") in made_report.screen
    files = json.loads((made_report.out / "report.json").read_text())["files"]
    there = [path.relative_to(made_report.out).as_posix() for path in made_report.out.rglob("*") if path.is_file()]
    assert sorted(there) == sorted([*files, "report.json"])


def test_published_results_are_marked_on_the_page(made_report):
    """The scenes are named after Columbia, so published results stand beside, each marked with its source."""
    (row,) = rows_of(page_of(made_report.out), "HookFormer")
    assert row[1:4] == ["published: Wu et al. 2024", "zones", "353 ± 16"]


def test_one_scene_without_date_or_pixel_size(command, tmp_path):
    """A single image in pixels, of an unknown glacier, whose maps are gone: the page says so and nothing fails."""
    row = score("only", NAN, mean_distance_px=2.5, glacier="", date="", season="", sensor="", pixel_size_m="")
    evaluation = write_evaluation(tmp_path / "one", [row])
    result = command("report", evaluation, tmp_path / "out")
    assert result.exit_code == 0, result.output
    page = page_of(tmp_path / "out")
    assert "MDE [px]" in page
    assert rows_of(page, "one")[0][4] == "2.50"
    assert "cannot be read any more" in page
    assert "published" not in page
    assert not (tmp_path / "out" / "figures" / "overlays").exists()


def test_scores_without_any_front(command, tmp_path):
    """Where no front was found there is no distance: dashes and counts, no box, no failure.

    Names are taken as they are: a dollar sign begins no formula.
    """
    unknown = {"mean_distance_px": NAN, "predicted_front_pixels": 0, "glacier": r"_$\frac", "sensor": "$x"}
    rows = [score(case, NAN, **unknown) for case in ("a", "b")]
    evaluation = write_evaluation(tmp_path / "none", rows)
    result = command("report", evaluation, tmp_path / "out", "--name", r"$\frac{")
    assert result.exit_code == 0, result.output
    shown = rows_of(page_of(tmp_path / "out"), r"$\frac{")[0]
    assert shown[4:7] == ["–", "–", "2"]


def test_a_report_is_made_anew_without_what_is_left_over(command, tmp_path):
    """Files of the earlier report that are not made again go; files that are not the report's stay."""
    evaluation = write_evaluation(tmp_path / "scores", [score("a", 5.0)])
    out = tmp_path / "out"
    (out / "figures").mkdir(parents=True)
    for name in ("figures/old.svg", "mine.txt", "../outside.txt"):
        (out / name).write_text("earlier")
    files = ["figures/old.svg", "../outside.txt", str(tmp_path / "outside.txt")]
    (out / "report.json").write_text(json.dumps({"evaluations": [str(evaluation)], "files": files}))
    result = command("report", evaluation, out)
    assert result.exit_code == 0, result.output
    assert not (out / "figures" / "old.svg").exists()
    assert (out / "figures" / "experiments.svg").is_file()
    assert (out / "mine.txt").is_file()
    assert (tmp_path / "outside.txt").is_file()


def test_a_scene_whose_files_are_damaged_is_left_out_with_a_reason(tmp_path):
    """A damaged prediction and an image of another size are named; another scene is drawn all the same."""
    dataset = write_dataset(tmp_path / "dataset", {"a": "2013-01-10", "b": "2013-02-10", "c": ""})
    predictions = write_predictions(tmp_path / "predictions", {"a": 42, "b": 45, "c": 46})
    (predictions / "zones" / "a.png").write_bytes(b"damaged")
    Image.fromarray(np.zeros((4, 4), dtype=np.uint8)).save(dataset / "imagesTs" / "b_0000.png")
    folder = write_evaluation(tmp_path / "e", [score(case, 5.0, prediction="predictions") for case in "abc"])
    summary = {"predictions": [str(predictions)], "dataset": str(dataset), "scheme": "single", "route": "zones"}
    (folder / "summary.json").write_text(json.dumps(summary))
    (evaluation,) = read_evaluations([folder])
    finder = open_scenes(evaluation)
    sources = [finder.find(row) for _, row in evaluation.main.iterrows()]
    drawn = [draw_overlay(OverlayTask(source, tmp_path / "drawn", "", "")) for source in sources]
    assert str(drawn[0]).startswith("a is not drawn: ")
    assert "b_0000.png: its size is not that of its label" in str(drawn[1])
    assert drawn[2].png.is_file()


def test_all_faults_are_named_before_anything_is_written(command, tmp_path):
    """A missing evaluation, one without a column, one without a summary, a model without logs: all at once."""
    good = write_evaluation(tmp_path / "good", [score("a", 1.0)])
    no_column = write_evaluation(tmp_path / "no_column", [score("a", 1.0)])
    pd.read_csv(no_column / "scores.csv").drop(columns="route").to_csv(no_column / "scores.csv", index=False)
    no_summary = write_evaluation(tmp_path / "no_summary", [score("a", 1.0)])
    (no_summary / "summary.json").unlink()
    folders = [good, no_column, no_summary, tmp_path / "missing"]
    result = command("report", *folders, tmp_path / "out", "--models", tmp_path / "model")
    assert result.exit_code == 2
    assert "4 problems" in result.output
    for text in ("columns missing: route", "no_summary/summary.json", "missing/scores.csv", "training_log_*.txt"):
        assert text in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["a" * 300, " ", "a\nb"])
def test_names_that_no_figure_can_show_are_refused(command, tmp_path, name):
    result = command("report", write_evaluation(tmp_path / "a", [score("a", 1.0)]), tmp_path / "out", "--name", name)
    assert result.exit_code == 2
    assert "Give 1 to 60 visible characters" in " ".join(result.output.split())


def test_scores_of_classes_are_refused(command, tmp_path):
    """What evaluate wrote of ice types: said so, not that it is nothing of evaluate's."""
    folder = write_evaluation(tmp_path / "ice", [score("a", 1.0)])
    pd.DataFrame({"case": ["a"], "accuracy": [0.9], "f1_weighted": [0.8]}).to_csv(folder / "scores.csv", index=False)
    result = command("report", folder, tmp_path / "out")
    assert result.exit_code == 2
    assert "it holds scores of classes" in " ".join(result.output.split())


def test_a_forgotten_out_is_refused(command, tmp_path):
    """Where the last folder is an evaluation itself, OUT was forgotten: nothing is written into it."""
    folders = [write_evaluation(tmp_path / name, [score("a", 1.0)]) for name in ("a", "b")]
    result = command("report", *folders)
    assert result.exit_code == 2
    assert "so that OUT seems to be forgotten. Give a folder of its own" in result.output
    assert sorted(path.name for path in folders[1].iterdir()) == ["scores.csv", "summary.json"]


def test_a_page_of_somebody_else_is_kept(command, tmp_path):
    """A ``report.html`` beside which no ``report.json`` lies is not ours."""
    folder, out = write_evaluation(tmp_path / "a", [score("a", 1.0)]), tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("mine")
    result = command("report", folder, out)
    assert result.exit_code == 2
    what = "it has 1 of the files to write, such as report.html, but no report.json. Give another folder"
    assert what in " ".join(result.output.split())
    assert [path.name for path in out.iterdir()] == ["report.html"] and (out / "report.html").read_text() == "mine"


def test_a_report_of_other_evaluations_is_kept(command, tmp_path):
    """OUT with a report of other evaluations is refused without --overwrite; names must be as many as folders."""
    folder = write_evaluation(tmp_path / "a", [score("a", 1.0)])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.json").write_text(json.dumps({"evaluations": ["/elsewhere"], "files": []}))
    result = command("report", folder, tmp_path / "out", "--name", "x", "--name", "y")
    assert result.exit_code == 2
    assert "a report of other evaluations: /elsewhere" in result.output
    assert "2 names for 1 folder" in result.output


@pytest.mark.parametrize("damage", [{"files": None}, {"files": {"a": 1}, "evaluations": None}, {"evaluations": 5}])
def test_a_damaged_list_of_files_is_none(command, tmp_path, damage):
    """The report is made, and its list with it."""
    folder, out = write_evaluation(tmp_path / "a", [score("a", 1.0)]), tmp_path / "out"
    out.mkdir()
    (out / "report.json").write_text(json.dumps(damage))
    result = command("report", folder, out)
    assert result.exit_code == 0, result.output
    record = json.loads((out / "report.json").read_text())
    assert record["evaluations"] == [str(folder)] and "report.html" in record["files"]


def test_a_page_opens_without_errors(made_report, tmp_path):
    """Headless Chromium shows the page, says nothing on its console, and finds every picture decoded."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium on this machine (looked for chromium, chromium-browser, google-chrome)")
    # The page has no script; this copy counts the pictures that the browser could decode.
    count_decoded = "const all=[...document.images]; const good=all.filter(one => one.naturalWidth > 0);"
    probe = f"<script>onload=()=>{{{count_decoded} console.log('DECODED', good.length, all.length)}}</script>"
    page = tmp_path / "probe.html"
    page.write_text(page_of(made_report.out).replace("</body>", f"{probe}</body>"), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr"]
    arguments = [browser, *flags, f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1200,3000"]
    shot = tmp_path / "shot.png"
    done = subprocess.run(
        [*arguments, f"--screenshot={shot}", page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    count = page_of(made_report.out).count("<img ")
    assert len(console) == 1
    assert f"DECODED {count} {count}" in console[0]
    assert np.array(Image.open(shot).convert("L")).std() > 10
