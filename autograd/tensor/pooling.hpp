// Pooling of images on plain tensors, (N, C, H, W): the largest element of each window.
#pragma once

#include <autograd/tensor/tensor.hpp>

namespace brickgrad {

/// The shape of images whose windows of `size` by `size` became one element each.
Shape pooled_shape(const Shape& x, std::int64_t size);
/// The element of each window of v where x has its maximum there. A NaN is a maximum.
Tensor pooled(const Tensor& v, const Tensor& x, std::int64_t size);
/// Zeros of x's shape with the elements of g in those places.
Tensor unpooled(const Tensor& g, const Tensor& x, std::int64_t size);

/// Elements that were selected, and which these were: numbers of their type and layout.
struct Selection {
  Tensor values, places;
};
/// The maxima of windows of 2 x 2, whose elements are counted by rows: 0 to 3.
Selection select_maxima(const Tensor& x);
/// The part of images of this shape that lies under these windows.
Shape under_windows(const Shape& x);
/// Zeros of a shape, or of that part of it, with the elements of g in such places.
Tensor unselect_maxima(const Tensor& g, const Tensor& places, const Shape& shape);

}  // namespace brickgrad
