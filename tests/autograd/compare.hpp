// What the tests of the engine compare with: tensors against tensors, errors against their texts.
#pragma once

#include <algorithm>
#include <autograd/autograd.hpp>
#include <autograd/error.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <tests/catch.hpp>
#include <vector>

namespace brickgrad {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double quiet_nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

/// How far apart two numbers are, relative to max(1, |expected|); equal infinities and two NaN are
/// not apart at all.
inline double distance(double actual, double expected) {
  if (std::isnan(actual) && std::isnan(expected)) return 0;
  if (actual == expected) return 0;
  const double d = std::abs(actual - expected) / std::max(1.0, std::abs(expected));
  return std::isnan(d) ? infinity : d;
}

/// The largest distance of elements; infinite when the shapes differ.
inline double distance(const Tensor& actual, const Tensor& expected) {
  if (actual.shape() != expected.shape()) return infinity;
  const std::vector<double> a = actual.to_vector(), e = expected.to_vector();
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, distance(a[i], e[i]));
  return worst;
}

/// Same shape, same type, same numbers (two NaN are the same).
inline bool identical(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && distance(a, b) == 0;
}

/// The text of the Error that f throws.
template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& e) { return e.what(); }
  return "no error";
}

/// Sanitizers make everything slower: large tests shrink.
#ifdef BRICKGRAD_SANITIZE
inline constexpr std::int64_t shrink = 100;
#else
inline constexpr std::int64_t shrink = 1;
#endif

}  // namespace brickgrad
