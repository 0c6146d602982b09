"""The page in a browser: judged by key, edited by drag, and read again from the GeoPackage."""

import json
import os
import shutil
import threading
import time

import geopandas as gpd
import numpy as np
import pytest
from delineated_folders import CASES, VERTICES, front, write_delineated, write_delineated_grounding_lines
from scenes_on_the_map import EDGE_M, FRONT_X, NORTH
from shapely import LineString

from nnunet_glacier.formats.line_reviews import Review
from nnunet_glacier.formats.reviewed_lines import apply_reviews
from nnunet_glacier.viewing.server import PageServer
from nnunet_glacier.viewing.stage import Options, view

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
GLACIER = "<script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">"
SIZE = {"width": 1000, "height": 700}


@pytest.fixture(scope="module")
def browser():
    """Chromium without a screen; skipped where the package or the program is not there."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if program is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    with playwright.sync_playwright() as started:
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        opened = started.chromium.launch(executable_path=program, args=sandbox)
        yield opened
        opened.close()


@pytest.fixture
def out(tmp_path):
    lines = [front(case, FRONT_X - 100 * at, glacier=GLACIER, flags=GLACIER) for at, case in enumerate(CASES)]
    return write_delineated(tmp_path, lines)


@pytest.fixture(scope="module")
def pictured(tmp_path_factory):
    """A folder of grounding lines with its page."""
    made = write_delineated_grounding_lines(tmp_path_factory.mktemp("lines"))
    view(made, Options(reviewer="Ann"))
    return made


@pytest.fixture
def lines_out(pictured, tmp_path):
    """A copy of it, whose pictures are there."""
    return shutil.copytree(pictured, tmp_path / "out")


@pytest.fixture
def page(browser):
    """A page that fails on an error of a script and on whatever it asks of the network."""
    opened = browser.new_page(viewport=SIZE)
    faults = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
    opened.on("request", lambda request: None if is_local(request.url) else faults.append(request.url))
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()
    assert faults == []


def is_fault(message):
    """An error of a script, but not that the server refused a review."""
    return message.type == "error" and "409 (Conflict)" not in message.text


def is_local(url):
    return url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:"))


def fronts(out, layer):
    return gpd.read_file(out / "fronts.gpkg", layer=layer).set_index("case")


def wait_for(is_so):
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def drag(page, handle, dx, dy):
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2)
    page.mouse.move(x + dx, y + dy)
    page.mouse.up()


def test_fronts_are_judged_by_key_and_edited_by_drag(out, page):
    """A accepts, R rejects, both go on to the next scene; E, a drag and Enter give the line its new place."""
    with PageServer(view(out, Options(reviewer="Ann")).page, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        page.goto(server.url)
        assert page.inner_text("#progress") == "0 of 3 reviewed"
        assert page.inner_text("#scene-list li.glacier") == GLACIER
        assert page.inner_text("#flags .flag") == GLACIER
        page.keyboard.press("z")
        assert page.locator(".leaflet-zones-pane img").count() == 1
        page.keyboard.press("a")
        assert page.input_value("#slider") == "1"
        page.keyboard.press("r")
        page.keyboard.press("e")
        assert page.is_visible("#edit-help")
        # A straight line has handles at its ends and one between them; 60 pixels to the right are east.
        assert page.locator(".handle").count() == 3
        px_m = page.evaluate("1 / map.options.crs.scale(map.getZoom())")
        drag(page, page.locator(".handle.between"), 60, 0)
        assert page.locator(".handle.between").count() == 2
        page.keyboard.press("Enter")
        wait_for(lambda: page.inner_text("#saving") == "all saved in fronts.gpkg")
        assert page.inner_text("#progress") == "all 3 reviewed"
        assert page.inner_text("#verdict") == "Edited and accepted by Ann"
        assert page.title() == "Review of calving fronts"
        server.shutdown()
        thread.join()
    kept, rejected = fronts(out, "fronts"), fronts(out, "rejected")
    assert list(rejected.index) == ["b_2016"]
    assert list(kept["status"]) == ["accepted"] * 2 and list(kept["reviewed_by"]) == ["Ann"] * 2
    xy = np.array(kept.geometry["c_2017"].coords)
    assert len(xy) == VERTICES
    middle = VERTICES // 2
    shift_m = xy[:, 0] - (FRONT_X - 200)
    assert shift_m[[0, -1]] == pytest.approx(0, abs=0.01)
    assert shift_m[middle] == pytest.approx(60 * px_m, abs=1.01 * px_m)
    assert shift_m[middle // 2] == pytest.approx(shift_m[middle] / 2, abs=0.02)
    assert xy[:, 1] == pytest.approx(NORTH - EDGE_M * np.linspace(0, 1, VERTICES), abs=1.01 * px_m)


def test_a_page_from_the_disk_saves_its_reviews(out, page, tmp_path):
    """As a file that `view --reviews` takes over; they are still there when the page is loaded again."""
    view(out)
    page.goto((out / "page" / "index.html").as_uri())
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.id") == "reviewer"
    page.keyboard.type("Ann Example")
    page.keyboard.press("Enter")
    page.keyboard.press("r")
    page.reload()
    assert page.inner_text("#progress") == "1 of 3 reviewed"
    with page.expect_download() as download:
        page.click("#save-reviews")
    file = tmp_path / "reviews.json"
    download.value.save_as(file)
    assert json.loads(file.read_text())["reviews"][0]["status"] == "rejected"
    view(out, Options(reviews=file))
    assert list(fronts(out, "rejected")["reviewed_by"]) == ["Ann Example"]
    page.reload()
    assert page.inner_text("#progress") == "1 of 3 reviewed"
    assert page.is_disabled("#save-reviews") and page.is_hidden("#trouble")


def test_the_page_says_what_cannot_be_saved(out, page):
    """A GeoPackage that QGIS has open: the reason is shown, and the reviews are sent again on request.

    Of two reviews the one is refused, for its front has changed since; the other is saved all the same.
    """
    with PageServer(view(out, Options(reviewer="Ann")).page, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(server.url)
        log = out / "fronts.gpkg-wal"
        log.touch()
        page.keyboard.press("a")
        page.keyboard.press("r")
        page.wait_for_selector("#trouble", state="visible")
        assert "open in another program, such as QGIS" in page.inner_text("#trouble-text")
        log.unlink()
        drawn = LineString([(FRONT_X, NORTH), (FRONT_X, NORTH - 5000)])
        apply_reviews(out / "fronts.gpkg", [Review("a_2015", "accepted", "Bob", drawn)], "EPSG:3413")
        wait_for(lambda: page.inner_text("#saving") == "2 not saved")
        page.click("#trouble-again")
        wait_for(lambda: page.inner_text("#saving") == "1 not saved")
        assert "a_2015: its front is another one" in page.inner_text("#trouble-text")
        page.click("#trouble-forget")
        wait_for(lambda: page.inner_text("#progress") == "2 of 3 reviewed")
        assert page.inner_text("#saving") == "all saved in fronts.gpkg"
        server.shutdown()
    assert fronts(out, "fronts")["reviewed_by"]["a_2015"] == "Bob"
    assert list(fronts(out, "rejected").index) == ["b_2016"]


def test_each_grounding_line_is_judged_by_key(lines_out, page):
    """Of three in a scene the second is edited and the first accepted, and the short one stays rejected with the rest.

    The next scene has none; the last one's is rejected. What the page calls a line is right everywhere.
    """
    with PageServer(view(lines_out, Options(reviewer="Ann")).page, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(server.url)
        assert page.title() == page.inner_text("#title") == "Review of grounding lines"
        assert page.inner_text("#scene-title") == "2015-01-30 – 2015-02-17"
        assert page.inner_text("#chosen-line").lower() == "grounding line 1 of 3"
        assert page.inner_text("#no-curve").startswith("No curve")
        words = page.inner_text("body").lower().replace("fronts alone", "")
        assert "front" not in words and "zones" not in words and "retreat" not in words
        links = page.locator("#downloads a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
        assert links == [f"downloads/grounding_lines.{ending}" for ending in ("gpkg", "geojson", "csv")]
        page.keyboard.press("ArrowDown")
        page.keyboard.press("e")
        px_m = page.evaluate("1 / map.options.crs.scale(map.getZoom())")
        drag(page, page.locator(".handle.between"), 40, 0)
        page.keyboard.press("Enter")
        assert page.inner_text("#chosen-line").lower() == "grounding line 3 of 3"
        assert page.inner_text("#flags .flag") == "too short"
        assert page.inner_text("#verdict") == "Rejected by a rule; to be reviewed"
        page.keyboard.press("ArrowUp")
        assert page.inner_text("#verdict") == "Edited and accepted by Ann"
        page.keyboard.press("Shift+A")
        assert page.input_value("#slider") == "1"
        assert page.inner_text("#verdict") == "No grounding line was found."
        page.keyboard.press("n")
        page.keyboard.press("r")
        wait_for(lambda: page.inner_text("#saving") == "all saved in grounding_lines.gpkg")
        assert page.inner_text("#progress") == "all 4 reviewed"
        page.reload()
        assert page.inner_text("#progress") == "all 4 reviewed" and page.is_hidden("#trouble")
        server.shutdown()
    kept, rejected = (
        gpd.read_file(lines_out / "grounding_lines.gpkg", layer=name) for name in ("grounding_lines", "rejected")
    )
    assert kept.sort_values("rank")[["case", "rank", "status", "reviewed_by"]].to_numpy().tolist() == [
        ["a_2015", 1, "accepted", "Ann"],
        ["a_2015", 2, "accepted", "Ann"],
    ]
    assert sorted(zip(rejected["case"], rejected["length_m"], rejected["reviewed_by"], strict=True)) == [
        ("a_2015", 500, "Ann"),
        ("c_2017", 8000, "Ann"),
    ]
    edited = kept.set_index("rank").geometry[2]
    assert edited.bounds[2] - edited.bounds[0] == pytest.approx(40 * px_m, abs=1.01 * px_m)


def test_reviews_of_grounding_lines_outlast_the_page(lines_out, page, tmp_path):
    """Without a server they stay in the browser, are downloaded and taken over; then none is pending."""
    page.goto((lines_out / "page" / "index.html").as_uri())
    page.keyboard.press("r")
    page.keyboard.press("e")
    drag(page, page.locator(".handle.between"), 40, 0)
    page.keyboard.press("Enter")
    page.reload()
    assert page.inner_text("#progress") == "2 of 4 reviewed"
    with page.expect_download() as download:
        page.click("#save-reviews")
    file = tmp_path / "reviews.json"
    download.value.save_as(file)
    assert "2 reviews taken over" in str(view(lines_out, Options(reviews=file, reviewer="Ann")))
    page.reload()
    assert page.inner_text("#progress") == "2 of 4 reviewed"
    assert page.is_disabled("#save-reviews") and page.is_hidden("#trouble")
