// What happens in a step: formulas, and the same with numbers.

class Equations {
  constructor(root, data, steps) {
    Object.assign(this, {root, data, steps});
  }

  show(step) {
    const {phase, node} = this.steps.list[step];
    this.root.replaceChildren(...this[phase](node, step));
  }

  name(id) { return this.data.nodes[id].name; }
  /** "∂L/∂x". */
  derivative(id) { return `∂${this.data.result_name}/∂${plainName(this.name(id))}`; }

  start() {
    const nodes = this.data.nodes;
    const ops = nodes.filter((node) => node.kind === "op").length;
    const leaves = nodes.filter((node) => node.kind === "leaf").length;
    if (this.data.values) {
      return [note(`${grouped(this.data.values)} values are folded into ${counted(nodes.length, "card")}: a step computes `
        + "all that its card holds. Then the gradient walks back. Press the right arrow, or the space bar.")];
    }
    return [note(`${counted(ops, "operation")} will be computed from ${counted(leaves, "leaf", "leaves")}, `
      + "one a step. Then the gradient walks back. Press the right arrow, or the space bar.")];
  }

  forward(id) {
    const node = this.data.nodes[id];
    const isNumber = node.shape.length === 0 && node.value;
    const lines = [[plainName(node.name), "=", text(node.call)]];
    if (node.group) lines.push(["", "", text(node.group.ops)]);
    if (node.formula) lines.push(["", "=", text(node.formula)]);
    if (node.in_numbers) lines.push(["", "=", text(node.in_numbers)]);
    if (isNumber) lines.push(["", "=", numberElement(node.value.elements[0], "outcome")]);
    const blocks = [block(null, equation(lines))];
    if (!node.in_numbers || !isNumber) blocks.push(this.tables(id));
    return [...blocks, ...this.innerNotes(node)];
  }

  /** What names stand for that are not on any card. */
  innerNotes(node) {
    return node.operands.filter((operand) => operand.inner !== undefined && !operand.inner.startsWith("values of"))
      .map((operand) => note(`${operand.inner} is one of the values in ${this.data.nodes[operand.node].call}.`));
  }

  /** The operands and the result of an op on tensors. */
  tables(id) {
    const node = this.data.nodes[id];
    const shown = new Set();
    const parts = [];
    for (const operand of node.operands) {
      if (operand.node === undefined || shown.has(operand.node)) continue;
      shown.add(operand.node);
      const from = this.data.nodes[operand.node];
      parts.push(captioned(from.name, from.value, isSet(from) ? null : from.shape));
    }
    return element("div", {class: "tables"}, ...parts, element("span", {class: "becomes"}, "→"),
      captioned(node.name, node.value, node.shape, "outcome"));
  }

  seed(id) {
    const node = this.data.nodes[id];
    const name = this.derivative(id);
    const isNumber = node.shape.length === 0;
    const seed = isNumber ? numberElement(node.gradient.elements[0], "outcome") : text("the seed");
    return [block(null, equation([[name, "=", seed]])),
      isNumber ? note("The result changes as fast as itself. From here the chain rule walks back, op by op.")
        : captioned(name, node.gradient, node.shape, "outcome")];
  }

  backward(id, step) {
    const node = this.data.nodes[id];
    const blocks = [];
    node.operands.forEach((operand, place) => {
      if (operand.node === undefined || !this.data.nodes[operand.node].wants_gradient) return;
      blocks.push(this.contribution(id, operand, place, step));
    });
    if (node.group?.gradient_norm !== undefined) {
      blocks.push(note(`The gradients of its parameters (${node.group.leaves}) have the norm ${significant(node.group.gradient_norm)}.`));
    }
    return [...blocks, ...this.innerNotes(node)];
  }

  /** How the gradient of a node reaches one operand. */
  contribution(id, operand, place, step) {
    const node = this.data.nodes[id];
    const target = this.data.nodes[operand.node];
    const name = plainName(operand.inner ?? target.name);
    const own = `∂${this.data.result_name}/∂${name}`;
    const local = `∂${plainName(node.name)}/∂${name}`;
    if (!operand.passes) {
      const why = this.data.left_out ?? (node.gradient
        ? "it passes nothing here, or a value was changed in place since" : "its gradient was not kept");
      return block(own, note(`not known: ${why}`));
    }
    const incoming = this.derivative(id);
    const parts = [];
    if (operand.partial) {
      const line = [local, "=", text(operand.partial)];
      const lines = [line];
      // A number alone needs no second line.
      if (operand.partial_in_numbers && operand.partial_in_numbers !== operand.partial) {
        lines.push(["", "=", text(operand.partial_in_numbers)]);
      }
      if (operand.local !== undefined && significant(operand.local) !== lines.at(-1)[2].textContent) {
        lines.push(["", "=", numberElement(operand.local)]);
      }
      parts.push(equation(lines, "local"));
    }
    if (operand.local !== undefined) {
      const product = `${bracketed(significant(node.gradient.elements[0]))} · ${bracketed(significant(operand.local))}`;
      parts.unshift(equation([
        [own, "+=", text(`${incoming} · ${local}`)],
        ["", "=", text(product)],
        ["", "=", numberElement(operand.passes.elements[0], "outcome")],
      ]));
      const before = this.steps.before(operand.node, id, place);
      if (before) {
        const sum = Number(before.elements[0]) + Number(operand.passes.elements[0]);
        parts.push(note(`so far ${significant(before.elements[0])}, now ${significant(sum)}`, "running"));
      }
    } else {
      parts.unshift(...this.rule(node, operand, own, incoming, local));
      const factors = [...new Set(operand.reads ?? [])].filter((read) => !node.operands.some((o) => o.node === read && o.inner !== undefined))
        .map((read) => captioned(this.name(read), this.data.nodes[read].value, this.data.nodes[read].shape));
      const {leaving = [], leaving_count: count = 0} = node.group ?? {};
      const shown = leaving.slice(0, cardSizes.others);
      for (const {name: other, gradient, shape} of shown) {
        factors.push(captioned(`∂${this.data.result_name}/∂${plainName(other)}`, gradient, shape));
      }
      if (count > shown.length) factors.push(element("span", {class: "more"}, `… ${grouped(count - shown.length)} more`));
      if (operand.local_values) {
        factors.unshift(element("span", {class: "becomes"}, "⊙"), captioned(local, operand.local_values, node.shape));
      }
      parts.push(element("div", {class: "tables"},
        captioned(incoming, node.gradient, node.shape), ...factors, element("span", {class: "becomes"}, "→"),
        captioned(`to ${own}`, operand.passes, operand.inner === undefined && !isSet(target) ? target.shape : null, "outcome")));
    }
    return block(null, ...parts);
  }

  /** What a tensor receives, as formulas. */
  rule(node, operand, own, incoming, local) {
    if (!operand.rule) {
      const what = node.group ? `what ${node.call} ${isMany(node.call) ? "pass" : "passes"} on` : `${node.op}.pullback(${incoming})`;
      return [equation([[own, "+=", text(what)]])];
    }
    const filled = (formula) => text(formula.replaceAll("\u001a", incoming).replaceAll("\u0019", local));
    const used = (operand.parts ?? []).map((part) => [part.name, "=", filled(part.text)]);
    const numbers = operand.rule_in_numbers ? [[own, "+=", filled(operand.rule_in_numbers)]] : [];
    return [equation([[own, "+=", filled(operand.rule)]]),
      ...[used, numbers].map((lines) => (lines.length > 0 ? equation(lines, "local") : null))];
  }

  leaves() {
    return [note("The leaves have their gradients. Those of the values between were not kept: call "
      + "backward({.retain_grad = true}) before the page is written, and they walk back step by step.")];
  }
  none() {
    return [note("No gradient yet: call backward({.retain_grad = true}) before the page is written, and "
      + "this page walks back through every operation.")];
  }
  constant() {
    return [note("Nothing here receives a gradient: all leaves are constants.")];
  }
}

/** In brackets unless it can stand behind a ∂. */
function plainName(name) {
  return /^[\p{L}\p{N}_.]+$/u.test(name) ? name : `(${name})`;
}

/** Whether a title is of several: "192 ops". */
function isMany(title) { return /^(?!1 )[\d,]+ \w+s$/.test(title); }

function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

function text(content) { return element("span", {}, content); }
function note(content, name = "") { return element("p", {class: `note ${name}`}, content); }
function block(heading, ...children) {
  return element("div", {class: "block"}, heading ? element("h3", {}, heading) : null, ...children);
}

/** Lines of left side, sign and right side, in columns. */
function equation(lines, name = "") {
  return element("div", {class: `equation ${name}`}, ...lines.flatMap(([left, sign, right]) => [
    element("span", {class: "left"}, left),
    element("span", {class: "sign"}, sign),
    element("span", {class: "right"}, right),
  ]));
}

/** 1234567 as "1,234,567". */
function grouped(count) { return count.toLocaleString("en-US"); }

function captioned(caption, numbers, shape, name = "") {
  return element("figure", {class: name},
    element("figcaption", {}, caption, shape ? element("span", {class: "shape"}, shapeText(shape)) : null),
    numbersElement(numbers, shape));
}

/** A number, a table of elements, or a summary; without a shape, numbers of several values. */
function numbersElement(numbers, shape) {
  if (!numbers) return element("p", {class: "missing"}, "not kept");
  if (!shape && numbers.elements?.length === 1) return numberElement(numbers.elements[0]);
  if (!numbers.elements || !shape) return summaryTable(summaryOf(numbers));
  const count = numbers.elements.length;
  if (count === 0) return element("p", {class: "missing"}, "no elements");
  if (shape.length === 0) return numberElement(numbers.elements[0]);
  const columns = shape.length === 1 ? Math.min(count, 8) : shape.at(-1);
  const height = shape.length < 2 ? Infinity : shape.at(-2);
  const table = element("table", {class: "elements"});
  for (let i = 0; i < count; i += columns) {
    const row = element("tr", {class: i > 0 && (i / columns) % height === 0 ? "apart" : ""});
    for (const x of numbers.elements.slice(i, i + columns)) row.append(element("td", {}, numberElement(x)));
    table.append(row);
  }
  return table;
}

function summaryTable(s) {
  const table = element("table", {class: "summary"});
  const line = (what, ...content) => table.append(element("tr", {}, element("th", {scope: "row"}, what), element("td", {}, ...content)));
  line("count", String(s.count));
  line("range", numberElement(s.smallest), " … ", numberElement(s.largest));
  line("mean", numberElement(s.mean));
  line("norm", numberElement(s.norm));
  if (s.zeros > 0) line("zeros", String(s.zeros));
  if (s.nans > 0) line("NaN", String(s.nans));
  if (s.infinities > 0) line("infinite", String(s.infinities));
  return table;
}
