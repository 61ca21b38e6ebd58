#include "chart.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <nn/plot.hpp>
#include <vector>

namespace tools {
namespace {

constexpr int label_width = 9, dot_rows = 4;

int middle_row(int rows) { return rows / 2; }

/// A grid of dots, two by four in every character.
class Dots {
 public:
  Dots(int columns, int rows) : columns_(columns), rows_(rows), cells_(place(rows, 0)) {}
  int height() const { return rows_ * dot_rows; }

  void set(int x, int y) {
    // The bits of a braille pattern (Unicode, "Braille Patterns").
    static constexpr unsigned char bits[2][dot_rows] = {{0x01, 0x02, 0x04, 0x40},
                                                        {0x08, 0x10, 0x20, 0x80}};
    if (x < 0 || y < 0 || x >= columns_ * dots_per_column || y >= height()) return;
    cells_[place(y / dot_rows, x / dots_per_column)] |= bits[x % dots_per_column][y % dot_rows];
  }

  std::string row(int r, bool utf8) const {
    std::string out;
    for (int c = 0; c < columns_; ++c) {
      const unsigned cell = cells_[place(r, c)];
      if (cell == 0) {
        out += ' ';
      } else if (utf8) {
        const unsigned code = 0x2800 + cell;
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
      } else {
        // Where in the cell the dots are.
        const bool top = cell & 0x1B, bottom = cell & 0xE4;
        out += top && bottom ? '|' : top ? '\'' : '.';
      }
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
  }

 private:
  std::size_t place(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(column);
  }

  int columns_, rows_;
  std::vector<unsigned char> cells_;
};

/// The range whose highest and lowest row have the extremes of the curve in their middle, where the
/// labels stand; a constant is in the middle of the row in the middle.
brickgrad::nn::PlotRange range_of_rows(std::span<const double> y,
                                       const brickgrad::nn::PlotRange& shown, int rows) {
  double low = shown.high, high = shown.low;
  for (const double v : y)
    if (std::isfinite(v)) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  // Poles are cut off.
  low = std::max(low, shown.low);
  high = std::min(high, shown.high);
  if (!(low < high)) {
    const double row = low == 0 ? 0.1 : std::abs(low) / rows, above = middle_row(rows) + 0.5;
    return {low - (rows - above) * row, low + above * row};
  }
  const double half_row = (high - low) / (rows - 1) / 2;
  return {low - half_row, high + half_row};
}

/// The numbers with as few digits as tell them apart, if there is room.
std::vector<std::string> labels_of(const std::vector<double>& numbers) {
  constexpr int few = 3, most = 9;
  std::vector<std::string> labels;
  for (int digits = few; digits <= most; ++digits) {
    std::vector<std::string> tried;
    std::size_t longest = 0;
    for (const double number : numbers) {
      tried.push_back(fmt::format("{:.{}g}", number, digits));
      longest = std::max(longest, tried.back().size());
    }
    if (labels.empty() || longest <= label_width) labels = tried;
    std::sort(tried.begin(), tried.end());
    if (std::adjacent_find(tried.begin(), tried.end()) == tried.end()) break;
  }
  return labels;
}

}  // namespace

ChartOptions chart_options(const Terminal& terminal) {
  constexpr int narrowest = 20, widest = 100;
  return {.columns = std::clamp(terminal.width, narrowest, widest) - label_width - 2};
}

std::string chart(std::span<const double> x, std::span<const double> values,
                  const ChartOptions& options, const Terminal& terminal, Style style) {
  brickgrad::nn::PlotRange shown = brickgrad::nn::range_to_show(values);
  const bool logarithmic = shown.logarithmic;
  std::vector<double> y(values.begin(), values.end());
  if (logarithmic) {
    for (double& v : y) v = std::log10(v);
    shown = {std::log10(shown.low), std::log10(shown.high)};
  }
  const brickgrad::nn::PlotRange range = range_of_rows(y, shown, options.rows);
  Dots dots(options.columns, options.rows);
  const auto place = [&](double v) {
    const double part = (range.high - v) / (range.high - range.low);
    return static_cast<int>(std::floor(std::clamp(part, -1.0, 2.0) * dots.height()));
  };
  bool connected = false;
  int before = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (!std::isfinite(y[i])) {
      connected = false;
      continue;
    }
    const int at = place(y[i]);
    dots.set(static_cast<int>(i), at);
    // Steep pieces are filled; a jump from beyond one edge to beyond the other is a pole.
    const bool pole =
        connected && (before < 0) != (at < 0) && (before >= dots.height()) != (at >= dots.height());
    if (connected && !pole)
      for (int k = std::min(before, at) + 1; k < std::max(before, at); ++k)
        dots.set(static_cast<int>(i), k);
    before = at;
    connected = true;
  }
  const std::string_view side = terminal.utf8 ? "│" : "|", corner = terminal.utf8 ? "└" : "+",
                         line = terminal.utf8 ? "─" : "-";
  const int labelled[] = {0, middle_row(options.rows), options.rows - 1};
  std::vector<double> numbers;
  for (const int r : labelled) {
    const double v = range.high - (range.high - range.low) / options.rows * (r + 0.5);
    numbers.push_back(logarithmic ? std::pow(10, v) : v);
  }
  const std::vector<std::string> labels = labels_of(numbers);
  std::string out;
  for (int r = 0; r < options.rows; ++r) {
    const auto at = std::find(std::begin(labelled), std::end(labelled), r);
    const std::string label =
        at == std::end(labelled) ? "" : labels[static_cast<std::size_t>(at - std::begin(labelled))];
    out += fmt::format("{:>{}} {}{}\n", label, label_width, side,
                       terminal.styled(style, dots.row(r, terminal.utf8)));
  }
  out += std::string(label_width + 1, ' ').append(corner);
  for (int c = 0; c < options.columns; ++c) out += line;
  const std::string left = fmt::format("{:.4g}", x.front()),
                    right = fmt::format("{:.4g}", x.back());
  const int gap = options.columns - static_cast<int>(left.size() + right.size());
  out += fmt::format("\n{:{}}{}{:{}}{}\n", "", label_width + 2, left, "", std::max(1, gap), right);
  return out;
}

}  // namespace tools
