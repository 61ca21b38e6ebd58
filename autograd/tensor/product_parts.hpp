// A matrix product in parts for several threads. For product.cpp alone.
//   const DividedProduct product(a, b, bias, out, dtype, add, kernel, num_threads());
//   …  // product.compute(i) for all i below product.count(), in any order
//   product.finish();
#pragma once

#include <autograd/tensor/kernels.hpp>
#include <autograd/tensor/tensor.hpp>
#include <optional>

namespace brickgrad {

/// Parts that can be computed one by one: some rows or some columns of a product each.
class ProductParts {
 public:
  /// At most so many.
  ProductParts(const MatrixView& a, const MatrixView& b, const BiasView& bias, void* out,
               DType dtype, bool add, const LargeMatmul& kernel, int most);
  std::int64_t count() const { return count_; }
  /// The first ones are the longer ones, but the last takes what is left over.
  void compute(std::int64_t part) const;

 private:
  MatrixView a_, b_;  // here, as other threads find them sooner
  BiasView bias_;
  void* out_;
  DType dtype_;
  bool add_;
  LargeMatmul kernel_;
  std::int64_t extent_, blocks_, count_;
};

/// A whole product: in such parts, or halves of its terms in such parts, whatever the threads. Then
/// the second half has memory of its own meanwhile.
class DividedProduct {
 public:
  DividedProduct(const MatrixView& a, const MatrixView& b, const BiasView& bias, void* out,
                 DType dtype, bool add, LargeMatmul kernel, int most);
  std::int64_t count() const { return first_->count() + (second_ ? second_->count() : 0); }
  void compute(std::int64_t part) const {
    part < first_->count() ? first_->compute(part) : second_->compute(part - first_->count());
  }
  /// Adds the halves, when all parts are computed.
  void finish() const;

 private:
  Tensor sums_;  // of the second half
  void* out_;
  std::optional<ProductParts> first_, second_;
};

}  // namespace brickgrad
