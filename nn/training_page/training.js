// The page of a training: everything shows the epoch under the slider.

function startPage() {
  const data = pageData();
  const frames = data.frames;
  const find = (id) => document.getElementById(id);
  let player = null;
  const boundary = new Boundary(find("boundary"), data);
  const network = new Network(find("network"), data);
  const curves = new Curves(find("curves"), data, (frame) => player.stop().go(frame));
  const parameters = new Parameters(find("parameters"), data);

  const highlight = new Highlight(document.body);

  function show(step) {
    const frame = frames[step];
    find("epoch").textContent = frame.epoch;
    find("loss").textContent = significant(frame.loss);
    find("loss").title = String(Number(frame.loss));
    find("accuracy").textContent = `${significant(100 * frame.accuracy, 3)} %`;
    for (const view of [boundary, network, curves, parameters]) view.show(frame);
    highlight.show();
  }

  replaceContent(find("notes"), ...data.notes.map((note) => element("p", {}, note)));
  find("notes").hidden = data.notes.length === 0;
  find("notes").classList.toggle("failed", frames.at(-1).accuracy < 1);
  find("recorded").textContent = recordedText(frames.map((frame) => frame.epoch), data.epochs);
  network.gradients.addEventListener("change", () => show(player.step));
  player = new Player(find("player"), {
    count: frames.length,
    text: (step) => `epoch ${frames[step].epoch}, loss ${significant(frames[step].loss)}`,
    show,
    interval: Math.max(60, Math.min(400, 12000 / frames.length)),
  });
  player.start();
}

/** Which epochs the slider has. */
function recordedText(recorded, epochs) {
  if (recorded.length === epochs) return epochs === 1 ? "1 epoch is recorded." : `All ${epochs} epochs are recorded.`;
  if (recorded.length < 3) return `${recorded.length} of ${epochs} epochs are recorded: the first and the last.`;
  const each = recorded.findIndex((epoch, i) => epoch !== i);
  const first = each > 1 ? `each one up to ${each - 1}, then ` : "";
  const gap = (i) => recorded[i] - recorded[i - 1];
  // The last one is kept wherever it falls.
  const start = gap(Math.max(each, 1)), end = gap(recorded.length - 2);
  const rest = end > start ? `farther and farther apart, every ${start} at first and every ${end} at the end` : `about every ${end}`;
  return `${recorded.length} of ${epochs} epochs are recorded: ${first}${rest}.`;
}

startPage();
