"use strict";
/* Reviews: shown at once, kept in the browser until they are saved, and sent to the server where there is one. */

let sending = false;
const refused = new Map();
const storageName = `nnunet-glacier reviews ${data.id}`;
const stored = storedReviews();
const pending = stored.reviews;

/* A line keeps its key while its shape changes. */
const placeOf = new Map();
scenes.forEach((scene) => scene.lines.forEach((line, at) => placeOf.set(keyOf(scene, line), { scene, at })));

function keyOf(scene, line) {
  if (!line.key) line.key = data.several ? `${scene.case} ${line.seen}` : scene.case;
  return line.key;
}

function judge(status, newLine) {
  const reviewer = reviewerOrAsk();
  if (!chosenLine() || !reviewer) return;
  review(chosenLine(), status, reviewer, newLine);
  keepReviews();
  send();
  goOn();
}

/** Judge all lines of the scene that nobody has judged; what a rule rejected is not accepted among others. */
function judgeRest(status) {
  const reviewer = reviewerOrAsk();
  if (!isOpen(scenes[current]) || !reviewer) return;
  const open = scenes[current].lines.filter(isOpenLine);
  open.forEach((line) => review(line, line.status === "rejected" ? "rejected" : status, reviewer));
  keepReviews();
  send();
  goOn();
}

function reviewerOrAsk() {
  const reviewer = byId("reviewer").value.trim();
  byId("reviewer").classList.toggle("wanted", !reviewer);
  if (!reviewer) byId("reviewer").focus();
  return reviewer;
}

function review(line, status, reviewer, newLine) {
  const scene = scenes[current];
  const earlier = pending[line.key];
  const said = { case: scene.case, status, reviewed_by: reviewer, seen: line.seen };
  if (newLine) said.line = newLine;
  else if (earlier && earlier.line) said.line = earlier.line;
  pending[line.key] = said;
  takeOver(scene, line, said);
}

/** Show a review before, or without, its being saved. */
function takeOver(scene, line, said) {
  Object.assign(line, { status: said.status, reviewed_by: said.reviewed_by });
  if (said.line) {
    const gone = { uncertainty_m: null, mean_probability: null, prolonged_m: 0 };
    Object.assign(line, gone, { parts: [said.line], length_m: lengthOf(said.line, scene), isEdited: true });
  }
}

function lengthOf(line, scene) {
  const steps = line.slice(1).map(([x, y], at) => Math.hypot(x - line[at][0], y - line[at][1]));
  return scene.ground_scale * steps.reduce((sum, step) => sum + step, 0);
}

/** Send what is pending in one request; where that is refused, each review alone, so that one holds up no other. */
async function send() {
  const waiting = Object.entries(pending).filter(([, said]) => !refused.has(said));
  if (!isServed || sending || !waiting.length) return;
  sending = true;
  showProgress();
  const error = await post(waiting);
  if (error && error.isRefusal && waiting.length > 1) {
    for (const one of waiting) note(one, await post([one]));
  } else {
    waiting.forEach((one) => note(one, error));
  }
  sending = false;
  keepReviews();
  showTrouble();
  showAll();
  drawLines();
  send();
}

/** Send reviews with their keys; null if they are saved, or else the error. */
async function post(waiting) {
  const reviews = waiting.map(([, said]) => said);
  try {
    const answer = await fetch("reviews", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Review-Token": token },
      body: JSON.stringify({ form: data.form, crs: data.crs, reviews }),
    });
    const content = await answer.json();
    if (!answer.ok) return { message: content.error, isRefusal: true };
    waiting.forEach(([key, said], at) => settle(key, said, content.lines[at]));
    return null;
  } catch {
    return { message: "the server does not answer; is nnunet-glacier view --serve still running?", isRefusal: false };
  }
}

function note([, said], error) {
  if (error) refused.set(said, error.message);
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
  for (const [key, said] of Object.entries(pending)) if (refused.has(said)) delete pending[key];
  keepReviews();
  location.reload();
}

/** Put the line that was saved in its place; a judgement that came since is kept for the next request. */
function settle(key, sent, saved) {
  const { scene, at } = placeOf.get(key);
  const line = scene.lines[at];
  if (pending[key] === sent) {
    delete pending[key];
    scene.lines[at] = { ...saved, key, isEdited: line.isEdited };
    if (sent.line) scene.prolonged = [];
  } else {
    pending[key].seen = saved.seen;
    line.seen = saved.seen;
  }
}

/** Reviews of an earlier visit, and the CRS of the lines that were drawn in it. */
function storedReviews() {
  const nothing = { crs: data.crs, reviews: {} };
  try {
    return { ...nothing, ...JSON.parse(localStorage.getItem(storageName)) };
  } catch {
    return nothing;
  }
}

function keepReviews() {
  try {
    localStorage.setItem(storageName, JSON.stringify({ crs: data.crs, reviews: pending }));
  } catch {
    /* A browser that keeps nothing still sends or downloads. */
  }
}

/** Reviews of an earlier visit: those that were taken over meanwhile are done. Void are those of lines that changed, and
 *  lines that were drawn on another plane, which follows where all lines are that are in degrees. */
function restoreReviews() {
  let isVoid = 0;
  for (const [key, said] of Object.entries(pending)) {
    delete pending[key];
    const scene = scenes[indexOf.get(said.case)];
    const lines = scene ? scene.lines : [];
    const same = lines.find((line) => line.seen === said.seen);
    const line = same || lines.find((other) => !data.several || isDrawn(other, said.line));
    const isDone = line && line.status === said.status && line.reviewed_by === said.reviewed_by;
    const isPlaced = !said.line || stored.crs === data.crs;
    if (same && isPlaced && (!isDone || said.line)) {
      pending[line.key] = said;
      takeOver(scene, line, said);
    } else if (!isDone || (same && said.line)) isVoid += 1;
  }
  keepReviews();
  byId("trouble").hidden = !isVoid;
  byId("trouble-text").textContent = `${isVoid} of your reviews do not hold any more: the ${words.noun}s, or the map of those that you drew, have changed since. `;
}

/** Whether a line is the one that was drawn, to the decimetre. */
function isDrawn({ parts }, newLine) {
  if (!newLine || parts.length !== 1 || parts[0].length !== newLine.length) return false;
  return newLine.every(([x, y], at) => Math.hypot(x - parts[0][at][0], y - parts[0][at][1]) < 0.1);
}

function saveReviews() {
  const content = JSON.stringify({ form: data.form, crs: data.crs, reviews: Object.values(pending) }, null, 1);
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = `${data.name}_reviews.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
