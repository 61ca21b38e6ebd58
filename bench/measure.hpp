// Paired measurements: ours and the hand-written limit take turns in one run, so that the ratio
// holds when the machine's speed drifts.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <vector>

namespace bench {

inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The middle of the numbers, and the quartiles around it.
struct Spread {
  double low, median, high;
};
inline Spread spread(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  const auto at = [&x](double q) {
    return x[static_cast<std::size_t>(q * static_cast<double>(x.size() - 1))];
  };
  return {at(0.25), at(0.5), at(0.75)};
}

/// Runs both in turn and prints a line: the time of one unit of ours and of the limit in
/// nanoseconds, and the ratio pair by pair with its quartiles.
template <class Ours, class Limit>
void compare(std::string_view name, int pairs, double units, Ours&& ours, Limit&& limit) {
  std::vector<double> a, b, ratio;
  ours();
  limit();
  for (int i = 0; i < pairs; ++i) {
    const double start = seconds();
    ours();
    const double middle = seconds();
    limit();
    const double end = seconds();
    a.push_back((middle - start) / units * 1e9);
    b.push_back((end - middle) / units * 1e9);
    ratio.push_back((middle - start) / (end - middle));
  }
  const Spread r = spread(ratio);
  fmt::print("{:<44} ours {:>9.1f} ns  limit {:>9.1f} ns  ratio {:>6.2f} ({:.2f} to {:.2f})\n",
             name, spread(a).median, spread(b).median, r.median, r.low, r.high);
}

/// Keeps a result from being optimised away.
inline void keep(const double& x) { asm volatile("" : : "r"(&x) : "memory"); }

}  // namespace bench
