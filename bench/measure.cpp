#include "measure.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <autograd/tensor/parallel.hpp>
#include <chrono>
#include <cmath>

namespace bench {

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double timed(const std::function<void(int)>& run, int steps, int threads) {
  brickgrad::set_num_threads(threads);
  const double start = now();
  run(steps);
  return now() - start;
}

Spread spread(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  const auto at = [&x](double q) {
    return x[static_cast<std::size_t>(std::lround(q * static_cast<double>(x.size() - 1)))];
  };
  return {at(0.25), at(0.5), at(0.75)};
}

/// How many steps take so long that neither reading the clock counts, nor that the first of them
/// finds the caches full of the other side's data.
int steps_for(const Sides& sides, double seconds, int threads) {
  for (int steps = 1;; steps *= 2) {
    const double ours = timed(sides.ours, steps, threads), limit = timed(sides.limit, steps, 1);
    if ((std::min(ours, limit) > seconds / 50 && ours + limit > seconds) || steps > 1 << 24)
      return steps;
  }
}

}  // namespace

Measurement measure(const Workload& workload, const Sides& sides, double seconds, int threads) {
  constexpr std::size_t fewest = 7, most = 1001;
  const int steps = steps_for(sides, std::min(0.02, seconds / 50), threads);
  const double units = static_cast<double>(steps) * workload.operations;
  std::vector<double> ours, limit, ratio, speedup;
  const double start = now();
  while (ratio.size() < fewest || (ratio.size() < most && now() - start < seconds)) {
    // Each goes first in every other pair, so that what one leaves in the caches favours neither.
    const bool ours_first = ratio.size() % 2 == 0;
    if (ours_first) ours.push_back(timed(sides.ours, steps, threads) / units);
    limit.push_back(timed(sides.limit, steps, 1) / units * workload.limit_scale);
    if (!ours_first) ours.push_back(timed(sides.ours, steps, threads) / units);
    ratio.push_back(ours.back() / limit.back());
    if (threads > 1) speedup.push_back(timed(sides.ours, steps, 1) / units / ours.back());
  }
  Measurement m{.name = workload.name,
                .title = workload.title,
                .ours = spread(ours),
                .limit = spread(limit),
                .ratio = spread(ratio),
                .threads = threads,
                .target_ratio = workload.target};
  if (workload.operations > 1) {
    m.target_time = workload.target * 1e-9;
    m.target_ratio = m.target_time / m.ours.median * m.ratio.median;
  }
  if (threads > 1) m.speedup = spread(speedup);
  m.pairs = static_cast<int>(ratio.size());
  m.steps = steps;
  return m;
}

std::vector<std::string> differences(const std::vector<Result>& results) {
  std::vector<std::string> out;
  for (const Result& r : results) {
    if (r.ours.size() != r.limit.size()) {
      out.push_back(fmt::format("{}: {} numbers against {} of the limit", r.what, r.ours.size(),
                                r.limit.size()));
      continue;
    }
    double largest = 0, worst = 0;
    std::size_t where = 0;
    for (std::size_t i = 0; i < r.ours.size(); ++i) {
      largest = std::max(largest, std::abs(r.limit[i]));
      const double d = std::abs(r.ours[i] - r.limit[i]);
      // A NaN is never within any tolerance.
      if (!(d <= worst)) {
        worst = d;
        where = i;
        if (std::isnan(d)) break;
      }
    }
    if (!(worst <= r.tolerance * largest))
      out.push_back(fmt::format("{}[{}]: {:.9g} against {:.9g} of the limit", r.what, where,
                                r.ours[where], r.limit[where]));
  }
  return out;
}

}  // namespace bench
