// The weights, biases and gradients of an epoch as tables, coloured by sign and size.

const mostShown = 12;

class Parameters {
  constructor(root, data) {
    this.data = data;
    this.root = root.querySelector(".layers");
    let list = 0;
    const names = neuronNames(data);
    // The last ones are classes.
    names.push(names.pop().map((name) => `class ${name}`));
    let column = 0;
    data.layers.forEach((layer, at) => {
      if (layer.type !== "Linear") return;
      const weight = list++;
      const bias = layer.bias ? list++ : null;
      const tables = ["parameters", "gradients"].map((kind) => this.table(kind, layer, weight, bias, names, column));
      this.root.append(element("section", {}, element("h3", {}, `${at}  Linear(${layer.inputs}, ${layer.outputs})`),
        element("div", {class: "pair"}, ...tables)));
      ++column;
    });
    this.largest = {parameters: this.largestOf("parameters"), gradients: this.largestOf("gradients")};
  }

  largestOf(kind) {
    let largest = 0;
    for (const frame of this.data.frames) for (const numbers of frame[kind]) {
      for (const x of numbers) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
    }
    return largest || 1;
  }

  /** Cells know their place among the numbers. */
  table(kind, layer, weight, bias, names, column) {
    const [from, to] = [names[column], names[column + 1]];
    const columns = Math.min(layer.outputs, mostShown);
    const rows = Math.min(layer.inputs, mostShown);
    const table = element("table", {class: kind});
    // Once for the keyboard.
    const tabindex = kind === "parameters" ? 0 : null;
    const heads = to.slice(0, columns).map((name, i) =>
      element("th", {scope: "col", tabindex, ...ofNeurons(neuronKey(column + 1, i))}, name));
    table.append(element("caption", {}, kind === "parameters" ? "weights" : "gradients"),
      element("tr", {}, element("td", {}), ...heads, columns < layer.outputs ? element("th", {}, "…") : null));
    const line = (name, list, first, ...keys) => {
      const row = element("tr", {}, element("th", {scope: "row", ...(keys.length > 0 ? ofNeurons(...keys) : {})}, name));
      for (let c = 0; c < columns; ++c) {
        row.append(element("td", {class: "number", "data-list": list, "data-index": first + c,
          ...ofNeurons(neuronKey(column + 1, c), ...keys)}));
      }
      table.append(row);
    };
    for (let r = 0; r < rows; ++r) line(from[r], weight, r * layer.outputs, neuronKey(column, r));
    if (rows < layer.inputs) table.append(element("tr", {}, element("th", {}, "…")));
    if (bias !== null) line("bias", bias, 0);
    return table;
  }

  show(frame) {
    for (const kind of ["parameters", "gradients"]) {
      for (const cell of this.root.querySelectorAll(`.${kind} td.number`)) {
        const x = frame[kind][cell.dataset.list][cell.dataset.index];
        cell.className = `number ${x === undefined ? "" : signOf(x)}`;
        cell.textContent = x === undefined ? "–" : fitted(x, 8);
        cell.title = x === undefined ? "no gradient" : String(Number(x));
        const part = x === undefined ? 0 : Math.min(1, Math.abs(Number(x)) / this.largest[kind]);
        cell.style.setProperty("--part", `${(45 * Math.sqrt(part)).toFixed(0)}%`);
      }
    }
  }
}
