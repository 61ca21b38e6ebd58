// A matrix product that is put off, so that it can be written, or added, where it is wanted.
#pragma once

#include <autograd/tensor/matrix_view.hpp>
#include <autograd/tensor/tensor.hpp>
#include <limits>
#include <memory>
#include <span>

namespace brickgrad {

/// A tensor of two dimensions or more whose last two are exchanged, as an operand of a product.
struct Turned {
  using IsTensorLike = void;
  const Tensor& tensor;
};

/// Contiguous memory for a product, and whether it is added to what is there.
struct ProductTarget {
  void* data;
  DType dtype;
  bool add;
};

class Product;
/// A product, and where it goes.
struct ProductJob {
  const Product* product;
  ProductTarget to;
};
/// Computes a few products that do not overlap, large ones side by side: a thread that is done with
/// its part of one goes on with another. Each takes them in their order: first had better be those
/// whose left rows a thread has from before, last those that read what all threads have.
void compute_together(std::span<const ProductJob> jobs);

/// The product of two matrices, or of batches of them, which broadcast. A bias is added to it: a
/// row, for every row of the result, or for two matrices a whole matrix. It keeps the elements of
/// its operands alive where they are counted.
class Product {
 public:
  using IsTensorLike = void;
  /// Throws when the shapes do not match.
  Product(const Tensor& a, const Tensor& b) : Product(a, false, b, false) {}
  Product(const Turned& a, const Tensor& b) : Product(a.tensor, true, b, false) {}
  Product(const Tensor& a, const Turned& b) : Product(a, false, b.tensor, true) {}
  Product(const Tensor& a, const Tensor& b, const Tensor& bias);

  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  /// Writes it, or adds it, to contiguous memory of its shape.
  void compute(void* out, DType dtype, bool add) const;
  /// Whether the right operand is `b`, and its rows can be summed in the same pass over it.
  bool sums_rows_of(const Tensor& b) const;
  /// The same as compute(), and writes the sum of the rows of the right operand, or adds it, to
  /// `sums`.
  void compute_with_sums(void* out, bool add, void* sums, bool add_sums) const;
  /// Whether the two operands that it does not keep alive itself begin where holds(pointer) says
  /// so; false for batches of matrices.
  template <class F>
  bool borrows_only(const F& holds) const {
    return !batches_ && (a_.storage || holds(a_.view.data)) && (b_.storage || holds(b_.view.data));
  }
  /// Whether all operands begin where holds(pointer) says so; false for batches of matrices.
  template <class F>
  bool reads_only(const F& holds) const {
    return !batches_ && holds(a_.view.data) && holds(b_.view.data) &&
           (bias_kind_ == Bias::none || holds(bias_.view.data));
  }
  /// How many products of two numbers it takes; not a number for batches of matrices.
  double work() const {
    if (batches_) return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(a_.view.rows) * static_cast<double>(a_.view.columns) *
           static_cast<double>(b_.view.columns);
  }
  /// The number of terms of a sum, of two matrices.
  std::int64_t terms() const { return a_.view.columns; }
  friend void compute_together(std::span<const ProductJob> jobs);
  friend class ProductSum;
  /// Writes the sum over all batches, or adds it, to one contiguous matrix. There is no bias.
  void compute_sum(void* out, DType dtype, bool add) const;

 private:
  /// An operand of two dimensions, without the weight of a Tensor.
  struct Factor {
    Factor() : view{}, dtype(float64) {}
    explicit Factor(const Tensor& t, bool turn = false) : dtype(t.dtype()), storage(t.storage()) {
      const Dims &n = t.shape(), &step = t.strides();
      const int r = t.rank();
      if (r < 2) {
        view = {t.raw(), 1, t.numel(), t.numel(), r ? step[0] : 1};
      } else {
        const int row = turn ? r - 1 : r - 2, column = turn ? r - 2 : r - 1;
        view = {t.raw(), n[row], n[column], step[row], step[column]};
      }
    }
    Tensor tensor() const;
    /// Fit for the kernels: in this element type, its rows or columns contiguous.
    bool is_ready(DType wanted) const;
    MatrixView view;
    DType dtype;
    StorageRef storage;
  };
  enum class Bias { none, row, whole };
  struct Batches {
    Tensor a, b;
  };
  Product(const Tensor& a, bool turn_a, const Tensor& b, bool turn_b, const Tensor* bias = nullptr)
      : a_(a, turn_a),
        b_(b, turn_b),
        bias_(bias ? Factor(*bias) : Factor()),
        dtype_(promote(a.dtype(), b.dtype())),
        plain_(a.is_contiguous() && b.is_contiguous() && a.dtype() == b.dtype()) {
    // Extents that cannot overflow when multiplied.
    constexpr std::int64_t few = std::int64_t{1} << 29;
    if (a.rank() == 2 && b.rank() == 2 && a_.view.columns == b_.view.rows && a_.view.rows < few &&
        b_.view.columns < few) [[likely]]
      shape_ = Shape::unchecked(Dims::pair(a_.view.rows, b_.view.columns));
    else
      open_checked(a, turn_a, b, turn_b);
  }
  void open_checked(const Tensor& a, bool turn_a, const Tensor& b, bool turn_b);
  void open_checked(const Tensor& a, const Tensor& b);
  /// What is not plain.
  void compute_checked(void* out, DType dtype, bool add) const;
  void compute_batches(void* out, DType dtype, bool add) const;

  /// The bias for the kernels, where it is ready for them.
  BiasView bias_view() const {
    if (bias_kind_ == Bias::none) return {};
    return {bias_.view.data, bias_kind_ == Bias::whole ? bias_.view.row_stride : 0};
  }
  /// Two matrices and a bias that are all fit for the kernels.
  bool is_ready(DType wanted) const;
  /// A row made ready; nothing for other biases.
  Tensor ready_row(DType wanted) const;

  Factor a_, b_, bias_;
  DType dtype_;
  Bias bias_kind_ = Bias::none;
  bool plain_;  // two matrices and perhaps a bias: contiguous, of one element type
  std::unique_ptr<Batches> batches_;  // when there are more than two dimensions
  Shape shape_;
};

/// Throws when the shapes of a product do not match; a vector is a row on the left and a column on
/// the right.
void check_product(const Shape& a, const Shape& b);

inline Product product_of(const Tensor& a, const Tensor& b) { return {a, b}; }
inline Product product_of(const Turned& a, const Tensor& b) { return {a, b}; }
inline Product product_of(const Tensor& a, const Turned& b) { return {a, b}; }
inline Product product_of(const Tensor& a, const Tensor& b, const Tensor& bias) {
  return {a, b, bias};
}

}  // namespace brickgrad
