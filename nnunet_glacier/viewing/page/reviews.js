"use strict";
/* Reviews: shown at once, kept in the browser until they are saved, and sent to the server where there is one. */

let sending = false;
const refused = new Map();
const storageName = `nnunet-glacier reviews ${data.id}`;
const pending = storedReviews();

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

function storedReviews() {
  try {
    return JSON.parse(localStorage.getItem(storageName)) || {};
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

/** Reviews of an earlier visit: those that were taken over meanwhile are done, those of fronts that changed are void. */
function restoreReviews() {
  let isVoid = 0;
  for (const [name, review] of Object.entries(pending)) {
    const scene = scenes[indexOf.get(name)];
    const front = scene ? scene.front : null;
    const isDone = front && front.status === review.status && front.reviewed_by === review.reviewed_by;
    const isSame = front && front.seen === review.seen;
    if (isSame && (!isDone || review.line)) takeOver(scene, review);
    else delete pending[name];
    if (!isSame && !isDone) isVoid += 1;
  }
  keepReviews();
  byId("trouble").hidden = !isVoid;
  byId("trouble-text").textContent = `${isVoid} of your reviews do not hold any more: the fronts have changed since. `;
}

function saveReviews() {
  const content = JSON.stringify({ form: data.form, crs: data.crs, reviews: Object.values(pending) }, null, 1);
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = `${data.name}_reviews.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
