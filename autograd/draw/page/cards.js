// The cards of the nodes, written into the boxes that Graphviz placed.

// In the units of the picture; page_layout.cpp makes room for them.
const cardSizes = {
  padding: 10, heading: 46, line: 16, nameWidth: 8, smallWidth: 6.1, numberWidth: 6.7,
  // In characters.
  number: 10, label: 6, formula: 26, title: 30,
  others: 3,
};

/** The box that Graphviz drew for a card, which goes. */
function takeBox(group) {
  const polygon = group.querySelector("polygon");
  const {x, y, width, height} = polygon.getBBox();
  group.querySelector("title").remove();
  polygon.remove();
  return {x, y, width, height};
}

function shortened(text, most) {
  const characters = Array.from(text);
  return characters.length <= most ? text : characters.slice(0, most - 1).join("") + "…";
}

function shapeText(shape) {
  return shape.length === 0 ? "" : shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

/** Whether a card stands for several leaves or constants. */
function isSet(node) { return Boolean(node.group) && node.kind !== "op"; }

/** What a card for several values holds, in a line. */
function heldText(node) {
  const {first, last, ops} = node.group;
  if (isSet(node)) return first === undefined ? node.kind : `${first} … ${last}`;
  return `${node.name} · ${ops}`;
}

class Card {
  constructor(group, box, node) {
    Object.assign(this, {group, box, node});
    group.append(svgElement("rect", {...box, rx: 7, class: "box"}));
    group.classList.add(node.kind);
    group.setAttribute("tabindex", 0);
    group.setAttribute("role", "button");
    group.dataset.name = node.name;
    const left = box.x + cardSizes.padding;
    const right = box.x + box.width - cardSizes.padding;
    // Around the box: the second border of a card where a bad number starts.
    if (node.trouble_starts) {
      group.classList.add("starts");
      group.append(svgElement("rect", {x: box.x - 4, y: box.y - 4, width: box.width + 8, height: box.height + 8, rx: 10, class: "start"}));
    }
    if (node.group) group.classList.add("group");
    if (node.dead) {
      group.classList.add("dead");
      group.append(svgElement("text", {x: left, y: box.y + box.height - 9, class: "dead"}, node.dead.join(" · ")));
    }
    const title = node.group ? shortened(node.call, cardSizes.title) : node.name;
    this.name = svgElement("text", {x: left, y: box.y + 19, class: node.unnamed && !node.group ? "name unnamed" : "name"}, title);
    const shape = svgElement("text", {x: right, y: box.y + 18, class: "shape"}, isSet(node) ? "" : shapeText(node.shape));
    const below = node.group ? heldText(node) : node.kind === "op" ? node.call : node.kind;
    const formula = svgElement("text", {x: left, y: box.y + 34, class: "formula"}, shortened(below, cardSizes.formula));
    const rule = svgElement("line", {x1: box.x, x2: box.x + box.width, y1: box.y + 41, y2: box.y + 41, class: "rule"});
    group.append(this.name, shape, formula, rule);
    this.value = this.rows("value", 0, left, right);
    const lines = node.grid ? node.grid[0] : 1;
    this.gradient = node.wants_gradient ? this.rows("grad", lines, left, right) : null;
    this.others = this.otherValues(lines * (this.gradient ? 2 : 1), left, right);
    this.badge = svgElement("g", {class: "badge"});
    group.append(this.badge);
  }

  /** The other values that leave a card for several. */
  otherValues(firstLine, left, right) {
    const {leaving = [], leaving_count: count} = this.node.group ?? {};
    const shown = leaving.slice(0, cardSizes.others);
    const lineAt = (line) => this.box.y + cardSizes.heading + (firstLine + line) * cardSizes.line + 11;
    const cells = shown.map(({name, value}, line) => {
      const cell = svgElement("text", {x: right, y: lineAt(line), class: "cell"});
      this.group.append(svgElement("text", {x: left, y: lineAt(line), class: "label"}, shortened(name, 8)), cell);
      return {cell, value};
    });
    if (count > shown.length) {
      this.group.append(svgElement("text", {x: left, y: lineAt(shown.length), class: "label"}, `… ${count - shown.length} more`));
    }
    return cells;
  }

  /** Places for the numbers of a value or a gradient. */
  rows(label, firstLine, left, right) {
    const {heading, line, numberWidth, number: characters} = cardSizes;
    const y = (row) => this.box.y + heading + (firstLine + row) * line + 11;
    const [rows, columns] = this.node.grid ?? [1, 1];
    const cells = [];
    const group = svgElement("g", {class: label});
    group.append(svgElement("text", {x: left, y: y(0), class: "label"}, label));
    for (let row = 0; row < rows; ++row) {
      for (let column = 0; column < columns; ++column) {
        const x = right - (columns - 1 - column) * numberWidth * (characters + 1);
        const cell = svgElement("text", {x, y: y(row), class: "cell"});
        cells.push(cell);
        group.append(cell);
      }
    }
    this.group.append(group);
    return cells;
  }

  write(cells, numbers, otherwise) {
    const set = (cell, text, kind, whole = text) => {
      cell.textContent = text;
      cell.setAttribute("class", `cell ${kind}`);
      if (whole !== text) cell.append(svgElement("title", {}, whole));
    };
    if (!numbers) {
      cells.forEach((cell, i) => set(cell, i === 0 ? otherwise : "", "missing"));
    } else if (numbers.elements && (this.node.grid || (this.node.shape.length === 0 && !isSet(this.node)))) {
      const width = this.node.grid ? cardSizes.number : cardSizes.number + 1;
      cells.forEach((cell, i) => {
        const x = numbers.elements[i];
        if (x === undefined) set(cell, "", "");
        else set(cell, fitted(x, width), signOf(x), String(Number(x)));
      });
    } else {
      const s = summaryOf(numbers);
      const bad = s.nans + s.infinities;
      const text = s.count === 0 ? "no elements" : bad > 0 ? `${bad} of ${s.count} not finite`
        : range(s, (x) => fitted(x, cardSizes.number));
      set(cells[0], text, bad > 0 ? "bad" : "summary", bad > 0 || s.count === 0 ? text : range(s, (x) => String(Number(x))));
    }
  }

  show(computed, gradient) {
    const {node, group} = this;
    // In a large graph, most cards stay as they are from step to step.
    const state = `${computed} ${gradient.state} ${gradient.received}`;
    if (state === this.state) return;
    this.state = state;
    group.classList.toggle("future", !computed);
    this.write(this.value, computed ? node.value : null, computed ? "not kept" : "");
    for (const {cell, value} of this.others) cell.textContent = !computed ? "" : value ? inShort(value) : "not kept";
    if (this.gradient) {
      this.write(this.gradient, gradient.numbers, gradient.state === "not kept" ? "not kept" : "–");
      group.classList.toggle("received", gradient.state === "partial" || gradient.state === "complete");
      group.classList.toggle("partial", gradient.state === "partial");
    }
    const bad = (computed && (isBad(node.value) || node.group?.bad_value)) || isBad(gradient.numbers)
      || Boolean(gradient.received && node.group?.bad_gradient);
    group.classList.toggle("bad", bad);
    group.setAttribute("aria-label", this.label(computed, gradient));
  }

  label(computed, gradient) {
    const {node} = this;
    const value = !computed ? "not computed yet" : node.value ? `value ${spoken(node.value)}` : "value not kept";
    const what = node.kind === "op" ? `${node.name} = ${node.call}` : node.call ?? `${node.kind} ${node.name}`;
    const received = gradient.numbers ? `, gradient ${spoken(gradient.numbers)}` : "";
    const dead = gradient.numbers && node.dead ? `, ${node.dead.join(", ")}` : "";
    return `${what}, ${value}${received}${dead}`;
  }

  /** How many nodes are folded into this one. */
  showBadge(count) {
    this.badge.replaceChildren();
    this.group.classList.toggle("folded", count > 0);
    if (count === 0) return;
    const text = `+${count}`;
    const {x, y} = this.box;
    const width = 8 + 7 * text.length;
    this.badge.append(
      svgElement("rect", {x: x + 6, y: y - 13, width, height: 18, rx: 9}),
      svgElement("text", {x: x + 6 + width / 2, y}, text));
  }
}

function range({smallest, largest}, text) { return `${text(smallest)} … ${text(largest)}`; }

/** A number, or the range of several. */
function inShort(numbers) {
  const s = summaryOf(numbers);
  if (s.nans + s.infinities > 0) return s.count === 1 ? significant(numbers.elements[0]) : `${s.nans + s.infinities} of ${s.count} not finite`;
  if (s.count === 0) return "no elements";
  const [smallest, largest] = [s.smallest, s.largest].map((x) => fitted(x, cardSizes.number));
  return smallest === largest ? smallest : `${smallest} … ${largest}`;
}

/** Count, extremes, mean and norm of numbers that came as elements or as a summary. */
function summaryOf(numbers) {
  if (!numbers.elements) return numbers;
  const all = numbers.elements.map(Number);
  const finite = all.filter(Number.isFinite);
  const nans = all.filter(Number.isNaN).length;
  return {
    count: all.length,
    zeros: finite.filter((x) => x === 0).length,
    nans,
    infinities: all.length - finite.length - nans,
    smallest: finite.length > 0 ? Math.min(...finite) : 0,
    largest: finite.length > 0 ? Math.max(...finite) : 0,
    mean: finite.reduce((sum, x) => sum + x, 0) / Math.max(finite.length, 1),
    norm: Math.hypot(...finite),
  };
}

function isBad(numbers) {
  if (!numbers) return false;
  const s = summaryOf(numbers);
  return s.nans + s.infinities > 0;
}

function spoken(numbers) {
  if (numbers.elements?.length === 1) return significant(numbers.elements[0]);
  const s = summaryOf(numbers);
  return `${s.count} numbers from ${significant(s.smallest)} to ${significant(s.largest)}`;
}
