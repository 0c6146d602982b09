"use strict";
/* Beside the map: the list of scenes, what is said of the one that is shown, and the way from one to the next. */

function showFacts() {
  const scene = scenes[current];
  const line = chosenLine();
  byId("scene-title").textContent = daysOf(scene);
  byId("scene-subtitle").textContent = [scene.glacier, scene.sensor, scene.case].filter(Boolean).join(" · ");
  const verdict = byId("verdict");
  verdict.textContent = verdictOf(line);
  verdict.className = `is-${line ? stateOfLine(line) : "empty"}`;
  showChoice();
  byId("flags").replaceChildren(...(line ? line.flags : []).map((flag) => element("span", flag, "flag")));
  byId("notes").replaceChildren(...scene.notes.map((note) => element("p", note)));
  const facts = line
    ? [
        ["Length", kilometres(line.length_m)],
        [words.prolonged, metres(line.prolonged_m)],
        [words.uncertainty, uncertaintyOf(line)],
        ["Mean probability", line.mean_probability === null ? "not known" : line.mean_probability.toFixed(2)],
        ["Model", `${line.model} at ${metres(line.pixel_size_m)}`],
      ]
    : [];
  if (scene.passes.length) facts.push(["Passes", scene.passes.join("\n")]);
  byId("facts").replaceChildren(...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  for (const id of ["accept", "reject"]) byId(id).disabled = !line || Boolean(edited);
  const hasParts = line && line.parts.length > 1;
  byId("edit").disabled = !line || hasParts;
  byId("edit").title = hasParts ? `This ${words.noun} is of several parts: edit it in QGIS` : "";
  for (const id of ["accept-rest", "reject-rest"]) byId(id).disabled = !isOpen(scene) || Boolean(edited);
  for (const id of ["accept", "reject", "edit"]) byId(id).hidden = Boolean(edited);
  for (const id of ["save-edit", "cancel-edit", "edit-help"]) byId(id).hidden = !edited;
}

function uncertaintyOf({ uncertainty_m }) {
  if (uncertainty_m === null) return "not known";
  return `${words.uncertainty_sign}${metres(uncertainty_m)}${words.uncertainty_note}`;
}

/** Of several lines of a scene a button each, and which one is judged. */
function showChoice() {
  const { lines } = scenes[current];
  byId("choice").hidden = lines.length < 2;
  byId("chosen-line").textContent = `${capital(words.noun)} ${chosen + 1} of ${lines.length}`;
  byId("line-buttons").replaceChildren(
    ...lines.map((line, at) => {
      const button = element("button", `${at + 1} `);
      button.type = "button";
      button.disabled = Boolean(edited);
      button.title = `${kilometres(line.length_m)}: ${verdictOf(line)}`;
      button.setAttribute("aria-current", String(at === chosen));
      button.append(element("span", MARKS[stateOfLine(line)], `is-${stateOfLine(line)}`));
      button.addEventListener("click", () => choose(at));
      return button;
    })
  );
}

function showProgress() {
  const lines = scenes.flatMap((scene) => scene.lines);
  const left = lines.filter(isOpenLine).length;
  byId("progress").textContent = left ? `${lines.length - left} of ${lines.length} reviewed` : `all ${lines.length} reviewed`;
  const waiting = Object.keys(pending).length;
  if (isServed) byId("saving").textContent = sending ? "saving …" : waiting ? `${waiting} not saved` : `all saved in ${data.downloads[0]}`;
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
    const flags = [...new Set(scene.lines.flatMap((line) => line.flags))];
    if (flags.length) what.append(element("span", `⚑ ${flags.join(", ")}`, "flagged"));
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
  button.title = verdictOfScene(scene);
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
  byId("curve").hidden = !data.curves.length && !words.no_curve;
  byId("method").hidden = !data.curves.length;
  byId("no-curve").textContent = words.no_curve;
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
  chosen = Math.max(0, scene.lines.findIndex(isOpenLine));
  byId("when").textContent = `${at + 1} of ${scenes.length} · ${daysOf(scene)}`;
  lookCloser.isClose = false;
  lookAt(scene);
  keepInView();
  drawScene();
  showAll();
}

/** Judge another line of the scene. */
function choose(at) {
  const { lines } = scenes[current];
  if (edited || at < 0 || at >= lines.length) return;
  chosen = at;
  drawLines();
  showFacts();
  keepInView();
}

/** The next line of the scene that nobody has judged, or else the next scene. */
function goOn() {
  const { lines } = scenes[current];
  const order = [...lines.keys()].map((step) => (chosen + 1 + step) % lines.length);
  const at = order.find((index) => isOpenLine(lines[index]));
  if (at !== undefined) {
    showAll();
    choose(at);
  } else goTo(Math.min(current + 1, scenes.length - 1));
}

function goToOpen() {
  const order = [...scenes.keys()].map((step) => (current + 1 + step) % scenes.length);
  const at = order.find((index) => isOpen(scenes[index]));
  if (at !== undefined) goTo(at);
}
