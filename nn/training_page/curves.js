// The loss and the accuracy over the epochs, with a line at the epoch that is shown. Epochs have a
// logarithmic axis: most happens at the beginning.

class Curves {
  constructor(root, data, seek) {
    this.data = data;
    this.svg = root.querySelector("svg");
    this.box = {left: 58, right: 408, top: 14, middle: 214, gap: 44, bottom: 350};
    this.svg.setAttribute("viewBox", "0 0 420 385");
    const frames = data.frames;
    this.last = Math.log10(frames.at(-1).epoch + 1) || 1;
    const losses = frames.map((frame) => Number(frame.loss)).filter(Number.isFinite);
    this.logarithmic = losses.length > 0 && losses.every((x) => x > 0);
    const scaled = losses.map((x) => this.scaled(x));
    let [low, high] = [Math.min(...scaled), Math.max(...scaled)];
    if (!(high > low)) [low, high] = [low - 0.5, low + 0.5];
    this.range = [low, high];
    const {left, right, top, middle, gap, bottom} = this.box;
    this.svg.append(
      this.frame(top, middle), this.frame(middle + gap, bottom),
      svgElement("text", {class: "title", x: left, y: top - 3}, this.logarithmic ? "loss (logarithmic)" : "loss"),
      svgElement("text", {class: "title", x: left, y: middle + gap - 5}, "points on the right side"),
      this.ticks(),
      svgElement("path", {class: "loss", d: this.path((frame) => this.lossY(frame.loss))}),
      svgElement("path", {class: "accuracy", d: this.path((frame) => this.accuracyY(frame.accuracy))}));
    this.cursor = svgElement("line", {class: "cursor", y1: top, y2: bottom});
    this.dots = [svgElement("circle", {class: "loss", r: 4.5}), svgElement("circle", {class: "accuracy", r: 4.5})];
    this.svg.append(this.cursor, ...this.dots,
      svgElement("text", {class: "tick", x: (left + right) / 2, y: 382, "text-anchor": "middle"}, "epoch (logarithmic)"));
    const follow = (event) => {
      if (event.buttons !== 1 && event.type !== "click") return;
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
      seek(this.nearest(at.x));
    };
    this.svg.addEventListener("click", follow);
    this.svg.addEventListener("pointermove", follow);
  }

  scaled(x) { return this.logarithmic ? Math.log10(x) : x; }
  x(epoch) { return this.box.left + (this.box.right - this.box.left) * Math.log10(epoch + 1) / this.last; }
  lossY(loss) {
    if (!Number.isFinite(Number(loss))) return NaN;
    const [low, high] = this.range;
    return this.box.middle - (this.box.middle - this.box.top - 8) * (this.scaled(Number(loss)) - low) / (high - low) - 4;
  }
  accuracyY(accuracy) {
    const top = this.box.middle + this.box.gap;
    return this.box.bottom - 4 - (this.box.bottom - top - 8) * accuracy;
  }

  nearest(x) {
    let best = 0;
    this.data.frames.forEach((frame, i) => {
      if (Math.abs(this.x(frame.epoch) - x) < Math.abs(this.x(this.data.frames[best].epoch) - x)) best = i;
    });
    return best;
  }

  /** Losses that are no numbers leave a gap. */
  path(y) {
    let down = false;
    return this.data.frames.map((frame) => {
      const place = y(frame);
      if (Number.isNaN(place)) {
        down = false;
        return "";
      }
      const text = `${down ? "L" : "M"}${this.x(frame.epoch).toFixed(1)} ${place.toFixed(1)}`;
      down = true;
      return text;
    }).join("");
  }

  frame(top, bottom) {
    const {left, right} = this.box;
    return svgElement("rect", {class: "frame", x: left, y: top, width: right - left, height: bottom - top});
  }

  /** Round numbers; on a logarithmic axis powers of ten, with others between where they are few. */
  lossTicks() {
    const [low, high] = this.range;
    if (!this.logarithmic) return roundNumbers(low, high, 5);
    const factors = high - low > 4 ? [1] : high - low > 1.2 ? [1, 3] : [1, 2, 3, 5, 7];
    const ticks = [];
    for (let power = Math.floor(low); power <= high; ++power) {
      for (const factor of factors) ticks.push(factor * 10 ** power);
    }
    return ticks.filter((loss) => Math.log10(loss) >= low && Math.log10(loss) <= high);
  }

  ticks() {
    const group = svgElement("g", {"aria-hidden": "true"});
    const {left, right, top, middle, gap, bottom} = this.box;
    const across = (y, text) => group.append(
      svgElement("line", {class: "grid", x1: left, x2: right, y1: y, y2: y}),
      svgElement("text", {class: "tick", x: left - 6, y: y + 4, "text-anchor": "end"}, text));
    for (const loss of this.lossTicks()) across(this.lossY(loss), significant(loss, 2));
    for (const part of [0, 0.5, 1]) across(this.accuracyY(part), `${100 * part} %`);
    for (let epoch = 1; epoch <= this.data.frames.at(-1).epoch; epoch *= 10) {
      const x = this.x(epoch);
      group.append(
        svgElement("line", {class: "grid", x1: x, x2: x, y1: top, y2: middle}),
        svgElement("line", {class: "grid", x1: x, x2: x, y1: middle + gap, y2: bottom}),
        svgElement("text", {class: "tick", x, y: bottom + 15, "text-anchor": "middle"}, String(epoch)));
    }
    return group;
  }

  show(frame) {
    const x = this.x(frame.epoch);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    [this.lossY(frame.loss), this.accuracyY(frame.accuracy)].forEach((y, i) => {
      this.dots[i].setAttribute("visibility", Number.isNaN(y) ? "hidden" : "visible");
      this.dots[i].setAttribute("cx", x);
      this.dots[i].setAttribute("cy", Number.isNaN(y) ? 0 : y);
    });
    this.svg.setAttribute("aria-label", `Loss ${significant(frame.loss)} and accuracy ${significant(frame.accuracy)} at epoch ${frame.epoch}`);
  }
}
