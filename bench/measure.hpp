// Paired measurements: ours and the hand-written limit take turns in one run, so that the ratio
// holds when the machine's speed drifts.
#pragma once

#include "workload.hpp"

namespace bench {

/// The middle of many numbers, and the quartiles around it.
struct Spread {
  double low, median, high;
};

/// Times are in seconds, a step or an operation.
struct Measurement {
  std::string name, title;
  Spread ours, limit, ratio;
  int threads = 1;
  Spread speedup = {1, 1, 1};  // of more threads than one
  double target_ratio;
  double target_time = 0;  // where the target is a time
  std::optional<Memory> memory = {};
  int pairs = 0, steps = 0;
  bool met() const { return ratio.median <= target_ratio; }
};

/// Ours with so many threads; where they are more than one, each pair becomes three: ours with one
/// thread takes its turn too. The limit always has one.
Measurement measure(const Workload& workload, const Sides& sides, double seconds, int threads);

/// What is wrong with the results, a line each; nothing when they agree.
std::vector<std::string> differences(const std::vector<Result>& results);

}  // namespace bench
