// A curve drawn with characters: braille dots where the terminal has them, else ASCII.
#pragma once

#include <span>
#include <string>

#include "plot_samples.hpp"
#include "terminal.hpp"

namespace tools {

/// How many places of a curve a column shows.
inline constexpr int dots_per_column = 2;

struct ChartOptions {
  int columns = 60, rows = 10;
};

/// As wide as the terminal, with the labels at the left, up to 100 columns.
ChartOptions chart_options(const Terminal& terminal);

/// The curve in a frame with round numbers at the left and below. The line has `dots_per_column`
/// values for every column; what is not finite is left out.
std::string chart(std::span<const double> x, const SampledLine& line, const ChartOptions& options,
                  const Terminal& terminal, Style style);

}  // namespace tools
