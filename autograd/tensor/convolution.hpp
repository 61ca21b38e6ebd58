// Convolution of images on plain tensors, (N, C, H, W) in row-major order.
#pragma once

#include <autograd/tensor/pooling.hpp>
#include <autograd/tensor/tensor.hpp>

namespace brickgrad {

/// x (N, C, H, W) with w (O, C, KH, KW) and b (O,) gives (N, O, H', W'), with
/// H' = (H + 2 p - KH) / s + 1. Throws when the shapes do not match or a kernel is larger than the
/// padded image. Of images in lanes there may be the first rows and columns of the result alone, as
/// many as `part` has.
Tensor convolved(const Tensor& x, const Tensor& w, const Tensor& b, std::int64_t stride,
                 std::int64_t padding, const Shape* part = nullptr);
/// The shape of that, from those of the three.
Shape convolved_shape(const Shape& x, const Shape& w, const Shape& b, std::int64_t stride,
                      std::int64_t padding);
/// The derivative to x, of the given shape, and that to w. While a thread keeps lanes (see
/// image_lanes.hpp), g may be the first rows and columns alone: the others are zeros.
Tensor convolution_input(const Tensor& g, const Tensor& w, const Shape& shape, std::int64_t stride,
                         std::int64_t padding);
Tensor convolution_weight(const Tensor& x, const Tensor& g, const Shape& shape, std::int64_t stride,
                          std::int64_t padding);
/// The latter, while lanes are kept, from the gradients of the maxima of windows of 2 x 2.
Tensor convolution_weight(const Tensor& x, const Selection& g, const Shape& shape,
                          std::int64_t stride, std::int64_t padding);

}  // namespace brickgrad
