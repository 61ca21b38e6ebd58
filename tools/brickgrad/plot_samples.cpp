#include "plot_samples.hpp"

#include <algorithm>
#include <cmath>
#include <nn/plot.hpp>

namespace tools {
namespace {

/// Shorter ways do not look like a line across the picture: a part of its height.
constexpr double far = 0.02;

using Line = std::function<double(double x)>;

/// Whether what the line goes between two places is still there when they are as close as can be.
bool is_jump(const Line& line, double x0, double y0, double x1, double y1) {
  const double way = std::abs(y1 - y0);
  constexpr int halvings = 40;
  for (int i = 0; i < halvings; ++i) {
    const double x = x0 + (x1 - x0) / 2;
    if (x == x0 || x == x1) break;
    const double y = line(x);
    if (!std::isfinite(y)) return true;
    const bool left = std::abs(y - y0) > std::abs(y1 - y);
    (left ? x1 : x0) = x;
    (left ? y1 : y0) = y;
    // A value of its own in the middle of a jump, as of a sign at 0, leaves half of it.
    if (std::abs(y1 - y0) < way / 4) return false;
  }
  return true;
}

void find_jumps(const Line& line, const std::vector<double>& x, SampledLine& to) {
  const std::vector<double>& y = to.values;
  to.jumps.assign(y.size(), false);
  if (std::none_of(y.begin(), y.end(), [](double v) { return std::isfinite(v); })) return;
  const brickgrad::nn::PlotRange shown = brickgrad::nn::range_to_show(y);
  // On a logarithmic axis all ways are long in some decade.
  const double least = shown.logarithmic ? 0 : far * (shown.high - shown.low);
  for (std::size_t i = 1; i < y.size(); ++i)
    if (std::isfinite(y[i - 1]) && std::isfinite(y[i]) && std::abs(y[i] - y[i - 1]) > least)
      to.jumps[i] = is_jump(line, x[i - 1], y[i - 1], x[i], y[i]);
}

}  // namespace

Samples sampled(const PlottedFunction& f, double low, double high, int count) {
  Samples out;
  for (int i = 0; i < count; ++i) {
    const double x = low + (high - low) * (static_cast<double>(i) / (count - 1));
    const ValueAndSlope at = f(x);
    out.x.push_back(x);
    out.value.values.push_back(at.value);
    out.derivative.values.push_back(at.slope);
  }
  find_jumps([&](double x) { return f(x).value; }, out.x, out.value);
  find_jumps([&](double x) { return f(x).slope; }, out.x, out.derivative);
  return out;
}

}  // namespace tools
