// Exponentials, logarithms and trigonometric functions.
#pragma once

#include <autograd/ops/contract.hpp>
#include <autograd/ops/math.hpp>
#include <numbers>

namespace brickgrad::ops {

struct Exp : Elementwise<1> {
  static constexpr auto name = "exp";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) { return exp(x); }
  static constexpr auto partials(auto y, auto) { return std::tuple{y}; }
};

struct Exp2 : Elementwise<1> {
  static constexpr auto name = "exp2";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) { return exp2(x); }
  static constexpr auto partials(auto y, auto) { return std::tuple{std::numbers::ln2 * y}; }
};

struct Expm1 : Elementwise<1> {
  static constexpr auto name = "expm1";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) { return expm1(x); }
  static constexpr auto partials(auto y, auto) { return std::tuple{y + 1}; }
};

struct Log : Elementwise<1> {
  static constexpr auto name = "log";
  static constexpr Interval domain{0.5, 3};
  static constexpr auto forward(auto x) { return log(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{1 / x}; }
};

struct Log2 : Elementwise<1> {
  static constexpr auto name = "log2";
  static constexpr Interval domain{0.5, 3};
  static constexpr auto forward(auto x) { return log2(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{std::numbers::log2e / x}; }
};

struct Log10 : Elementwise<1> {
  static constexpr auto name = "log10";
  static constexpr Interval domain{0.5, 3};
  static constexpr auto forward(auto x) { return log10(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{std::numbers::log10e / x}; }
};

struct Log1p : Elementwise<1> {
  static constexpr auto name = "log1p";
  static constexpr Interval domain{-0.5, 2};
  static constexpr auto forward(auto x) { return log1p(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{1 / (1 + x)}; }
};

struct Sin : Elementwise<1> {
  static constexpr auto name = "sin";
  static constexpr Interval domain{-3, 3};
  static constexpr auto forward(auto x) { return sin(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{cos(x)}; }
};

struct Cos : Elementwise<1> {
  static constexpr auto name = "cos";
  static constexpr Interval domain{-3, 3};
  static constexpr auto forward(auto x) { return cos(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{-sin(x)}; }
};

struct Tan : Elementwise<1> {
  static constexpr auto name = "tan";
  static constexpr Interval domain{-1, 1};
  static constexpr auto forward(auto x) { return tan(x); }
  static constexpr auto partials(auto y, auto) { return std::tuple{1 + y * y}; }
};

struct Asin : Elementwise<1> {
  static constexpr auto name = "asin";
  static constexpr Interval domain{-0.8, 0.8};
  static constexpr auto forward(auto x) { return asin(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{1 / sqrt(1 - x * x)}; }
};

struct Acos : Elementwise<1> {
  static constexpr auto name = "acos";
  static constexpr Interval domain{-0.8, 0.8};
  static constexpr auto forward(auto x) { return acos(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{-1 / sqrt(1 - x * x)}; }
};

struct Atan : Elementwise<1> {
  static constexpr auto name = "atan";
  static constexpr Interval domain{-3, 3};
  static constexpr auto forward(auto x) { return atan(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{1 / (1 + x * x)}; }
};

/// The angle of the point (x, y): atan2(y, x), as in C.
struct Atan2 : Elementwise<2> {
  static constexpr auto name = "atan2";
  static constexpr Interval domain{0.5, 2};
  static constexpr auto forward(auto y, auto x) { return atan2(y, x); }
  static constexpr auto partials(auto, auto y, auto x) {
    return std::tuple{x / (x * x + y * y), -y / (x * x + y * y)};
  }
};

struct Sinh : Elementwise<1> {
  static constexpr auto name = "sinh";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) { return sinh(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{cosh(x)}; }
};

struct Cosh : Elementwise<1> {
  static constexpr auto name = "cosh";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) { return cosh(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{sinh(x)}; }
};

struct Asinh : Elementwise<1> {
  static constexpr auto name = "asinh";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) { return asinh(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{1 / sqrt(x * x + 1)}; }
};

struct Acosh : Elementwise<1> {
  static constexpr auto name = "acosh";
  static constexpr Interval domain{1.5, 3};
  static constexpr auto forward(auto x) { return acosh(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{1 / sqrt(x * x - 1)}; }
};

struct Atanh : Elementwise<1> {
  static constexpr auto name = "atanh";
  static constexpr Interval domain{-0.8, 0.8};
  static constexpr auto forward(auto x) { return atanh(x); }
  static constexpr auto partials(auto, auto x) { return std::tuple{1 / (1 - x * x)}; }
};

struct Erf : Elementwise<1> {
  static constexpr auto name = "erf";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) { return erf(x); }
  static constexpr auto partials(auto, auto x) {
    return std::tuple{2 * std::numbers::inv_sqrtpi * exp(-x * x)};
  }
};

/// 1 - erf(x), with all its digits where that is small.
struct Erfc : Elementwise<1> {
  static constexpr auto name = "erfc";
  static constexpr Interval domain{-2, 2};
  static constexpr auto forward(auto x) { return erfc(x); }
  static constexpr auto partials(auto, auto x) {
    return std::tuple{-2 * std::numbers::inv_sqrtpi * exp(-x * x)};
  }
};

}  // namespace brickgrad::ops
