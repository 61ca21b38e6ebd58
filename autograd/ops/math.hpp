// The functions that the texts of the ops call, for plain numbers. SIMD batches, Probe and Value
// bring their own overloads.
#pragma once

#include <cmath>
#include <type_traits>

namespace brickgrad {

using std::abs, std::acos, std::acosh, std::asin, std::asinh, std::atan, std::atan2, std::atanh,
    std::cbrt, std::cos, std::cosh, std::erf, std::erfc, std::exp, std::exp2, std::expm1, std::log,
    std::log10, std::log1p, std::log2, std::pow, std::sin, std::sinh, std::sqrt, std::tan,
    std::tanh;

/// a where the condition holds, b elsewhere.
template <class A, class B>
requires(std::is_arithmetic_v<A>&& std::is_arithmetic_v<B>) constexpr auto where(bool condition,
                                                                                 A a, B b) {
  return condition ? a : b;
}

/// The logistic function.
inline double sigmoid(double x) { return 1 / (1 + exp(-x)); }

}  // namespace brickgrad
