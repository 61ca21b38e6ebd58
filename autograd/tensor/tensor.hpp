// A plain n-dimensional array: float64 or float32, rank 0 to 8, shared storage and strides. It
// knows nothing of gradients. Copies and views (slices, transposes, reshapes of contiguous data)
// share the elements, as in NumPy and PyTorch; clone() makes a copy of its own.
//   Tensor a = Tensor::from({{1., 2.}, {3., 4.}});
//   Tensor b = matmul(a, transpose(a)) + 1;
//   b(0, 1);  b.shape();  b.item() wants one element
#pragma once

#include <fmt/format.h>
#include <autograd/dtype.hpp>
#include <autograd/shape.hpp>
#include <autograd/tensor/storage.hpp>
#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace brickgrad {

/// A result that is put off, so that it can be written, or added, where it is wanted: to contiguous
/// memory of its shape.
template <class P>
concept LazyTensor = requires(const P& p, void* out, DType dtype, bool add) {
  p.shape();
  p.dtype();
  p.compute(out, dtype, add);
};

/// A number, or a list of literals: what nested braces in Tensor::from mean.
class Literal {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> Literal(T number) : number_(static_cast<double>(number)) {}
  Literal(std::initializer_list<Literal> items) : items_(items), is_list_(true) {}
  bool is_list() const { return is_list_; }
  double number() const { return number_; }
  const std::vector<Literal>& items() const { return items_; }

 private:
  double number_ = 0;
  std::vector<Literal> items_;
  bool is_list_ = false;
};

class Tensor {
 public:
  using IsTensorLike = void;
  /// No elements: shape (0,), float64.
  Tensor() : numel_(0), shape_(Shape::unchecked({0})), strides_{1} {}
  /// A rank-0 tensor of float64.
  template <class T>
  requires std::is_arithmetic_v<T> Tensor(T value) : Tensor(full({}, static_cast<double>(value))) {}
  /// The value of what was put off.
  template <LazyTensor P>
  Tensor(const P& p) : Tensor(empty(p.shape(), p.dtype())) {
    p.compute(data_, dtype_, false);
  }

  static Tensor empty(const Shape& shape, DType dtype = float64);
  static Tensor zeros(const Shape& shape, DType dtype = float64);
  static Tensor ones(const Shape& shape, DType dtype = float64);
  static Tensor full(const Shape& shape, double value, DType dtype = float64);
  static Tensor eye(std::int64_t n, DType dtype = float64);
  /// start, start + step, … up to but without stop. Throws for a step of 0 or one that leads away.
  static Tensor arange(double start, double stop, double step = 1, DType dtype = float64);
  static Tensor arange(double stop) { return arange(0, stop); }
  /// `count` evenly spaced numbers from start to stop, both included.
  static Tensor linspace(double start, double stop, std::int64_t count, DType dtype = float64);
  /// Uniform on [0, 1). The same seed gives the same numbers on every platform.
  static Tensor rand(const Shape& shape, std::uint64_t seed, DType dtype = float64);
  /// Standard normal. The same seed gives the same numbers on every platform.
  static Tensor randn(const Shape& shape, std::uint64_t seed, DType dtype = float64);
  /// Nested braces: {1., 2.} is a vector, {{1., 2.}, {3., 4.}} a matrix of two rows, and so on.
  static Tensor from(std::initializer_list<Literal> values, DType dtype = float64);
  /// The values in row-major order. Throws when their number is not that of the shape.
  static Tensor from(std::span<const double> values, const Shape& shape);
  static Tensor from(std::span<const float> values, const Shape& shape);
  static Tensor from(std::initializer_list<double> values, const Shape& shape) {
    return from(std::span(values.begin(), values.size()), shape);
  }
  static Tensor from(const std::vector<double>& values, const Shape& shape) {
    return from(std::span(values), shape);
  }
  static Tensor from(const std::vector<float>& values, const Shape& shape) {
    return from(std::span(values), shape);
  }

  const Shape& shape() const { return shape_; }
  const Dims& strides() const { return strides_; }
  DType dtype() const { return dtype_; }
  int rank() const { return shape_.rank(); }
  std::int64_t numel() const { return numel_; }
  /// The extent of one axis; negative axes count from the end.
  std::int64_t size(std::int64_t axis) const;
  bool is_contiguous() const { return contiguous_; }

  /// The only element. Throws when there is not exactly one.
  double item() const;
  /// One element as double: t(1, 2). Throws for an index out of range; negative ones count from the
  /// end.
  template <std::integral... I>
  double operator()(I... index) const {
    return at({static_cast<std::int64_t>(index)...});
  }
  double at(const Dims& index) const;
  void set(const Dims& index, double value);
  /// Row i, a view.
  Tensor operator[](std::int64_t i) const;
  /// All elements in row-major order.
  std::vector<double> to_vector() const;
  /// True when there is exactly one element and it is not 0: so `if (a < b)` works for scalars.
  explicit operator bool() const { return item() != 0; }

  /// The elements in memory, for tensors that are contiguous. Throws Error otherwise, and for
  /// another element type. Writing through a pointer is not seen by the version check.
  template <Scalar T>
  T* data() const {
    check_data(dtype_of<T>);
    return static_cast<T*>(raw());
  }
  template <Scalar T>
  std::span<T> span() const {
    return {data<T>(), static_cast<std::size_t>(numel_)};
  }

  /// The same memory seen with other extents and strides, which count elements and are not
  /// negative, `offset` elements further on: PyTorch's as_strided. Throws Error when these reach
  /// beyond it.
  Tensor as_strided(const Shape& shape, const Dims& strides, std::int64_t offset = 0) const;
  /// A copy of its own, contiguous.
  Tensor clone() const;
  /// Itself when contiguous, a contiguous copy otherwise.
  Tensor contiguous() const;
  /// The values in another element type; itself when the type is the same.
  Tensor to(DType dtype) const;

  // Changes in place, seen by all that share the elements. `by` names the change in the error of a
  // backward pass that needed the old values.
  Tensor& fill_(double value);
  Tensor& zero_() { return fill_(0); }
  Tensor& copy_(const Tensor& source, const char* by = "copy_");
  Tensor& add_(const Tensor& other, double alpha = 1);
  Tensor& sub_(const Tensor& other, double alpha = 1);
  Tensor& mul_(const Tensor& other);
  Tensor& div_(const Tensor& other);
  Tensor& operator+=(const Tensor& other) { return add_(other); }
  Tensor& operator-=(const Tensor& other) { return sub_(other); }
  Tensor& operator*=(const Tensor& other) { return mul_(other); }
  Tensor& operator/=(const Tensor& other) { return div_(other); }

  // For the engine.
  void* raw() const { return data_; }
  const StorageRef& storage() const { return storage_; }
  /// A tensor on memory that somebody else keeps alive.
  static Tensor borrow(void* data, const Shape& shape, DType dtype) {
    return Tensor({}, data, shape, dtype);
  }
  static Tensor borrow(void* data, const Shape& shape, const Dims& strides, DType dtype);
  /// A contiguous tensor on the start of this storage.
  static Tensor on_storage(StorageRef storage, const Shape& shape, DType dtype);
  /// The last two axes exchanged; of two dimensions or more.
  Tensor swapped() const;
  /// Hands over the storage: what remains is borrowed.
  StorageRef give_up_storage() { return std::move(storage_); }
  /// The same elements, kept alive by this storage.
  Tensor with_storage(const StorageRef& storage) const {
    Tensor t = *this;
    t.storage_ = storage;
    return t;
  }
  /// Says that the elements were changed in place by the operation `by`.
  void mark_modified(const char* by) const;

 protected:
  /// Contiguous.
  Tensor(StorageRef storage, void* data, const Shape& shape, DType dtype)
      : storage_(std::move(storage)),
        data_(data),
        numel_(shape.numel()),
        dtype_(dtype),
        shape_(shape),
        strides_(row_major(shape)) {}

 private:
  void check_data(DType wanted) const;
  void check_reach(const Shape& shape, const Dims& strides, std::int64_t offset) const;
  void set_layout(const Shape& shape, const Dims& strides);
  std::int64_t offset_of(const Dims& index) const;

  StorageRef storage_;  // none: borrowed
  void* data_ = nullptr;
  std::int64_t numel_;
  DType dtype_ = float64;
  bool contiguous_ = true;
  Shape shape_;
  Dims strides_;
};

/// Options of printing; NumPy's manner.
struct PrintOptions {
  int precision = 8;              // significant digits at most
  std::int64_t threshold = 1000;  // more elements than this are summarised
  std::int64_t edge_items = 3;    // how many at each edge of a summary
};
std::string to_string(const Tensor& t, const PrintOptions& options = {});
std::ostream& operator<<(std::ostream& out, const Tensor& t);

/// A number in up to `precision` significant digits, the shortest text that reads back the same.
std::string format_number(double x, int precision = 17);

}  // namespace brickgrad

template <>
struct fmt::formatter<brickgrad::Shape> : fmt::formatter<std::string> {
  auto format(const brickgrad::Shape& s, auto& context) const {
    return fmt::formatter<std::string>::format(brickgrad::to_string(s), context);
  }
};
template <>
struct fmt::formatter<brickgrad::Tensor> : fmt::formatter<std::string> {
  auto format(const brickgrad::Tensor& t, auto& context) const {
    return fmt::formatter<std::string>::format(brickgrad::to_string(t), context);
  }
};
