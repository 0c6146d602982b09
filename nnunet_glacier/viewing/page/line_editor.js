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

  /** Whether a line ends where it starts: its first and last nodes are one. */
  isClosed(nodes) {
    const [first, last] = [nodes[0], nodes[nodes.length - 1]];
    return nodes.length > 3 && first.x === last.x && first.y === last.y;
  },

  /** Indices of the handles; of a closed line without its last node. */
  handles(nodes) {
    const count = nodes.length - (LineEditor.isClosed(nodes) ? 1 : 0);
    return [...Array(count).keys()].filter((at) => nodes[at].isHandle);
  },

  /** Indices from a node in a direction (-1 or 1) to the next handle, both among them, or to the end of the line.
   *  A closed line goes on, until it is at the node again. */
  stretch(nodes, at, direction) {
    const isClosed = LineEditor.isClosed(nodes);
    const count = nodes.length - (isClosed ? 1 : 0);
    const indices = [at];
    for (let step = 1; step <= count; step += 1) {
      const index = at + step * direction;
      if (!isClosed && (index < 0 || index >= count)) break;
      indices.push((index + count) % count);
      if (nodes[indices[step]].isHandle || indices[step] === at) break;
    }
    return indices;
  },

  /** The nodes after a node was made a handle and dragged by (dx, dy). */
  moved(nodes, at, dx, dy) {
    const result = nodes.map((node) => ({ ...node }));
    for (const direction of [-1, 1]) {
      const indices = LineEditor.stretch(nodes, at, direction);
      const end = indices[indices.length - 1];
      const isHeld = end !== at && nodes[end].isHandle;
      const lengths = LineEditor.lengths(nodes, indices);
      const total = lengths[lengths.length - 1] || 1;
      indices.forEach((index, step) => {
        const share = !isHeld ? 1 : index === end ? 0 : 1 - lengths[step] / total;
        result[index].x = nodes[index].x + share * dx;
        result[index].y = nodes[index].y + share * dy;
      });
    }
    result[at].isHandle = true;
    if (LineEditor.isClosed(nodes)) result[nodes.length - 1] = { ...result[0] };
    return result;
  },

  /** Lengths along the line from the first of some nodes to each of them, 0 for itself. */
  lengths(nodes, indices) {
    const lengths = [0];
    for (let step = 1; step < indices.length; step += 1) {
      const [before, node] = [nodes[indices[step - 1]], nodes[indices[step]]];
      lengths.push(lengths[step - 1] + Math.hypot(node.x - before.x, node.y - before.y));
    }
    return lengths;
  },

  /** The nodes without a handle: straight between its neighbours, or shorter where it was an end.
   *  A closed line stays closed and keeps three handles. */
  removed(nodes, at) {
    const [before, after] = [-1, 1].map((direction) => LineEditor.stretch(nodes, at, direction).pop());
    if (LineEditor.isClosed(nodes)) {
      if (LineEditor.handles(nodes).length <= 3) return nodes;
      const ring = nodes.slice(0, -1);
      const kept = before < after ? [...ring.slice(after), ...ring.slice(0, before + 1)] : ring.slice(after, before + 1);
      return [...kept, { ...kept[0] }];
    }
    const isStart = before === at || !nodes[before].isHandle;
    const isEnd = after === at || !nodes[after].isHandle;
    const result = nodes.filter((_, index) => (!isStart && index <= before) || (!isEnd && index >= after));
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
    const handles = LineEditor.handles(nodes);
    if (LineEditor.isClosed(nodes)) handles.push(nodes.length - 1);
    return handles.slice(1).map((after, number) => {
      const at = handles[number];
      const lengths = LineEditor.lengths(nodes, [...Array(after - at + 1).keys()].map((step) => at + step));
      const half = lengths[lengths.length - 1] / 2;
      let best = 1;
      for (let step = 1; at + step < after; step += 1) {
        if (Math.abs(lengths[step] - half) < Math.abs(lengths[best] - half)) best = step;
      }
      return at + best;
    });
  },

  /** The line of the nodes, to the centimetre. */
  line(nodes) {
    return nodes.map((node) => [Math.round(node.x * 100) / 100, Math.round(node.y * 100) / 100]);
  },
};
