// Folding: a node hides all that was computed for it alone, a module all but its last node.

class Folding {
  /** `changed` is called when another part of the graph is shown. */
  constructor(svg, data, steps, cards, edges, changed) {
    Object.assign(this, {data, steps, cards, edges, changed});
    this.folded = new Set();
    this.foldedModules = new Set();
    /** Of every node: the one it is folded into, or itself. */
    this.shownAs = data.nodes.map((_, id) => id);
    this.bridges = svgElement("g", {id: "bridges"});
    const graph = svg.querySelector("g.graph");
    this.frames = data.modules.map((module, id) => this.frame(graph.querySelector(`#module-${id}`), module, id));
    graph.querySelector(".node, .edge").before(this.bridges);
  }

  /** The frame of a module, whose title folds it. */
  frame(group, module, id) {
    group.querySelector("title")?.remove();
    group.querySelectorAll("text").forEach((text) => text.remove());
    const box = group.querySelector("polygon").getBBox();
    const title = svgElement("text", {class: "module", x: box.x + 12, y: box.y + 17, tabindex: 0, role: "button",
      "aria-label": `Fold ${module.name} ${module.type}`}, moduleTitle(module));
    title.addEventListener("click", () => this.toggleModule(id));
    title.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      this.toggleModule(id);
    });
    group.append(title);
    return group;
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

  /** All nodes of a module, with those of the modules within it. */
  members(module) {
    const within = (m) => m !== undefined && (m === module || within(this.data.modules[m].parent));
    return this.data.nodes.flatMap((node, id) => (within(node.module) ? [id] : []));
  }

  /** All serve the result: folding that away would leave nothing to see. */
  canFold(id) { return this.isFolded(id) || (id !== this.data.nodes.length - 1 && this.servants(id).size > 0); }
  get isAnyFolded() { return this.folded.size > 0 || this.foldedModules.size > 0; }
  isFolded(id) { return this.folded.has(id) || this.foldedModuleOf(id) !== undefined; }
  isHidden(id) { return this.shownAs[id] !== id; }

  /** What a hidden node is folded into, as its frame or its card is titled. */
  holder(id) {
    const shown = this.shownAs[id];
    const module = this.foldedModuleOf(shown);
    return module !== undefined && this.members(module).includes(id)
      ? moduleTitle(this.data.modules[module]) : this.data.nodes[shown].name;
  }

  /** The outermost folded module that is shown as this node. */
  foldedModuleOf(id) {
    return [...this.foldedModules].filter((module) => this.members(module).at(-1) === id).sort((a, b) => a - b)[0];
  }

  toggle(id) {
    const module = this.foldedModuleOf(id);
    if (module !== undefined) this.foldedModules.delete(module);
    else if (!this.folded.delete(id) && this.canFold(id)) this.folded.add(id);
    this.apply();
  }

  /** Folds a module into its last node, or unfolds it. */
  toggleModule(module) {
    if (!this.foldedModules.delete(module)) this.foldedModules.add(module);
    this.apply();
  }

  /** Makes a node visible. */
  reveal(id) {
    while (this.isHidden(id)) this.toggle(this.shownAs[id]);
  }

  unfoldAll() {
    this.folded.clear();
    this.foldedModules.clear();
    this.apply();
  }

  apply() {
    this.shownAs = this.data.nodes.map((_, id) => id);
    // Outer modules first, then nodes, those nearer to the result first: they hide folded ones within.
    for (const module of [...this.foldedModules].sort((a, b) => a - b)) {
      const members = this.members(module);
      if (members.length > 0 && !this.isHidden(members.at(-1))) this.hide(members, members.at(-1));
    }
    for (const root of [...this.folded].sort((a, b) => b - a)) {
      if (!this.isHidden(root)) this.hide(this.servants(root), root);
    }
    const counts = new Map();
    this.shownAs.forEach((root, id) => { if (root !== id) counts.set(root, (counts.get(root) ?? 0) + 1); });
    this.cards.forEach((card, id) => {
      card.group.classList.toggle("hidden", this.isHidden(id));
      card.showBadge(counts.get(id) ?? 0);
    });
    this.frames.forEach((frame, module) => {
      const open = this.members(module).some((id) => !this.isHidden(id)) && !this.isWithinFolded(module);
      frame.classList.toggle("hidden", !open);
    });
    this.showBridges();
    this.changed();
  }

  isWithinFolded(module) {
    return module !== undefined && (this.foldedModules.has(module) || this.isWithinFolded(this.data.modules[module].parent));
  }

  /** Folds nodes, and what is folded into them, into one. */
  hide(ids, root) {
    const hidden = new Set(ids);
    hidden.delete(root);
    this.shownAs = this.shownAs.map((shown) => (hidden.has(shown) ? root : shown));
  }

  /** Draws lines in the place of edges into what is folded. */
  showBridges() {
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

function moduleTitle({name, type}) { return [name, type].filter(Boolean).join(" · "); }
