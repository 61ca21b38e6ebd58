#include <autograd/error.hpp>
#include <autograd/shape.hpp>
#include <limits>

namespace brickgrad {

void Dims::fail_rank(std::size_t rank) {
  fail("shape: {} dimensions given, at most {} are supported; reshape or split it", rank, max_rank);
}

void Dims::insert(int at, std::int64_t d) {
  if (rank_ == max_rank) fail_rank(max_rank + 1);
  for (int i = rank_++; i > at; --i) (*this)[i] = (*this)[i - 1];
  (*this)[at] = d;
}

void Dims::erase(int at) {
  for (int i = at; i + 1 < rank_; ++i) (*this)[i] = (*this)[i + 1];
  --rank_;
}

void Shape::check() const {
  // Half of the address space in bytes of float64, so that no later product can overflow.
  constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / 16;
  std::int64_t n = 1;
  for (auto d : *this) {
    if (d < 0) fail("shape {}: an extent cannot be negative", to_string(*this));
    if (d > 0 && n > limit / d) fail("shape {}: too many elements", to_string(*this));
    n *= d > 0 ? d : 1;
  }
}

std::string to_string(const Dims& dims) {
  std::string s = "(";
  for (int i = 0; i < dims.rank(); ++i) s += fmt::format("{}{}", i ? ", " : "", dims[i]);
  return s + (dims.rank() == 1 ? ",)" : ")");
}

Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view op) {
  if (a == b) return a;
  Dims out = a.rank() >= b.rank() ? a : b;
  for (int i = 1; i <= out.rank(); ++i) {
    const auto x = i <= a.rank() ? a[a.rank() - i] : 1, y = i <= b.rank() ? b[b.rank() - i] : 1;
    if (x != y && x != 1 && y != 1)
      fail("{}: shapes {} and {} cannot be broadcast: {} against {} in dimension {}", op,
           to_string(a), to_string(b), x, y, out.rank() - i);
    out[out.rank() - i] = x == 1 ? y : x;
  }
  return Shape(out);
}

std::int64_t Shape::counted_from_the_end(std::int64_t axis) const {
  return normal_axis(axis, rank(), "shape");
}

void fail_axis(std::int64_t axis, int rank, std::string_view op) {
  fail("{}: axis {} is out of range for a tensor of {} dimension{}", op, axis, rank,
       rank == 1 ? "" : "s");
}

std::array<bool, max_rank> axis_flags(const Axes& axes, int rank, std::string_view op) {
  std::array<bool, max_rank> flags{};
  if (axes.empty())
    for (int i = 0; i < rank; ++i) flags[static_cast<std::size_t>(i)] = true;
  for (auto axis : axes) {
    bool& flag = flags[static_cast<std::size_t>(normal_axis(axis, rank, op))];
    if (flag) fail("{}: axis {} is named twice", op, axis);
    flag = true;
  }
  return flags;
}

Shape reduced_shape(const Shape& shape, const std::array<bool, max_rank>& flags, bool keepdims) {
  Dims out;
  for (int i = 0; i < shape.rank(); ++i)
    if (!flags[static_cast<std::size_t>(i)])
      out.push_back(shape[i]);
    else if (keepdims)
      out.push_back(1);
  return Shape::unchecked(out);
}

}  // namespace brickgrad
