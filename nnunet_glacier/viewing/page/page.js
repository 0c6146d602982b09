"use strict";
/* The page: a scene with its front at a time, what is said of it, and keys to judge it. Texts of files are put into the
   page as text alone, never as HTML. */

const data = window.glacierFronts;
const scenes = data.scenes;
const token = document.querySelector("meta[name=review-token]").content;
const isServed = token !== "";
const byId = (id) => document.getElementById(id);

const COLOURS = { open: "#f0b400", accepted: "#00a3c4", rejected: "#c2327c", other: "#ffffff" };
const MARKS = { open: "○", accepted: "✓", rejected: "✕", empty: "–" };
const LAYERS = [
  { key: "s", name: "scene", label: "Scene", isOn: true },
  { key: "z", name: "zones", label: "Zones", isOn: false },
  { key: "p", name: "probability", label: "Front probability", isOn: false },
  { key: "l", name: "front", label: "Front", isOn: true },
  { key: "o", name: "others", label: "Other dates and edges", isOn: false },
];
const NEIGHBOURS = 6;
const layerIsOn = Object.fromEntries(LAYERS.map((layer) => [layer.name, layer.isOn]));

let current = 0;
let shown = 0;
const listRows = [];
const indexOf = new Map(scenes.map((scene, at) => [scene.case, at]));
let edited = null;
let sending = false;
const pending = storedReviews();
const refused = new Map();

/* ---- The map ---- */

const plane = L.extend({}, L.CRS.Simple, {
  groundScale: 1,
  distance(one, other) {
    return plane.groundScale * Math.hypot(one.lng - other.lng, one.lat - other.lat);
  },
});
const map = L.map("map", { crs: plane, minZoom: -16, maxZoom: 3, zoomSnap: 0.25, keyboard: false, attributionControl: false });
L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
const northArrow = L.control({ position: "topright" });
northArrow.onAdd = () => {
  const arrow = element("div", "↑", "north");
  arrow.title = "North";
  return arrow;
};
northArrow.addTo(map);
["scene", "zones", "probability", "others", "front", "handles"].forEach((name, at) => {
  map.createPane(name).style.zIndex = 300 + 50 * at;
});
const drawn = { scene: L.layerGroup(), zones: L.layerGroup(), probability: L.layerGroup(), others: L.layerGroup(), front: L.layerGroup() };
const handles = L.layerGroup().addTo(map);

const toMap = (line) => line.map(([x, y]) => [y, x]);
const boundsOf = ([west, south, east, north]) => [[south, west], [north, east]];

function polyline(lines, pane, colour, weight, dashes) {
  const style = { pane, interactive: false, lineJoin: "round", lineCap: dashes ? "butt" : "round" };
  const shapes = lines.map(toMap);
  // Dashes need a light ground between them, a full line a dark edge.
  const casing = L.polyline(shapes, { ...style, color: dashes ? "#ffffff" : "#1b1f23", weight: weight + 2.5, opacity: 0.8 });
  return L.layerGroup([casing, L.polyline(shapes, { ...style, color: colour, weight, dashArray: dashes })]);
}

function drawScene() {
  const scene = scenes[current];
  Object.values(drawn).forEach((group) => group.clearLayers());
  for (const name of ["scene", "zones", "probability"]) {
    if (scene.pictures[name]) {
      const opacity = { scene: 1, zones: scene.pictures.scene ? 0.5 : 1, probability: 0.9 }[name];
      L.imageOverlay(pictureUrl(scene, name), boundsOf(scene.bounds), { pane: name, opacity }).addTo(drawn[name]);
    }
  }
  drawOthers(scene);
  drawFront();
  plane.groundScale = scene.ground_scale;
  northArrow.getContainer().style.transform = `rotate(${scene.north_degrees}deg)`;
  showLayers();
  [1, 2, -1].forEach((step) => preload(scenes[current + step]));
}

function drawFront() {
  const { front } = scenes[current];
  drawn.front.clearLayers();
  if (!front || edited) return;
  polyline(front.lines, "front", COLOURS[stateOf(scenes[current])], 3, front.status === "rejected" ? "8 6" : null).addTo(drawn.front);
  if (scenes[current].prolonged.length && !front.isEdited) {
    const style = { pane: "front", interactive: false, color: "#1b1f23", weight: 2.5, dashArray: "2 5" };
    L.polyline(scenes[current].prolonged.map(toMap), style).addTo(drawn.front);
  }
}

/** Fronts of the scenes before and after of the same glacier, and further edges of this scene. */
function drawOthers(scene) {
  const near = scenes.slice(Math.max(0, current - NEIGHBOURS), current + NEIGHBOURS + 1);
  const like = near.filter((other) => other !== scene && other.glacier === scene.glacier && other.front && other.front.status !== "rejected");
  const style = { pane: "others", interactive: false, color: COLOURS.other, weight: 1.5 };
  like.forEach((other) => L.polyline(other.front.lines.map(toMap), { ...style, opacity: 0.85 }).addTo(drawn.others));
  L.polyline(scene.other_pieces.map(toMap), { ...style, dashArray: "3 4", weight: 2 }).addTo(drawn.others);
}

const pictureUrl = (scene, name) => `images/${encodeURIComponent(scene.pictures[name])}`;

function preload(scene) {
  if (!scene) return;
  Object.keys(scene.pictures).filter((name) => scene.pictures[name] && layerIsOn[name]).forEach((name) => {
    new Image().src = pictureUrl(scene, name);
  });
}

function showLayers() {
  const hasScene = Boolean(scenes[current].pictures.scene);
  for (const { name } of LAYERS) {
    // A scene whose image is gone shows its zones.
    const isOn = layerIsOn[name] || (name === "zones" && !hasScene);
    if (isOn) drawn[name].addTo(map);
    else drawn[name].remove();
    byId(`layer-${name}`).checked = layerIsOn[name];
    document.querySelectorAll(`#legend .of-${name}`).forEach((row) => {
      row.hidden = !isOn;
    });
  }
}

/** Look at the whole scene, unless the view is on this place already. */
function lookAt(scene) {
  if (!scene.bounds.length) return;
  const bounds = L.latLngBounds(boundsOf(scene.bounds));
  const isNear = bounds.contains(map.getCenter()) && lookAt.glacier === scene.glacier && scene.glacier !== "";
  lookAt.glacier = scene.glacier;
  if (!isNear) map.fitBounds(bounds, { animate: false });
}

function lookCloser() {
  const { bounds, front } = scenes[current];
  const lines = front ? L.latLngBounds(front.lines.flat().map(([x, y]) => [y, x])) : null;
  lookCloser.isClose = lines && !lookCloser.isClose;
  if (lookCloser.isClose) map.fitBounds(lines.pad(0.1), { animate: false });
  else if (bounds.length) map.fitBounds(boundsOf(bounds), { animate: false });
}

/* ---- What is said of a scene ---- */

function stateOf(scene) {
  if (!scene.front) return "empty";
  if (scene.front.status === "rejected") return "rejected";
  return scene.front.status === "accepted" && scene.front.reviewed_by ? "accepted" : "open";
}

const isOpen = (scene) => scene.front && !scene.front.reviewed_by;

function verdictOf({ front }) {
  if (!front) return "No front was found.";
  if (front.reviewed_by) return `${front.isEdited ? "Edited and accepted" : capital(front.status)} by ${front.reviewed_by}`;
  if (front.status === "rejected") return "Rejected by a rule; to be reviewed";
  return "To be reviewed";
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const metres = (value) => (value === null ? "not known" : `${Math.round(value).toLocaleString("en")} m`);
const kilometres = (value) => (value === null ? "not known" : `${(value / 1000).toFixed(1)} km`);

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function showFacts() {
  const scene = scenes[current];
  const { front } = scene;
  byId("scene-title").textContent = scene.date || "no date";
  byId("scene-subtitle").textContent = [scene.glacier, scene.sensor, scene.case].filter(Boolean).join(" · ");
  const verdict = byId("verdict");
  verdict.textContent = verdictOf(scene);
  verdict.className = `is-${stateOf(scene)}`;
  byId("flags").replaceChildren(...(front ? front.flags : []).map((flag) => element("span", flag, "flag")));
  byId("notes").replaceChildren(...scene.notes.map((note) => element("p", note)));
  const facts = front
    ? [
        ["Length", kilometres(front.length_m)],
        ["Followed", metres(front.prolonged_m)],
        ["Uncertainty", front.uncertainty_m === null ? "not known" : `± ${metres(front.uncertainty_m)}`],
        ["Mean probability", front.mean_probability === null ? "not known" : front.mean_probability.toFixed(2)],
        ["Model", `${front.model} at ${metres(front.pixel_size_m)}`],
      ]
    : [];
  byId("facts").replaceChildren(...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  for (const id of ["accept", "reject"]) byId(id).disabled = !front || Boolean(edited);
  byId("edit").disabled = !front || front.lines.length > 1;
  byId("edit").title = front && front.lines.length > 1 ? "This front is of several lines: edit it in QGIS" : "";
  for (const id of ["accept", "reject", "edit"]) byId(id).hidden = Boolean(edited);
  for (const id of ["save-edit", "cancel-edit", "edit-help"]) byId(id).hidden = !edited;
}

function showProgress() {
  const fronts = scenes.filter((scene) => scene.front);
  const left = fronts.filter(isOpen).length;
  byId("progress").textContent = left ? `${fronts.length - left} of ${fronts.length} reviewed` : `all ${fronts.length} reviewed`;
  const waiting = Object.keys(pending).length;
  if (isServed) byId("saving").textContent = sending ? "saving …" : waiting ? `${waiting} not saved` : "all saved in fronts.gpkg";
  else byId("saving").textContent = waiting ? `${waiting} in this browser alone: download the reviews` : "reviews stay in this browser until they are downloaded";
  byId("save-reviews").hidden = isServed;
  byId("save-reviews").disabled = !waiting;
}

/** The list is made once; later on only the rows of what changed are brought up to date. */
function makeList() {
  const rows = [];
  let glacier = "";
  scenes.forEach((scene, at) => {
    if (scene.glacier !== glacier) {
      glacier = scene.glacier;
      rows.push(element("li", glacier || "no glacier", "glacier"));
    }
    const row = element("li");
    const button = element("button");
    const what = element("span", undefined, "what");
    what.append(scene.date || "no date", element("span", scene.case, "case"));
    if (scene.front && scene.front.flags.length) what.append(element("span", `⚑ ${scene.front.flags.join(", ")}`, "flagged"));
    button.type = "button";
    button.append(element("span", "", "mark"), what);
    button.addEventListener("click", () => {
      button.blur();
      goTo(at);
    });
    row.append(button);
    rows.push(row);
    listRows.push(row);
    updateRow(at);
  });
  byId("scene-list").replaceChildren(...rows);
}

function updateRow(at) {
  const scene = scenes[at];
  const state = stateOf(scene);
  const button = listRows[at].firstChild;
  button.firstChild.textContent = MARKS[state];
  button.firstChild.className = `mark is-${state}`;
  button.title = verdictOf(scene);
  button.setAttribute("aria-current", String(at === current));
  listRows[at].hidden = byId("only-open").checked && !isOpen(scene) && at !== current;
}

function showList() {
  updateRow(shown);
  updateRow(current);
  shown = current;
  listRows[current].scrollIntoView({ block: "nearest" });
}

function showCurve() {
  byId("curve").hidden = !data.curves.length;
  const curve = data.curves[Number(byId("method").value) || 0];
  if (!curve) return;
  RetreatCurve.draw(byId("curve-figure"), curve.points, scenes[current].date, (day) => {
    const at = scenes.findIndex((scene) => scene.date === day);
    if (at !== -1) goTo(at);
  });
}

function showAll() {
  showFacts();
  showProgress();
  showList();
  showCurve();
}

function goTo(at) {
  if (at < 0 || at >= scenes.length) return;
  if (edited) cancelEdit();
  current = at;
  byId("slider").value = at;
  const scene = scenes[at];
  byId("when").textContent = `${at + 1} of ${scenes.length} · ${scene.date || "no date"}`;
  lookCloser.isClose = false;
  lookAt(scene);
  drawScene();
  showAll();
}

function goToOpen() {
  const order = [...scenes.keys()].map((step) => (current + 1 + step) % scenes.length);
  const at = order.find((index) => isOpen(scenes[index]));
  if (at !== undefined) goTo(at);
}

/* ---- Reviews ---- */

function judge(status, line) {
  const scene = scenes[current];
  const reviewer = byId("reviewer").value.trim();
  if (!scene.front) return;
  byId("reviewer").classList.toggle("wanted", !reviewer);
  if (!reviewer) {
    byId("reviewer").focus();
    return;
  }
  const earlier = pending[scene.case];
  const review = { case: scene.case, status, reviewed_by: reviewer, seen: scene.front.seen };
  if (line) review.line = line;
  else if (earlier && earlier.line) review.line = earlier.line;
  pending[scene.case] = review;
  takeOver(scene, review);
  keepReviews();
  send();
  if (current + 1 < scenes.length) goTo(current + 1);
  else goTo(current);
}

/** Show a review before, or without, its being saved. */
function takeOver(scene, review) {
  Object.assign(scene.front, { status: review.status, reviewed_by: review.reviewed_by });
  if (review.line) {
    const gone = { uncertainty_m: null, mean_probability: null, prolonged_m: 0 };
    Object.assign(scene.front, gone, { lines: [review.line], length_m: lengthOf(review.line, scene), isEdited: true });
  }
}

function lengthOf(line, scene) {
  const steps = line.slice(1).map(([x, y], at) => Math.hypot(x - line[at][0], y - line[at][1]));
  return scene.ground_scale * steps.reduce((sum, step) => sum + step, 0);
}

/** Send what is pending in one request; where that is refused, each review alone, so that one holds up no other. */
async function send() {
  const waiting = Object.values(pending).filter((review) => !refused.has(review));
  if (!isServed || sending || !waiting.length) return;
  sending = true;
  showProgress();
  const error = await post(waiting);
  if (error && error.isRefusal && waiting.length > 1) {
    for (const review of waiting) note(review, await post([review]));
  } else {
    waiting.forEach((review) => note(review, error));
  }
  sending = false;
  keepReviews();
  showTrouble();
  showAll();
  drawFront();
  send();
}

/** Send reviews; null if they are saved, or else the error. */
async function post(reviews) {
  try {
    const answer = await fetch("reviews", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Review-Token": token },
      body: JSON.stringify({ form: data.form, crs: data.crs, reviews }),
    });
    const content = await answer.json();
    if (!answer.ok) return { message: content.error, isRefusal: true };
    reviews.forEach((review) => settle(review.case, review, content.fronts[review.case]));
    return null;
  } catch {
    return { message: "the server does not answer; is nnunet-glacier view --serve still running?", isRefusal: false };
  }
}

function note(review, error) {
  if (error) refused.set(review, error.message);
}

function showTrouble() {
  const reasons = new Set(Object.values(pending).map((review) => refused.get(review)).filter(Boolean));
  byId("trouble").hidden = !reasons.size;
  byId("trouble-text").textContent = `Not saved: ${[...reasons].join(" ")} `;
}

function tryAgain() {
  refused.clear();
  send();
}

function forgetRefused() {
  for (const [name, review] of Object.entries(pending)) if (refused.has(review)) delete pending[name];
  keepReviews();
  location.reload();
}

/** Put the front that was saved in its place; a judgement that came since is kept for the next request. */
function settle(name, sent, front) {
  const scene = scenes[indexOf.get(name)];
  if (pending[name] === sent) {
    delete pending[name];
    scene.front = { ...front, isEdited: scene.front.isEdited };
    if (sent.line) scene.prolonged = [];
  } else {
    pending[name].seen = front.seen;
    scene.front.seen = front.seen;
  }
}

const storageName = `nnunet-glacier reviews ${data.id}`;

function storedReviews() {
  try {
    return JSON.parse(localStorage.getItem(`nnunet-glacier reviews ${data.id}`)) || {};
  } catch {
    return {};
  }
}

function keepReviews() {
  try {
    localStorage.setItem(storageName, JSON.stringify(pending));
  } catch {
    /* A browser that keeps nothing still sends or downloads. */
  }
}

/** Reviews of an earlier visit, where their fronts are still the same. */
function restoreReviews() {
  for (const [name, review] of Object.entries(pending)) {
    const scene = scenes[indexOf.get(name)];
    if (scene && scene.front && scene.front.seen === review.seen) takeOver(scene, review);
    else delete pending[name];
  }
  keepReviews();
}

function saveReviews() {
  const content = JSON.stringify({ form: data.form, crs: data.crs, reviews: Object.values(pending) }, null, 1);
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = `${data.name}_reviews.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/* ---- Editing ---- */

function beginEdit() {
  const { front } = scenes[current];
  if (!front || front.lines.length > 1 || edited) return;
  edited = { nodes: LineEditor.begin(front.lines[0], front.pixel_size_m || 50), line: null };
  layerIsOn.front = true;
  drawn.front.clearLayers();
  showLayers();
  drawEdited();
  showFacts();
}

function drawEdited() {
  edited.nodes = LineEditor.withMiddles(edited.nodes);
  handles.clearLayers();
  edited.line = polyline([LineEditor.line(edited.nodes)], "front", COLOURS.open, 3, null).addTo(handles);
  edited.nodes.forEach((node, at) => node.isHandle && addHandle(at, 14, "handle"));
  LineEditor.middles(edited.nodes).forEach((at) => addHandle(at, 10, "handle between"));
}

function addHandle(at, size, className) {
  const start = edited.nodes[at];
  const icon = L.divIcon({ className, iconSize: [size, size] });
  const handle = L.marker([start.y, start.x], { icon, draggable: true, pane: "handles", keyboard: false }).addTo(handles);
  const dragged = () => {
    const place = handle.getLatLng();
    return LineEditor.moved(edited.nodes, at, place.lng - start.x, place.lat - start.y);
  };
  handle.on("drag", () => {
    const shape = toMap(LineEditor.line(dragged()));
    edited.line.eachLayer((line) => line.setLatLngs(shape));
  });
  handle.on("dragend", () => {
    edited.nodes = dragged();
    drawEdited();
  });
  handle.on("contextmenu", () => {
    if (start.isHandle) edited.nodes = LineEditor.removed(edited.nodes, at);
    drawEdited();
  });
}

function endEdit() {
  handles.clearLayers();
  edited = null;
}

function cancelEdit() {
  endEdit();
  drawFront();
  showFacts();
}

function saveEdit() {
  const line = LineEditor.line(edited.nodes);
  endEdit();
  judge("accepted", line);
  if (!byId("reviewer").value.trim()) cancelEdit();
}

/* ---- Keys and buttons ---- */

function toggle(name) {
  layerIsOn[name] = !layerIsOn[name];
  showLayers();
}

const KEYS = {
  arrowleft: () => goTo(current - 1),
  arrowright: () => goTo(current + 1),
  a: () => judge("accepted"),
  r: () => judge("rejected"),
  e: beginEdit,
  n: goToOpen,
  f: lookCloser,
};
LAYERS.forEach(({ key, name }) => {
  KEYS[key] = () => toggle(name);
});
const KEYS_OF_EDIT = { enter: saveEdit, escape: cancelEdit };

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input:not([type=range]):not([type=checkbox]), select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping) {
    if (event.key === "Enter" || event.key === "Escape") event.target.blur();
    return;
  }
  const key = event.key.toLowerCase();
  const isLayer = LAYERS.some((layer) => layer.key === key);
  const action = edited ? KEYS_OF_EDIT[key] || (isLayer && KEYS[key]) : KEYS[key];
  if (!action || (event.repeat && !key.startsWith("arrow"))) return;
  event.preventDefault();
  action();
});

function makeLayers() {
  byId("layers").replaceChildren(
    ...LAYERS.map(({ key, name, label }) => {
      const row = element("label");
      const box = element("input");
      box.type = "checkbox";
      box.id = `layer-${name}`;
      box.addEventListener("change", () => toggle(name));
      row.append(box, label, element("kbd", key.toUpperCase()));
      return row;
    })
  );
}

function makeLegend() {
  const entries = [
    ["to review", "front", { stroke: COLOURS.open }],
    ["accepted", "front", { stroke: COLOURS.accepted }],
    ["rejected", "front", { stroke: COLOURS.rejected, dashes: "5 3" }],
    ["followed", "front", { stroke: "#1b1f23", dashes: "2 3" }],
    ...Object.entries(data.legend.zones).map(([name, colour]) => [name, "zones", { fills: [colour] }]),
    ["front probability, low to high", "probability", { fills: data.legend.probability }],
  ];
  byId("legend").replaceChildren(...entries.map((entry) => legendEntry(...entry)));
}

function legendEntry(label, layer, style) {
  const row = element("li", undefined, `of-${layer}`);
  const sample = RetreatCurve.element("svg", { width: 22, height: 12 });
  const line = (attributes) => sample.append(RetreatCurve.element("path", { d: "M0,6H22", ...attributes }));
  (style.fills || []).forEach((fill, at, all) => {
    const width = 22 / all.length;
    sample.append(RetreatCurve.element("rect", { x: at * width, width, height: 12, fill }));
  });
  if (style.stroke && !style.dashes) line({ stroke: "#1b1f23", "stroke-width": 5.5 });
  if (style.stroke) line({ stroke: style.stroke, "stroke-width": 3, "stroke-dasharray": style.dashes || "none" });
  row.append(sample, label);
  return row;
}

function connect() {
  const clicks = {
    accept: KEYS.a, reject: KEYS.r, edit: beginEdit, "save-edit": saveEdit, "cancel-edit": cancelEdit,
    previous: KEYS.arrowleft, next: KEYS.arrowright, "save-reviews": saveReviews, "trouble-again": tryAgain,
    "trouble-forget": forgetRefused,
  };
  Object.entries(clicks).forEach(([id, action]) => byId(id).addEventListener("click", (event) => {
    // The keys work on, whatever was clicked last.
    event.currentTarget.blur();
    action();
  }));
  byId("slider").addEventListener("input", (event) => goTo(Number(event.target.value)));
  byId("only-open").addEventListener("change", () => scenes.forEach((_, at) => updateRow(at)));
  byId("method").addEventListener("change", showCurve);
  byId("reviewer").addEventListener("input", (event) => event.target.classList.remove("wanted"));
  window.addEventListener("beforeunload", (event) => {
    if (isServed && Object.keys(pending).length) event.preventDefault();
  });
}

function start() {
  byId("folder-name").textContent = data.name;
  byId("reviewer").value = data.reviewer;
  byId("slider").max = scenes.length - 1;
  byId("downloads-note").textContent = isServed
    ? "As they are now. GeoJSON without rejected fronts."
    : "As they were when this page was written. Take the downloaded reviews over with: nnunet-glacier view OUT --reviews FILE";
  byId("method").replaceChildren(
    ...data.curves.map((curve, at) => {
      const option = element("option", curve.method);
      option.value = at;
      return option;
    })
  );
  makeLayers();
  makeLegend();
  restoreReviews();
  makeList();
  connect();
  map.setView([0, 0], -6);
  const first = scenes.findIndex(isOpen);
  goTo(Math.max(0, first));
  send();
}

start();
