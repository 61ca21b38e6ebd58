// The mean of squared differences, and its derivative, which is put off, so that it can be written
// where it is wanted.
#pragma once

#include <autograd/tensor/tensor.hpp>

namespace brickgrad {

/// The mean of (x - y)^2 over all elements. Throws when the shapes differ, and for no elements.
double mean_squared_error(const Tensor& x, const Tensor& y);

/// Its derivative to x, times `scale`: 2 scale / n (x - y). It keeps none of its operands.
class MeanSquaredErrorGradient {
 public:
  using IsTensorLike = void;
  MeanSquaredErrorGradient(const Tensor& x, const Tensor& y, double scale)
      : x_(&x), y_(&y), factor_(2 * scale / static_cast<double>(x.numel())) {}

  const Shape& shape() const { return x_->shape(); }
  DType dtype() const { return x_->dtype(); }
  /// Writes it, or adds it, to contiguous memory of its shape.
  void compute(void* out, DType dtype, bool add) const;

 private:
  const Tensor *x_, *y_;
  double factor_;
};

inline MeanSquaredErrorGradient mean_squared_error_gradient(const Tensor& x, const Tensor& y,
                                                            const Tensor& scale) {
  return {x, y, scale.item()};
}

}  // namespace brickgrad
