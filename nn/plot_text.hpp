// Plots as characters, for a terminal: a line of losses, and where a network decides what.
//   fmt::print("{}\n", nn::sparkline(losses, 40));                        // █▇▆▅▃▂▁▁
//   fmt::print("{}", nn::boundary_text([&](const Tensor& p) { return softmax(net(p)).data(); }, X,
//                                      labels, {.color = true}));
// Classes have characters of their own, so that neither needs colours; `unicode = false` keeps to
// ASCII.
#pragma once

#include <cstdint>
#include <nn/plot.hpp>
#include <span>
#include <string>

namespace brickgrad::nn {

struct TextPlotOptions {
  /// Of the whole picture, in characters: 24 to 400, and 8 to 200 lines.
  int width = 64, height = 26;
  bool unicode = true;
  /// Colour by ANSI escape sequences, besides the characters.
  bool color = false;
};

/// The values as a line of bars, at most `width` characters; several values share a bar when there
/// are more, as their mean. The lowest bar is the smallest of them, and the scale is logarithmic
/// when the largest is more than a hundred times that; what is not finite is "!".
std::string sparkline(std::span<const double> values, int width, bool unicode = true);

/// The plane around the points, in the characters of the class that is the most probable at each
/// place, denser where it is surer; the points on it, in capitals where the class is another than
/// their label. Throws Error as plot_boundary() does.
std::string boundary_text(const Classifier& probabilities, const Tensor& points,
                          std::span<const std::int64_t> labels,
                          const TextPlotOptions& options = {});

}  // namespace brickgrad::nn
