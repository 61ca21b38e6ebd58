// The network as neurons: each connection as wide as its weight, or its gradient, is large, and
// coloured by its sign.

/** What a number beside a connection takes: nine characters. */
const numberBox = {width: 58, height: 13};

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
    const apart = this.places[1][0].x - this.places[0][0].x;
    this.radius = Math.max(2, Math.min(17, 130 / Math.max(...widths), 0.4 * apart));
    /** Of the widest connection. */
    this.widest = Math.min(9, Math.max(2, 54 / Math.max(...widths)));
    this.edges = [];
    const edges = svgElement("g", {class: "edges"});
    this.linears.forEach((layer, at) => {
      for (let to = 0; to < layer.outputs; ++to) {
        for (let from = 0; from < layer.inputs; ++from) {
          const [a, b] = [this.places[at][from], this.places[at + 1][to]];
          const title = svgElement("title");
          const neurons = {"data-neurons": `${neuronKey(at, from)} ${neuronKey(at + 1, to)}`};
          const line = svgElement("line", {x1: a.x, y1: a.y, x2: b.x, y2: b.y, ...neurons}, title);
          this.edges.push({line, title, neurons, layer: at, from, to, index: from * layer.outputs + to});
          edges.append(line);
        }
      }
    });
    this.svg.append(edges, this.neurons(widths), this.captions());
    this.largest = {weights: this.scales("parameters"), gradients: this.scales("gradients")};
    this.few = this.edges.length <= 16 && apart - 2 * this.radius >= numberBox.width;
    if (this.few) this.labels = this.numberPlaces().map(({x, y}, i) => this.label(x, y, this.edges[i].neurons));
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
    const names = neuronNames(this.data);
    this.circles = [];
    this.places.forEach((column, at) => column.forEach(({x, y}, i) => {
      const color = at === 1 && last > 1 ? unitColor(i) : at === last && widths[last] > 1 ? classColors[i] : null;
      const circle = svgElement("circle", {cx: x, cy: y, r: this.radius, style: color ? `--unit: ${color}` : null, ...ofNeurons(neuronKey(at, i))},
        svgElement("title"));
      this.circles.push({circle, column: at, i});
      group.append(circle);
      const name = names[at][i];
      // As large as fits the circle.
      const size = Math.min(11.5, 1.7 * this.radius / (0.6 * name.length));
      if (this.radius >= 9) group.append(svgElement("text", {x, y: y + size / 3, style: `font-size: ${size.toFixed(1)}px`}, name));
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
    // Where columns stand close, what is the same again is said once, in the middle.
    const close = this.places[1][0].x - this.places[0][0].x < 80;
    for (let first = 0, end; first < texts.length; first = end) {
      end = first + 1;
      while (close && end < texts.length && texts[end] === texts[first]) ++end;
      const x = (this.places[first][0].x + this.places[end - 1][0].x) / 2;
      group.append(svgElement("text", {x, y: this.size.height - 6}, texts[first]));
    }
    return group;
  }

  /** Where the numbers of the connections stand, clear of each other and of the neurons. */
  numberPlaces() {
    const taken = this.places.flat().map(({x, y}) => ({x, y, width: 2 * this.radius, height: 2 * this.radius}));
    const lines = this.edges.map(({line}) => ["x1", "y1", "x2", "y2"].map((name) => Number(line.getAttribute(name))));
    return lines.map(([x1, y1, x2, y2], own) => {
      let best = null;
      for (let part = 0.14; part <= 0.86; part += 0.02) {
        const box = {...numberBox, x: x1 + part * (x2 - x1), y: y1 + part * (y2 - y1)};
        const covered = taken.filter((other) => overlap(box, other)).length;
        // A number should not seem to belong to a connection that crosses its own.
        const crossed = lines.filter((line, i) => i !== own && passes(line, box)).length;
        const cost = 100 * covered + crossed + Math.abs(part - 0.5);
        if (!best || cost < best.cost) best = {...box, cost};
      }
      taken.push(best);
      return best;
    });
  }

  label(x, y, neurons) {
    const label = svgElement("text", {class: "weight", x, y: y + 3, ...neurons});
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

/** Of boxes by their middles. */
function overlap(a, b) {
  return Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2;
}

/** Whether a line goes through a box. */
function passes([x1, y1, x2, y2], {x, y, width, height}) {
  for (let part = 0; part <= 1; part += 0.02) {
    const [dx, dy] = [x1 + part * (x2 - x1) - x, y1 + part * (y2 - y1) - y];
    if (Math.abs(dx) < width / 2 && Math.abs(dy) < height / 2) return true;
  }
  return false;
}
