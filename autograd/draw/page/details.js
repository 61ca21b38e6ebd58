// All about one node: the one under the pointer or in focus, else the one of the step.

class Details {
  /** `select(id)` moves to a node, `toggle(id)` folds or unfolds it. */
  constructor(root, data, steps, cards, folding, {select, toggle}) {
    Object.assign(this, {root, data, steps, cards, folding, select, toggle, shown: null});
  }

  show(id, step) {
    // Of a folded module, what it holds.
    const {node} = this.cards[id];
    if (this.shown !== id) this.root.scrollTop = 0;
    // What is in focus here goes; the focus stays in the details.
    if (this.root.contains(document.activeElement)) this.root.focus({preventScroll: true});
    this.shown = id;
    const gradient = this.steps.gradient(id, step);
    const computed = this.steps.isComputed(id, step);
    const derivative = `∂${this.data.result_name}/∂${plainName(node.name)}`;
    replaceContent(this.root,
      element("h2", {}, node.group ? node.call : node.name, node.full_name ? element("small", {}, node.full_name) : null),
      element("p", {class: "what"}, this.what(node)),
      ...this.held(node),
      node.call && !node.group ? element("p", {class: "formula"}, node.formula ? `${node.call} = ${node.formula}` : node.call) : null,
      this.section(node.group && !isSet(node) ? `its result, ${node.name}` : "value",
        computed ? numbersElement(node.value, this.shape(node)) : waiting("not computed yet")),
      ...this.otherValues(node, computed),
      this.section(derivative, this.gradientElement(node, gradient)),
      this.links("computed from", (node.operands ?? []).filter((o) => o.node !== undefined).map((o) => o.node)),
      this.links("used by", node.users ?? this.steps.uses[id].map(({user}) => user)),
      this.foldButton(id));
  }

  shape(node) { return isSet(node) ? null : node.shape; }

  /** What is wrong here; what a card for several values holds, and how much gradient its parameters received. */
  held(node) {
    const dead = node.dead ?? [];
    const warned = (texts) => texts.map((text) => element("p", {class: dead.includes(text) ? "warning dead" : "warning"}, text));
    if (!node.group) return warned(dead);
    const {module_name: name, values, ops, leaves, constants, gradient_norm: norm, parameters, warnings} = node.group;
    const table = element("table", {class: "summary", id: "held"});
    const line = (what, ...content) => table.append(element("tr", {}, element("th", {scope: "row"}, what), element("td", {}, ...content)));
    if (name) line("module", name);
    line("values", grouped(values));
    if (ops) line("ops", ops);
    if (leaves) line("parameters", leaves);
    if (constants) line("constants", String(constants));
    if (norm !== undefined) line("gradient norm", numberElement(norm));
    const list = element("table", {class: "summary", id: "parameters"});
    for (const parameter of parameters) {
      list.append(element("tr", {}, element("th", {scope: "row"}, parameter.name || "unnamed"),
        element("td", {class: "shape"}, shapeText(parameter.shape)),
        element("td", {}, parameter.gradient_norm === undefined ? waiting("no gradient") : numberElement(parameter.gradient_norm))));
    }
    return [...warned(warnings), this.section("holds", table),
      parameters.length > 1 ? this.section("gradient norms", list) : null];
  }

  /** The values that leave a card for several, beside its result. */
  otherValues(node, computed) {
    const {leaving = [], leaving_count: count} = node.group ?? {};
    const sections = leaving.map(({name, shape, value}) => this.section(`used elsewhere, ${name}`,
      computed ? numbersElement(value, shape) : waiting("not computed yet")));
    if (count > leaving.length) sections.push(waiting(`… and ${count - leaving.length} more values`));
    return sections;
  }

  what(node) {
    if (isSet(node)) return `several ${node.kind === "leaf" ? "leaves, which receive gradients" : "constants"}`;
    if (node.group) return `folded · ${node.shape.length === 0 ? "scalar" : shapeText(node.shape)} · ${node.dtype}`;
    const kind = {leaf: "a leaf, which receives a gradient", constant: "a constant", op: node.op}[node.kind];
    const attributes = !node.attributes ? "" : node.attributes.startsWith("(") ? ` ${node.attributes}` : ` (${node.attributes})`;
    const shape = node.shape.length === 0 ? "scalar" : shapeText(node.shape);
    return `${kind}${attributes} · ${shape} · ${node.dtype}`;
  }

  gradientElement(node, gradient) {
    switch (gradient.state) {
      case "none": return waiting("receives none");
      case "not kept": return waiting("not kept");
      case "waiting": return waiting(this.data.backward === "kept" ? "not reached yet" : "no gradient yet");
      case "partial": {
        const some = waiting(`so far, from ${gradient.received} of ${gradient.expected} uses:`);
        return element("div", {}, some, gradient.numbers ? numbersElement(gradient.numbers, this.shape(node)) : null);
      }
      default: return element("div", {}, numbersElement(gradient.numbers, this.shape(node)),
        gradient.earlier ? waiting("with what earlier backward passes brought") : null);
    }
  }

  section(heading, content) {
    return element("section", {}, element("h3", {}, heading), content);
  }

  links(heading, ids) {
    if (ids.length === 0) return null;
    const list = element("p", {class: "links"});
    for (const id of new Set(ids)) {
      const link = element("button", {type: "button"}, this.data.nodes[id].name);
      link.addEventListener("click", () => this.select(id));
      list.append(link);
    }
    return this.section(heading, list);
  }

  foldButton(id) {
    if (!this.folding.canFold(id)) return null;
    const folded = this.folding.isFolded(id);
    const made = element("button", {type: "button", id: "fold", "aria-expanded": String(!folded)},
      folded ? "Unfold (F)" : `Fold what serves ${this.data.nodes[id].name} alone (F)`);
    made.addEventListener("click", () => this.toggle(id));
    return made;
  }
}

function waiting(content) { return element("p", {class: "missing"}, content); }
