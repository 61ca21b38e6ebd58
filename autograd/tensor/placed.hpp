// A tensor among zeros that is put off, so that it can be written, or added, where it is wanted:
// the gradient of a slice costs what the slice has, not what it was taken from.
#pragma once

#include <autograd/tensor/tensor.hpp>

namespace brickgrad {

/// Zeros of a shape, with `part` at start, start + step, … along one axis.
class Placed {
 public:
  using IsTensorLike = void;
  Placed(const Tensor& part, const Shape& shape, int axis, std::int64_t start, std::int64_t step)
      : part_(part), shape_(shape), axis_(axis), start_(start), step_(step) {}

  const Shape& shape() const { return shape_; }
  DType dtype() const { return part_.dtype(); }
  /// Writes it, or adds it, to contiguous memory of its shape.
  void compute(void* out, DType dtype, bool add) const;

 private:
  Tensor part_;
  Shape shape_;
  int axis_;
  std::int64_t start_, step_;
};

}  // namespace brickgrad
