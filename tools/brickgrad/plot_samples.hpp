// The places of a plot: a function and its derivative along a range, and where either jumps.
#pragma once

#include <functional>
#include <vector>

namespace tools {

/// One line of a plot. Where `jumps[i]`, it does not go on from the place i - 1 to the place i.
struct SampledLine {
  std::vector<double> values;
  std::vector<bool> jumps;
};

struct Samples {
  std::vector<double> x;
  SampledLine value, derivative;
};

struct ValueAndSlope {
  double value, slope;
};
using PlottedFunction = std::function<ValueAndSlope(double x)>;

/// `count` places from `low` to `high`. What goes far between two places is computed closer and
/// closer: a pole and a step do not shrink with the distance, what is only steep does.
Samples sampled(const PlottedFunction& f, double low, double high, int count);

}  // namespace tools
