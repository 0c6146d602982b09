"use strict";
/* Keys, buttons and legend, and the start of the page. */

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
    : "As they were when this page was written. Take the downloaded reviews over with ";
  if (!isServed) byId("downloads-note").append(element("code", "nnunet-glacier view OUT"), " ", element("code", "--reviews FILE"));
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
