// The plane: which class the network chooses where, the line where its choice changes, the lines
// where the neurons of the first layer are at 0, and the points.

const planeSize = 100;
const fieldDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const largestLead = 20;
const leadOfLevel = (level, finest) => finest * Math.sinh((level / 2047 - 1) * Math.asinh(largestLead / finest));

class Boundary {
  constructor(root, data) {
    this.data = data;
    this.canvas = root.querySelector("canvas");
    this.canvas.width = this.canvas.height = data.cells;
    this.svg = root.querySelector("svg");
    this.svg.setAttribute("viewBox", `-7 -2 ${planeSize + 10} ${planeSize + 9}`);
    this.border = svgElement("path", {class: "border"});
    this.lines = svgElement("g", {class: "lines"});
    this.svg.append(this.axes(), this.border, this.lines, this.points());
    this.units = data.layers[0].outputs ?? 0;
    const legend = root.querySelector(".legend");
    for (let c = 0; c < data.classes; ++c) {
      legend.append(element("li", {}, svgElement("svg", {viewBox: "-3 -3 6 6", "aria-hidden": "true"},
        svgElement("path", {d: classShapes[c], fill: classColors[c]})), `class ${c}`));
    }
    legend.append(element("li", {}, svgElement("svg", {viewBox: "-3 -3 6 6", "aria-hidden": "true"},
      svgElement("path", {d: "M-3 0H3", class: "border"})), "decision"));
    legend.append(element("li", {}, svgElement("svg", {viewBox: "-3 -3 6 6", "aria-hidden": "true"},
      svgElement("path", {d: "M-3 0H3", class: "sample-line"})), "hidden neurons at 0"));
    if (data.point_count > data.points.length) {
      legend.append(element("li", {}, `${data.points.length} of ${data.point_count} points`));
    }
  }

  x(value) { return planeSize * (value - this.data.x[0]) / (this.data.x[1] - this.data.x[0]); }
  y(value) { return planeSize * (1 - (value - this.data.y[0]) / (this.data.y[1] - this.data.y[0])); }

  axes() {
    const group = svgElement("g", {class: "axes", "aria-hidden": "true"});
    group.append(svgElement("rect", {x: 0, y: 0, width: planeSize, height: planeSize}));
    for (const tick of roundNumbers(...this.data.x, 5)) {
      group.append(svgElement("text", {x: this.x(tick), y: planeSize + 4.5, "text-anchor": "middle"}, String(tick)));
    }
    for (const tick of roundNumbers(...this.data.y, 5)) {
      group.append(svgElement("text", {x: -1.2, y: this.y(tick) + 1, "text-anchor": "end"}, String(tick)));
    }
    return group;
  }

  points() {
    const group = svgElement("g", {class: "points"});
    const scale = this.data.points.length > 40 ? 0.62 : 1;
    for (const [x, y, c] of this.data.points) {
      group.append(svgElement("path", {d: classShapes[c], fill: classColors[c],
        transform: `translate(${this.x(x)} ${this.y(y)}) scale(${scale})`},
      svgElement("title", {}, `(${significant(x)}, ${significant(y)}): class ${c}`)));
    }
    return group;
  }

  show(frame) {
    const leads = this.leads(frame);
    this.paint(leads);
    this.border.setAttribute("d", this.borders(leads));
    this.showLines(frame);
    this.svg.setAttribute("aria-label", `The plane at epoch ${frame.epoch}: ${significant(100 * frame.accuracy, 3)} % `
      + `of ${this.data.point_count} points are on the right side of the decision`);
  }

  /** Of every class, how far it leads in each cell. */
  leads(frame) {
    const fields = frame.fields.map((field) => Float64Array.from({length: field.length / 2}, (_, cell) =>
      leadOfLevel(64 * fieldDigits.indexOf(field[2 * cell]) + fieldDigits.indexOf(field[2 * cell + 1]),
        frame.finest_lead)));
    return fields.length === 1 ? [fields[0].map((lead) => -lead), fields[0]] : fields;
  }

  paint(leads) {
    const n = this.data.cells;
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(n, n);
    const colors = classColors.map(channels);
    for (let row = 0; row < n; ++row) {
      for (let column = 0; column < n; ++column) {
        const cell = row * n + column;
        let best = 0;
        for (let c = 1; c < leads.length; ++c) if (leads[c][cell] > leads[best][cell]) best = c;
        // 0 at the border, 1 where the others have no chance.
        const sure = Math.tanh(Math.max(0, leads[best][cell]) / 2);
        // Images begin at the top.
        const at = 4 * ((n - 1 - row) * n + column);
        image.data.set(colors[best], at);
        image.data[at + 3] = 255 * (0.04 + 0.5 * sure);
      }
    }
    context.putImageData(image, 0, 0);
  }

  /** Where a class begins or ceases to lead: marching squares between the middles of the cells. */
  borders(leads) {
    const n = this.data.cells;
    const unit = planeSize / n;
    const corners = [[0, 0], [1, 0], [1, 1], [0, 1]];
    const parts = [];
    for (const lead of leads.slice(leads.length === 2 ? 1 : 0)) {
      for (let row = 0; row + 1 < n; ++row) {
        for (let column = 0; column + 1 < n; ++column) {
          const at = corners.map(([x, y]) => lead[(row + y) * n + column + x]);
          let down = false;
          for (let i = 0; i < 4; ++i) {
            const j = (i + 1) % 4;
            if ((at[i] > 0) === (at[j] > 0)) continue;
            const part = at[i] / (at[i] - at[j]);
            const x = column + 0.5 + corners[i][0] + part * (corners[j][0] - corners[i][0]);
            const y = row + 0.5 + corners[i][1] + part * (corners[j][1] - corners[i][1]);
            parts.push(`${down ? "L" : "M"}${(x * unit).toFixed(2)} ${(planeSize - y * unit).toFixed(2)}`);
            // The third crossing of a saddle begins a second piece.
            down = !down;
          }
        }
      }
    }
    return parts.join("");
  }

  /** w1 x + w2 y + b = 0, with a tick on the side where the neuron is positive, and its name. */
  showLines(frame) {
    this.lines.replaceChildren();
    const labels = [];
    const [weights, bias] = [frame.parameters[0], this.data.layers[0].bias ? frame.parameters[1] : null];
    // A single Linear has no hidden neurons: its lines are the decision.
    if (this.data.layers.filter((layer) => layer.type === "Linear").length < 2) return;
    for (let unit = 0; unit < this.units; ++unit) {
      const [a, b, c] = [Number(weights[unit]), Number(weights[this.units + unit]), Number(bias?.[unit] ?? 0)];
      const ends = this.clipped(a, b, c);
      if (!ends) continue;
      const [[x1, y1], [x2, y2]] = ends.map(([x, y]) => [this.x(x), this.y(y)]);
      // The gradient of the neuron, in the picture.
      const [gx, gy] = [a / (this.data.x[1] - this.data.x[0]), -b / (this.data.y[1] - this.data.y[0])];
      const size = Math.hypot(gx, gy) || 1;
      const [ux, uy] = [gx / size, gy / size];
      const [mx, my] = [(x1 + x2) / 2, (y1 + y2) / 2];
      const line = svgElement("g", {style: `--unit: ${unitColor(unit)}`, ...ofNeurons(neuronKey(1, unit))},
        svgElement("line", {class: "grip", x1, y1, x2, y2}),
        svgElement("line", {class: "zero", x1, y1, x2, y2, "stroke-dasharray": unitDashes(unit)}),
        svgElement("line", {class: "side", x1: mx, y1: my, x2: mx + 3.5 * ux, y2: my + 3.5 * uy}));
      const name = `h1_${unit + 1}`;
      const place = this.labelPlace(name, (part, off) => [x1 + part * (x2 - x1) + off * ux, y1 + part * (y2 - y1) + off * uy], labels);
      if (place) {
        labels.push(place);
        line.append(svgElement("text", {x: place.x, y: place.y + 1.2}, name));
      }
      this.lines.append(line);
    }
  }

  /**
   * Where the name of a line stands, clear of the others: of few lines in the middle, of many, which
   * cross there, at an end. `at` gives the place at a part of the line, so far off it.
   */
  labelPlace(name, at, others) {
    const [width, height] = [2.1 * name.length, 4];
    const ends = [0.03, 0.97, 0.1, 0.9, 0.17, 0.83, 0.24, 0.76];
    for (const part of this.units <= 6 ? [0.5, ...ends] : ends) {
      const [x, y] = at(part, part === 0.5 ? 6 : 3);
      const inside = (place, size) => Math.min(Math.max(place, size / 2 + 0.5), planeSize - size / 2 - 0.5);
      const box = {x: inside(x, width), y: inside(y, height), width, height};
      if (!others.some((other) => overlap(box, other))) return box;
    }
    return null;
  }

  /** Where a x + b y + c = 0 enters and leaves the plane, or nothing. */
  clipped(a, b, c) {
    const [x0, x1] = this.data.x;
    const [y0, y1] = this.data.y;
    const ends = [];
    const add = (x, y) => {
      const inside = x >= x0 && x <= x1 && y >= y0 && y <= y1;
      if (inside && !ends.some(([u, v]) => Math.abs(u - x) + Math.abs(v - y) < 1e-9 * (x1 - x0))) ends.push([x, y]);
    };
    if (b !== 0) for (const x of [x0, x1]) add(x, -(a * x + c) / b);
    if (a !== 0) for (const y of [y0, y1]) add(-(b * y + c) / a, y);
    return ends.length >= 2 ? ends.slice(0, 2) : null;
  }
}
