// The steps of a graph: the start, every op forward, the seed, and every op backward.

class Steps {
  constructor(data) {
    this.data = data;
    this.list = [{phase: "start", node: null}];
    const nodes = data.nodes;
    const result = nodes.length - 1;
    this.computedAt = nodes.map((node) => (node.kind === "op" ? Infinity : 0));
    nodes.forEach((node, id) => {
      if (node.kind !== "op") return;
      this.computedAt[id] = this.list.length;
      this.list.push({phase: "forward", node: id});
    });
    this.forwardEnd = this.list.length - 1;
    // When a node has passed its gradient to its operands.
    this.passedAt = nodes.map(() => Infinity);
    if (data.backward === "kept") {
      this.list.push({phase: "seed", node: result});
      for (let id = result; id >= 0; --id) {
        if (nodes[id].kind !== "op" || !nodes[id].wants_gradient) continue;
        this.passedAt[id] = this.list.length;
        this.list.push({phase: "backward", node: id});
      }
    } else {
      this.list.push({phase: data.backward, node: null});
    }
    this.uses = nodes.map(() => []);
    nodes.forEach((node, user) => (node.operands ?? []).forEach((operand, place) => {
      if (operand.node !== undefined) this.uses[operand.node].push({user, place});
    }));
    // What flows back arrives in the order of the steps.
    for (const uses of this.uses) uses.sort((a, b) => this.passedAt[a.user] - this.passedAt[b.user] || a.place - b.place);
  }

  get count() { return this.list.length; }
  isComputed(id, step) { return this.computedAt[id] <= step; }

  /** What a node has received at a step: {state, received, expected, numbers}. */
  gradient(id, step) {
    const node = this.data.nodes[id];
    if (!node.wants_gradient) return {state: "none"};
    if (this.data.backward === "leaves" && step === this.count - 1) {
      return node.gradient ? {state: "complete", numbers: node.gradient} : {state: "not kept"};
    }
    if (this.data.backward !== "kept") return {state: "waiting"};
    if (id === this.data.nodes.length - 1) {
      return step > this.forwardEnd ? {state: "complete", numbers: node.gradient} : {state: "waiting"};
    }
    const uses = this.uses[id].filter(({user}) => this.data.nodes[user].wants_gradient);
    const received = uses.filter(({user}) => this.passedAt[user] <= step);
    const state = received.length === 0 ? "waiting" : received.length < uses.length ? "partial" : "complete";
    const numbers = state === "complete" ? node.gradient : state === "partial" ? this.sum(received) : null;
    const earlier = state === "complete" && this.differs(this.sum(received), node.gradient);
    return {state, received: received.length, expected: uses.length, numbers, earlier};
  }

  /** True when a gradient is more than this backward pass brought: leaves add up several. */
  differs(sum, gradient) {
    if (!sum || !gradient?.elements) return false;
    return sum.elements.some((x, i) => {
      const y = Number(gradient.elements[i]);
      return Number.isFinite(x) && Math.abs(x - y) > 1e-5 * Math.max(Math.abs(x), Math.abs(y));
    });
  }

  /** The sum of what was passed by some uses; null when it cannot be told. */
  sum(uses) {
    const operands = uses.map(({user, place}) => this.data.nodes[user].operands[place]);
    const parts = operands.map((operand) => (operand.inner === undefined ? operand.passes?.elements : null));
    if (parts.some((part) => !part)) return null;
    return {elements: parts[0].map((_, i) => parts.reduce((sum, part) => sum + Number(part[i]), 0))};
  }

  /** What a node received from the uses before this one. */
  before(id, user, place) {
    const uses = this.uses[id];
    const own = uses.findIndex((use) => use.user === user && use.place === place);
    return own > 0 ? this.sum(uses.slice(0, own)) : null;
  }

  text(step) {
    const {phase, node} = this.list[step];
    const shown = this.data.nodes[node];
    const name = node === null ? "" : shown.group ? shown.call : shown.name;
    return {
      start: "Start: the inputs are known",
      forward: `Forward: compute ${name}`,
      seed: `Backward starts at ${name}`,
      backward: `Backward: ${name} ${isMany(name) ? "pass their" : "passes its"} gradient on`,
      leaves: "After the backward pass",
      none: "Before the backward pass",
      constant: "The end",
    }[phase];
  }
}
