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

  function show(step) {
    const frame = frames[step];
    find("epoch").textContent = frame.epoch;
    find("loss").textContent = significant(frame.loss);
    find("loss").title = String(Number(frame.loss));
    find("accuracy").textContent = `${significant(100 * frame.accuracy, 3)} %`;
    for (const view of [boundary, network, curves, parameters]) view.show(frame);
  }

  network.gradients.addEventListener("change", () => network.show(frames[player.step]));
  player = new Player(find("player"), {
    count: frames.length,
    text: (step) => `epoch ${frames[step].epoch}, loss ${significant(frames[step].loss)}`,
    show,
    interval: Math.max(60, Math.min(400, 12000 / frames.length)),
  });
  player.start();
}

startPage();
