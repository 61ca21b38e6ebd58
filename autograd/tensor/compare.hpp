// Comparisons of tensors, element by element.
#pragma once

#include <autograd/tensor/tensor.hpp>

namespace brickgrad {

enum class Comparison { less, less_equal, greater, greater_equal, equal, not_equal };

/// A mask: 1 where the comparison holds and 0 elsewhere, in the shape to which both broadcast and
/// of the wider element type. With NaN only `not_equal` holds. Throws Error for shapes that do not
/// broadcast.
Tensor compare(const Tensor& a, const Tensor& b, Comparison comparison);

}  // namespace brickgrad
