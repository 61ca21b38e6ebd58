// Convolution of images on plain tensors, (N, C, H, W) in row-major order.
#pragma once

#include <autograd/tensor/tensor.hpp>

namespace brickgrad {

/// x (N, C, H, W) with w (O, C, KH, KW) and b (O,) gives (N, O, H', W'), with
/// H' = (H + 2 p - KH) / s + 1. Throws when the shapes do not match or a kernel is larger than the
/// padded image.
Tensor convolved(const Tensor& x, const Tensor& w, const Tensor& b, std::int64_t stride,
                 std::int64_t padding);
/// The shape of that, from those of the three.
Shape convolved_shape(const Shape& x, const Shape& w, const Shape& b, std::int64_t stride,
                      std::int64_t padding);
/// The derivative to x, of the given shape, and that to w.
Tensor convolution_input(const Tensor& g, const Tensor& w, const Shape& shape, std::int64_t stride,
                         std::int64_t padding);
Tensor convolution_weight(const Tensor& x, const Tensor& g, const Shape& shape, std::int64_t stride,
                          std::int64_t padding);

}  // namespace brickgrad
