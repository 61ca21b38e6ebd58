// The edges: pale until their operand is used, coloured by the sign of what flowed back along them,
// and as wide as its logarithm; grey and dashed where that was zero or has vanished.

const flowKinds = ["positive", "negative", "mixed", "zero", "vanishing", "bad"];

/** A line between two cards, for one use {user, place, from, operand} of a value or, between folded ones, several. */
class Edge {
  constructor(group, uses) {
    Object.assign(this, {group, uses, path: group.querySelector("path")});
    group.setAttribute("aria-hidden", "true");
    if (uses.some(({operand}) => operand.path)) this.path.after(this.copy("between"));
  }

  copy(name) {
    const path = this.path.cloneNode();
    path.setAttribute("class", name);
    return path;
  }

  /** Beads run back along an edge while its gradient flows. */
  setFlowing(flowing) {
    this.group.classList.toggle("flowing", flowing);
    this.beads?.remove();
    this.beads = flowing ? this.copy("beads") : null;
    if (flowing) this.group.append(this.beads);
  }
}

class Edges {
  constructor(svg, data, steps) {
    this.data = data;
    this.steps = steps;
    this.list = [];
    /** Those in the place of others, between cards that something is folded into. */
    this.bridges = [];
    let number = 0;
    // Above the cards.
    const labels = svgElement("g", {id: "locals", "aria-hidden": "true"});
    svg.querySelector("g.graph").append(labels);
    data.nodes.forEach((node, user) => (node.operands ?? []).forEach((operand, place) => {
      const group = svg.querySelector(`#edge-${number++}`);
      if (!group) return;
      group.querySelector("title")?.remove();
      const edge = new Edge(group, [{user, place, from: operand.node, operand}]);
      edge.label = svgElement("text", {class: "local"});
      labels.append(edge.label);
      this.list.push(edge);
    }));
    const sizes = this.list.map(({uses: [{operand}]}) => sizeOf(operand.passes)).filter((size) => size > 0);
    this.largest = sizes.length > 0 ? Math.max(...sizes) : 0;
  }

  /** From 1 to 5: a factor of 10 narrows an edge by two thirds of a unit. */
  width({passes, vanishes}) {
    const size = sizeOf(passes);
    if (!(size > 0) || vanishes) return 1;
    return Math.max(1, 5 + 0.66 * Math.log10(size / this.largest));
  }

  /** What there is to explain: kinds of flow, and more. */
  kinds() {
    const shown = [...this.list, ...this.bridges].filter(({group}) => !group.classList.contains("hidden"));
    const flows = shown.map(({uses}) => together(uses.filter(({operand}) => operand.passes))).filter(Boolean);
    const kinds = new Set(flows.map(flowKind));
    if (kinds.size > 0) kinds.add("flow").add("wider");
    if (this.data.bad) kinds.add("bad");
    if (this.data.left_out) kinds.add("left-out");
    return kinds;
  }

  /** Whether a bad number is computed here. */
  isBadValue(id, step) {
    const node = this.data.nodes[id];
    return this.steps.isComputed(id, step) && (isBad(node.value) || Boolean(node.group?.bad_value));
  }

  show(step) {
    for (const edge of [...this.list, ...this.bridges]) this.showEdge(edge, step);
  }

  showEdge(edge, step) {
    const {group, uses} = edge;
    const {phase, node} = this.steps.list[step];
    const computed = uses.some(({user}) => this.steps.isComputed(user, step));
    const passed = uses.filter(({user, operand}) => operand.passes && this.steps.passedAt[user] <= step);
    const current = phase === "seed" ? [] : uses.filter(({user}) => user === node);
    const state = `${computed} ${passed.length} ${current.length > 0 && phase}`;
    if (state === edge.state) return;
    edge.state = state;
    const flowing = phase === "backward" && current.some(({operand}) => operand.passes);
    const flow = together(passed);
    group.classList.toggle("future", !computed);
    group.classList.toggle("current", flowing || (phase === "forward" && current.length > 0));
    edge.setFlowing(flowing);
    for (const kind of flowKinds) group.classList.toggle(kind, flow !== null && flowKind(flow) === kind);
    group.classList.toggle("path", uses.some((use) => use.operand.path
      && (this.isBadValue(use.user, step) || (passed.includes(use) && kindOf(use.operand.passes) === "bad"))));
    group.style.setProperty("--width", flow ? this.width(flow).toFixed(2) : "1.1");
    if (edge.label) this.showLabel(edge, flowing);
  }

  /** The derivative that a gradient is multiplied by on its way. */
  showLabel({label, path, uses: [{operand}]}, flowing) {
    label.textContent = flowing && operand.local !== undefined ? `× ${fitted(operand.local, 7)}` : "";
    if (!label.textContent) return;
    const middle = path.getPointAtLength(path.getTotalLength() / 2);
    label.setAttribute("x", middle.x);
    label.setAttribute("y", middle.y - 8);
    label.setAttribute("class", `local ${signOf(operand.local)}`);
  }
}

/** What several uses pass back, as one: that of one value adds up. Null of none. */
function together(uses) {
  const operands = uses.map(({operand}) => operand);
  if (operands.length < 2) return operands[0] ?? null;
  const lost = operands.map(flowKind);
  const vanishes = lost.includes("vanishing") && lost.every((kind) => kind === "vanishing" || kind === "zero");
  const elements = operands.map(({passes}) => passes.elements);
  if (elements.every(Boolean) && uses.every(({from}) => from === uses[0].from)) {
    return {passes: {elements: elements[0].map((_, i) => sumOf(elements.map((list) => Number(list[i]))))}, vanishes};
  }
  const of = (name) => operands.map(({passes}) => summaryOf(passes)[name]);
  const passes = {smallest: Math.min(...of("smallest")), largest: Math.max(...of("largest"))};
  for (const name of ["count", "zeros", "nans", "infinities"]) passes[name] = sumOf(of(name));
  return {passes, vanishes};
}

function sizeOf(passes) {
  if (!passes) return 0;
  const s = summaryOf(passes);
  return Math.max(Math.abs(s.smallest), Math.abs(s.largest));
}

/** What an edge carries back: "vanishing", or its sign. */
function flowKind({passes, vanishes}) { return vanishes ? "vanishing" : kindOf(passes); }

/** The sign of all elements, or "mixed", "zero" or "bad". */
function kindOf(numbers) {
  const s = summaryOf(numbers);
  if (s.nans + s.infinities > 0) return "bad";
  if (s.zeros === s.count) return "zero";
  if (s.smallest >= 0) return "positive";
  return s.largest <= 0 ? "negative" : "mixed";
}
