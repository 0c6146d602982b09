"use strict";
/* The positions of fronts in time, with their uncertainty, as a small figure. */

const RetreatCurve = {
  WIDTH: 276,
  HEIGHT: 176,
  MARGIN: { left: 46, right: 10, top: 8, bottom: 34 },

  /** Draw the points of a method; `onChoose` gets the day of a point that is clicked. */
  draw(place, points, currentDay, onChoose) {
    const { WIDTH, HEIGHT, MARGIN } = RetreatCurve;
    const svg = RetreatCurve.element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: "100%", role: "img" });
    svg.setAttribute("aria-label", "Position of the front in time");
    place.replaceChildren(svg);
    if (!points.length) return;
    const days = points.map((point) => Date.parse(point.date) / 86400000);
    const lows = points.map((point) => point.position_m - (point.uncertainty_m || 0));
    const highs = points.map((point) => point.position_m + (point.uncertainty_m || 0));
    const unit = Math.max(...highs) - Math.min(...lows) >= 3000 ? { m: 1000, name: "km" } : { m: 1, name: "m" };
    const x = RetreatCurve.scale(Math.min(...days), Math.max(...days), MARGIN.left + 6, WIDTH - MARGIN.right - 6);
    const y = RetreatCurve.scale(Math.min(...lows), Math.max(...highs), HEIGHT - MARGIN.bottom, MARGIN.top);
    RetreatCurve.axes(svg, x, y, unit);
    const path = points.map((point, at) => `${at ? "L" : "M"}${x(days[at])},${y(point.position_m)}`).join("");
    svg.append(RetreatCurve.element("path", { d: path, class: "curve-line" }));
    points.forEach((point, at) => {
      const place_x = x(days[at]);
      if (point.uncertainty_m) {
        const ends = { x1: place_x, x2: place_x, y1: y(lows[at]), y2: y(highs[at]) };
        svg.append(RetreatCurve.element("line", { ...ends, class: "curve-error" }));
      }
    });
    points.forEach((point, at) => {
      const isCurrent = point.date === currentDay;
      const kind = `curve-point${point.flags ? " flagged" : ""}${isCurrent ? " current" : ""}`;
      const circle = RetreatCurve.element("circle", {
        cx: x(days[at]), cy: y(point.position_m), r: isCurrent ? 6 : 3.5, class: kind,
      });
      const title = RetreatCurve.element("title", {});
      title.textContent = `${point.date}: ${Math.round(point.position_m)} m ${point.flags}`;
      circle.append(title);
      circle.addEventListener("click", () => onChoose(point.date));
      svg.append(circle);
    });
  },

  element(name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    return made;
  },

  scale(from, to, start, end) {
    const span = to - from || 1;
    return (value) => Math.round((start + ((value - from) / span) * (end - start)) * 10) / 10;
  },

  axes(svg, x, y, unit) {
    const { WIDTH, HEIGHT, MARGIN } = RetreatCurve;
    const bottom = HEIGHT - MARGIN.bottom;
    const invert = (scale, at) => {
      const [zero, one] = [scale(0), scale(1e6)];
      return ((at - zero) / (one - zero)) * 1e6;
    };
    for (const value of RetreatCurve.ticks(invert(y, bottom) / unit.m, invert(y, MARGIN.top) / unit.m, 4)) {
      const at = y(value * unit.m);
      svg.append(RetreatCurve.element("line", { x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: at, y2: at, class: "curve-grid" }));
      RetreatCurve.text(svg, MARGIN.left - 4, at + 4, String(value), "end");
    }
    const range = [invert(x, MARGIN.left + 6), invert(x, WIDTH - MARGIN.right - 6)];
    for (const [day, label] of RetreatCurve.timeTicks(range[0], range[1])) {
      const at = x(day);
      svg.append(RetreatCurve.element("line", { x1: at, x2: at, y1: bottom, y2: bottom + 4, class: "curve-axis" }));
      RetreatCurve.text(svg, at, bottom + 15, label, "middle");
    }
    svg.append(RetreatCurve.element("line", { x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: bottom, y2: bottom, class: "curve-axis" }));
    const label = RetreatCurve.text(svg, 11, (bottom + MARGIN.top) / 2, `position / ${unit.name}`, "middle");
    label.setAttribute("transform", `rotate(-90 11 ${(bottom + MARGIN.top) / 2})`);
    RetreatCurve.text(svg, (MARGIN.left + WIDTH) / 2, HEIGHT - 4, "hollow: flagged; large: this scene", "middle");
  },

  text(svg, x, y, content, anchor) {
    const made = RetreatCurve.element("text", { x, y, "text-anchor": anchor, class: "curve-text" });
    made.textContent = content;
    svg.append(made);
    return made;
  },

  /** About `most` round numbers in a range. */
  ticks(from, to, most) {
    const raw = (to - from) / most || 1;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw);
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    const values = [];
    for (let at = Math.ceil(from / step); at * step <= to; at += 1) values.push(Number((at * step).toFixed(digits)));
    return values;
  },

  /** Starts of years, or of months where the days span less than two of them, at most five. */
  timeTicks(from, to) {
    const [first, last] = [new Date(from * 86400000), new Date(to * 86400000)];
    const months = (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth();
    const step = [1, 2, 3, 6, 12, 24, 60, 120, 240].find((size) => months / size <= 4) || 600;
    const ticks = [];
    for (let month = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / step) * step; ; month += step) {
      const date = Date.UTC(Math.floor(month / 12), month % 12, 1);
      if (date > last.getTime()) break;
      const year = Math.floor(month / 12);
      const label = step >= 12 ? String(year) : `${year}-${String((month % 12) + 1).padStart(2, "0")}`;
      if (date >= first.getTime()) ticks.push([date / 86400000, label]);
    }
    return ticks;
  },
};
