// The edges: dashed until their operand is used, coloured by the sign of what flowed back along
// them, and as wide as its logarithm.

class Edges {
  constructor(svg, data, steps) {
    this.data = data;
    this.steps = steps;
    this.list = [];
    let number = 0;
    // Above the cards.
    const labels = svgElement("g", {id: "locals", "aria-hidden": "true"});
    svg.querySelector("g.graph").append(labels);
    data.nodes.forEach((node, user) => (node.operands ?? []).forEach((operand, place) => {
      const group = svg.querySelector(`#edge-${number++}`);
      if (!group) return;
      group.querySelector("title")?.remove();
      group.setAttribute("aria-hidden", "true");
      const path = group.querySelector("path");
      if (operand.path) {
        const between = path.cloneNode();
        between.setAttribute("class", "between");
        path.after(between);
      }
      const label = svgElement("text", {class: "local"});
      labels.append(label);
      this.list.push({group, path, label, user, place, from: operand.node, operand});
    }));
    const sizes = this.list.map(({operand}) => sizeOf(operand.passes)).filter((size) => size > 0);
    this.largest = sizes.length > 0 ? Math.max(...sizes) : 0;
  }

  /** From 1 to 5: a factor of 10 narrows an edge by two thirds of a unit. */
  width(passes) {
    const size = sizeOf(passes);
    if (!(size > 0)) return 1;
    return Math.max(1, 5 + 0.66 * Math.log10(size / this.largest));
  }

  /** Whether a bad number is computed here. */
  isBadValue(id, step) {
    const node = this.data.nodes[id];
    return this.steps.isComputed(id, step) && (isBad(node.value) || Boolean(node.group?.bad_value));
  }

  show(step) {
    const current = this.steps.list[step];
    for (const edge of this.list) {
      const {group, path, label, user, operand} = edge;
      const passed = this.steps.passedAt[user] <= step && operand.passes;
      const isCurrent = current.node === user && current.phase !== "seed";
      const state = `${this.steps.isComputed(user, step)} ${Boolean(passed)} ${isCurrent && current.phase}`;
      if (state === edge.state) continue;
      edge.state = state;
      group.classList.toggle("future", !this.steps.isComputed(user, step));
      group.classList.toggle("current", isCurrent && (current.phase === "forward" || Boolean(operand.passes)));
      group.classList.toggle("flowing", isCurrent && current.phase === "backward" && Boolean(operand.passes));
      for (const kind of ["positive", "negative", "mixed", "zero", "bad"]) {
        group.classList.toggle(kind, Boolean(passed) && kindOf(operand.passes) === kind);
      }
      group.classList.toggle("path", Boolean(operand.path) && (this.isBadValue(user, step) || (Boolean(passed) && kindOf(passed) === "bad")));
      group.style.setProperty("--width", passed ? this.width(operand.passes).toFixed(2) : "1.1");
      label.textContent = isCurrent && current.phase === "backward" && operand.local !== undefined
        ? `× ${fitted(operand.local, 7)}` : "";
      if (label.textContent) {
        const middle = path.getPointAtLength(path.getTotalLength() / 2);
        label.setAttribute("x", middle.x);
        label.setAttribute("y", middle.y - 8);
        label.setAttribute("class", `local ${signOf(operand.local)}`);
      }
    }
  }
}

function sizeOf(passes) {
  if (!passes) return 0;
  const s = summaryOf(passes);
  return Math.max(Math.abs(s.smallest), Math.abs(s.largest));
}

/** The sign of all elements, or "mixed", "zero" or "bad". */
function kindOf(numbers) {
  const s = summaryOf(numbers);
  if (s.nans + s.infinities > 0) return "bad";
  if (s.zeros === s.count) return "zero";
  if (s.smallest >= 0) return "positive";
  return s.largest <= 0 ? "negative" : "mixed";
}
