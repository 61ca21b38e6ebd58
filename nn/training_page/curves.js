// The loss and the accuracy over the epochs, with a line at the epoch that is shown. Epochs have a
// logarithmic axis: most happens at the beginning.

class Curves {
  constructor(root, data, seek) {
    this.data = data;
    this.svg = root.querySelector("svg");
    // Half of the last epoch's digits may stand to the right of its tick.
    const digits = String(data.frames.at(-1).epoch).length;
    this.box = {left: 58, right: 418 - 3.4 * digits, top: 14, middle: 214, gap: 44, bottom: 350};
    this.svg.setAttribute("viewBox", "0 0 420 385");
    const frames = data.frames;
    this.last = Math.log10(frames.at(-1).epoch + 1) || 1;
    const losses = frames.map((frame) => Number(frame.loss)).filter(Number.isFinite);
    this.logarithmic = losses.length > 0 && losses.every((x) => x > 0);
    const scaled = losses.map((x) => this.scaled(x));
    let [low, high] = [Math.min(...scaled), Math.max(...scaled)];
    // So small a difference has no round numbers in it.
    if (!(high - low > 1e-9 * Math.max(1, Math.abs(low)))) [low, high] = [low - 0.5, low + 0.5];
    this.range = [low, high];
    this.losses = losses.length > 0 ? this.lossTicks() : [];
    this.lossLabels = apart(this.losses);
    this.box.left = Math.max(this.box.left, 12 + 6.4 * Math.max(0, ...this.lossLabels.map((label) => label.length)));
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
    const decades = high - low;
    const factors = decades > 2.5 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5];
    // Of many decades each second, fifth, ….
    const step = [1, 2, 5, 10, 20, 50].find((power) => power >= decades / 6) ?? 100;
    const ticks = [];
    for (let power = step * Math.floor(low / step); power <= high; power += step) {
      for (const factor of factors) ticks.push(factor * 10 ** power);
    }
    const within = ticks.filter((loss) => Math.log10(loss) >= low && Math.log10(loss) <= high);
    // Between two powers of ten a part of the axis is almost linear.
    return within.length >= 2 ? within : roundNumbers(10 ** low, 10 ** high, 5);
  }

  ticks() {
    const group = svgElement("g", {"aria-hidden": "true"});
    const {left, right, top, middle, gap, bottom} = this.box;
    const across = (y, text) => group.append(
      svgElement("line", {class: "grid", x1: left, x2: right, y1: y, y2: y}),
      svgElement("text", {class: "tick", x: left - 6, y: y + 4, "text-anchor": "end"}, text));
    this.losses.forEach((loss, i) => across(this.lossY(loss), this.lossLabels[i]));
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

/** Labels of ticks, with as many digits as tell each from its neighbours. */
function apart(ticks) {
  const labels = (digits) => ticks.map((tick) => significant(tick, digits));
  for (let digits = 2; digits < 15; ++digits) {
    const found = labels(digits);
    const told = found.every((label, i) => Math.abs(Number(label) - ticks[i])
      <= 1e-3 * Math.min(...ticks.filter((_, k) => k !== i).map((tick) => Math.abs(tick - ticks[i]))));
    if (told) return found;
  }
  return labels(15);
}
