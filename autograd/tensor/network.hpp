// What layers of networks compute on plain tensors, row by row.
#pragma once

#include <autograd/tensor/tensor.hpp>
#include <utility>

namespace brickgrad {

/// (x - mean) / sqrt(variance + epsilon) gain + bias over the last axis; gain and bias have its
/// extent. Throws when they do not.
Tensor normalized(const Tensor& x, const Tensor& gain, const Tensor& bias, double epsilon);
/// Its derivative to x, and to the gain.
Tensor normalized_gradient(const Tensor& g, const Tensor& x, const Tensor& gain, double epsilon);
Tensor normalized_gain_gradient(const Tensor& g, const Tensor& x, double epsilon);

/// y (g - sum(g y)) along an axis: the derivative of softmax.
Tensor softmax_gradient(const Tensor& g, const Tensor& y, int axis);

/// h' and c' of an LSTM, stacked, from its gates (batch, 4 hidden) and c (batch, hidden).
Tensor lstm_state(const Tensor& gates, const Tensor& c);
/// Its derivatives to the gates and to c.
std::pair<Tensor, Tensor> lstm_gradient(const Tensor& d, const Tensor& gates, const Tensor& c);

namespace internal {

/// Throw when the operands of scaled_dot_product_attention and lstm_cell do not match.
void check_attention(const Shape& q, const Shape& k, const Shape& v);
void check_lstm_cell(const Shape& x, const Shape& h, const Shape& c, const Shape& w_ih,
                     const Shape& w_hh, const Shape& b);

}  // namespace internal

}  // namespace brickgrad
