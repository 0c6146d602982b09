"use strict";
/* Keys, buttons and legend, and the start of the page. */

function toggle(name) {
  layerIsOn[name] = !layerIsOn[name];
  showLayers();
}

/* Capital letters stand for a key with Shift. */
const KEYS = {
  arrowleft: () => goTo(current - 1),
  arrowright: () => goTo(current + 1),
  a: () => judge("accepted"),
  r: () => judge("rejected"),
  e: beginEdit,
  n: goToOpen,
  f: lookCloser,
};
if (data.several) {
  Object.assign(KEYS, {
    arrowup: () => choose(chosen - 1),
    arrowdown: () => choose(chosen + 1),
    A: () => judgeRest("accepted"),
    R: () => judgeRest("rejected"),
  });
}
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
  const key = event.shiftKey && KEYS[event.key] ? event.key : event.key.toLowerCase();
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
    ["to review", "lines", { stroke: COLOURS.open }],
    ["accepted", "lines", { stroke: COLOURS.accepted }],
    ["rejected", "lines", { stroke: COLOURS.rejected, dashes: "5 3" }],
    ...(data.several ? [] : [["followed", "lines", { stroke: "#1b1f23", dashes: "2 3" }]]),
    ...data.legend.map(({ label, layer, fills }) => [label, layer, { fills }]),
  ];
  byId("legend").replaceChildren(...entries.map((entry) => legendEntry(...entry)));
}

function legendEntry(label, layer, style) {
  const isRamp = style.fills && style.fills.length > 1;
  const row = element("li", undefined, `of-${layer}${isRamp ? " ramp" : ""}`);
  const full = isRamp ? 44 : 22;
  const sample = RetreatCurve.element("svg", { width: full, height: 12 });
  const line = (attributes) => sample.append(RetreatCurve.element("path", { d: "M0,6H22", ...attributes }));
  (style.fills || []).forEach((fill, at, all) => {
    const width = full / all.length;
    sample.append(RetreatCurve.element("rect", { x: at * width, width, height: 12, fill }));
  });
  if (style.stroke && !style.dashes) line({ stroke: "#1b1f23", "stroke-width": 5.5 });
  if (style.stroke) line({ stroke: style.stroke, "stroke-width": 3, "stroke-dasharray": style.dashes || "none" });
  row.append(sample, label);
  return row;
}

function connect() {
  const clicks = {
    accept: KEYS.a, reject: KEYS.r, "accept-rest": KEYS.A, "reject-rest": KEYS.R, edit: beginEdit, "save-edit": saveEdit, "cancel-edit": cancelEdit,
    previous: KEYS.arrowleft, next: KEYS.arrowright, "save-reviews": saveReviews, "trouble-again": tryAgain,
    "trouble-forget": forgetRefused,
  };
  Object.entries(clicks).filter(([, action]) => action).forEach(([id, action]) => byId(id).addEventListener("click", (event) => {
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

/** What the page says of the kind of line that it shows. */
function sayKind() {
  document.title = words.title;
  byId("title").textContent = words.title;
  byId("panel").setAttribute("aria-label", `This ${words.noun}`);
  byId("close-words").textContent = words.close;
  byId("layer-keys").replaceChildren(...LAYERS.flatMap(({ key }) => [element("kbd", key.toUpperCase()), " "]));
  document.querySelectorAll(".of-several").forEach((part) => {
    part.hidden = !data.several;
  });
  byId("downloads").querySelectorAll("a").forEach((link, at) => {
    link.href = `downloads/${encodeURIComponent(data.downloads[at])}`;
  });
}

function start() {
  sayKind();
  byId("folder-name").textContent = data.name;
  byId("reviewer").value = data.reviewer;
  byId("slider").max = scenes.length - 1;
  byId("downloads-note").textContent = isServed
    ? `As they are now. GeoJSON without rejected ${words.noun}s.`
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
