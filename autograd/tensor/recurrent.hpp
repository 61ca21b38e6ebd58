// What recurrent networks compute on plain tensors: the step of an LSTM, and all steps of one.
#pragma once

#include <autograd/tensor/tensor.hpp>
#include <memory>
#include <tuple>

namespace brickgrad {

/// h' and c' of ops::LstmCell, stacked, from its inputs. `gates` receives the gates (batch, 4
/// hidden) before their activation. Throws when the inputs do not match.
Tensor lstm_state(const Tensor& x, const Tensor& h, const Tensor& c, const Tensor& w_ih,
                  const Tensor& w_hh, const Tensor& b, std::shared_ptr<Tensor>& gates);
/// The derivatives to its gates, and to c beside what these give, from the one d to h' and c'.
std::tuple<Tensor, Tensor> lstm_cell_gradients(const Tensor& d, const Tensor& c,
                                               const std::shared_ptr<Tensor>& gates);

/// The states (2, T + 1, batch, hidden) of ops::Lstm from its inputs: x (T, batch, 4 hidden), w
/// (hidden, 4 hidden), h and c (batch, hidden). `gates` receives the gates of all steps. Throws
/// when these do not match.
Tensor lstm_states(const Tensor& x, const Tensor& w, const Tensor& h, const Tensor& c,
                   std::shared_ptr<Tensor>& gates);
/// The derivatives to all its gates, to h beside what those of the first step give, and to c, from
/// the one d to the states.
std::tuple<Tensor, Tensor, Tensor> lstm_gradients(const Tensor& d, const Tensor& states,
                                                  const std::shared_ptr<Tensor>& gates,
                                                  const Tensor& w);

namespace internal {

/// Throws when the operands of lstm do not match.
void check_lstm(const Shape& x, const Shape& h, const Shape& c, const Shape& w_ih,
                const Shape& w_hh, const Shape& b);

}  // namespace internal

}  // namespace brickgrad
