// Ops that combine elements along axes.
#pragma once

#include <fmt/format.h>
#include <algorithm>
#include <autograd/ops/contract.hpp>
#include <autograd/shape.hpp>
#include <optional>

namespace brickgrad::ops {

/// The axes that a reduction combines; none means all.
struct Reduction : Structural<1> {
  Axes axes;
  bool keepdims = false;
  std::string describe() const {
    return axes.empty() ? "" : "axis=" + to_string(static_cast<const Dims&>(axes));
  }

 protected:
  auto flags(const auto& x, const char* name) const {
    return axis_flags(axes, x.shape().rank(), name);
  }
  /// A reduced value against the shape of the input again: reduced axes have extent 1.
  auto kept(const auto& reduced, const auto& x) const {
    return reshape(reduced, reduced_shape(x.shape(), flags(x, "sum"), true));
  }
  auto spread(const auto& reduced, const auto& x) const {
    return broadcast_to(kept(reduced, x), x.shape());
  }
  std::int64_t count(const auto& x) const {
    if (axes.empty()) return x.numel();
    std::int64_t n = 1;
    const auto f = flags(x, "mean");
    for (int i = 0; i < x.shape().rank(); ++i)
      if (f[static_cast<std::size_t>(i)]) n *= x.shape()[i];
    return n;
  }
  /// Whether all axes of x are reduced; `result` becomes the shape of what is left.
  bool is_total(const Shape& x, Shape& result, const char* name) const {
    const auto f = axis_flags(axes, x.rank(), name);
    result = reduced_shape(x, f, keepdims);
    return result.numel() == 1 &&
           std::all_of(f.begin(), f.begin() + x.rank(), [](bool b) { return b; });
  }
  template <class Op>
  static std::vector<Sample<Op>> reductions() {
    return {{Op{{{}, {}, false}}, {{2, 3}}},
            {Op{{{}, {0}, false}}, {{3, 2}}},
            {Op{{{}, {1, -1}, true}}, {{2, 3, 2}}},
            {Op{{{}, {1}, false}}, {{2, 3, 2}}}};
  }
};

struct Sum : Reduction {
  static constexpr auto name = "sum";
  static constexpr Reads reads = reads_nothing;
  auto forward(const auto& x) const { return reduce_sum(x, flags(x, name), keepdims); }
  /// What the result is to the plain sum of all elements, if it is over all of them.
  std::optional<double> sum_factor(const Shape& x, Shape& result) const {
    return is_total(x, result, name) ? std::optional(1.0) : std::nullopt;
  }
  template <int>
  auto pullback(const auto& g, const auto&, const auto& x) const {
    return distribute(g, 1, x.shape(), axes);
  }
  static auto samples() { return reductions<Sum>(); }
};

/// The arithmetic mean; over no elements it is NaN.
struct Mean : Reduction {
  static constexpr auto name = "mean";
  static constexpr Reads reads = reads_nothing;
  auto forward(const auto& x) const {
    return reduce_sum(x, flags(x, name), keepdims, 1.0 / static_cast<double>(count(x)));
  }
  std::optional<double> sum_factor(const Shape& x, Shape& result) const {
    if (!is_total(x, result, name)) return std::nullopt;
    return 1.0 / static_cast<double>(x.numel());
  }
  template <int>
  auto pullback(const auto& g, const auto&, const auto& x) const {
    return distribute(g, 1.0 / static_cast<double>(count(x)), x.shape(), axes);
  }
  static auto samples() { return reductions<Mean>(); }
};

/// The largest element; equal ones share the gradient equally.
struct Max : Reduction {
  static constexpr auto name = "max";
  static constexpr Reads reads = reads_result | reads_input(0);
  auto forward(const auto& x) const { return reduce_max(x, flags(x, name), keepdims); }
  template <int>
  auto pullback(const auto& g, const auto& y, const auto& x) const {
    const auto chosen = x == spread(y, x);
    return chain_mul(kept(g, x), chosen / sum(chosen, axes, true));
  }
  static auto samples() { return reductions<Max>(); }
};

/// log of the sum of exponentials, without overflow. Where all of them are 0 the derivative is
/// NaN, as that of softmax is.
struct LogSumExp : Reduction {
  static constexpr auto name = "logsumexp";
  static constexpr Reads reads = reads_result | reads_input(0);
  auto forward(const auto& x) const { return reduce_logsumexp(x, flags(x, name), keepdims); }
  template <int>
  auto pullback(const auto& g, const auto& y, const auto& x) const {
    return chain_mul(kept(g, x), exp(x - kept(y, x)));
  }
  static auto samples() { return reductions<LogSumExp>(); }
};

/// exp(x) / sum(exp(x)) along one axis.
struct Softmax : Structural<1> {
  static constexpr auto name = "softmax";
  static constexpr Reads reads = reads_result;
  int axis = 0;
  auto forward(const auto& x) const { return softmax_of(x, axis, false); }
  /// For values along the axis, and for a row of numbers; so is what sum_of() adds up.
  static auto gradient(const auto& g, const auto& y, const auto& sum_of) {
    return y * (g - sum_of(g * y));
  }
  template <int>
  auto pullback(const auto& g, const auto& y, const auto&) const {
    if constexpr (requires { softmax_gradient(g, y, axis); })
      return softmax_gradient(g, y, axis);  // that, row by row
    else
      return gradient(g, y, [this](const auto& x) { return sum(x, axis, true); });
  }
  std::string describe() const { return fmt::format("axis={}", axis); }
  static std::vector<Sample<Softmax>> samples() {
    return {{{{}, 1}, {{2, 3}}}, {{{}, 0}, {{3, 2}}}};
  }
};

/// The logarithm of softmax, without overflow.
struct LogSoftmax : Structural<1> {
  static constexpr auto name = "log_softmax";
  static constexpr Reads reads = reads_result;
  int axis = 0;
  auto forward(const auto& x) const { return softmax_of(x, axis, true); }
  template <int>
  auto pullback(const auto& g, const auto& y, const auto&) const {
    return g - exp(y) * sum(g, axis, true);
  }
  std::string describe() const { return fmt::format("axis={}", axis); }
  static std::vector<Sample<LogSoftmax>> samples() {
    return {{{{}, 1}, {{2, 3}}}, {{{}, 0}, {{3, 2}}}};
  }
};

}  // namespace brickgrad::ops
