// The extents of a tensor: up to eight dimensions, each 0 or more.
//   Shape s{2, 3};  s.rank();  s[0];  s.numel();  to_string(s)  // "(2, 3)"
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace brickgrad {

inline constexpr int max_rank = 8;

/// Up to eight signed numbers: extents, strides, axes.
class Dims {
 public:
  using value_type = std::int64_t;
  Dims() : rank_(0) { d_[0] = d_[1] = 0; }
  Dims(const Dims& o) : rank_(o.rank_) { copy(o); }
  Dims& operator=(const Dims& o) {
    rank_ = o.rank_;
    copy(o);
    return *this;
  }
  Dims(std::initializer_list<std::int64_t> d) : Dims(std::span(d.begin(), d.size())) {}
  /// Two numbers, without a loop over a list.
  static Dims pair(std::int64_t first, std::int64_t second) {
    Dims d;
    d.d_[0] = first;
    d.d_[1] = second;
    d.rank_ = 2;
    return d;
  }
  explicit Dims(std::span<const std::int64_t> d) : Dims() {
    if (d.size() > max_rank) fail_rank(d.size());
    for (auto x : d) d_[static_cast<std::size_t>(rank_++)] = x;
  }
  Dims(const std::vector<std::int64_t>& d) : Dims(std::span(d)) {}

  int rank() const { return rank_; }
  std::size_t size() const { return static_cast<std::size_t>(rank_); }
  bool empty() const { return rank_ == 0; }
  std::int64_t operator[](std::int64_t i) const { return d_[static_cast<std::size_t>(i)]; }
  std::int64_t& operator[](std::int64_t i) { return d_[static_cast<std::size_t>(i)]; }
  const std::int64_t* begin() const { return d_.data(); }
  const std::int64_t* end() const { return d_.data() + rank_; }
  std::int64_t back() const { return d_[static_cast<std::size_t>(rank_ - 1)]; }
  void push_back(std::int64_t d) {
    if (rank_ == max_rank) fail_rank(max_rank + 1);
    d_[static_cast<std::size_t>(rank_++)] = d;
  }
  void insert(int at, std::int64_t d);
  void erase(int at);
  friend bool operator==(const Dims& a, const Dims& b) {
    if (a.rank_ != b.rank_) return false;
    if (a.rank_ == 2) return a.d_[0] == b.d_[0] && a.d_[1] == b.d_[1];
    for (int i = 0; i < a.rank_; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }

 private:
  [[noreturn]] static void fail_rank(std::size_t rank);
  /// Headers of tensors are copied all the time, and most are matrices at most.
  void copy(const Dims& o) {
    d_[0] = o.d_[0];
    d_[1] = o.d_[1];
    for (std::size_t i = 2; i < size(); ++i) d_[i] = o.d_[i];
  }
  std::array<std::int64_t, max_rank> d_;  // valid up to the rank
  int rank_;
};

/// Checked extents. Throws Error for a negative extent, more than eight dimensions, or more
/// elements than can be counted.
class Shape : public Dims {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> d) : Dims(d) { check(); }
  explicit Shape(std::span<const std::int64_t> d) : Dims(d) { check(); }
  Shape(const std::vector<std::int64_t>& d) : Dims(d) { check(); }
  explicit Shape(const Dims& d) : Dims(d) { check(); }
  /// The extent of an axis; negative ones count from the end. Throws Error for one that is not
  /// there.
  std::int64_t operator[](std::int64_t axis) const {
    if (static_cast<std::uint64_t>(axis) >= size()) [[unlikely]]
      axis = counted_from_the_end(axis);
    return Dims::operator[](axis);
  }
  std::int64_t back() const { return (*this)[-1]; }
  void push_back(std::int64_t) = delete;
  void insert(int, std::int64_t) = delete;
  void erase(int) = delete;
  /// Extents that are known to be sound.
  static Shape unchecked(const Dims& d) {
    Shape s;
    static_cast<Dims&>(s) = d;
    return s;
  }

  /// The number of elements; 1 for rank 0.
  std::int64_t numel() const {
    if (rank() == 2) return Dims::operator[](0) * Dims::operator[](1);
    std::int64_t n = 1;
    for (auto d : *this) n *= d;
    return n;
  }

 private:
  void check() const;
  std::int64_t counted_from_the_end(std::int64_t axis) const;
};

/// Axes of a tensor, or one axis; negative ones count from the end, none at all means every axis.
class Axes : public Dims {
 public:
  using Dims::Dims;
  template <std::integral T>
  Axes(T axis) : Dims{static_cast<std::int64_t>(axis)} {}
};

/// "(2, 3)", "(4,)", "()".
std::string to_string(const Dims& dims);

/// The strides of the row-major layout, in elements.
inline Dims row_major(const Shape& shape) {
  if (shape.rank() == 2) return Dims::pair(static_cast<const Dims&>(shape)[1], 1);
  Dims strides = shape;
  std::int64_t step = 1;
  for (int i = shape.rank(); i-- > 0; step *= shape[i]) strides[i] = step;
  return strides;
}

/// The shape both broadcast to by NumPy's rule; `op` names the operation in the error.
Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view op);

[[noreturn]] void fail_axis(std::int64_t axis, int rank, std::string_view op);
/// The axis counted from the front; negative ones count from the end.
inline int normal_axis(std::int64_t axis, int rank, std::string_view op) {
  const std::int64_t from_front = axis < 0 ? axis + rank : axis;
  if (from_front < 0 || from_front >= rank) [[unlikely]]
    fail_axis(axis, rank, op);
  return static_cast<int>(from_front);
}

/// A flag per axis; no axes at all means every axis. Throws for an axis out of range or named
/// twice.
std::array<bool, max_rank> axis_flags(const Axes& axes, int rank, std::string_view op);

/// The shape without the flagged axes, or with 1 in their place.
Shape reduced_shape(const Shape& shape, const std::array<bool, max_rank>& flags, bool keepdims);

}  // namespace brickgrad
