// e^x for numbers and vectors, inlined into the loops around it.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "vectors.hpp"

namespace limits {

/// e^x for |x| < 708 without a branch: x = k log 2 + r, and a Taylor polynomial for e^r. T is
/// double or a vector of them, Bits the integer of that size.
template <class T, class Bits>
inline T exp_of(T x) {
  const double shift = 6755399441055744.0;  // 1.5 2^52: adding it rounds to an integer
  const T shifted = x * 1.4426950408889634 + shift;
  const T k = shifted - shift;
  const T r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10;
  T p = r * (1.0 / 479001600) + 1.0 / 39916800;
  for (double c : {1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120,
                   1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0})
    p = p * r + c;
  Bits power;
  __builtin_memcpy(&power, &shifted, sizeof power);
  power = (power + 1023) << 52;
  T scale;
  __builtin_memcpy(&scale, &power, sizeof scale);
  return p * scale;
}
inline double fast_exp(double x) { return exp_of<double, std::int64_t>(x); }
inline Vector<double> fast_exp(Vector<double> x) {
  return exp_of<Vector<double>, Vector<std::int64_t>>(x);
}

}  // namespace limits
