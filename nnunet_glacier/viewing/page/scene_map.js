"use strict";
/* The map: the pictures of a scene, its lines, and those of other dates. */

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
["scene", "zones", "probability", "others", "lines", "handles"].forEach((name, at) => {
  map.createPane(name).style.zIndex = 300 + 50 * at;
});
const drawn = { scene: L.layerGroup(), zones: L.layerGroup(), probability: L.layerGroup(), others: L.layerGroup(), lines: L.layerGroup() };
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
  drawLines();
  plane.groundScale = scene.ground_scale;
  northArrow.getContainer().style.transform = `rotate(${scene.north_degrees}deg)`;
  showLayers();
  [1, 2, -1].forEach((step) => preload(scenes[current + step]));
}

/** The lines of the scene; of several the chosen one is thick and comes last, over the others. */
function drawLines() {
  const { lines, prolonged } = scenes[current];
  drawn.lines.clearLayers();
  const others = lines.filter((line) => line !== chosenLine());
  others.forEach((line) => drawLine(line, 2.5).addTo(drawn.lines));
  if (!lines.length || edited) return;
  drawLine(chosenLine(), others.length ? 5 : 3).addTo(drawn.lines);
  if (prolonged.length && !chosenLine().isEdited) {
    const style = { pane: "lines", interactive: false, color: "#1b1f23", weight: 2.5, dashArray: "2 5" };
    L.polyline(prolonged.map(toMap), style).addTo(drawn.lines);
  }
}

function drawLine(line, weight) {
  const shape = polyline(line.parts, "lines", COLOURS[stateOfLine(line)], weight, line.status === "rejected" ? "8 6" : null);
  if (!data.several) return shape;
  // As wide as a finger, and not to be seen.
  const touched = L.polyline(line.parts.map(toMap), { pane: "lines", weight: 16, opacity: 0 });
  touched.on("click", () => choose(scenes[current].lines.indexOf(line)));
  return shape.addLayer(touched);
}

/** Lines of the scenes before and after of the same glacier, and further edges of this scene. */
function drawOthers(scene) {
  const near = scenes.slice(Math.max(0, current - NEIGHBOURS), current + NEIGHBOURS + 1);
  const like = near.filter((other) => other !== scene && other.glacier === scene.glacier);
  const believed = like.flatMap((other) => other.lines).filter((line) => line.status !== "rejected");
  const style = { pane: "others", interactive: false, color: COLOURS.other, weight: 1.5 };
  believed.forEach((line) => L.polyline(line.parts.map(toMap), { ...style, opacity: 0.85 }).addTo(drawn.others));
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

/** Look at the whole scene, unless the view is on this place already; whoever saw all of the last one sees all of it. */
function lookAt(scene) {
  if (!scene.bounds.length) return;
  const bounds = L.latLngBounds(boundsOf(scene.bounds));
  const isNear = bounds.contains(map.getCenter()) && lookAt.glacier === scene.glacier && scene.glacier !== "";
  const sawAll = lookAt.bounds && map.getBounds().contains(lookAt.bounds);
  lookAt.glacier = scene.glacier;
  lookAt.bounds = bounds;
  if (!isNear || (sawAll && !map.getBounds().contains(bounds))) map.fitBounds(bounds, { animate: false });
}

function lookCloser() {
  const { bounds } = scenes[current];
  lookCloser.isClose = chosenLine() && !lookCloser.isClose;
  if (lookCloser.isClose) lookAtLine();
  else if (bounds.length) map.fitBounds(boundsOf(bounds), { animate: false });
}

function lookAtLine() {
  map.fitBounds(boundsOfLine(chosenLine()).pad(0.1), { animate: false });
}

const boundsOfLine = ({ parts }) => L.latLngBounds(parts.flat().map(([x, y]) => [y, x]));

/** Of several lines the chosen one must be seen: scenes of a place do not cover the same ground. */
function keepInView() {
  if (!data.several || !chosenLine()) return;
  if (lookCloser.isClose) lookAtLine();
  else if (!map.getBounds().contains(boundsOfLine(chosenLine()))) map.fitBounds(boundsOf(scenes[current].bounds), { animate: false });
}
