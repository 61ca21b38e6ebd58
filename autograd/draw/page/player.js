// Buttons, slider and keys that step through a page, and the step in its address: #step=12.

const playerIcons = {
  first: "M6 5h2.4v14H6zM19 5v14L9.5 12z",
  back: "M16 5v14L6.5 12z",
  play: "M8 5l11 7-11 7z",
  pause: "M7 5h3.6v14H7zM13.4 5H17v14h-3.6z",
  forward: "M8 5l9.5 7L8 19z",
  last: "M15.6 5H18v14h-2.4zM5 5l9.5 7L5 19z",
};

class Player {
  /**
   * `show(step)` is called for every step shown, `text(step)` says what it is, `skips(step)` whether
   * stepping passes over it. Steps are counted from 0.
   */
  constructor(root, {count, show, text, skips = () => false, interval = 1200}) {
    Object.assign(this, {count, show, text, skips, interval, step: -1, timer: null});
    const button = (icon, label, act) => {
      const made = element("button", {type: "button", "aria-label": label, title: label},
        svgElement("svg", {viewBox: "0 0 24 24", "aria-hidden": "true"}, svgElement("path", {d: playerIcons[icon]})));
      made.id = `player-${icon}`;
      made.addEventListener("click", act);
      return made;
    };
    this.slider = element("input", {type: "range", id: "slider", min: 0, max: count - 1, step: 1,
      "aria-label": "Step"});
    this.slider.addEventListener("input", () => this.stop().go(Number(this.slider.value)));
    this.playButton = button("play", "Play (space)", () => this.toggle());
    root.append(
      button("first", "First step (Home)", () => this.stop().go(0)),
      button("back", "Step back (left arrow)", () => this.stop().move(-1)),
      this.playButton,
      button("forward", "Step forward (right arrow)", () => this.stop().move(1)),
      button("last", "Last step (End)", () => this.stop().go(this.count - 1)),
      this.slider);
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.goToAddress());
  }

  /** Shows the step of the address, or another one. */
  start(otherwise = 0) {
    if (!this.goToAddress()) this.go(otherwise);
  }

  goToAddress() {
    const match = /^#step=(\d+|last)$/.exec(location.hash);
    if (match) this.go(match[1] === "last" ? this.count - 1 : Number(match[1]));
    return Boolean(match);
  }

  go(step) {
    step = Math.min(Math.max(step, 0), this.count - 1);
    if (step === this.step) return;
    this.step = step;
    this.refresh();
    try {
      history.replaceState(null, "", `#step=${step}`);
    } catch {
      // Some browsers limit how often an address may change; the page works without it.
    }
  }

  /** Shows the step anew. */
  refresh() {
    this.slider.value = this.step;
    this.announce();
    this.show(this.step);
  }

  /** Says anew what the step is. */
  announce() {
    this.slider.setAttribute("aria-valuetext", this.text(this.step));
  }

  move(direction) {
    let step = this.step + direction;
    while (step > 0 && step < this.count - 1 && this.skips(step)) step += direction;
    this.go(step);
  }

  toggle() {
    if (this.timer !== null) return this.stop();
    if (this.step === this.count - 1) this.go(0);
    this.playButton.classList.add("playing");
    this.setPlayIcon("pause", "Pause (space)");
    this.timer = setInterval(() => {
      this.move(1);
      if (this.step === this.count - 1) this.stop();
    }, this.interval);
    return this;
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.playButton.classList.remove("playing");
    this.setPlayIcon("play", "Play (space)");
    return this;
  }

  setPlayIcon(icon, label) {
    this.playButton.querySelector("path").setAttribute("d", playerIcons[icon]);
    this.playButton.setAttribute("aria-label", label);
    this.playButton.title = label;
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target;
    if (isTextField(target)) return;
    const actions = {
      ArrowRight: () => this.stop().move(1),
      ArrowLeft: () => this.stop().move(-1),
      Home: () => this.stop().go(0),
      End: () => this.stop().go(this.count - 1),
      // The space bar presses what is in focus.
      " ": target.closest("button, [type=checkbox]") ? null : () => this.toggle(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}
