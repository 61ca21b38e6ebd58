// The frame of a plot: axes with ticks, grid, labels and legend. For the plots of nn only.
#pragma once

#include <cmath>
#include <nn/plot.hpp>
#include <nn/ticks.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace brickgrad::nn::internal {

/// The colours of Okabe and Ito, "Color universal design" (2008), which the colour-blind can tell
/// apart.
std::string_view series_color(std::size_t i);
/// An attribute of a line, or nothing for the first: what tells lines apart without colours.
std::string series_dashes(std::size_t i);

/// Text for use between tags.
std::string escaped(std::string_view text);

/// Whether a number has a place in a picture; those that are almost infinite have none either.
inline bool can_be_drawn(double y) { return std::abs(y) < 1e250; }

/// A range of numbers on a line of pixels.
class Axis {
 public:
  Axis(double low, double high, bool logarithmic, double first_pixel, double last_pixel);
  double pixel(double x) const;
  double low() const { return low_; }
  double high() const { return high_; }
  /// Round numbers, about `wanted` of them.
  std::vector<Tick> ticks(int wanted) const;

 private:
  double place(double x) const;
  double low_, high_;
  bool logarithmic_;
  double first_pixel_, last_pixel_;
};

struct Range {
  double low, high;
  bool logarithmic = false;
};

/// Collects the parts of a picture from back to front.
class Canvas {
 public:
  Canvas(const PlotOptions& options, const Range& x, const Range& y, bool legend);
  const Axis& x() const { return x_; }
  const Axis& y() const { return y_; }
  /// Something within the frame; what stands out of it is cut off.
  void draw(std::string_view element) { content_.append(element) += '\n'; }
  /// Lines across the frame at the ticks, over what was drawn so far.
  void draw_grid();
  /// A name in the legend beside the symbol of a series.
  void add_legend(std::string_view name, std::string_view symbol);
  /// The whole picture.
  std::string svg(const std::string& description) const;

 private:
  std::string tick_labels() const;
  const PlotOptions options_;
  double left_ = 72, top_ = 48, right_, bottom_;
  Axis x_, y_;
  std::string content_, legend_;
  double legend_y_ = 64;
};

/// A symbol of about 10 pixels for the points of a class: each class has another shape.
std::string marker(std::size_t series, double x, double y);

}  // namespace brickgrad::nn::internal
