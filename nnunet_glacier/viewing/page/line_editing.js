"use strict";
/* A line is edited on the map, by handles that are dragged. */

function beginEdit() {
  const line = chosenLine();
  if (!line || line.parts.length > 1 || edited) return;
  edited = { nodes: LineEditor.begin(line.parts[0], line.pixel_size_m || 50), line: null };
  layerIsOn.lines = true;
  drawLines();
  showLayers();
  drawEdited();
  showFacts();
}

function drawEdited() {
  edited.nodes = LineEditor.withMiddles(edited.nodes);
  handles.clearLayers();
  edited.line = polyline([LineEditor.line(edited.nodes)], "lines", COLOURS.open, 3, null).addTo(handles);
  LineEditor.handles(edited.nodes).forEach((at) => addHandle(at, 14, "handle"));
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
  drawLines();
  showFacts();
}

/** Without a name the line is edited on until there is one. */
function saveEdit() {
  if (!reviewerOrAsk()) return;
  const line = LineEditor.line(edited.nodes);
  endEdit();
  judge("accepted", line);
}
