"""The server gives the page to this machine alone, and takes reviews from that page alone."""

import http.client
import json
import re
import sqlite3
import threading
import time
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pytest
from delineated_folders import data_of, write_delineated
from scenes_on_the_map import FRONT_X, NORTH
from shapely import LineString

from nnunet_glacier.formats.line_reviews import Review
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.viewing import page_folder
from nnunet_glacier.viewing.server import _PARTS, MAX_BODY_BYTES, PageServer
from nnunet_glacier.viewing.stage import view


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    out = write_delineated(tmp_path_factory.mktemp("served"))
    with PageServer(view(out).page, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, method, path, headers=None, body=None):
    """Status, headers and content of an answer; headers that are None are not sent."""
    given = {"Host": f"127.0.0.1:{server.port}", **(headers or {})}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in given.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def post(server, reviews, **changed):
    """A review as the page sends it, with some headers changed."""
    content = json.dumps({"form": "nnunet-glacier reviews 1", "crs": "EPSG:3413", "reviews": reviews}).encode()
    headers = {
        "Origin": f"http://127.0.0.1:{server.port}",
        "X-Review-Token": server.token,
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    return ask(server, "POST", "/reviews", headers, content)


ACCEPTED = [{"case": "a_2015", "status": "accepted", "reviewed_by": "Ann"}]


def fronts(server, layer="fronts"):
    return gpd.read_file(server.page.delineated.geopackage, layer=layer).set_index("case")


def test_the_page_is_served_with_its_token(server):
    """Every file that the page names is there, under headers that allow no other place's scripts."""
    status, headers, content = ask(server, "GET", "/")
    assert status == 200 and server.token in content.decode()
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    for name in re.findall(r'(?:href|src)="([^":]+)"', content.decode()):
        assert ask(server, "GET", f"/{name}")[0] == 200, name
    assert ask(server, "GET", "/images/a_2015_scene.png")[1]["Content-Type"] == "image/png"
    assert server.token not in (server.page.folder / "index.html").read_text()
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/../fronts.gpkg", "/%2e%2e/fronts.gpkg", "/quick_looks.jsonl", "//etc/passwd", "/x"])
def test_nothing_beside_the_page_is_served(server, path):
    assert ask(server, "GET", path)[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", None])
def test_another_name_of_this_machine_gets_nothing(server, host):
    status, _, content = ask(server, "GET", "/", {"Host": host})
    assert status == 403 and server.token not in content.decode()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": None}, 403),
        ({"X_Review_Token": "guess"}, 403),
        ({"X_Review_Token": None}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Length": None}, 411),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": str(MAX_BODY_BYTES + 1)}, 413),
    ],
)
def test_a_review_from_elsewhere_is_refused(server, changed, status):
    before = server.page.delineated.geopackage.read_bytes()
    answered, _, content = post(server, ACCEPTED, **changed)
    assert answered == status and json.loads(content)["error"]
    assert server.page.delineated.geopackage.read_bytes() == before


def test_what_is_no_review_is_refused(server):
    """With the reason, as the page shows it."""
    answered, _, content = post(server, [{**ACCEPTED[0], "case": "lost"}])
    assert answered == 409 and "lost: it has no front" in json.loads(content)["error"]
    assert post(server, [{**ACCEPTED[0], "status": "good"}])[0] == 409
    log = server.page.delineated.geopackage.with_name("fronts.gpkg-wal")
    log.touch()
    answered, _, content = post(server, ACCEPTED)
    log.unlink()
    assert answered == 409 and "open in another program" in json.loads(content)["error"]
    headers = {"Origin": f"http://localhost:{server.port}", "X-Review-Token": server.token}
    body = {"Content-Type": "application/json", "Content-Length": "3"}
    assert ask(server, "POST", "/reviews", {**headers, **body}, b"{,}")[0] == 400


def test_a_review_is_written_and_the_data_follow(server):
    status, _, content = post(server, ACCEPTED)
    assert status == 200
    assert json.loads(content)["lines"][0]["reviewed_by"] == "Ann"
    assert fronts(server)["status"]["a_2015"] == "accepted"
    assert '"reviewed_by":"Ann"' in ask(server, "GET", "/data.js")[2].decode()
    assert b"Ann" in ask(server, "GET", "/downloads/fronts.csv")[2]


REVIEWS = {"form": "nnunet-glacier reviews 1", "crs": "EPSG:3413", "reviews": ACCEPTED}


def reviewers_on_disk(page):
    """Who has judged the first scene by the data, the CSV and the GeoPackage in the folder of the page."""
    downloads = page.folder / "downloads"
    return (
        data_of(page.folder)["scenes"][0]["lines"][0]["reviewed_by"],
        pd.read_csv(downloads / "fronts.csv").fillna("").set_index("case")["reviewed_by"]["a_2015"],
        gpd.read_file(downloads / "fronts.gpkg", layer="fronts").set_index("case")["reviewed_by"]["a_2015"] or "",
    )


def test_the_files_of_the_page_follow_the_last_review(tmp_path):
    """When the server is closed, though nobody has asked for them; its copy of the lines has no file beside it."""
    page = view(write_delineated(tmp_path)).page
    assert reviewers_on_disk(page) == ("", "", "")
    with PageServer(page, 0) as server:
        server.take_reviews(REVIEWS)
    assert reviewers_on_disk(page) == ("Ann", "Ann", "Ann")
    names = [path.name for path in (page.folder / "downloads").iterdir()]
    assert sorted(names) == ["fronts.csv", "fronts.geojson", "fronts.gpkg"]


def test_no_review_waits_for_the_files_of_the_page(tmp_path, monkeypatch):
    """They are written after it was answered, and another one is answered meanwhile."""
    page, go_on = view(write_delineated(tmp_path)).page, threading.Event()
    write_data = _PARTS["data.js"]
    monkeypatch.setitem(_PARTS, "data.js", lambda page: (go_on.wait(timeout=60), write_data(page)))
    with PageServer(page, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert post(server, ACCEPTED)[0] == 200
        assert post(server, [{**ACCEPTED[0], "case": "b_2016"}])[0] == 200
        assert not go_on.is_set() and reviewers_on_disk(page)[0] == ""
        go_on.set()
        ends = time.monotonic() + 60
        while reviewers_on_disk(page) != ("Ann", "Ann", "Ann"):
            assert time.monotonic() < ends
            time.sleep(0.1)
        server.shutdown()
    lines = [scene["lines"][0]["reviewed_by"] for scene in data_of(page.folder)["scenes"]]
    assert lines == ["Ann", "Ann", ""]


def test_what_another_program_has_only_in_its_log_is_seen(tmp_path):
    """As of QGIS, which has not yet put it into the file itself."""
    page = view(write_delineated(tmp_path)).page
    with closing(sqlite3.connect(page.delineated.geopackage)) as program, PageServer(page, 0) as server:
        for name in ("IsEmpty", "MinX", "MinY", "MaxX", "MaxY"):
            program.create_function(f"ST_{name}", 1, lambda cell: 0)
        program.execute("PRAGMA journal_mode = WAL")
        server.refresh()
        before = page.delineated.geopackage.read_bytes()
        program.execute("UPDATE fronts SET reviewed_by = 'Bo'")
        program.commit()
        assert page.delineated.geopackage.read_bytes() == before
        server.refresh()
        assert reviewers_on_disk(page) == ("Bo", "Bo", "Bo")


def test_a_download_that_is_open_in_another_program_is_said_and_the_page_goes_on(tmp_path):
    """Before a page is written; while one is served only where it is asked for."""
    out = write_delineated(tmp_path)
    page = view(out).page
    log = page.folder / "downloads" / "fronts.gpkg-wal"
    with PageServer(page, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        log.touch()
        assert post(server, ACCEPTED)[0] == 200
        assert '"reviewed_by":"Ann"' in ask(server, "GET", "/data.js")[2].decode()
        answered, _, content = ask(server, "GET", "/downloads/fronts.gpkg")
        assert answered == 409 and "downloads/fronts.gpkg: it is open in another program" in content.decode()
        with pytest.raises(InputError, match=r"downloads/fronts.gpkg: it is open in another program"):
            view(out)
        log.unlink()
        assert ask(server, "GET", "/downloads/fronts.gpkg")[0] == 200
        server.shutdown()
    assert reviewers_on_disk(page) == ("Ann", "Ann", "Ann")


DRAWN = [[FRONT_X - 300, NORTH - 1000], [FRONT_X - 300, NORTH - 6000]]


def test_a_line_that_was_drawn_is_given_back_of_a_layer_of_several_parts(tmp_path):
    """As QGIS writes one anew; the same review once more is no other one."""
    out = write_delineated(tmp_path)
    table = gpd.read_file(out / "fronts.gpkg", layer="fronts")
    table.to_file(out / "fronts.gpkg", layer="fronts", driver="GPKG", geometry_type="MultiLineString")
    page = view(out).page
    seen = data_of(out / "page")["scenes"][0]["lines"][0]["seen"]
    for _ in range(2):
        (line,) = page.take_reviews([Review("a_2015", "accepted", "Ann", LineString(DRAWN), seen)])
        assert (line["parts"], line["reviewed_by"]) == ([DRAWN], "Ann")


def test_a_line_that_another_program_changes_meanwhile_is_said(tmp_path, monkeypatch):
    page = view(write_delineated(tmp_path)).page
    monkeypatch.setattr(page_folder, "apply_reviews", lambda *_: ["0" * 16])
    with pytest.raises(InputError, match="a_2015: it was saved, and another program has changed the line since"):
        page.take_reviews([Review("a_2015", "accepted", "Ann")])


def test_a_port_that_is_taken_is_said(server):
    with pytest.raises(InputError, match="--port"):
        PageServer(server.page, server.port)
