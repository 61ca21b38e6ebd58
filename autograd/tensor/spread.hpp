// What elements receive that were summed: the gradient of their sum, times a factor. It is put off,
// so that it can be written, or added, where it is wanted.
#pragma once

#include <autograd/tensor/tensor.hpp>

namespace brickgrad {

/// `sums`, reduced from a shape along axes, back in that shape, times a factor.
class Spread {
 public:
  using IsTensorLike = void;
  Spread(const Tensor& sums, double factor, const Shape& shape, const Axes& axes)
      : sums_(sums), factor_(factor), shape_(shape), axes_(axes) {}

  const Shape& shape() const { return shape_; }
  DType dtype() const { return sums_.dtype(); }
  /// Writes it, or adds it, to contiguous memory of its shape.
  void compute(void* out, DType dtype, bool add) const;

 private:
  Tensor sums_;
  double factor_;
  Shape shape_;
  Axes axes_;
};

}  // namespace brickgrad
