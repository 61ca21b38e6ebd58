// e^x for loops that the compiler vectorises.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>

namespace limits {

/// e^x for |x| < 708 without a branch: x = k log 2 + r, and a Taylor polynomial for e^r.
inline double fast_exp(double x) {
  const double shift = 6755399441055744.0;  // 1.5 2^52: adding it rounds to an integer
  const double shifted = x * 1.4426950408889634 + shift;
  const double k = shifted - shift;
  const double r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10;
  double p = 1.0 / 479001600;
  for (double c : {1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
                   1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0})
    p = p * r + c;
  return p * std::bit_cast<double>((std::bit_cast<std::int64_t>(shifted) + 1023) << 52);
}

}  // namespace limits
