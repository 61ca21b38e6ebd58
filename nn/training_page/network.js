// The network as neurons: each connection as wide as its weight, or its gradient, is large, and
// coloured by its sign.

class Network {
  constructor(root, data) {
    this.data = data;
    this.svg = root.querySelector("svg");
    this.gradients = root.querySelector("#show-gradients");
    this.linears = data.layers.filter((layer) => layer.type === "Linear");
    const widths = [2, ...this.linears.map((layer) => layer.outputs)];
    this.size = {width: 420, height: 380};
    this.svg.setAttribute("viewBox", `0 0 ${this.size.width} ${this.size.height}`);
    this.places = widths.map((count, column) => this.column(count, column, widths.length));
    this.radius = Math.max(3, Math.min(17, 130 / Math.max(...widths)));
    /** Of the widest connection. */
    this.widest = Math.min(9, Math.max(2, 54 / Math.max(...widths)));
    this.edges = [];
    const edges = svgElement("g", {class: "edges"});
    this.linears.forEach((layer, at) => {
      for (let to = 0; to < layer.outputs; ++to) {
        for (let from = 0; from < layer.inputs; ++from) {
          const [a, b] = [this.places[at][from], this.places[at + 1][to]];
          const title = svgElement("title");
          const line = svgElement("line", {x1: a.x, y1: a.y, x2: b.x, y2: b.y}, title);
          this.edges.push({line, title, layer: at, from, to, index: from * layer.outputs + to});
          edges.append(line);
        }
      }
    });
    this.svg.append(edges, this.neurons(widths), this.captions());
    this.largest = {weights: this.scales("parameters"), gradients: this.scales("gradients")};
    this.few = this.edges.length <= 16;
    if (this.few) this.labels = this.edges.map(({line, to}) => this.label(line, to));
  }

  column(count, column, columns) {
    const {width, height} = this.size;
    const x = 45 + column * (width - 90) / (columns - 1);
    const gap = Math.min(110, (height - 60) / count);
    return Array.from({length: count}, (_, i) => ({x, y: height / 2 - 12 + (i - (count - 1) / 2) * gap}));
  }

  neurons(widths) {
    const group = svgElement("g", {class: "neurons"});
    const last = widths.length - 1;
    this.circles = [];
    this.places.forEach((column, at) => column.forEach(({x, y}, i) => {
      const color = at === 1 && last > 1 ? unitColor(i) : at === last && widths[last] > 1 ? classColors[i] : null;
      const circle = svgElement("circle", {cx: x, cy: y, r: this.radius, style: color ? `--unit: ${color}` : null},
        svgElement("title"));
      this.circles.push({circle, column: at, i});
      group.append(circle);
      const name = at === 0 ? `x${i + 1}` : at === last ? (widths[last] > 1 ? String(i) : "1") : `h${i + 1}`;
      if (this.radius >= 9) group.append(svgElement("text", {x, y: y + 4}, name));
    }));
    return group;
  }

  /** What stands between and after the weights. */
  captions() {
    const group = svgElement("g", {class: "captions"});
    const names = this.places.map(() => []);
    let column = 0;
    for (const layer of this.data.layers) {
      if (layer.type === "Linear") ++column;
      else names[column].push(layer.type);
    }
    names[0].push("inputs");
    names.at(-1).push("classes");
    const texts = names.map((list) => [...new Set(list)].join(", "));
    // Where columns stand close, what is the same again is said once.
    const close = this.places[1][0].x - this.places[0][0].x < 80;
    texts.forEach((text, at) => {
      if (close && text === texts[at - 1]) return;
      group.append(svgElement("text", {x: this.places[at][0].x, y: this.size.height - 6}, text));
    });
    return group;
  }

  /** A number beside a connection, nearer to its end, where connections lie apart. */
  label(line, to) {
    const at = (name) => Number(line.getAttribute(name));
    // Connections that cross have their numbers at different places.
    const part = 0.24 + 0.11 * (to % 3);
    const label = svgElement("text", {class: "weight", x: at("x1") + part * (at("x2") - at("x1")),
      y: at("y1") + part * (at("y2") - at("y1")) + 3});
    this.svg.append(label);
    return label;
  }

  /** Where the bias and the weight of each Linear are among the parameters. */
  lists(kind) {
    let at = 0;
    return this.linears.map((layer) => {
      const weight = at++;
      return {weight, bias: layer.bias ? at++ : null, kind};
    });
  }

  /** The largest of all frames, so that widths can be compared along the slider. */
  scales(kind) {
    const lists = this.lists(kind);
    let largest = 0;
    for (const frame of this.data.frames) {
      for (const {weight} of lists) for (const x of frame[kind][weight]) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
    }
    return largest;
  }

  show(frame) {
    const kind = this.gradients.checked ? "gradients" : "parameters";
    const largest = this.gradients.checked ? this.largest.gradients : this.largest.weights;
    const lists = this.lists(kind);
    this.edges.forEach(({line, title, layer, index, from, to}, i) => {
      const weight = frame.parameters[lists[layer].weight][index];
      const gradient = frame.gradients[lists[layer].weight][index];
      const x = kind === "parameters" ? weight : gradient ?? 0;
      line.setAttribute("class", signOf(x));
      // The square root keeps small ones in sight.
      line.style.strokeWidth = Math.max(0.3, this.widest * Math.sqrt(Math.min(1, Math.abs(Number(x)) / (largest || 1)))).toFixed(2);
      title.textContent = `weight (${from + 1}, ${to + 1}): ${significant(weight)}`
        + (gradient === undefined ? "" : `, gradient ${significant(gradient)}`);
      if (this.few) this.labels[i].textContent = significant(x, 3);
    });
    for (const {circle, column, i} of this.circles) {
      const list = column > 0 ? lists[column - 1].bias : null;
      const bias = list === null ? null : frame.parameters[list][i];
      circle.firstChild.textContent = bias === null ? "" : `bias ${significant(bias)}`;
    }
    this.svg.setAttribute("aria-label", `The network at epoch ${frame.epoch}, with ${this.edges.length} weights`);
  }
}
