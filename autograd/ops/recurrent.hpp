// Recurrent networks: one step, and all of them.
#pragma once

#include <array>
#include <autograd/ops/contract.hpp>
#include <autograd/ops/kept.hpp>
#include <utility>
#include <vector>

namespace brickgrad::ops {

/// From the four gates before their activation, side by side as (batch, 4 hidden) in the order
/// input, forget, cell, output, and the cell state c (batch, hidden):
///   c' = sigmoid(f) c + sigmoid(i) tanh(g),  h' = sigmoid(o) tanh(c')
/// h' and c' are stacked as (2, batch, hidden) (Hochreiter and Schmidhuber 1997, with the forget
/// gate of Gers and others 2000).
struct LstmCell : Structural<2> {
  static constexpr auto name = "lstm_cell";
  static constexpr std::array reads{reads_input(0) | reads_input(1),
                                    reads_input(0) | reads_input(1)};
  static auto forward(const auto& gates, const auto& c) { return lstm_state(gates, c); }
  template <int I>
  static auto pullback(const auto& d, const auto&, const auto& gates, const auto& c) {
    const auto n = c.shape()[1];
    const auto part = [&](int k) { return slice(gates, 1, k * n, (k + 1) * n); };
    const auto i = sigmoid(part(0)), f = sigmoid(part(1)), g = tanh(part(2)), o = sigmoid(part(3)),
               t = tanh(f * c + i * g);
    const auto& dh = d[0];
    const auto dc = d[1] + dh * o * (1 - t * t);
    if constexpr (I == 1)
      return dc * f;
    else
      return concat(std::vector{dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g),
                                dh * t * o * (1 - o)},
                    1);
  }
  /// The two share most of the work.
  static auto pullbacks(const auto& d, const auto&, const auto& gates, const auto& c) {
    return lstm_gradient(d, gates, c);
  }
  static std::vector<Sample<LstmCell>> samples() { return {{{}, {{3, 8}, {3, 2}}}}; }
};

/// All steps of an LSTM: x (T, batch, 4 hidden) is what the inputs give to the gates at each of
/// them, w (hidden, 4 hidden) are the weights of the state, h and c (batch, hidden) is the state
/// before the first one:
///   h', c' = lstm_cell(x[t] + h w, c)
/// The result has the states before each step and after the last one, (2, T + 1, batch, hidden).
struct Lstm : Structural<4> {
  static constexpr auto name = "lstm";
  // x for derivatives of the derivative, which compute the gates once more.
  static constexpr Reads reads = reads_result | reads_input(0) | reads_input(1);
  mutable KeptTensor gates = {};  // of all steps
  auto forward(const auto& x, const auto& w, const auto& h, const auto& c) const {
    return lstm_states(x, w, h, c, gates);
  }
  template <int I>
  static auto pullback(const auto& d, const auto& y, const auto& x, const auto& w, const auto&,
                       const auto&) {
    const auto steps = x.shape()[0], batch = x.shape()[1], n = w.shape()[0];
    auto dh = d[0][steps], dc = d[1][steps];
    std::vector<decltype(dh)> d_gates(static_cast<std::size_t>(steps), dh);
    for (auto t = steps; t-- > 0;) {
      const auto all = linear(y[0][t], w, x[t]), c = y[1][t];
      const std::array after{dh, dc};
      const auto to_gates = LstmCell::pullback<0>(after, y, all, c);
      dc = d[1][t] + LstmCell::pullback<1>(after, y, all, c);
      dh = d[0][t] + matmul(to_gates, transpose(w));
      d_gates[static_cast<std::size_t>(t)] = to_gates;
    }
    if constexpr (I == 2) {
      return dh;
    } else if constexpr (I == 3) {
      return dc;
    } else {
      const auto of_all_steps = concat(d_gates);
      if constexpr (I == 0)
        return reshape(of_all_steps, x.shape());
      else
        return matmul(transpose(reshape(slice(y[0], 0, 0, steps), {steps * batch, n})),
                      of_all_steps);
    }
  }
  auto pullbacks(const auto& d, const auto& y, const auto&, const auto& w, const auto&,
                 const auto&) const {
    return lstm_gradients(d, y, w, gates);
  }
  static std::vector<Sample<Lstm>> samples() {
    return {{{}, {{3, 2, 8}, {2, 8}, {2, 2}, {2, 2}}}, {{}, {{1, 3, 4}, {1, 4}, {3, 1}, {3, 1}}}};
  }
};

}  // namespace brickgrad::ops
