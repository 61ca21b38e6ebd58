// Folding: a node hides all that was computed for it alone; a module becomes one card, in the place
// of that of its last node.

class Folding {
  /**
   * `makeCard(id, group, box, node)` makes a card; `changed(id)` is called when another part of the
   * graph is shown, at this node or, for null, at any.
   */
  constructor(svg, data, steps, cards, edges, {makeCard, changed}) {
    Object.assign(this, {data, steps, cards, edges, makeCard, changed});
    this.ownCards = [...cards];
    this.moduleCards = new Map();
    this.folded = new Set();
    this.foldedModules = new Set();
    /** Of every node: the one it is folded into, or itself. */
    this.shownAs = data.nodes.map((_, id) => id);
    this.bridges = svgElement("g", {id: "bridges"});
    const graph = svg.querySelector("g.graph");
    /** Of every module its nodes, with those of the modules within it. */
    this.members = data.modules.map((_, module) =>
      data.nodes.flatMap((node, id) => (this.isWithin(node.module, module) ? [id] : [])));
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

  /** Whether a module is another one, or in it. */
  isWithin(module, outer) {
    return module !== undefined && (module === outer || this.isWithin(this.data.modules[module].parent, outer));
  }

  /** All serve the result: folding that away would leave nothing to see. */
  canFold(id) { return this.isFolded(id) || (id !== this.data.nodes.length - 1 && this.servants(id).size > 0); }
  get isAnyFolded() { return this.folded.size > 0 || this.foldedModules.size > 0; }
  isFolded(id) { return this.folded.has(id) || this.foldedModuleOf(id) !== undefined; }
  isHidden(id) { return this.shownAs[id] !== id; }

  /** What a node is folded into, as its frame or its card is titled; nothing of one that has a card. */
  holder(id) {
    const shown = this.shownAs[id];
    const module = this.foldedModuleOf(shown);
    if (module !== undefined && this.members[module].includes(id)) return moduleTitle(this.data.modules[module]);
    return shown === id ? null : this.data.nodes[shown].name;
  }

  /** The outermost folded module that is shown as this node. */
  foldedModuleOf(id) {
    return [...this.foldedModules].filter((module) => this.members[module].at(-1) === id).sort((a, b) => a - b)[0];
  }

  toggle(id) {
    const module = this.foldedModuleOf(id);
    if (module !== undefined) this.foldedModules.delete(module);
    else if (!this.folded.delete(id) && this.canFold(id)) this.folded.add(id);
    this.apply(id);
  }

  /** Folds a module into its last node, or unfolds it. */
  toggleModule(module) {
    if (!this.foldedModules.delete(module)) this.foldedModules.add(module);
    this.apply(this.members[module].at(-1));
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

  /** Shows what is folded now; `near` is where something changed. */
  apply(near = null) {
    this.shownAs = this.data.nodes.map((_, id) => id);
    // Outer modules first, then nodes, those nearer to the result first: they hide folded ones within.
    for (const module of [...this.foldedModules].sort((a, b) => a - b)) {
      const members = this.members[module];
      if (members.length > 0 && !this.isHidden(members.at(-1))) this.hide(members, members.at(-1));
    }
    for (const root of [...this.folded].sort((a, b) => b - a)) {
      if (!this.isHidden(root)) this.hide(this.servants(root), root);
    }
    const counts = new Map();
    this.shownAs.forEach((root, id) => { if (root !== id) counts.set(root, (counts.get(root) ?? 0) + 1); });
    this.data.nodes.forEach((_, id) => this.put(id, this.isHidden(id) ? undefined : this.foldedModuleOf(id)));
    this.cards.forEach((card, id) => {
      card.group.classList.toggle("hidden", this.isHidden(id));
      card.showBadge(counts.get(id) ?? 0);
    });
    this.frames.forEach((frame, module) => {
      const open = this.members[module].some((id) => !this.isHidden(id)) && !this.isWithinFolded(module);
      frame.classList.toggle("hidden", !open);
    });
    this.showBridges();
    this.changed(near);
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

  /** Shows a node by its own card, or by that of a folded module. */
  put(id, module) {
    const before = this.cards[id];
    const card = module === undefined ? this.ownCards[id] : this.cardOf(module, id);
    if (card === before) return;
    const focused = before.group === document.activeElement;
    before.group.replaceWith(card.group);
    this.cards[id] = card;
    if (focused) card.group.focus({preventScroll: true});
  }

  /** The card of a module, whose last node this is. */
  cardOf(module, id) {
    if (!this.moduleCards.has(module)) {
      const node = moduleNode(this.data, this.steps.uses, module, this.members[module]);
      const frame = this.frames[module].querySelector("polygon").getBBox();
      const group = svgElement("g", {id: `node-${id}`, class: "node"});
      this.moduleCards.set(module, this.makeCard(id, group, moduleBox(frame, node), node));
    }
    return this.moduleCards.get(module);
  }

  /** Draws lines in the place of edges into what is folded: one between two cards. */
  showBridges() {
    const bridged = new Map();
    for (const {group, label, uses: [use]} of this.edges.list) {
      const [start, end] = [this.shownAs[use.from], this.shownAs[use.user]];
      const moved = [use.from, use.user].some((id) => this.cards[id] !== this.ownCards[id] || this.isHidden(id));
      group.classList.toggle("hidden", moved);
      label.classList.toggle("hidden", moved);
      if (!moved || start === end) continue;
      const key = `${start} ${end}`;
      bridged.set(key, [...(bridged.get(key) ?? []), use]);
    }
    this.edges.bridges = [...bridged].map(([key, uses]) => {
      const [start, end] = key.split(" ").map((id) => this.cards[id].box);
      return new Edge(bridge(start, end), uses);
    });
    this.bridges.replaceChildren(...this.edges.bridges.map(({group}) => group));
  }
}

/** A line with its head from a card to another, below it where they overlap from side to side. */
function bridge(a, b) {
  const down = b.x < a.x + a.width && b.y > a.y + a.height;
  const [x1, y1] = down ? [a.x + a.width / 2, a.y + a.height] : [a.x + a.width, a.y + a.height / 2];
  const [x2, y2] = down ? [b.x + b.width / 2, b.y] : [b.x, b.y + b.height / 2];
  const head = down ? [[0, 0], [-3, -7], [3, -7]] : [[0, 0], [-7, -3], [-7, 3]];
  const bend = Math.max(30, (down ? y2 - y1 : Math.abs(x2 - x1)) / 2);
  const [dx, dy] = down ? [0, bend] : [bend, 0];
  const [endX, endY] = down ? [x2, y2 - 6] : [x2 - 6, y2];
  return svgElement("g", {class: "edge bridge"},
    svgElement("path", {fill: "none", d: `M${x1} ${y1}C${x1 + dx} ${y1 + dy} ${endX - dx} ${endY - dy} ${endX} ${endY}`}),
    svgElement("polygon", {points: head.map(([x, y]) => `${x2 + x},${y2 + y}`).join(" ")}));
}
