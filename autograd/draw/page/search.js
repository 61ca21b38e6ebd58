// Finds nodes by their name, op or formula; Enter goes from one to the next.

class Search {
  constructor(input, output, data, cards, select) {
    Object.assign(this, {input, output, data, cards, select, found: [], at: -1});
    this.texts = data.nodes.map((node) =>
      [node.name, node.full_name, node.op, node.call, node.kind, node.group?.ops, node.group?.module_name,
        ...(node.group?.parameters ?? []).map(({name}) => name)].filter(Boolean).join(" ").toLowerCase());
    input.addEventListener("input", () => this.find());
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.next(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") this.clear();
    });
  }

  find() {
    const wanted = this.input.value.trim().toLowerCase();
    this.found = wanted ? this.data.nodes.map((_, id) => id).filter((id) => this.texts[id].includes(wanted)) : [];
    this.at = -1;
    this.cards.forEach((card, id) => card.group.classList.toggle("found", this.found.includes(id)));
    document.body.classList.toggle("searching", wanted !== "");
    this.output.textContent = wanted ? `${this.found.length} found` : "";
  }

  next(direction) {
    if (this.found.length === 0) return;
    this.at = (this.at + direction + this.found.length) % this.found.length;
    this.output.textContent = `${this.at + 1} of ${this.found.length}`;
    this.select(this.found[this.at]);
  }

  clear() {
    this.input.value = "";
    this.find();
    this.input.blur();
  }
}
