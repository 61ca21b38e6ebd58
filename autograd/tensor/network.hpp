// What layers of networks compute on plain tensors, row by row.
#pragma once

#include <autograd/tensor/tensor.hpp>
#include <memory>

namespace brickgrad {

/// (x - mean) / sqrt(variance + epsilon) gain + bias over the last axis; gain and bias have its
/// extent. Throws when they do not. `moments` receives the mean and 1 / sqrt(variance + epsilon) of
/// every row, (rows, 2) in float64.
Tensor normalized(const Tensor& x, const Tensor& gain, const Tensor& bias, double epsilon,
                  std::shared_ptr<Tensor>& moments);
/// Its derivative to x, and to the gain.
Tensor normalized_gradient(const Tensor& g, const Tensor& x, const Tensor& gain,
                           const std::shared_ptr<Tensor>& moments);
Tensor normalized_gain_gradient(const Tensor& g, const Tensor& x,
                                const std::shared_ptr<Tensor>& moments);

/// y (g - sum(g y)) along an axis: the derivative of softmax.
Tensor softmax_gradient(const Tensor& g, const Tensor& y, int axis);

namespace internal {

/// Throws when the operands of scaled_dot_product_attention do not match.
void check_attention(const Shape& q, const Shape& k, const Shape& v);

}  // namespace internal

}  // namespace brickgrad
