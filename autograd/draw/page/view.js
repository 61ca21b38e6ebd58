// What is seen of the graph: wheel and buttons zoom, dragging pans, steps bring their node in sight.

class View {
  constructor(frame, svg) {
    this.frame = frame;
    this.svg = svg;
    // Graphviz turns its picture upside down by moving it, which would be in the way of places.
    const graph = svg.querySelector("g.graph");
    graph.removeAttribute("transform");
    this.graph = graph;
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    svg.setAttribute("preserveAspectRatio", "xMidYMid meet");
    this.pointers = new Map();
    frame.addEventListener("wheel", (event) => this.wheel(event), {passive: false});
    frame.addEventListener("pointerdown", (event) => this.press(event));
    frame.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      frame.addEventListener(end, (event) => this.pointers.delete(event.pointerId));
    }
    new ResizeObserver(() => (this.fitted ? this.fit() : this.apply())).observe(frame);
    this.fitAnew();
  }

  /** All that is not hidden; texts are a little wider or narrower at other scales. */
  fitAnew() {
    const {x, y, width, height} = this.graph.getBBox();
    this.whole = {x: x - 12, y: y - 12, width: width + 24, height: height + 24};
    this.fit();
  }

  /** Where the page begins: all, or cards that can be read, from this one on or around it. */
  begin(box, around, readable = 0.75) {
    if (this.scale >= 0.6 * readable) return;
    this.fitted = false;
    this.scale = readable;
    const {width, height} = this.size(readable);
    const middle = {x: box.x + box.width / 2, y: box.y + box.height / 2};
    const {x, y} = this.whole;
    // No farther out than where the picture begins, and in the middle across what is not wider.
    this.center = {
      x: this.whole.width <= width ? x + this.whole.width / 2 : around ? Math.max(middle.x, x + width / 2) : x + width / 2,
      y: this.whole.height <= height ? y + this.whole.height / 2 : Math.max(middle.y, y + height / 2),
    };
    this.apply();
  }

  /** Units of the picture that the frame shows at a scale, in pixels a unit. */
  size(scale) {
    return {width: this.frame.clientWidth / scale, height: this.frame.clientHeight / scale};
  }

  /** All of it, but not larger than life. */
  fit() {
    this.chosen = false;
    this.fitted = true;
    const scale = Math.min(this.frame.clientWidth / this.whole.width, this.frame.clientHeight / this.whole.height, 1.5);
    this.center = {x: this.whole.x + this.whole.width / 2, y: this.whole.y + this.whole.height / 2};
    this.setScale(scale);
  }

  /** Somebody zooms; from then on, the scale is theirs. */
  chooseZoom(factor, place) {
    this.chosen = true;
    this.zoom(factor, place);
  }

  setScale(scale) {
    this.scale = Math.min(Math.max(scale, 0.02), 6);
    this.apply();
  }

  apply() {
    const {width, height} = this.size(this.scale);
    this.svg.setAttribute("viewBox", `${this.center.x - width / 2} ${this.center.y - height / 2} ${width} ${height}`);
  }

  /** The place in the picture under a place in the window. */
  place(event) {
    const frame = this.frame.getBoundingClientRect();
    return {
      x: this.center.x + (event.clientX - frame.left - frame.width / 2) / this.scale,
      y: this.center.y + (event.clientY - frame.top - frame.height / 2) / this.scale,
    };
  }

  /** Zooms; the place stays where it is. */
  zoom(factor, place = this.center) {
    const before = this.scale;
    this.fitted = false;
    this.scale = Math.min(Math.max(before * factor, 0.02), 6);
    const kept = before / this.scale;
    this.center = {x: place.x + (this.center.x - place.x) * kept, y: place.y + (this.center.y - place.y) * kept};
    this.apply();
  }

  /** The middle of a box, or of what is seen when that is elsewhere. */
  middleInSight(box) {
    const {width, height} = this.size(this.scale);
    const middle = {x: box.x + box.width / 2, y: box.y + box.height / 2};
    const inside = Math.abs(middle.x - this.center.x) < width / 2 && Math.abs(middle.y - this.center.y) < height / 2;
    return inside ? middle : this.center;
  }

  wheel(event) {
    event.preventDefault();
    // Lines and pages of some mice, in pixels.
    const pixels = event.deltaY * [1, 20, 400][event.deltaMode];
    this.chooseZoom(Math.exp(-pixels * 0.0015), this.place(event));
  }

  press(event) {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, {x: event.clientX, y: event.clientY});
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const spread = this.spread();
    const moved = {x: event.clientX - before.x, y: event.clientY - before.y};
    this.pointers.set(event.pointerId, {x: event.clientX, y: event.clientY});
    if (spread > 0) {
      this.chooseZoom(this.spread() / spread);
    } else {
      this.fitted = false;
      this.center = {x: this.center.x - moved.x / this.scale, y: this.center.y - moved.y / this.scale};
      this.apply();
    }
  }

  /** How far two fingers are apart; 0 without two. */
  spread() {
    if (this.pointers.size !== 2) return 0;
    const [a, b] = [...this.pointers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  }

  /** Moves only when the box is not in sight, and zooms in only when it could not be read. */
  bringInSight(box, readable = 0.75) {
    const {width, height} = this.size(this.scale);
    const middle = {x: box.x + box.width / 2, y: box.y + box.height / 2};
    const tooSmall = this.scale < readable && !this.chosen;
    const inside = Math.abs(middle.x - this.center.x) < (width - box.width) / 2
      && Math.abs(middle.y - this.center.y) < (height - box.height) / 2;
    if (inside && !tooSmall) return;
    this.fitted = false;
    this.center = middle;
    if (tooSmall) this.scale = readable;
    this.apply();
  }
}
