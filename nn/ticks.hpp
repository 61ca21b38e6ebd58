// Round numbers for an axis. For the plots of nn and of the program brickgrad only.
#pragma once

#include <string>
#include <vector>

namespace brickgrad::nn::internal {

/// The smallest of the numbers 1, 2 and 5 times a power of ten that is not below `least` > 0.
double round_step(double least);

struct Tick {
  double value;
  std::string label;
};

/// The multiples of `step` from `low` to `high`, with as many digits as each needs. None where the
/// range is too narrow for its place among the numbers.
std::vector<Tick> multiples(double low, double high, double step);

/// About `wanted` round numbers from `low` to `high`, or none, as multiples() says.
std::vector<Tick> round_ticks(double low, double high, int wanted);

}  // namespace brickgrad::nn::internal
