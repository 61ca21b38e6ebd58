// Finds values by their name, op or formula, those in folded cards too; the first hit comes in sight
// while one types, and Enter goes from one to the next.

class Search {
  /** `show(id)` brings a node in sight, `select(id)` moves to it. */
  constructor(input, output, data, cards, {show, select}) {
    Object.assign(this, {input, output, data, cards, show, select, found: [], at: 0});
    this.texts = data.nodes.map((node) =>
      [node.name, node.full_name, node.op, node.call, node.kind, node.group?.ops, node.group?.module_name,
        ...(node.group?.parameters ?? []).map(({name}) => name)].filter(Boolean).join(" ").toLowerCase());
    this.places = placesOf(data);
    input.addEventListener("input", () => this.find());
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.next(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") this.clear();
    });
  }

  find() {
    const wanted = this.input.value.trim().toLowerCase();
    this.found = wanted ? this.hits(wanted) : [];
    this.at = 0;
    this.selected = false;
    const ids = new Set(this.found.map(({id}) => id));
    this.cards.forEach((card, id) => card.group.classList.toggle("found", ids.has(id)));
    document.body.classList.toggle("searching", wanted !== "");
    if (this.found.length > 0) this.show(this.found[0].id);
    this.say(wanted === "");
  }

  /** Cards, and values inside of cards; whose name is just what is wanted comes first. */
  hits(wanted) {
    const hits = this.data.nodes.map((_, id) => ({id})).filter(({id}) => this.texts[id].includes(wanted));
    const own = new Set(this.data.nodes.map(({name}) => name));
    for (const [name, id] of this.places) {
      if (!own.has(name) && name.toLowerCase().includes(wanted)) hits.push({id, inside: name});
    }
    const exact = ({id, inside}) => (inside ?? this.data.nodes[id].name).toLowerCase() === wanted;
    // A card that has a value by its name in a list needs no second hit for all of it.
    const within = new Set(hits.filter(({inside}) => inside).map(({id}) => id));
    return hits.filter(({id, inside}) => inside || !within.has(id) || this.data.nodes[id].name.toLowerCase().includes(wanted))
      .sort((a, b) => exact(b) - exact(a) || a.id - b.id);
  }

  say(empty) {
    const {length} = this.found;
    const hit = this.found[this.at];
    const count = this.selected ? `${this.at + 1} of ${length}` : `${length} found`;
    const inside = hit?.inside ? `${hit.inside} is inside ${this.data.nodes[hit.id].call}` : "";
    const next = length > 1 || (length === 1 && !this.selected) ? `Enter: ${this.selected ? "next" : "go there"}` : "";
    document.getElementById("message").textContent = "";
    this.output.textContent = empty ? "" : [count, inside, next].filter(Boolean).join(" · ");
  }

  next(direction) {
    if (this.found.length === 0) return;
    if (this.selected) this.at = (this.at + direction + this.found.length) % this.found.length;
    this.selected = true;
    this.say(false);
    this.select(this.found[this.at].id);
  }

  clear() {
    this.input.value = "";
    this.find();
    this.input.blur();
  }
}

/** The card of every value that has a name, those that are inside of cards for several too. */
function placesOf(data) {
  const places = new Map();
  data.nodes.forEach((node, id) => {
    for (const name of node.group?.members ?? []) places.set(name, id);
    for (const {name} of node.group?.leaving ?? []) places.set(name, id);
  });
  data.nodes.forEach(({name}, id) => places.set(name, id));
  return places;
}

/** A sentence in which the names of values are buttons. */
function linked(sentence, places, select) {
  const names = [...places.keys()].filter((name) => name && sentence.includes(name));
  if (names.length === 0) return [sentence];
  // The longest first: 10.weight is not 0.weight.
  const any = names.sort((a, b) => b.length - a.length).map(nameInText).join("|");
  return sentence.split(new RegExp(`(?<![\\p{L}\\p{N}_.])(${any})`, "u")).map((part, i) => {
    if (i % 2 === 0) return part;
    const link = element("button", {type: "button", class: "link"}, part);
    link.addEventListener("click", () => select(places.get(part), part));
    return link;
  });
}

/** A name as a pattern. What could be a word or a number is one where an op, a mark or the end follows. */
function nameInText(name) {
  const exact = name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return /\p{L}/u.test(name) && /[\p{N}_.]/u.test(name) ? `${exact}(?![\\p{L}\\p{N}_]|\\.[\\p{L}\\p{N}])` : `${exact}(?= \\(|[,;:]|$| →)`;
}
