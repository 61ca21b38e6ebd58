// Sums, products, powers, absolute values and choices.
#pragma once

#include <array>
#include <autograd/ops/contract.hpp>
#include <autograd/ops/math.hpp>

namespace brickgrad::ops {

struct Add : Elementwise<2> {
  static constexpr auto name = "add", symbol = "+";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto a, auto b) { return a + b; }
  static constexpr auto partials(auto, auto, auto) { return std::tuple{1, 1}; }
};

struct Sub : Elementwise<2> {
  static constexpr auto name = "sub", symbol = "-";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto a, auto b) { return a - b; }
  static constexpr auto partials(auto, auto, auto) { return std::tuple{1, -1}; }
};

struct Mul : Elementwise<2> {
  static constexpr auto name = "mul", symbol = "*";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto a, auto b) { return a * b; }
  static constexpr auto partials(auto, auto a, auto b) { return std::tuple{b, a}; }
};

struct Div : Elementwise<2> {
  static constexpr auto name = "div", symbol = "/";
  static constexpr Interval domain{0.5, 2};
  static constexpr auto forward(auto a, auto b) { return a / b; }
  static constexpr auto partials(auto y, auto, auto b) { return std::tuple{1 / b, -y / b}; }
};

struct Neg : Elementwise<1> {
  static constexpr auto name = "neg", symbol = "-";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) { return -x; }
  static constexpr auto partials(auto, auto) { return std::tuple{-1}; }
};

/// a^b. At a = 0 the derivative to a is 0 for b = 0, and the derivative to b is 0 for b >= 0.
struct Pow : Elementwise<2> {
  static constexpr auto name = "pow", symbol = "^";
  static constexpr Interval domain{0.5, 2};
  static constexpr auto forward(auto a, auto b) { return pow(a, b); }
  static constexpr auto partials(auto y, auto a, auto b) {
    return std::tuple{where(b == 0.0, 0.0, b * pow(a, b - 1.0)),
                      where(a == 0.0, where(b >= 0.0, 0.0, y * log(a)), y * log(a))};
  }
};

struct Square : Elementwise<1> {
  static constexpr auto name = "square";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) { return x * x; }
  static constexpr auto partials(auto, auto x) { return std::tuple{2 * x}; }
};

struct Reciprocal : Elementwise<1> {
  static constexpr auto name = "reciprocal";
  static constexpr Interval domain{0.5, 2};
  static constexpr auto forward(auto x) { return 1 / x; }
  static constexpr auto partials(auto y, auto) { return std::tuple{-y * y}; }
};

/// The square root; its derivative at 0 is infinite.
struct Sqrt : Elementwise<1> {
  static constexpr auto name = "sqrt";
  static constexpr Interval domain{0.5, 2};
  static constexpr auto forward(auto x) { return sqrt(x); }
  static constexpr auto partials(auto y, auto) { return std::tuple{0.5 / y}; }
};

struct Rsqrt : Elementwise<1> {
  static constexpr auto name = "rsqrt";
  static constexpr Interval domain{0.5, 2};
  static constexpr auto forward(auto x) { return 1 / sqrt(x); }
  static constexpr auto partials(auto y, auto x) { return std::tuple{-0.5 * y / x}; }
};

struct Cbrt : Elementwise<1> {
  static constexpr auto name = "cbrt";
  static constexpr Interval domain{0.5, 2};
  static constexpr auto forward(auto x) { return cbrt(x); }
  static constexpr auto partials(auto y, auto) { return std::tuple{1 / (3 * y * y)}; }
};

/// |x|; its derivative at 0 is 0.
struct Abs : Elementwise<1> {
  static constexpr auto name = "abs";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) { return abs(x); }
  static constexpr auto partials(auto, auto x) {
    return std::tuple{where(x > 0.0, 1.0, where(x < 0.0, -1.0, 0.0))};
  }
};

/// -1, 0 or 1; its derivative is 0 everywhere.
struct Sign : Elementwise<1> {
  static constexpr auto name = "sign";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) {
    return where(x > 0.0, 1.0, where(x < 0.0, -1.0, 0.0 * x));
  }
  static constexpr auto partials(auto, auto) { return std::tuple{0}; }
};

/// The larger of two; a tie gives half of the gradient to each. A NaN wins, and both receive the
/// gradient.
struct Maximum : Elementwise<2> {
  static constexpr auto name = "maximum";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto a, auto b) { return where(a >= b, a, where(b > a, b, a + b)); }
  static constexpr auto partials(auto, auto a, auto b) {
    return std::tuple{where(a < b, 0.0, where(a == b, 0.5, 1.0)),
                      where(b < a, 0.0, where(a == b, 0.5, 1.0))};
  }
};

/// The smaller of two; a tie gives half of the gradient to each. A NaN wins, and both receive the
/// gradient.
struct Minimum : Elementwise<2> {
  static constexpr auto name = "minimum";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto a, auto b) { return where(a <= b, a, where(b < a, b, a + b)); }
  static constexpr auto partials(auto, auto a, auto b) {
    return std::tuple{where(a > b, 0.0, where(a == b, 0.5, 1.0)),
                      where(b > a, 0.0, where(a == b, 0.5, 1.0))};
  }
};

/// a where the mask is not 0, b elsewhere. The mask receives no gradient.
struct Where : Elementwise<3> {
  static constexpr auto name = "where";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto mask, auto a, auto b) { return where(mask != 0.0, a, b); }
  static constexpr auto partials(auto, auto mask, auto, auto) {
    return std::tuple{0, where(mask != 0.0, 1.0, 0.0), where(mask != 0.0, 0.0, 1.0)};
  }
};

/// g d, but 0 where either is 0, even if the other is infinite or NaN: how an adjoint meets a
/// partial when the backward pass is itself recorded, so that a branch not taken cannot poison a
/// gradient.
struct ChainMul : Elementwise<2> {
  static constexpr auto name = "chain_mul", symbol = "*";
  static constexpr Interval domain{0.5, 2};
  static constexpr auto forward(auto g, auto d) {
    return where(g == 0.0, 0.0, where(d == 0.0, 0.0, g * d));
  }
  static constexpr auto partials(auto, auto g, auto d) { return std::tuple{d, g}; }
};

}  // namespace brickgrad::ops
