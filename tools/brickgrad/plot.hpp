// --plot x=-3:3: an expression and its derivative over one input, as characters in the terminal or
// as SVG.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "expression.hpp"

namespace tools {

struct PlotArguments {
  std::string range;  // NAME=LOW:HIGH
  std::string svg;
  bool any() const { return !range.empty(); }
};

void add_plot(CLI::App& parser, PlotArguments& arguments);

/// The input that the range names, with the middle of the range as its value. Throws WrongUse when
/// it is no range.
language::Input plotted_input(const PlotArguments& arguments, brickgrad::DType dtype);

/// Draws, and returns the exit code. The expression must be a scalar with that input.
int plot(const language::Formula& formula, const PlotArguments& arguments);

}  // namespace tools
