"use strict";
/* What the page knows, which scene it shows, and in which state a scene is. Texts of files are put into the page as text
   alone, never as HTML. */

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
