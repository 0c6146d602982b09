"use strict";
/* What the page knows, which scene it shows, and in which state a scene is. Texts of files are put into the page as text
   alone, never as HTML. */

const data = window.glacierLines;
const { scenes, words } = data;
const token = document.querySelector("meta[name=review-token]").content;
const isServed = token !== "";
const byId = (id) => document.getElementById(id);

const COLOURS = { open: "#f0b400", accepted: "#00a3c4", rejected: "#c2327c", other: "#ffffff" };
const MARKS = { open: "○", accepted: "✓", rejected: "✕", empty: "–" };
const LAYERS = data.layers;
const NEIGHBOURS = 6;
const layerIsOn = Object.fromEntries(LAYERS.map((layer) => [layer.name, layer.isOn]));

let current = 0;
let shown = 0;
/* Which of the scene's lines is judged; a scene has one front, or several grounding lines. */
let chosen = 0;
const listRows = [];
const indexOf = new Map(scenes.map((scene, at) => [scene.case, at]));
let edited = null;

const chosenLine = () => scenes[current].lines[chosen];
const isOpenLine = (line) => !line.reviewed_by;
const isOpen = (scene) => scene.lines.some(isOpenLine);

function stateOfLine(line) {
  if (line.status === "rejected") return "rejected";
  return line.status === "accepted" && line.reviewed_by ? "accepted" : "open";
}

/** Of several lines the state of the scene is open while one is, and accepted if one is. */
function stateOf({ lines }) {
  if (!lines.length) return "empty";
  if (lines.length > 1 && lines.some(isOpenLine)) return "open";
  const states = lines.map(stateOfLine);
  return ["open", "accepted"].find((state) => states.includes(state)) || "rejected";
}

function verdictOf(line) {
  if (!line) return `No ${words.noun} was found.`;
  if (line.reviewed_by) return `${line.isEdited ? "Edited and accepted" : capital(line.status)} by ${line.reviewed_by}`;
  if (line.status === "rejected") return "Rejected by a rule; to be reviewed";
  return "To be reviewed";
}

function verdictOfScene({ lines }) {
  if (lines.length < 2) return verdictOf(lines[0]);
  const left = lines.filter(isOpenLine).length;
  return left ? `${left} of ${lines.length} ${words.noun}s to be reviewed` : `All ${lines.length} ${words.noun}s reviewed`;
}

/** The day of a scene, or the first and the last of its passes. */
function daysOf({ date, passes }) {
  const days = passes.map((pass) => pass.slice(0, 10)).sort();
  return days.length > 1 ? `${days[0]} – ${days[days.length - 1]}` : date || "no date";
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
