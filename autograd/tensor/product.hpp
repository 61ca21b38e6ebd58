// A matrix product that is put off, so that it can be written, or added, where it is wanted.
#pragma once

#include <autograd/tensor/matrix_view.hpp>
#include <autograd/tensor/tensor.hpp>
#include <memory>

namespace brickgrad {

/// The product of two matrices, or of batches of them, which broadcast. A bias is added to it: a
/// row, for every row of the result, or for two matrices a whole matrix. It keeps the elements of
/// its operands alive where they are counted.
class Product {
 public:
  using IsTensorLike = void;
  /// Throws when the shapes do not match.
  Product(const Tensor& a, const Tensor& b);
  Product(const Tensor& a, const Tensor& b, const Tensor& bias);

  const Shape& shape() const { return shape_; }
  DType dtype() const { return promote(a_.dtype, b_.dtype); }
  /// Writes it, or adds it, to contiguous memory of its shape.
  void compute(void* out, DType dtype, bool add) const;
  /// Writes the sum over all batches, or adds it, to one contiguous matrix. There is no bias.
  void compute_sum(void* out, DType dtype, bool add) const;

 private:
  /// An operand of two dimensions, without the weight of a Tensor.
  struct Factor {
    Factor() = default;
    explicit Factor(const Tensor& t);
    Tensor tensor() const;
    /// Fit for the kernels: in this element type, its rows or columns contiguous.
    bool is_ready(DType wanted) const;
    MatrixView view{};
    DType dtype = float64;
    StorageRef storage;
  };
  enum class Bias { none, row, whole };
  struct Batches {
    Tensor a, b;
  };
  void compute_batches(void* out, DType dtype, bool add) const;

  /// The row for the kernels, or null.
  const void* row() const { return bias_kind_ == Bias::row ? bias_.view.data : nullptr; }

  Factor a_, b_, bias_;
  Bias bias_kind_ = Bias::none;
  std::unique_ptr<Batches> batches_;  // when there are more than two dimensions
  Shape shape_;
};

inline Product product_of(const Tensor& a, const Tensor& b) { return {a, b}; }
inline Product product_of(const Tensor& a, const Tensor& b, const Tensor& bias) {
  return {a, b, bias};
}

}  // namespace brickgrad
