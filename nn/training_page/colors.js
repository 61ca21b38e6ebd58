// The colours of classes and of the neurons of the first layer: those of Okabe and Ito, "Color
// universal design" (2008), which the colour-blind can tell apart.

const classColors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c8c00", "#7f7f7f"];
const unitColors = ["#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#9467bd", "#8c564b", "#17a2a2", "#b5a100"];

function channels(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

function unitColor(unit) { return unitColors[unit % unitColors.length]; }

/** Another one when the colours begin again. */
function unitDashes(unit) {
  return ["1.6 1", "4.5 1.2", "0.5 0.9", "4.5 1 0.5 1"][Math.floor(unit / unitColors.length) % 4];
}

/** Another shape for each class, about 2 units from its center to its edge. */
const classShapes = [
  "M-1.5 0a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0z",
  "M-1.4 -1.4h2.8v2.8h-2.8z",
  "M0 -1.9L1.8 1.4H-1.8z",
  "M0 -2L2 0L0 2L-2 0z",
  "M0 1.9L1.8 -1.4H-1.8z",
  "M-1.9 -.6h1.3v-1.3h1.2v1.3h1.3v1.2h-1.3v1.3h-1.2v-1.3h-1.3z",
  "M0 -2L1.9 -.6L1.2 1.6H-1.2L-1.9 -.6z",
  "M-2 0L-1 -1.7H1L2 0L1 1.7H-1z",
];

/** Round numbers between two, about as many as wanted. */
function roundNumbers(low, high, wanted) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const numbers = [];
  for (let i = Math.ceil(low / step); i * step <= high; ++i) numbers.push(Number((i * step).toPrecision(12)));
  return numbers;
}
