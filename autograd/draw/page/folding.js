// Folding: a node hides all that was computed for it alone.

class Folding {
  constructor(svg, data, steps, cards, edges) {
    Object.assign(this, {data, steps, cards, edges});
    this.folded = new Set();
    /** Of every node: the one it is folded into, or itself. */
    this.shownAs = data.nodes.map((_, id) => id);
    this.bridges = svgElement("g", {id: "bridges"});
    svg.querySelector("g.graph").prepend(this.bridges);
  }

  /** What serves this node and nothing else, in no order. */
  servants(root) {
    const found = new Set();
    for (let id = root - 1; id >= 0; --id) {
      const uses = this.steps.uses[id];
      if (uses.length > 0 && uses.every(({user}) => user === root || found.has(user))) found.add(id);
    }
    return found;
  }

  canFold(id) { return this.folded.has(id) || this.servants(id).size > 0; }
  isHidden(id) { return this.shownAs[id] !== id; }

  toggle(id) {
    if (!this.folded.delete(id) && this.servants(id).size > 0) this.folded.add(id);
    this.apply();
  }

  /** Makes a node visible. */
  reveal(id) {
    while (this.isHidden(id)) {
      this.folded.delete(this.shownAs[id]);
      this.apply();
    }
  }

  unfoldAll() {
    this.folded.clear();
    this.apply();
  }

  apply() {
    this.shownAs = this.data.nodes.map((_, id) => id);
    const counts = new Map();
    // Those nearer to the result hide folded ones within them.
    for (const root of [...this.folded].sort((a, b) => b - a)) {
      if (this.isHidden(root)) continue;
      const servants = this.servants(root);
      for (const id of servants) this.shownAs[id] = root;
      counts.set(root, servants.size);
    }
    this.cards.forEach((card, id) => {
      card.group.classList.toggle("hidden", this.isHidden(id));
      card.showBadge(counts.get(id) ?? 0);
    });
    const bridged = new Set();
    this.bridges.replaceChildren();
    for (const {group, label, from, user} of this.edges.list) {
      const hidden = this.isHidden(from) || this.isHidden(user);
      group.classList.toggle("hidden", hidden);
      label.classList.toggle("hidden", hidden);
      const [start, end] = [this.shownAs[from], this.shownAs[user]];
      if (hidden && start !== end && !bridged.has(`${start} ${end}`)) {
        bridged.add(`${start} ${end}`);
        this.bridges.append(this.bridge(this.cards[start].box, this.cards[end].box));
      }
    }
  }

  /** A line in the place of edges into what is folded. */
  bridge(a, b) {
    const [x1, y1, x2, y2] = [a.x + a.width, a.y + a.height / 2, b.x, b.y + b.height / 2];
    const bend = Math.max(30, Math.abs(x2 - x1) / 2);
    return svgElement("path", {class: "bridge", d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`});
  }
}
