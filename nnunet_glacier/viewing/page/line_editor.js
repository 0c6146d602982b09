"use strict";
/* A line as nodes, some of which are handles. Where a handle is dragged, the nodes up to its neighbours move along, the
   less the nearer they are to the neighbour: what was not touched keeps every vertex that it had. */

const LineEditor = {
  /** Nodes of a line [[x, y], ...]; handles are the vertices that Douglas and Peucker's rule keeps.
   *  The tolerance grows from toleranceM until no more than mostHandles are left. */
  begin(line, toleranceM, mostHandles = 16) {
    const points = line.map(([x, y]) => L.point(x, y));
    let kept = L.LineUtil.simplify(points, toleranceM);
    for (let tolerance = 2 * toleranceM; kept.length > mostHandles; tolerance *= 1.5) {
      kept = L.LineUtil.simplify(points, tolerance);
    }
    const handles = new Set(kept);
    return points.map((point) => ({ x: point.x, y: point.y, isHandle: handles.has(point) }));
  },

  /** Index of the next handle from a node in a direction (-1 or 1); -1 beyond the ends. */
  neighbour(nodes, at, direction) {
    for (let index = at + direction; index >= 0 && index < nodes.length; index += direction) {
      if (nodes[index].isHandle) return index;
    }
    return -1;
  },

  /** The nodes after a node was made a handle and dragged by (dx, dy). */
  moved(nodes, at, dx, dy) {
    const result = nodes.map((node) => ({ ...node }));
    result[at].isHandle = true;
    for (const direction of [-1, 1]) {
      const end = LineEditor.neighbour(nodes, at, direction);
      const stop = end === -1 ? (direction < 0 ? -1 : nodes.length) : end;
      const lengths = LineEditor.lengths(nodes, at, stop, direction);
      const total = lengths[lengths.length - 1] || 1;
      for (let index = at + direction, step = 1; index !== stop; index += direction, step += 1) {
        const share = end === -1 ? 1 : 1 - lengths[step] / total;
        result[index].x += share * dx;
        result[index].y += share * dy;
      }
    }
    result[at].x += dx;
    result[at].y += dy;
    return result;
  },

  /** Lengths along the line from a node to each node up to the stop, 0 for itself. */
  lengths(nodes, at, stop, direction) {
    const lengths = [0];
    for (let index = at; index !== stop; index += direction) {
      const next = nodes[index + direction];
      if (!next) break;
      lengths.push(lengths[lengths.length - 1] + Math.hypot(next.x - nodes[index].x, next.y - nodes[index].y));
    }
    return lengths;
  },

  /** The nodes without a handle: straight between its neighbours, or shorter where it was an end. */
  removed(nodes, at) {
    const before = LineEditor.neighbour(nodes, at, -1);
    const after = LineEditor.neighbour(nodes, at, 1);
    const result = nodes.filter((_, index) => index <= before || (after !== -1 && index >= after));
    return result.length < 2 ? nodes : result;
  },

  /** Nodes with one more between handles that have none between them, so that each stretch can be bent. */
  withMiddles(nodes) {
    const result = [];
    nodes.forEach((node, index) => {
      result.push(node);
      const next = nodes[index + 1];
      if (next && node.isHandle && next.isHandle) {
        result.push({ x: (node.x + next.x) / 2, y: (node.y + next.y) / 2, isHandle: false });
      }
    });
    return result;
  },

  /** Index of the node in the middle of each stretch between handles. */
  middles(nodes) {
    const middles = [];
    for (let at = LineEditor.neighbour(nodes, -1, 1); at !== -1; ) {
      const after = LineEditor.neighbour(nodes, at, 1);
      if (after === -1) break;
      const lengths = LineEditor.lengths(nodes, at, after, 1);
      const half = lengths[lengths.length - 1] / 2;
      let best = 1;
      for (let step = 1; at + step < after; step += 1) {
        if (Math.abs(lengths[step] - half) < Math.abs(lengths[best] - half)) best = step;
      }
      middles.push(at + best);
      at = after;
    }
    return middles;
  },

  /** The line of the nodes, to the centimetre. */
  line(nodes) {
    return nodes.map((node) => [Math.round(node.x * 100) / 100, Math.round(node.y * 100) / 100]);
  },
};
