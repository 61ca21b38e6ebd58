// What recurrent networks compute on plain tensors: the step of an LSTM, and all steps of one.
#pragma once

#include <autograd/tensor/product.hpp>
#include <autograd/tensor/tensor.hpp>
#include <memory>
#include <tuple>
#include <utility>

namespace brickgrad {

/// h' and c' of an LSTM, stacked, from its gates (batch, 4 hidden) and c (batch, hidden). Throws
/// when these do not match.
Tensor lstm_state(const Tensor& gates, const Tensor& c);
/// Its derivatives to the gates and to c.
std::pair<Tensor, Tensor> lstm_gradient(const Tensor& d, const Tensor& gates, const Tensor& c);

/// The states (2, T + 1, batch, hidden) of ops::Lstm from its inputs: x (T, batch, 4 hidden), w
/// (hidden, 4 hidden), h and c (batch, hidden). `gates` receives the gates of all steps. Throws
/// when these do not match.
Tensor lstm_states(const Tensor& x, const Tensor& w, const Tensor& h, const Tensor& c,
                   std::shared_ptr<Tensor>& gates);
/// Its derivatives to the four inputs, from the one d to the states. Products refer to the first.
std::tuple<Tensor, Product, Product, Tensor> lstm_gradients(const Tensor& d, const Tensor& states,
                                                            const Tensor& w,
                                                            const std::shared_ptr<Tensor>& gates);

namespace internal {

/// Throws when the operands of lstm_cell, or of lstm, do not match.
void check_lstm_cell(const Shape& x, const Shape& h, const Shape& c, const Shape& w_ih,
                     const Shape& w_hh, const Shape& b);
void check_lstm(const Shape& x, const Shape& h, const Shape& c, const Shape& w_ih,
                const Shape& w_hh, const Shape& b);

}  // namespace internal

}  // namespace brickgrad
