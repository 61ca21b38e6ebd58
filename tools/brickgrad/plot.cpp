#include "plot.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <autograd/transform/grad.hpp>
#include <cmath>
#include <limits>
#include <nn/plot.hpp>

#include "chart.hpp"
#include "command.hpp"
#include "limits.hpp"
#include "plot_samples.hpp"
#include "terminal.hpp"

namespace tools {

using namespace brickgrad;

namespace {

struct Range {
  std::string name;
  double low, high;
};

double number_of(const std::string& text, const std::string& range) {
  language::Session session;
  const Value v = session.run(language::parse(language::Source(text, "in " + range)));
  if (v.rank() != 0) throw WrongUse(fmt::format("'{}' in {} is no number", text, range));
  return v.item();
}

Range read_range(const std::string& text) {
  const auto equals = text.find('='), colon = text.find(':');
  if (equals == std::string::npos || colon == std::string::npos || colon <= equals + 1 ||
      colon + 1 == text.size())
    throw WrongUse(fmt::format("--plot wants NAME=LOW:HIGH, such as x=-3:3, not '{}'", text));
  Range r{text.substr(0, equals), number_of(text.substr(equals + 1, colon - equals - 1), text),
          number_of(text.substr(colon + 1), text)};
  if (!(r.low < r.high) || !std::isfinite(r.low) || !std::isfinite(r.high))
    throw WrongUse(
        fmt::format("--plot {}: the range must go from a smaller number to a larger one", text));
  constexpr double most = 1e306;
  if (std::max(std::abs(r.low), std::abs(r.high)) > most)
    throw WrongUse(fmt::format("--plot {}: a range has numbers up to {}", text, most));
  return r;
}

/// The formula as a function of the input that the range names.
PlottedFunction plotted(const language::Formula& formula, const Range& range) {
  const auto& inputs = formula.inputs();
  std::size_t k = 0;
  while (k < inputs.size() && inputs[k].name != range.name) ++k;
  return [&formula, k](double x) {
    std::vector<Value> values;
    values.reserve(formula.inputs().size());
    for (const language::Input& input : formula.inputs()) values.push_back(constant(input.value));
    const Value leaf = Value(Tensor::full({}, x, formula.dtype()));
    values[k] = leaf;
    const Value y = formula(values);
    if (y.rank() != 0)
      fail("--plot draws a scalar; the result has shape {}: sum(...) makes one", y.shape());
    // Where there is no value there is no slope, whatever its formula gives.
    const double slope = std::isnan(y.item()) ? y.item()
                         : y.requires_grad()  ? grad(y, leaf).item()
                                              : 0;
    return ValueAndSlope{y.item(), slope};
  };
}

/// With a place between the others at each jump of either line, where those that jump have no
/// value: there the drawn line breaks.
struct BrokenCurves {
  std::vector<double> x, values, derivatives;
};

BrokenCurves broken(const Samples& s) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  BrokenCurves out;
  const auto between = [](const SampledLine& line, std::size_t i) {
    return line.jumps[i] ? none : line.values[i - 1] + (line.values[i] - line.values[i - 1]) / 2;
  };
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    if (s.value.jumps[i] || s.derivative.jumps[i]) {
      out.x.push_back(s.x[i - 1] + (s.x[i] - s.x[i - 1]) / 2);
      out.values.push_back(between(s.value, i));
      out.derivatives.push_back(between(s.derivative, i));
    }
    out.x.push_back(s.x[i]);
    out.values.push_back(s.value.values[i]);
    out.derivatives.push_back(s.derivative.values[i]);
  }
  return out;
}

/// What stands above a chart of the values.
std::string headed(const std::string& title, std::span<const double> values, const Terminal& out) {
  return out.styled(Style::bold, title) +
         (nn::range_to_show(values).logarithmic ? " (logarithmic)" : "");
}

}  // namespace

void add_plot(CLI::App& parser, PlotArguments& a) {
  CLI::Option* range =
      parser
          .add_option("--plot", a.range,
                      "Draw the function and its derivative over an input, in the terminal")
          ->type_name("NAME=LOW:HIGH");
  parser.add_option("--plot-svg", a.svg, "Draw that plot as SVG instead")
      ->needs(range)
      ->check(file_name_or_dash())
      ->type_name("FILE");
}

language::Input plotted_input(const PlotArguments& a, DType dtype) {
  const Range range = read_range(a.range);
  const std::string binding = range.name + "=0";
  language::Input input = language::parse_binding(binding, dtype);
  input.value = Tensor::full({}, (range.low + range.high) / 2, dtype);
  return input;
}

int plot(const language::Formula& formula, const PlotArguments& a) {
  const Range range = read_range(a.range);
  const PlottedFunction function = plotted(formula, range);
  const std::string title = title_of(formula), derivative = "d/d" + range.name;
  if (!a.svg.empty()) {
    constexpr int count = 601;
    const BrokenCurves c = broken(sampled(function, range.low, range.high, count));
    const std::string svg = nn::plot_curves(c.x, {{"value", c.values}, {derivative, c.derivatives}},
                                            {.title = title, .x_label = range.name});
    if (a.svg == "-")
      fmt::print("{}", svg);
    else
      nn::write_svg(svg, a.svg);
    return success;
  }
  const Terminal out = terminal(stdout);
  const ChartOptions options = chart_options(out);
  const Samples s = sampled(function, range.low, range.high, options.columns * dots_per_column);
  fmt::print("{}\n{}", headed(title, s.value.values, out),
             chart(s.x, s.value, options, out, Style::blue));
  fmt::print("\n{}\n{}", headed(derivative, s.derivative.values, out),
             chart(s.x, s.derivative, options, out, Style::yellow));
  return success;
}

}  // namespace tools
