// Ops that move or copy elements without changing them.
#pragma once

#include <fmt/format.h>
#include <algorithm>
#include <autograd/dtype.hpp>
#include <autograd/ops/contract.hpp>
#include <autograd/shape.hpp>
#include <utility>

namespace brickgrad::ops {

struct Reshape : Structural<1> {
  static constexpr auto name = "reshape";
  static constexpr Reads reads = reads_nothing;
  Shape shape;
  auto forward(const auto& x) const { return reshaped(x, shape); }
  template <int>
  auto pullback(const auto& g, const auto&, const auto& x) const {
    return reshape(g, x.shape());
  }
  std::string describe() const { return to_string(shape); }
  static std::vector<Sample<Reshape>> samples() { return {{{{}, {3, 2}}, {{2, 3}}}}; }
};

/// The axes in another order.
struct Transpose : Structural<1> {
  static constexpr auto name = "transpose";
  static constexpr Reads reads = reads_nothing;
  Axes axes;
  auto forward(const auto& x) const { return permuted(x, axes); }
  template <int>
  auto pullback(const auto& g, const auto&, const auto&) const {
    Axes inverse = axes;
    for (int i = 0; i < axes.rank(); ++i)
      inverse[axes[i] < 0 ? axes[i] + axes.rank() : axes[i]] = i;
    return transpose(g, inverse);
  }
  std::string describe() const { return to_string(axes); }
  static std::vector<Sample<Transpose>> samples() {
    return {{{{}, {1, 0}}, {{2, 3}}}, {{{}, {1, -1, 0}}, {{2, 3, 4}}}};
  }
};

struct BroadcastTo : Structural<1> {
  static constexpr auto name = "broadcast_to";
  static constexpr Reads reads = reads_nothing;
  Shape shape;
  auto forward(const auto& x) const { return broadcasted(x, shape); }
  template <int>
  auto pullback(const auto& g, const auto&, const auto&) const {
    return g;
  }
  std::string describe() const { return to_string(shape); }
  static std::vector<Sample<BroadcastTo>> samples() { return {{{{}, {4, 2, 3}}, {{2, 1}}}}; }
};

/// Elements start, start + step, … below stop along one axis.
struct Slice : Structural<1> {
  static constexpr auto name = "slice";
  static constexpr Reads reads = reads_nothing;
  int axis = 0;
  std::int64_t start = 0, stop = 0, step = 1;
  auto forward(const auto& x) const { return sliced(x, axis, start, stop, step); }
  template <int>
  auto pullback(const auto& g, const auto&, const auto& x) const {
    return embed(g, x.shape(), axis, start, step);
  }
  std::string describe() const { return fmt::format("axis={}, {}:{}:{}", axis, start, stop, step); }
  static std::vector<Sample<Slice>> samples() { return {{{{}, 1, 1, 4, 2}, {{2, 5}}}}; }
};

/// Zeros with the input in the place of a slice: what a slice's gradient is.
struct Embed : Structural<1> {
  static constexpr auto name = "embed";
  static constexpr Reads reads = reads_nothing;
  Shape shape;
  int axis = 0;
  std::int64_t start = 0, step = 1;
  auto forward(const auto& x) const { return embedded(x, shape, axis, start, step); }
  template <int>
  auto pullback(const auto& g, const auto&, const auto& x) const {
    const auto n = x.shape()[axis];
    return slice(g, axis, start, start + (n > 0 ? (n - 1) * step + 1 : 0), step);
  }
  std::string describe() const { return fmt::format("axis={}, from {}", axis, start); }
  static std::vector<Sample<Embed>> samples() { return {{{{}, {2, 5}, 1, 1, 2}, {{2, 2}}}}; }
};

/// The inputs one after the other along an axis.
struct Concat : Structural<variadic> {
  static constexpr auto name = "concat";
  static constexpr Reads reads = reads_nothing;
  int axis = 0;
  auto forward(const auto& parts) const { return joined(parts, axis); }
  auto pullback(int input, const auto& g, const auto&, const auto& parts) const {
    std::int64_t start = 0;
    for (int i = 0; i < input; ++i) start += parts[static_cast<std::size_t>(i)].shape()[axis];
    return slice(g, axis, start, start + parts[static_cast<std::size_t>(input)].shape()[axis]);
  }
  std::string describe() const { return fmt::format("axis={}", axis); }
  static std::vector<Sample<Concat>> samples() {
    return {{{{}, 0}, {{2, 3}, {1, 3}}}, {{{}, 1}, {{2, 1}, {2, 2}, {2, 3}}}};
  }
};

/// The same numbers in memory of their own.
struct Clone : Structural<1> {
  static constexpr auto name = "clone";
  static constexpr Reads reads = reads_nothing;
  static auto forward(const auto& x) { return x.clone(); }
  template <int>
  static auto pullback(const auto& g, const auto&, const auto&) {
    return g;
  }
  static std::vector<Sample<Clone>> samples() { return {{{}, {{2, 3}}}}; }
};

/// The same numbers in another element type.
struct Cast : Structural<1> {
  static constexpr auto name = "to";
  static constexpr Reads reads = reads_nothing;
  DType dtype = float64;
  auto forward(const auto& x) const { return x.to(dtype); }
  template <int>
  auto pullback(const auto& g, const auto&, const auto& x) const {
    return g.to(x.dtype());
  }
  std::string describe() const { return std::string(dtype_name(dtype)); }
  static std::vector<Sample<Cast>> samples() { return {{{{}, float64}, {{2, 3}}}}; }
};

}  // namespace brickgrad::ops
