// The page of a graph: puts its parts together.

function startPage() {
  const data = pageData();
  const frame = document.getElementById("graph");
  const svg = frame.querySelector("svg");
  const find = (id) => document.getElementById(id);
  svg.querySelector("g.graph > title")?.remove();
  replaceContent(find("trouble"), ...data.trouble.map((line) => element("li", {}, line)));
  find("trouble").classList.toggle("bad", Boolean(data.bad));
  find("trouble").hidden = data.trouble.length === 0;
  if (data.values) {
    find("folded").hidden = false;
    find("folded").textContent = `${grouped(data.values)} values, folded into ${data.nodes.length} cards`;
  }
  showLegend(find("legend"), data);
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", `The graph: ${data.nodes.length} values`);
  svg.prepend(svgElement("desc", {}, "Values as cards, from the leaves to the result, and the gradients along the edges between them."));

  const steps = new Steps(data);
  const cards = data.nodes.map((node, id) => new Card(svg.querySelector(`#node-${id}`), id, node));
  const edges = new Edges(svg, data, steps);
  const view = new View(frame, svg);
  const equations = new Equations(find("equations"), data, steps);
  const folding = new Folding(svg, data, steps, cards, edges, () => {
    view.fitAnew();
    mark(player.step);
    player.announce();
  });
  let pointed = null;

  const details = new Details(find("details"), data, steps, folding, select);
  const player = new Player(find("player"), {
    count: steps.count,
    text,
    skips: (step) => steps.list[step].node !== null && folding.isHidden(steps.list[step].node),
    show,
  });
  find("player").style.setProperty("--forward", `${100 * steps.forwardEnd / (steps.count - 1)}%`);

  function nodeOf(step) {
    return steps.list[step].node ?? data.nodes.length - 1;
  }

  /** What a step is, and where its value is when its card is folded away. */
  function text(step) {
    const {node} = steps.list[step];
    const inside = node !== null && folding.isHidden(node) ? `, inside the folded ${folding.holder(node)}` : "";
    return steps.text(step) + inside;
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

  function show(step) {
    const {phase, node} = steps.list[step];
    document.body.dataset.phase = phase;
    cards.forEach((card, id) => card.show(steps.isComputed(id, step), steps.gradient(id, step)));
    mark(step);
    edges.show(step);
    find("count").textContent = `step ${step} of ${steps.count - 1}`;
    equations.show(step);
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
    cards.forEach((card, other) => card.group.classList.toggle("pointed", other === id));
    details.show(id ?? nodeOf(player.step), player.step);
  }

  /** The node in focus, whose details stay. */
  function focused() {
    const id = cards.findIndex(({group}) => group === document.activeElement);
    return id < 0 ? null : id;
  }

  function toggleFold(id) {
    folding.toggle(id);
    details.show(id, player.step);
  }

  /** Zooms around the node of the step. */
  function zoom(factor) {
    view.chooseZoom(factor, view.middleInSight(cards[folding.shownAs[nodeOf(player.step)]].box));
  }

  cards.forEach(({group}, id) => {
    group.setAttribute("tabindex", 0);
    group.addEventListener("pointerenter", () => point(id));
    group.addEventListener("pointerleave", () => point(focused()));
    group.addEventListener("focus", () => point(id));
    group.addEventListener("blur", () => point(null));
    group.addEventListener("dblclick", () => toggleFold(id));
  });
  const search = new Search(find("search"), find("found"), data, cards, select);
  find("zoom-in").addEventListener("click", () => zoom(1.3));
  find("zoom-out").addEventListener("click", () => zoom(1 / 1.3));
  find("fit").addEventListener("click", () => view.fit());
  find("unfold").addEventListener("click", () => folding.unfoldAll());

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input:not([type=range])")) return;
    const actions = {
      "/": () => search.input.focus(),
      "+": () => zoom(1.3),
      "-": () => zoom(1 / 1.3),
      "0": () => view.fit(),
      f: () => toggleFold(pointed ?? nodeOf(player.step)),
      u: () => folding.unfoldAll(),
      escape: () => document.activeElement.blur(),
    };
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
  player.start();
}

/** Only what the graph has. */
function showLegend(legend, data) {
  const kinds = new Set(data.nodes.flatMap((node) => node.operands ?? []).filter((operand) => operand.passes)
    .map((operand) => kindOf(operand.passes)));
  if (kinds.size > 0) kinds.add("hint");
  if (data.bad) kinds.add("bad");
  for (const item of [...legend.children]) if (!kinds.has(item.className)) item.remove();
  if (data.left_out) legend.append(element("li", {class: "hint"}, data.left_out));
  legend.hidden = legend.children.length === 0;
}

startPage();
