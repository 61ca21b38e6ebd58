// What a module holds whose title was clicked, as a card that was folded when the page was written.

/** The node of such a card: its members in the order of computation, the last of which is its result. */
function moduleNode({nodes, modules}, uses, module, members) {
  const {name, type} = modules[module];
  const inside = new Set(members);
  const within = members.map((id) => nodes[id]);
  const result = within.at(-1);
  const leaves = within.filter((node) => node.kind === "leaf");
  const outside = (ids) => [...new Set(ids)].filter((id) => id !== undefined && !inside.has(id));
  const leaving = members.slice(0, -1).filter((id) => uses[id].some(({user}) => !inside.has(user))).map((id) => nodes[id]);
  const warnings = within.flatMap((node) => (node.dead ?? []).map((text) => `${node.name}: ${text}`));
  const norms = leaves.map(({gradient}) => (gradient ? summaryOf(gradient).norm : undefined));
  return {
    ...result,
    call: moduleTitle(modules[module]),
    kind: "op",
    grid: undefined,
    dead: warnings.length > 0 ? warnings : undefined,
    trouble_starts: within.some((node) => node.trouble_starts),
    operands: outside(within.flatMap((node) => (node.operands ?? []).map((operand) => operand.node))).map((node) => ({node})),
    users: outside(members.flatMap((id) => uses[id].map(({user}) => user))),
    group: {
      module_name: name && type ? name : undefined,
      values: sumOf(within.map((node) => node.group?.values ?? 1)),
      ops: opsText(within),
      leaves: leaves.length > 0 ? leavesText(leaves) : undefined,
      constants: within.filter((node) => node.kind === "constant").length,
      gradient_norm: norms.every((norm) => norm === undefined) ? undefined : Math.hypot(...norms.map((norm) => norm ?? 0)),
      parameters: leaves.map((leaf, i) => ({name: leaf.name, shape: leaf.shape, gradient_norm: norms[i]})),
      leaving,
      leaving_count: leaving.length,
      bad_value: within.some((node) => isBad(node.value) || node.group?.bad_value),
      bad_gradient: within.some((node) => isBad(node.gradient) || node.group?.bad_gradient),
      warnings,
    },
  };
}

/** In the middle of its frame, as large as page_layout.cpp makes it. */
function moduleBox(frame, node) {
  const {padding, heading, line, nameWidth, smallWidth, numberWidth, number, label, formula, title, others} = cardSizes;
  const warning = (node.dead ?? []).join(" · ").length;
  const width = 2 * padding + Math.max(
    nameWidth * Math.min(node.call.length, title) + smallWidth * (shapeText(node.shape).length + 2),
    smallWidth * Math.max(Math.min(heldText(node).length, formula), warning),
    numberWidth * (label + (node.shape.length === 0 ? number + 1 : 2 * number + 2)));
  const rows = (node.wants_gradient ? 2 : 1) + Math.min(node.group.leaving_count, others + 1) + (warning > 0 ? 1 : 0);
  const height = heading + rows * line + padding;
  return {x: frame.x + (frame.width - width) / 2, y: frame.y + (frame.height - height) / 2, width, height};
}

function moduleTitle({name, type}) { return [name, type].filter(Boolean).join(" · "); }

/** "6 mul, 4 add", the most frequent first. */
function opsText(nodes) {
  const counts = new Map();
  for (const node of nodes) {
    if (node.kind !== "op") continue;
    for (const [, count, op] of (node.group?.ops ?? `1 ${node.op}`).matchAll(/(\d+) ([^,]+)/g)) {
      counts.set(op, (counts.get(op) ?? 0) + Number(count));
    }
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([op, count]) => `${count} ${op}`).join(", ");
}

function leavesText(leaves) {
  const numbers = sumOf(leaves.map(({shape}) => shape.reduce((product, extent) => product * extent, 1)));
  return numbers === leaves.length ? String(numbers) : `${numbers} in ${counted(leaves.length, "tensor")}`;
}

function sumOf(numbers) { return numbers.reduce((sum, x) => sum + x, 0); }
