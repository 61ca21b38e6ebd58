#include "limits.hpp"
#include "vectors.hpp"

namespace limits {

namespace {

using V = Vector<float>;
constexpr int n = lanes<float>;

inline V sigmoid(V x) { return 1 / (1 + exp(-x)); }

}  // namespace

float Lstm::step() {
  constexpr int state = batch * hidden, all_gates = batch * gates;
  const Factor inputs_of_all(x, steps * batch, inputs), recurrent(w_hh, hidden, gates);
  // The products of all inputs at once; each step adds that of its state.
  multiply(inputs_of_all, {w_ih, inputs, gates}, gate);
  for (int t = 0; t < steps; ++t) {
    float* g = gate + t * all_gates;
    if (t > 0) multiply({h + t * state, batch, hidden}, recurrent, {g, 0, true});
    for (int i = 0; i < batch; ++i)
      for (int j = 0; j < hidden; j += n) {
        float* at = g + i * gates + j;
        const int s = i * hidden + j;
        const V input = sigmoid(load(at) + load(b + j));
        const V forget = sigmoid(load(at + hidden) + load(b + hidden + j));
        const V cell = tanh(load(at + 2 * hidden) + load(b + 2 * hidden + j));
        const V output = sigmoid(load(at + 3 * hidden) + load(b + 3 * hidden + j));
        const V next = forget * load(c + t * state + s) + input * cell, squashed = tanh(next);
        store<float>(at, input);
        store<float>(at + hidden, forget);
        store<float>(at + 2 * hidden, cell);
        store<float>(at + 3 * hidden, output);
        store<float>(c + (t + 1) * state + s, next);
        store<float>(tanh_c + t * state + s, squashed);
        store<float>(h + (t + 1) * state + s, output * squashed);
      }
  }

  const float* last = h + steps * state;
  V squares{};
  for (int i = 0; i < state; i += n) {
    const V v = load(last + i);
    squares += v * v;
    store<float>(dh + i, v * (2.f / state));
    store<float>(dc + i, V{});
  }
  for (int t = steps; t-- > 0;) {
    float *g = gate + t * all_gates, *dg = d_gate + t * all_gates;
    for (int i = 0; i < batch; ++i)
      for (int j = 0; j < hidden; j += n) {
        const float* at = g + i * gates + j;
        float* to = dg + i * gates + j;
        const int s = i * hidden + j;
        const V input = load(at), forget = load(at + hidden), cell = load(at + 2 * hidden);
        const V output = load(at + 3 * hidden), squashed = load(tanh_c + t * state + s);
        const V from_h = load(dh + s);
        const V from_c = load(dc + s) + from_h * output * (1 - squashed * squashed);
        store<float>(to, from_c * cell * input * (1 - input));
        store<float>(to + hidden, from_c * load(c + t * state + s) * forget * (1 - forget));
        store<float>(to + 2 * hidden, from_c * input * (1 - cell * cell));
        store<float>(to + 3 * hidden, from_h * squashed * output * (1 - output));
        store<float>(dc + s, from_c * forget);
      }
    if (t > 0) multiply({dg, batch, gates}, turned(recurrent), dh);
  }
  const Factor d_gates(d_gate, steps * batch, gates);
  multiply(turned(inputs_of_all), d_gates, d_w_ih);
  multiply(turned({h, steps * batch, hidden}), d_gates, d_w_hh);
  std::memset(d_b, 0, gates * sizeof(float));
  for (int i = 0; i < steps * batch; ++i)
    for (int j = 0; j < gates; ++j) d_b[j] += d_gate[i * gates + j];
  return sum_of<float>(squares) / state;
}

}  // namespace limits
