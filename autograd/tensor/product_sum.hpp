// A sum of products of the same shape that is put off: where each has few terms, several together
// cost less than to read and write the result for each of them.
//   ProductSum sum;
//   if (sum.takes(product)) sum.add(product);
#pragma once

#include <autograd/tensor/product.hpp>
#include <vector>

namespace brickgrad {

class ProductSum {
 public:
  /// Whether a product can be added: of two matrices in one element type, columns of the left one
  /// and rows of the right one contiguous, and of the shape of those that are there.
  bool takes(const Product& p) const;
  /// Adds one that it takes, and keeps alive what that keeps alive, and `owner`. Other elements of
  /// its operands must stay until the sum is computed.
  void add(const Product& p, const StorageRef& owner = {});
  /// The terms of all products together.
  std::int64_t terms() const { return terms_; }
  bool empty() const { return pairs_.empty(); }
  void clear();

 private:
  friend void compute_sums(std::span<const struct ProductSumJob> jobs);
  std::vector<MatrixPair> pairs_;
  std::vector<StorageRef> kept_;
  std::int64_t terms_ = 0;
  DType dtype_ = float64;
};

/// A sum that is not empty, and where it goes, in its element type.
struct ProductSumJob {
  const ProductSum* sum;
  ProductTarget to;
};
/// Computes a few sums that do not overlap; each thread takes its rows of all of them.
void compute_sums(std::span<const ProductSumJob> jobs);

}  // namespace brickgrad
