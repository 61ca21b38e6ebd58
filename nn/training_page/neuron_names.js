// What neurons are called, in every view: h1_2 is the second one of the first hidden layer, as in
// the pictures of a net neuron by neuron.

/** A list of names a column: the inputs, then the neurons of each Linear. */
function neuronNames(data) {
  const linears = data.layers.filter((layer) => layer.type === "Linear");
  const named = (count, name) => Array.from({length: count}, (_, i) => name(i));
  return [named(linears[0].inputs, (i) => `x${i + 1}`), ...linears.map((layer, at) => {
    if (at + 1 < linears.length) return named(layer.outputs, (i) => `h${at + 1}_${i + 1}`);
    // One output is the probability of class 1.
    return named(layer.outputs, (i) => (layer.outputs > 1 ? String(i) : "1"));
  })];
}
