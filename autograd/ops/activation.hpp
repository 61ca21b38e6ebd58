// The non-linear functions of networks.
#pragma once

#include <autograd/ops/contract.hpp>
#include <autograd/ops/math.hpp>
#include <numbers>

namespace brickgrad::ops {

struct Tanh : Elementwise<1> {
  static constexpr auto name = "tanh";
  static constexpr Interval domain{-3, 3};
  static constexpr auto forward(auto x) { return tanh(x); }
  static constexpr auto partials(auto y, auto) { return std::tuple{1 - y * y}; }
};

/// 1 / (1 + e^-x).
struct Sigmoid : Elementwise<1> {
  static constexpr auto name = "sigmoid";
  static constexpr Interval domain{-4, 4};
  static constexpr auto forward(auto x) { return sigmoid(x); }
  static constexpr auto partials(auto y, auto) { return std::tuple{y * (1 - y)}; }
};

/// max(x, 0); its derivative at 0 is 0, and NaN stays NaN.
struct Relu : Elementwise<1> {
  static constexpr auto name = "relu";
  static constexpr Interval domain{-2, 2};
  static constexpr bool keeps_maxima = true;
  static constexpr auto forward(auto x) { return where(x <= 0.0, 0.0, x); }
  // From the result, so that the input need not be kept.
  static constexpr auto partials(auto y, auto) { return std::tuple{where(y > 0.0, 1.0, 0.0)}; }
};

/// log(1 + e^x), without overflow.
struct Softplus : Elementwise<1> {
  static constexpr auto name = "softplus";
  static constexpr Interval domain{-4, 4};
  static constexpr auto forward(auto x) { return where(x <= 0.0, 0.0, x) + log1p(exp(-abs(x))); }
  static constexpr auto partials(auto, auto x) { return std::tuple{1 / (1 + exp(-x))}; }
};

/// x sigmoid(x), also called swish.
struct Silu : Elementwise<1> {
  static constexpr auto name = "silu";
  static constexpr Interval domain{-4, 4};
  static constexpr auto forward(auto x) { return x / (1 + exp(-x)); }
  static constexpr auto partials(auto, auto x) {
    auto s = 1 / (1 + exp(-x));
    return std::tuple{s * (1 + x * (1 - s))};
  }
};

/// x times the standard normal distribution function of x (the exact form, with erfc,
/// which does not cancel where x is far below 0).
struct Gelu : Elementwise<1> {
  static constexpr auto name = "gelu";
  static constexpr Interval domain{-3, 3};
  static constexpr double inv_sqrt2 = std::numbers::sqrt2 / 2;
  static constexpr auto forward(auto x) { return 0.5 * x * erfc(-inv_sqrt2 * x); }
  static constexpr auto partials(auto, auto x) {
    constexpr double c = std::numbers::inv_sqrtpi * inv_sqrt2;
    return std::tuple{0.5 * erfc(-inv_sqrt2 * x) + c * x * exp(-0.5 * x * x)};
  }
};

/// x for x > 0, slope * x elsewhere.
struct LeakyRelu : Elementwise<1> {
  static constexpr auto name = "leaky_relu";
  static constexpr const char* attribute_names[] = {"slope"};
  static constexpr Interval domain{-2, 2};
  double slope = 0.01;
  constexpr auto forward(auto x) const { return where(x > 0.0, x, slope * x); }
  constexpr auto partials(auto, auto x) const { return std::tuple{where(x > 0.0, 1.0, slope)}; }
};

/// x for x > 0, alpha (e^x - 1) elsewhere.
struct Elu : Elementwise<1> {
  static constexpr auto name = "elu";
  static constexpr const char* attribute_names[] = {"alpha"};
  static constexpr Interval domain{-2, 2};
  double alpha = 1;
  constexpr auto forward(auto x) const {
    return where(x > 0.0, x, alpha * expm1(where(x > 0.0, 0.0, x)));
  }
  constexpr auto partials(auto y, auto x) const {
    return std::tuple{where(x > 0.0, 1.0, y + alpha)};
  }
};

/// x limited to [low, high], both of which are given; no gradient flows where it was cut off.
struct Clamp : Elementwise<1> {
  static constexpr bool wants_all_attributes = true;  // maximum and minimum have one limit
  static constexpr auto name = "clamp";
  static constexpr const char* attribute_names[] = {"low", "high"};
  static constexpr Interval domain{-2, 2};
  double low = -1, high = 1;
  constexpr auto forward(auto x) const { return where(x < low, low, where(x > high, high, x)); }
  constexpr auto partials(auto, auto x) const {
    return std::tuple{where(x < low, 0.0, where(x > high, 0.0, 1.0))};
  }
};

}  // namespace brickgrad::ops
