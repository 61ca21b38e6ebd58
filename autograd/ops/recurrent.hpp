// Recurrent networks: one step, and all of them.
#pragma once

#include <autograd/ops/contract.hpp>
#include <autograd/ops/kept.hpp>
#include <utility>
#include <vector>

namespace brickgrad::ops {

/// The way back through the activations of one step, from the gradients of h' and c' to those of
/// the gates (batch, 4 hidden) and of c.
template <class T>
class LstmActivations {
 public:
  LstmActivations(const T& dh, const T& dc, const T& gates, const T& c)
      : i_(sigmoid(part(gates, 0))),
        f_(sigmoid(part(gates, 1))),
        g_(tanh(part(gates, 2))),
        o_(sigmoid(part(gates, 3))),
        t_(tanh(f_ * c + i_ * g_)),
        c_(c),
        dh_(dh),
        dc_(dc + dh * o_ * (1 - t_ * t_)) {}
  T to_gates() const {
    return concat(std::vector{dc_ * g_ * i_ * (1 - i_), dc_ * c_ * f_ * (1 - f_),
                              dc_ * i_ * (1 - g_ * g_), dh_ * t_ * o_ * (1 - o_)},
                  1);
  }
  T to_c() const { return dc_ * f_; }

 private:
  static T part(const T& gates, int k) {
    const auto n = gates.shape()[1] / 4;
    return slice(gates, 1, k * n, (k + 1) * n);
  }
  T i_, f_, g_, o_, t_, c_, dh_, dc_;
};

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
  template <int I>
  static auto pullback(const auto& d, const auto&, const auto& x, const auto& h, const auto& c,
                       const auto& w_ih, const auto& w_hh, const auto& b) {
    const auto all = linear(h, w_hh, linear(x, w_ih, b));
    const LstmActivations back(d[0], d[1], all, c);
    if constexpr (I == 0)
      return matmul(back.to_gates(), transpose(w_ih));
    else if constexpr (I == 1)
      return matmul(back.to_gates(), transpose(w_hh));
    else if constexpr (I == 2)
      return back.to_c();
    else if constexpr (I == 3)
      return matmul(transpose(x), back.to_gates());
    else if constexpr (I == 4)
      return matmul(transpose(h), back.to_gates());
    else
      return back.to_gates();
  }
  /// They share most of the work.
  auto pullbacks(Reads wanted, const auto& d, const auto&, const auto& x, const auto& h,
                 const auto& c, const auto& w_ih, const auto& w_hh, const auto&) const {
    return lstm_gradient(d, x, h, c, w_ih, w_hh, gates, wanted & reads_input(0),
                         wanted & reads_input(1));
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
  template <int I>
  static auto pullback(const auto& d, const auto& y, const auto& x, const auto& w, const auto&,
                       const auto&) {
    const auto steps = x.shape()[0], batch = x.shape()[1], n = w.shape()[0];
    auto dh = d[0][steps], dc = d[1][steps];
    std::vector<decltype(dh)> d_gates(static_cast<std::size_t>(steps), dh);
    for (auto t = steps; t-- > 0;) {
      const auto all = linear(y[0][t], w, x[t]), c = y[1][t];
      const LstmActivations back(dh, dc, all, c);
      const auto to_gates = back.to_gates();
      dc = d[1][t] + back.to_c();
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
  auto pullbacks(Reads, const auto& d, const auto& y, const auto&, const auto& w, const auto&,
                 const auto&) const {
    return lstm_gradients(d, y, w, gates);
  }
  static std::vector<Sample<Lstm>> samples() {
    return {{{}, {{3, 2, 8}, {2, 8}, {2, 2}, {2, 2}}}, {{}, {{1, 3, 4}, {1, 4}, {3, 1}, {3, 1}}}};
  }
};

}  // namespace brickgrad::ops
