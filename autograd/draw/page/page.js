// The page of a graph: puts its parts together.

function startPage() {
  const data = pageData();
  const frame = document.getElementById("graph");
  const svg = frame.querySelector("svg");
  const find = (id) => document.getElementById(id);
  svg.querySelector("g.graph > title")?.remove();
  if (data.values) {
    find("folded").hidden = false;
    find("folded").textContent = `${grouped(data.values)} values, folded into ${data.nodes.length} cards`;
  }
  find("legend").append(element("li", {class: "left-out hint"}, data.left_out));
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", `The graph: ${data.nodes.length} values`);
  svg.prepend(svgElement("desc", {}, "Values as cards, from the leaves to the result, and the gradients along the edges between them."));

  const steps = new Steps(data);
  const cards = data.nodes.map((node, id) => {
    const group = svg.querySelector(`#node-${id}`);
    return makeCard(id, group, takeBox(group), node);
  });
  const edges = new Edges(svg, data, steps);
  const view = new View(frame, svg);
  const equations = new Equations(find("equations"), data, steps);
  const folding = new Folding(svg, data, steps, cards, edges, {makeCard, changed: showFolded});
  let pointed = null;
  /** What is in focus; its details stay while the focus is on it or in them. */
  let held = null;

  const details = new Details(find("details"), data, steps, cards, folding, {select, toggle: toggleFold});
  const player = new Player(find("player"), {
    count: steps.count,
    text,
    skips: (step) => steps.list[step].node !== null && folding.isHidden(steps.list[step].node),
    show,
  });
  find("player").style.setProperty("--forward", `${100 * steps.forwardEnd / (steps.count - 1)}%`);

  /** A card that listens. */
  function makeCard(id, group, box, node) {
    group.addEventListener("pointerenter", () => point(id));
    group.addEventListener("pointerleave", () => point(held));
    group.addEventListener("focus", () => hold(id));
    group.addEventListener("dblclick", () => toggleFold(id));
    return new Card(group, box, node);
  }

  /** After something was folded or unfolded. */
  function showFolded(at) {
    const {step} = player;
    cards.forEach((_, id) => showCard(id, step));
    edges.show(step);
    view.fitAnew();
    const near = at ?? pointed ?? steps.list[step].node;
    if (near !== null) view.begin(cards[folding.shownAs[near]].box, true);
    showUnfold();
    showLegend();
    mark(step);
    markPointed();
    player.announce();
  }

  function nodeOf(step) {
    return steps.list[step].node ?? data.nodes.length - 1;
  }

  /** What a step is, and where its value is when its card is folded away. */
  function text(step) {
    const {node} = steps.list[step];
    const holder = node === null ? null : folding.holder(node);
    return steps.text(step) + (holder === null ? "" : `, inside the folded ${holder}`);
  }

  /** Says which step it is, and lights its card; a folded node lights the one that it is folded into. */
  function mark(step) {
    const {phase, node} = steps.list[step];
    find("phase").textContent = text(step);
    const current = node === null ? null : folding.shownAs[node];
    const targets = phase !== "backward" ? []
      : data.nodes[node].operands.filter((operand) => operand.passes).map((operand) => folding.shownAs[operand.node]);
    cards.forEach((card, id) => {
      card.group.classList.toggle("current", id === current);
      card.group.classList.toggle("target", id !== current && targets.includes(id));
    });
  }

  /** Unfolds what was folded here; cards that were folded when the page was written stay. */
  function showUnfold() {
    const button = find("unfold");
    button.disabled = !folding.isAnyFolded;
    button.title = folding.isAnyFolded ? "Unfold all (U)"
      : data.values ? `The cards hold ${grouped(data.values)} values since this page was written: that is too many for a card each`
      : "Nothing is folded";
  }

  /** Only what is drawn. */
  function showLegend() {
    const kinds = edges.kinds();
    for (const item of find("legend").children) item.hidden = !kinds.has(item.classList[0]);
    find("legend").hidden = kinds.size === 0;
  }

  function showCard(id, step) {
    cards[id].show(steps.isComputed(id, step), steps.gradient(id, step));
  }

  function say(message) {
    find("message").textContent = message;
  }

  function show(step) {
    const {phase, node} = steps.list[step];
    say("");
    document.body.dataset.phase = phase;
    cards.forEach((_, id) => showCard(id, step));
    mark(step);
    edges.show(step);
    find("count").textContent = `step ${step} of ${steps.count - 1}`;
    equations.show(step);
    // It never shrinks, so that the graph keeps its place.
    find("step").style.minHeight = `${find("step").offsetHeight}px`;
    details.show(pointed ?? nodeOf(step), step);
    if (node !== null) view.bringInSight(cards[folding.shownAs[node]].box);
  }

  /** Shows the details of a node, and the node. */
  function select(id) {
    folding.reveal(id);
    point(id);
    cards[id].group.focus({preventScroll: true});
    view.bringInSight(cards[id].box);
  }

  function point(id) {
    pointed = id;
    markPointed();
    for (const card of cards) card.group.classList.remove("lit");
    details.show(id ?? nodeOf(player.step), player.step);
  }

  function markPointed() {
    cards.forEach((card, id) => card.group.classList.toggle("pointed", id === pointed));
  }

  function hold(id) {
    held = id;
    point(id);
  }

  function toggleFold(id) {
    say("");
    if (folding.canFold(id)) folding.toggle(id);
    else if (data.nodes[id].module !== undefined) folding.toggleModule(data.nodes[id].module);
    else say(`Nothing to fold: no value serves ${data.nodes[id].name} alone, and it is in no module`);
    details.show(id, player.step);
  }

  /** Folds what serves the value under the pointer or of the step. */
  function fold() {
    const id = pointed ?? steps.list[player.step].node;
    if (id === null) return say("F folds what serves a value alone: point at one, or step to it");
    if (id === data.nodes.length - 1 && !folding.isFolded(id)) return say(`F would fold everything into ${data.nodes[id].name}: point at another value`);
    toggleFold(id);
  }

  /** A value, or the card that it is inside of, when its numbers are there. */
  function jump(id, name) {
    if (!steps.isComputed(id, player.step) || ["waiting", "partial"].includes(steps.gradient(id, player.step).state)) {
      player.stop().go(steps.count - 1);
    }
    select(id);
    cards[id].group.classList.add("lit");
    if (name !== data.nodes[id].name) say(`${name} is inside ${data.nodes[id].call}`);
  }

  /** Zooms around the node of the step. */
  function zoom(factor) {
    view.chooseZoom(factor, view.middleInSight(cards[folding.shownAs[nodeOf(player.step)]].box));
  }

  for (const part of [svg, find("details")]) {
    part.addEventListener("focusout", ({relatedTarget}) => {
      if (!relatedTarget?.closest(".node, #details")) hold(null);
    });
  }
  const search = new Search(find("search"), find("found"), data, cards, {
    show: (id) => view.bringInSight(cards[folding.shownAs[id]].box),
    select: (id) => {
      say("");
      folding.reveal(id);
      point(id);
      view.bringInSight(cards[id].box);
    },
  });
  const trouble = find("trouble");
  replaceContent(trouble, ...data.trouble.map((line, i) =>
    element("li", i < data.bad_lines ? {class: "bad"} : {}, ...linked(line, search.places, jump))));
  trouble.classList.toggle("bad", data.bad_lines > 0);
  trouble.hidden = data.trouble.length === 0;
  find("zoom-in").addEventListener("click", () => zoom(1.3));
  find("zoom-out").addEventListener("click", () => zoom(1 / 1.3));
  find("fit").addEventListener("click", () => view.fit());
  find("unfold").addEventListener("click", () => folding.unfoldAll());

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || isTextField(event.target)) return;
    const actions = {
      "/": () => search.input.focus(),
      "+": () => zoom(1.3),
      "-": () => zoom(1 / 1.3),
      "0": () => view.fit(),
      f: fold,
      u: () => folding.unfoldAll(),
      escape: () => {
        document.activeElement.blur();
        hold(null);
      },
    };
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
  showUnfold();
  showLegend();
  view.fitAnew();
  const start = data.nodes.findIndex((node) => node.trouble_starts);
  view.begin((cards[start] ?? cards[0]).box, start >= 0);
  player.start();
}

startPage();
