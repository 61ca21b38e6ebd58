#include <algorithm>
#include <autograd/error.hpp>
#include <cmath>
#include <limits>
#include <nn/plot_axes.hpp>

namespace brickgrad::nn {
namespace {

/// Nearly as far as numbers go: twice the range is one too.
bool can_be_drawn(double y) { return std::abs(y) < 1e307; }

/// The line through the points; it breaks where there is no number, and where it leaves the frame
/// on one side to come back on the other, as at a pole.
std::string line_of(std::span<const double> x, const std::vector<double>& y,
                    const internal::Canvas& canvas, const PlotRange& shown) {
  const double height = shown.high - shown.low;
  const auto side = [&](double v) { return v < shown.low ? -1 : v > shown.high ? 1 : 0; };
  std::string path;
  bool pen_down = false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!can_be_drawn(y[i])) {
      pen_down = false;
      continue;
    }
    if (i > 0 && side(y[i]) * side(y[i - 1]) < 0) pen_down = false;
    // A logarithmic axis shows all.
    const double within =
        shown.logarithmic ? y[i] : std::clamp(y[i], shown.low - height, shown.high + height);
    path += fmt::format("{}{:.1f} {:.1f}", pen_down ? 'L' : 'M', canvas.x().pixel(x[i]),
                        canvas.y().pixel(within));
    pen_down = true;
  }
  return path;
}

/// All numbers above 0, with a margin on a logarithmic axis.
PlotRange decades(double low, double high) {
  const double room = std::pow(10, 0.05 * (std::log10(high) - std::log10(low)));
  return {std::max(low / room, std::numeric_limits<double>::min()),
          std::min(high * room, std::numeric_limits<double>::max()), true};
}

}  // namespace

PlotRange range_to_show(std::span<const double> values) {
  std::vector<double> sorted;
  std::copy_if(values.begin(), values.end(), std::back_inserter(sorted), can_be_drawn);
  if (sorted.empty()) fail("plot: there is no finite number to draw");
  std::sort(sorted.begin(), sorted.end());
  const auto quantile = [&](double q) {
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
  };
  double low = sorted.front(), high = sorted.back();
  // Near a pole a few numbers would press all others into a line.
  const double inner_low = quantile(0.05), inner_high = quantile(0.95),
               usual = inner_high - inner_low;
  if (usual > 0 && high - low > 5 * usual) {
    constexpr double many = 1e6;
    if (low > 0 && high / low > many) return decades(low, high);
    low = std::max(low, inner_low - usual);
    high = std::min(high, inner_high + usual);
  }
  const double room = high > low ? 0.05 * (high - low) : high != 0 ? 0.5 * std::abs(high) : 1;
  return {low - room, high + room};
}

std::string plot_curves(std::span<const double> x, const std::vector<Curve>& curves,
                        const PlotOptions& options) {
  if (x.size() < 2 || !(x.front() < x.back()) || !can_be_drawn(x.front()) ||
      !can_be_drawn(x.back()))
    fail("plot_curves: wants at least two places from left to right");
  std::vector<double> all;
  for (const Curve& curve : curves) {
    if (curve.values.size() != x.size())
      fail("plot_curves: the curve '{}' has {} values for {} places", curve.name,
           curve.values.size(), x.size());
    all.insert(all.end(), curve.values.begin(), curve.values.end());
  }
  const PlotRange shown = range_to_show(all);
  const bool legend = curves.size() > 1;
  PlotOptions with = options;
  if (shown.logarithmic) with.title += with.title.empty() ? "logarithmic" : " (logarithmic)";
  internal::Canvas canvas(with, {x.front(), x.back()}, {shown.low, shown.high, shown.logarithmic},
                          legend);
  canvas.draw_grid();
  std::string description;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto color = internal::series_color(i);
    const std::string dashes = internal::series_dashes(i);
    canvas.draw(fmt::format(
        R"(<path d="{}" fill="none" stroke="{}" stroke-width="2" stroke-linejoin="round"{}/>)",
        line_of(x, curves[i].values, canvas, shown), color, dashes));
    if (legend)
      canvas.add_legend(
          curves[i].name,
          fmt::format(R"(<path d="M-18 0H8" stroke="{}" stroke-width="3"{}/>)", color, dashes));
    description += fmt::format("{}{} goes from {:.4g} to {:.4g}.", i == 0 ? "" : " ",
                               curves[i].name.empty() ? "The curve" : curves[i].name,
                               curves[i].values.front(), curves[i].values.back());
  }
  return canvas.svg(description);
}

}  // namespace brickgrad::nn
