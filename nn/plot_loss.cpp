#include <algorithm>
#include <autograd/error.hpp>
#include <cmath>
#include <limits>
#include <nn/plot_axes.hpp>

namespace brickgrad::nn {
namespace {

/// The places of at most a few thousand values that show all of them: the smallest and the largest
/// of each stretch.
std::vector<std::size_t> places_to_draw(std::span<const double> values) {
  const std::size_t stretch = std::max<std::size_t>(1, values.size() / 1000);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < values.size(); i += stretch) {
    const auto part = values.subspan(i, std::min(stretch, values.size() - i));
    const auto [low, high] = std::minmax_element(part.begin(), part.end());
    const auto a = i + static_cast<std::size_t>(low - part.begin()),
               b = i + static_cast<std::size_t>(high - part.begin());
    places.push_back(std::min(a, b));
    if (a != b) places.push_back(std::max(a, b));
  }
  if (places.back() != values.size() - 1) places.push_back(values.size() - 1);
  return places;
}

std::string line_of(std::span<const double> values, const internal::Canvas& canvas) {
  std::string path;
  bool pen_down = false;
  for (std::size_t i : places_to_draw(values)) {
    if (internal::can_be_drawn(values[i]))
      path += fmt::format("{}{:.1f} {:.1f}", pen_down ? 'L' : 'M',
                          canvas.x().pixel(static_cast<double>(i)), canvas.y().pixel(values[i]));
    pen_down = internal::can_be_drawn(values[i]);
  }
  return path;
}

/// The curve that goes up and down most: dashes would break it up, so it is drawn whole.
std::size_t busiest(const std::vector<Curve>& curves, const internal::Canvas& canvas) {
  std::size_t found = 0;
  double most = 0;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    double way = 0;
    const std::vector<double>& y = curves[i].values;
    for (std::size_t k = 1; k < y.size(); ++k)
      if (internal::can_be_drawn(y[k - 1]) && internal::can_be_drawn(y[k]))
        way += std::abs(canvas.y().pixel(y[k]) - canvas.y().pixel(y[k - 1]));
    if (!(way > most)) continue;
    most = way;
    found = i;
  }
  return found;
}

}  // namespace

std::string plot_losses(std::span<const double> losses, const PlotOptions& options) {
  return plot_losses(std::vector<Curve>{{"", {losses.begin(), losses.end()}}}, options);
}

std::string plot_losses(const std::vector<Curve>& curves, const PlotOptions& options) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  std::size_t length = 0;
  for (const Curve& curve : curves) {
    length = std::max(length, curve.values.size());
    for (double x : curve.values)
      if (internal::can_be_drawn(x)) {
        low = std::min(low, x);
        high = std::max(high, x);
      }
  }
  if (!(low <= high)) fail("plot_losses: there is no finite loss to draw");

  PlotOptions with = options;
  if (with.title.empty()) with.title = "Loss";
  if (with.x_label.empty()) with.x_label = "update";
  if (with.y_label.empty()) with.y_label = "loss";
  internal::Range y{low, high, options.log_y && low > 0 && high > low};
  if (y.logarithmic) {
    const double room = std::pow(10, 0.05 * (std::log10(high) - std::log10(low)));
    y.low = std::max(y.low / room, std::numeric_limits<double>::min());
    y.high *= room;
  } else {
    const double room = high > low ? 0.05 * (high - low) : std::max(0.5 * std::abs(high), 1e-3);
    y.low -= low >= 0 ? std::min(room, low) : room;
    y.high += room;
  }
  const bool legend = curves.size() > 1;
  internal::Canvas canvas(with, {0, std::max(1.0, static_cast<double>(length) - 1)}, y, legend);
  canvas.draw_grid();
  const std::size_t whole = busiest(curves, canvas);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    if (curves[i].values.empty()) continue;
    const auto color = internal::series_color(i);
    const std::string dashes = internal::series_dashes(i == whole ? 0 : i < whole ? i + 1 : i);
    canvas.draw(fmt::format(
        R"(<path d="{}" fill="none" stroke="{}" stroke-width="2" stroke-linejoin="round"{}/>)",
        line_of(curves[i].values, canvas), color, dashes));
    if (legend)
      canvas.add_legend(
          curves[i].name,
          fmt::format(R"(<path d="M-18 0H8" stroke="{}" stroke-width="3"{}/>)", color, dashes));
  }
  std::string description;
  for (const Curve& curve : curves)
    if (!curve.values.empty())
      description +=
          fmt::format("{}{} from {:.4g} to {:.4g} in {} updates.", description.empty() ? "" : " ",
                      curve.name.empty() ? "The loss goes" : "The loss " + curve.name + " goes",
                      curve.values.front(), curve.values.back(), curve.values.size());
  return canvas.svg(description);
}

}  // namespace brickgrad::nn
