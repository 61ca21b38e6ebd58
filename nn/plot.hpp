// Plots as SVG text: how the loss fell, and where a network decides what.
//   nn::write_svg(nn::plot_losses(losses), "loss.svg");
//   nn::write_svg(nn::plot_boundary([&](const Tensor& p) { return softmax(net(p)).data(); }, X,
//   labels),
//                 "boundary.svg");
// The colours can be told apart by the colour-blind, and classes by their shapes too.
#pragma once

#include <autograd/tensor/tensor.hpp>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace brickgrad::nn {

struct PlotOptions {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  /// Read aloud to those who cannot see the picture; made from the data when empty.
  std::string description = {};
  int width = 640, height = 440;
  /// A logarithmic y axis of plot_losses, when all losses are above 0.
  bool log_y = true;
};

/// One line of a plot; its name is in the legend.
struct Curve {
  std::string name;
  std::vector<double> values;
};

/// The losses over the updates, counted from 0. Losses that are not finite leave a gap. Throws
/// Error when there is nothing to draw.
std::string plot_losses(std::span<const double> losses, const PlotOptions& options = {});
std::string plot_losses(const std::vector<Curve>& curves, const PlotOptions& options = {});

/// Numbers from `low` to `high`.
struct PlotRange {
  double low, high;
  /// On a logarithmic axis.
  bool logarithmic = false;
};

/// What of these values a picture should show: all of them with a margin, or what the most lie in
/// when a few near a pole are far larger; of values above 0 over many decades, all on a logarithmic
/// axis. Throws Error when none is finite.
PlotRange range_to_show(std::span<const double> values);

/// Curves over the places x, from left to right, with a value each; a line breaks where a value is
/// not finite. The y axis is what range_to_show() finds for all values; the title says so when it
/// is logarithmic. Throws Error when they do not fit, or when there is nothing to draw.
std::string plot_curves(std::span<const double> x, const std::vector<Curve>& curves,
                        const PlotOptions& options = {});

/// Maps points (n, 2) to the probabilities of the classes (n, classes).
using Classifier = std::function<Tensor(const Tensor& points)>;

/// The points in the plane, and behind them the class that is the most probable at each place,
/// paler where it is less sure; a line stands where the decision changes. Throws Error for points
/// that are not (n, 2), for labels that do not fit, and when the classifier gives other numbers
/// than finite ones of shape (n, classes).
std::string plot_boundary(const Classifier& probabilities, const Tensor& points,
                          std::span<const std::int64_t> labels, const PlotOptions& options = {});

/// Writes the text to a file. Throws Error when that is not possible.
void write_svg(const std::string& svg, const std::string& path);

}  // namespace brickgrad::nn
