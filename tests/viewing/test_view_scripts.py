"""The page's scripts without a browser: node runs them, with little in the place of the map and of the elements."""

import json
import shutil
import subprocess
from itertools import pairwise

import numpy as np
import pytest

from nnunet_glacier.viewing.page_folder import page_file

SCRIPTS = ("leaflet/leaflet.js", "line_editor.js", "page_state.js", "reviews.js", "line_editing.js")
PLACE = """
const elements = {};
const element_ = (id) => (elements[id] ??= {
  id, value: "", hidden: true, textContent: "", content: "",
  classList: { toggle() {}, remove() {} },
  focus() { place.focused = id; },
});
const anything = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => "" : key === "length" ? 0 : anything),
  set: () => true, apply: () => anything, construct: () => anything, has: () => false,
});
const place = {
  focused: "",
  window: { screen: {}, glacierLines: given.data },
  navigator: { userAgent: "", platform: "" },
  document: new Proxy({}, {
    get: (_, key) => ({ getElementById: element_, querySelector: () => ({ content: "" }) })[key] || anything,
  }),
  localStorage: {
    getItem: (name) => given.stored[name] ?? null,
    setItem: (name, text) => { given.stored[name] = text; },
  },
  handles: anything, polyline: () => anything, toMap: (line) => line, map: anything,
  setTimeout, clearTimeout, given, elements,
};
for (const name of ["drawLines", "showLayers", "showFacts", "showAll", "showProgress", "goOn"]) place[name] = () => {};
vm.createContext(place);
for (const script of given.scripts) {
  vm.runInContext(script, place);
  if (place.window.L) place.L = place.window.L;
}
console.log(JSON.stringify(vm.runInContext(given.ask, place)));
"""
HEAD = 'const vm = require("vm");\nconst given = JSON.parse(require("fs").readFileSync(0, "utf8"));\n'
CRS = "+proj=stere +lat_0=-70.00 +lon_0=10.00"
LINE = [[0, 0], [0, 1000], [0, 2000]]
DRAWN = [[50, 0], [50, 2000]]
STORE = "nnunet-glacier reviews 1234"


def entry(**said):
    empty = {"status": "not reviewed", "reviewed_by": "", "seen": "s1", "pixel_size_m": 10}
    return {"parts": [LINE], **empty, **said}


def run(ask, lines=(), stored=None, crs=CRS):
    """What an expression gives in a page of one scene a line."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    scenes = [
        {"case": case, "lines": [line], "ground_scale": 1, "prolonged": []}
        for case, line in zip("abc", lines, strict=False)
    ]
    data = {
        "scenes": scenes, "words": {"noun": "front"}, "layers": [], "several": False, "id": "1234", "crs": crs,
        "form": "reviews", "curves": [], "reviewer": "",
    }  # fmt: skip
    given = {"scripts": [page_file(name).decode() for name in SCRIPTS], "data": data, "stored": stored or {}}
    text = json.dumps({**given, "ask": ask})
    ended = subprocess.run([node, "-e", HEAD + PLACE], input=text, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout)


def pending(crs, **reviews):
    said = {
        case: {"case": case, "status": "accepted", "reviewed_by": "Ann", "seen": "s1", **of}
        for case, of in reviews.items()
    }
    return {STORE: json.dumps({"crs": crs, "reviews": said})}


STATE = """(restoreReviews(), { pending, trouble: elements.trouble.hidden ? "" : elements["trouble-text"].textContent,
  parts: scenes.map((scene) => scene.lines[0].parts[0]), stored: JSON.parse(Object.values(given.stored)[0]) })"""


def test_reviews_of_an_earlier_visit_are_there_again():
    """A judgement and a line that was drawn, on the same plane."""
    state = run(STATE, [entry(), entry(seen="s1")], pending(CRS, a={}, b={"line": DRAWN}))
    assert set(state["pending"]) == {"a", "b"} and state["trouble"] == ""
    assert state["parts"] == [LINE, DRAWN]
    assert state["stored"]["crs"] == CRS and state["stored"]["reviews"] == state["pending"]


def test_a_line_that_was_drawn_on_another_plane_is_void_and_a_judgement_stays():
    """Also where the line had been judged alike before it was drawn."""
    lines = [entry(), entry(), entry(status="accepted", reviewed_by="Ann")]
    stored = pending("+proj=stere +lat_0=-70.00 +lon_0=11.00", a={}, b={"line": DRAWN}, c={"line": DRAWN})
    state = run(STATE, lines, stored)
    assert list(state["pending"]) == ["a"]
    assert state["parts"] == [LINE] * 3
    assert state["trouble"].startswith("2 of your reviews do not hold any more")
    assert list(state["stored"]["reviews"]) == ["a"]


@pytest.mark.parametrize("name", ["", "Ann"])
def test_an_edit_waits_for_the_name_of_the_reviewer(name):
    """Without one it stays open as it was dragged, and the field of the name is entered."""
    ask = f"""(byId("reviewer").value = "{name}", beginEdit(), edited.nodes = LineEditor.moved(edited.nodes, 0, 70, 0),
      saveEdit(), {{ edited: edited && LineEditor.line(edited.nodes), pending, focused }})"""
    state = run(ask, [entry()])
    if name:
        assert state["edited"] is None and state["pending"]["a"]["line"][0] == [70, 0]
    else:
        assert state["edited"][0] == [70, 0] and state["pending"] == {} and state["focused"] == "reviewer"


def edited(line, change):
    """A line after a change of its nodes, as an array."""
    ask = f"""(() => {{
      let nodes = LineEditor.withMiddles(LineEditor.begin({json.dumps(line)}, 1));
      const before = LineEditor.line(nodes);
      nodes = {change};
      const middles = LineEditor.middles(nodes);
      return [before, LineEditor.line(nodes), LineEditor.handles(nodes), middles];
    }})()"""
    before, after, handles, middles = run(ask)
    return np.array(before), np.array(after), handles, middles


SQUARE = [[0, 0], [0, 500], [0, 1000], [1000, 1000], [1000, 0], [0, 0]]


@pytest.mark.parametrize("corner", range(4))
def test_a_closed_line_stays_closed_where_a_handle_is_dragged(corner):
    """At each corner, the one among them where it starts and ends; both neighbours' sides follow, the others stay."""
    change = f"LineEditor.moved(nodes, LineEditor.handles(nodes)[{corner}], -100, -50)"
    before, after, handles, _ = edited(SQUARE, change)
    assert len(handles) == 4
    assert (after[0] == after[-1]).all()
    at = handles[corner]
    shift = after - before
    assert shift[at].tolist() == [-100, -50]
    ring = len(before) - 1
    for other, sides in ((handles[corner - 1], -1), (handles[(corner + 1) % 4], 1)):
        assert shift[other].tolist() == [0, 0]
        # The node in the middle of the side.
        assert shift[(at + sides) % ring].tolist() == [-50, -25]
    opposite = handles[(corner + 2) % 4]
    assert all(shift[(opposite + step) % ring].tolist() == [0, 0] for step in (-1, 0, 1))


@pytest.mark.parametrize("corner", range(5))
def test_a_closed_line_stays_closed_where_a_handle_is_cut_out(corner):
    """Of a pentagon four corners are left, in a ring with as many stretches."""
    pentagon = [[0, 0], [0, 1000], [500, 1500], [1000, 1000], [1000, 0], [0, 0]]
    change = f"LineEditor.withMiddles(LineEditor.removed(nodes, LineEditor.handles(nodes)[{corner}]))"
    _, after, handles, middles = edited(pentagon, change)
    assert (after[0] == after[-1]).all()
    left = [vertex for at, vertex in enumerate(pentagon[:-1]) if at != corner]
    kept = after[handles].tolist()
    start = kept.index(left[0])
    assert kept[start:] + kept[:start] == left
    assert len(middles) == 4 and not set(middles) & set(handles)


def test_three_handles_of_a_closed_line_stay():
    triangle = [[0, 0], [0, 1000], [1000, 0], [0, 0]]
    before, after, _, _ = edited(triangle, "LineEditor.removed(nodes, 0)")
    assert after.tolist() == before.tolist()


def test_a_closed_line_with_one_handle_moves_whole():
    """A ring that is smaller than the tolerance."""
    ring = [[0, 0], [0, 0.4], [0.4, 0.4], [0.4, 0], [0, 0]]
    before, after, _, _ = edited(ring, "LineEditor.moved(nodes, 0, 10, 20)")
    assert after - before == pytest.approx(np.tile([10, 20], (len(before), 1)))


OPEN = [[0, 0], [0, 500], [0, 1000], [1000, 1000], [1000, 0]]


def test_an_open_line_is_edited_as_before():
    """An end that is dragged takes its side along; one that is cut out shortens the line."""
    before, after, handles, middles = edited(OPEN, "LineEditor.moved(nodes, 0, 100, 0)")
    assert before[handles].tolist() == [OPEN[0], *OPEN[2:]]
    assert (after - before)[:, 0].tolist() == [100, 50, 0, 0, 0, 0, 0]
    assert all(first < middle < second for (first, second), middle in zip(pairwise(handles), middles, strict=True))
    _, after, _, _ = edited(OPEN, "LineEditor.removed(nodes, nodes.length - 1)")
    assert after.tolist() == [[0, 0], [0, 500], [0, 1000], [500, 1000], [1000, 1000]]
    _, after, _, _ = edited(OPEN, "LineEditor.removed(nodes, 0)")
    assert after[0].tolist() == [0, 1000]
