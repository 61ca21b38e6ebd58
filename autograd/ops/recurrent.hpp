// Recurrent networks: one step, and all of them.
#pragma once

#include <autograd/ops/contract.hpp>
#include <autograd/ops/kept.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace brickgrad::ops {

/// What the gates of a step do to its state: one text for lanes of rows and for values.
struct LstmGates {
  /// h' and c' from the gates i, f, g, o before their activation, and c.
  static auto state(const auto& i, const auto& f, const auto& g, const auto& o, const auto& c) {
    const auto next = sigmoid(f) * c + sigmoid(i) * tanh(g);
    return std::pair{sigmoid(o) * tanh(next), next};
  }
  /// From the gradients of h' and c', those of the gates and of c.
  static auto gradient(const auto& dh, const auto& dc, const auto& gate_i, const auto& gate_f,
                       const auto& gate_g, const auto& gate_o, const auto& c) {
    const auto i = sigmoid(gate_i), f = sigmoid(gate_f), g = tanh(gate_g), o = sigmoid(gate_o);
    const auto t = tanh(f * c + i * g);
    const auto d = dc + dh * o * (1 - t * t);
    return std::tuple{d * g * i * (1 - i), d * c * f * (1 - f), d * i * (1 - g * g),
                      dh * t * o * (1 - o), d * f};
  }
};

/// The same for gates side by side, (batch, 4 hidden), as in LstmCell: into to_gates and to_c. For
/// rows of plain tensors tensor/recurrent.cpp has another, which hands them to a kernel.
template <class T>
void pull_back_gates(const T& dh, const T& dc, const T& gates, const T& c, T& to_gates, T& to_c) {
  const auto n = c.shape()[1];
  const auto gate = [&](int k) { return slice(gates, 1, k * n, (k + 1) * n); };
  const auto [i, f, g, o, before] =
      LstmGates::gradient(dh, dc, gate(0), gate(1), gate(2), gate(3), c);
  to_gates = concat(std::vector{i, f, g, o}, 1);
  to_c = before;
}

/// One step from x (batch, inputs), h and c (batch, hidden), the weights w_ih (inputs, 4 hidden)
/// and w_hh (hidden, 4 hidden) and the bias b, a row or (batch, 4 hidden):
///   i, f, g, o = x w_ih + h w_hh + b
///   c' = sigmoid(f) c + sigmoid(i) tanh(g),  h' = sigmoid(o) tanh(c')
/// h' and c' are stacked as (2, batch, hidden) (Hochreiter and Schmidhuber 1997, with the forget
/// gate of Gers and others 2000).
struct LstmCell : Structural<6> {
  static constexpr auto name = "lstm_cell";
  // b for derivatives of the derivative, which compute the gates once more.
  static constexpr Reads reads = reads_input(0) | reads_input(1) | reads_input(2) | reads_input(3) |
                                 reads_input(4) | reads_input(5);
  mutable KeptTensor gates = {};
  auto forward(const auto& x, const auto& h, const auto& c, const auto& w_ih, const auto& w_hh,
               const auto& b) const {
    return lstm_state(x, h, c, w_ih, w_hh, b, gates);
  }
  /// The gradients of the gates and of c.
  auto shared(const auto& d, const auto&, const auto& x, const auto& h, const auto& c,
              const auto& w_ih, const auto& w_hh, const auto& b) const {
    if constexpr (requires { lstm_cell_gradients(d, c, gates); }) {
      return lstm_cell_gradients(d, c, gates);
    } else {
      auto to_gates = d, to_c = d;
      pull_back_gates(d[0], d[1], linear(h, w_hh, linear(x, w_ih, b)), c, to_gates, to_c);
      return std::tuple{to_gates, to_c};
    }
  }
  template <int I>
  static decltype(auto) pullback(const auto& shared, const auto&, const auto& x, const auto& h,
                                 const auto&, const auto& w_ih, const auto& w_hh, const auto&) {
    const auto& to_gates = std::get<0>(shared);
    if constexpr (I == 0)
      return matmul(to_gates, transpose(w_ih));
    else if constexpr (I == 1)
      return matmul(to_gates, transpose(w_hh));
    else if constexpr (I == 2)
      return std::get<1>(shared);
    else if constexpr (I == 3)
      return matmul(transpose(x), to_gates);
    else if constexpr (I == 4)
      return matmul(transpose(h), to_gates);
    else
      return std::get<0>(shared);
  }
  static std::vector<Sample<LstmCell>> samples() {
    return {{{}, {{3, 1}, {3, 2}, {3, 2}, {1, 8}, {2, 8}, {8}}},
            {{}, {{2, 3}, {2, 1}, {2, 1}, {3, 4}, {1, 4}, {2, 4}}}};
  }
};

/// All steps of an LSTM: x (T, batch, 4 hidden) is what the inputs give to the gates at each of
/// them, w (hidden, 4 hidden) are the weights of the state, h and c (batch, hidden) is the state
/// before the first one. See LstmCell for a step, whose gates here are x[t] + h w.
/// The result has the states before each step and after the last one, (2, T + 1, batch, hidden).
struct Lstm : Structural<4> {
  static constexpr auto name = "lstm";
  // x for derivatives of the derivative, which compute the gates once more.
  static constexpr Reads reads = reads_result | reads_input(0) | reads_input(1);
  mutable KeptTensor gates = {};  // of all steps
  auto forward(const auto& x, const auto& w, const auto& h, const auto& c) const {
    return lstm_states(x, w, h, c, gates);
  }
  /// The way back through all steps, for all of a batch or some of its rows: `s` has of each step t
  /// the gradients d_h(t) and d_c(t) of the states before it, its gates, c before it and a place
  /// for d_gates; and w turned. In dc it leaves the gradient of the first c.
  static void pull_back(auto& s, std::int64_t steps) {
    s.dh = s.d_h(steps);
    s.dc = s.d_c(steps);
    for (auto t = steps; t-- > 0;) {
      auto&& to_gates = s.d_gates(t);
      pull_back_gates(s.dh, s.dc, s.gates(t), s.c(t), to_gates, s.dc);
      s.dc += s.d_c(t);
      if (t > 0) s.dh = linear(to_gates, s.w_turned, s.d_h(t));
    }
  }
  /// The gradients of all gates, of the first h beside what its gates give to it, and of the first
  /// c.
  auto shared(const auto& d, const auto& y, const auto& x, const auto& w, const auto&,
              const auto&) const {
    if constexpr (requires { lstm_gradients(d, y, gates, w); }) {
      return lstm_gradients(d, y, gates, w);
    } else {
      const auto steps = x.shape()[0];
      WholeBatch<std::remove_cvref_t<decltype(d)>> s{d, y, x, w, transpose(w), d, d, {}};
      s.of_gates.resize(static_cast<std::size_t>(steps), d);
      pull_back(s, steps);
      return std::tuple{reshape(concat(s.of_gates), x.shape()), d[0][0], s.dc};
    }
  }
  template <int I>
  static decltype(auto) pullback(const auto& shared, const auto& y, const auto& x, const auto& w,
                                 const auto&, const auto&) {
    const auto steps = x.shape()[0], batch = x.shape()[1], n = w.shape()[0];
    if constexpr (I == 0) {
      return std::get<0>(shared);
    } else if constexpr (I == 1) {
      return matmul(transpose(reshape(slice(y[0], 0, 0, steps), {steps * batch, n})),
                    reshape(std::get<0>(shared), {steps * batch, 4 * n}));
    } else if constexpr (I == 2) {
      const auto to_first = reshape(slice(std::get<0>(shared), 0, 0, 1), {batch, 4 * n});
      return linear(to_first, transpose(w), std::get<1>(shared));
    } else {
      return std::get<2>(shared);
    }
  }
  static std::vector<Sample<Lstm>> samples() {
    return {{{}, {{3, 2, 8}, {2, 8}, {2, 2}, {2, 2}}}, {{}, {{1, 3, 4}, {1, 4}, {3, 1}, {3, 1}}}};
  }

 private:
  template <class V>
  struct WholeBatch {
    const V &d, &y, &x, &w;
    V w_turned, dh, dc;
    std::vector<V> of_gates;
    V d_h(std::int64_t t) const { return d[0][t]; }
    V d_c(std::int64_t t) const { return d[1][t]; }
    V gates(std::int64_t t) const { return linear(y[0][t], w, x[t]); }
    V c(std::int64_t t) const { return y[1][t]; }
    V& d_gates(std::int64_t t) { return of_gates[static_cast<std::size_t>(t)]; }
  };
};

}  // namespace brickgrad::ops
