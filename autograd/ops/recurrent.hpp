// The step of a recurrent network.
#pragma once

#include <array>
#include <autograd/ops/contract.hpp>
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
    if constexpr (requires { lstm_gradient(d, gates, c); }) {
      return std::get<I>(lstm_gradient(d, gates, c));
    } else {
      const auto n = c.shape()[1];
      const auto part = [&](int k) { return slice(gates, 1, k * n, (k + 1) * n); };
      const auto i = sigmoid(part(0)), f = sigmoid(part(1)), g = tanh(part(2)),
                 o = sigmoid(part(3)), t = tanh(f * c + i * g);
      const auto dh = d[0], dc = d[1] + dh * o * (1 - t * t);
      if constexpr (I == 1)
        return dc * f;
      else
        return concat(std::vector{dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g),
                                  dh * t * o * (1 - o)},
                      1);
    }
  }
  /// Both on plain tensors, which share most of the work.
  static auto pullbacks(const auto& d, const auto&, const auto& gates, const auto& c) {
    return lstm_gradient(d, gates, c);
  }
  static std::vector<Sample<LstmCell>> samples() { return {{{}, {{3, 8}, {3, 2}}}}; }
};

}  // namespace brickgrad::ops
