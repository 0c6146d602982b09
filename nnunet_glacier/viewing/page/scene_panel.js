"use strict";
/* Beside the map: the list of scenes, what is said of the one that is shown, and the way from one to the next. */

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
