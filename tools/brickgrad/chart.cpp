#include "chart.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <nn/plot.hpp>
#include <nn/ticks.hpp>
#include <vector>

namespace tools {
namespace {

constexpr int label_width = 9, dot_rows = 4;

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

/// Which numbers the rows stand for: the middle of row r is `highest - r * row`; the multiples of
/// `tick` are round numbers, each in the middle of a row.
struct Rows {
  double highest, row, tick;
};

/// As low as they can be for the extremes to have rows of their own. `logarithmic` are powers of
/// ten, of which only whole ones are round.
Rows rows_for(double low, double high, int rows, bool logarithmic) {
  constexpr int fewest = 2, most = 5;  // rows from tick to tick
  const double least = (high - low) / (rows - 1);
  Rows best{0, std::numeric_limits<double>::infinity(), 0};
  for (int per_tick = fewest; per_tick <= most; ++per_tick)
    for (double tick = brickgrad::nn::internal::round_step(per_tick * least);;
         tick = brickgrad::nn::internal::round_step(1.5 * tick)) {
      if (logarithmic) tick = std::max(tick, 1.0);
      const double row = tick / per_tick;
      const double first = std::floor(low / row + 1e-9), last = std::ceil(high / row - 1e-9);
      const double free = rows - 1 - (last - first);
      if (free < 0) continue;
      if (row < best.row) best = {(last + std::floor(free / 2)) * row, row, tick};
      break;
    }
  return best;
}

/// As many digits, up to nine, as the place of a label has room for.
std::string constant_label(double number) {
  constexpr int fewest = 3;
  std::string label;
  for (int digits = label_width; digits >= fewest; --digits) {
    label = fmt::format("{:.{}g}", number, digits);
    if (label.size() <= label_width) break;
  }
  return label;
}

/// Poles are cut off. A constant is in the middle, and without ticks.
Rows rows_of(std::span<const double> y, const brickgrad::nn::PlotRange& shown, int rows) {
  double low = shown.high, high = shown.low;
  for (const double v : y)
    if (std::isfinite(v)) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  low = std::max(low, shown.low);
  high = std::min(high, shown.high);
  // Less is rounding.
  constexpr double tiny = 1e-290;
  const double largest = std::max(std::abs(low), std::abs(high));
  if (high - low <= std::max(1e-12 * largest, tiny)) {
    const double row = largest <= tiny ? 0.1 : largest / rows;
    const int middle = rows / 2;
    return {low + middle * row, row, 0};
  }
  return rows_for(low, high, rows, shown.logarithmic);
}

/// The ticks, and below them their numbers, as far as these have room.
std::string x_axis(double low, double high, int columns, bool utf8) {
  constexpr int columns_per_tick = 9, fewest = 2, most = 7;
  const std::string_view line = utf8 ? "─" : "-", mark = utf8 ? "┴" : "+";
  std::vector<bool> marked(static_cast<std::size_t>(columns), false);
  std::string numbers;
  const int wanted = std::clamp(columns / columns_per_tick, fewest, most);
  auto ticks = brickgrad::nn::internal::round_ticks(low, high, wanted);
  if (ticks.empty()) ticks = {{low, fmt::format("{}", low)}, {high, fmt::format("{}", high)}};
  for (const auto& [value, label] : ticks) {
    const double part = (value - low) / (high - low);
    const int at = std::clamp(static_cast<int>(part * columns), 0, columns - 1);
    const int length = static_cast<int>(label.size()), end = static_cast<int>(numbers.size());
    const int begin = std::clamp(at - length / 2, 0, std::max(0, columns - length));
    if (end > 0 && begin <= end) continue;
    marked[static_cast<std::size_t>(at)] = true;
    numbers += std::string(static_cast<std::size_t>(begin - end), ' ') + label;
  }
  std::string axis;
  for (const bool tick : marked) axis += tick ? mark : line;
  return axis + '\n' + std::string(label_width + 2, ' ') + numbers + '\n';
}

}  // namespace

ChartOptions chart_options(const Terminal& terminal) {
  constexpr int narrowest = 20, widest = 100;
  return {.columns = std::clamp(terminal.width, narrowest, widest) - label_width - 2};
}

std::string chart(std::span<const double> x, const SampledLine& line, const ChartOptions& options,
                  const Terminal& terminal, Style style) {
  brickgrad::nn::PlotRange shown = brickgrad::nn::range_to_show(line.values);
  std::vector<double> y = line.values;
  if (shown.logarithmic) {
    for (double& v : y) v = std::log10(v);
    shown = {std::log10(shown.low), std::log10(shown.high), true};
  }
  const Rows rows = rows_of(y, shown, options.rows);
  Dots dots(options.columns, options.rows);
  const auto place = [&](double v) {
    const double part = ((rows.highest - v) / rows.row + 0.5) / options.rows;
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
    // Steep pieces are filled.
    if (connected && !line.jumps[i])
      for (int k = std::min(before, at) + 1; k < std::max(before, at); ++k)
        dots.set(static_cast<int>(i), k);
    before = at;
    connected = true;
  }
  const std::string_view side = terminal.utf8 ? "│" : "|", marked = terminal.utf8 ? "┤" : "+",
                         corner = terminal.utf8 ? "└" : "+";
  std::vector<std::string> labels(static_cast<std::size_t>(options.rows));
  const double lowest = rows.highest - (options.rows - 1) * rows.row;
  for (const auto& [value, label] :
       brickgrad::nn::internal::multiples(lowest, rows.highest, rows.tick)) {
    // One that has no room would bend the frame; its neighbours tell where it is.
    if (label.size() <= label_width)
      labels[static_cast<std::size_t>(std::lround((rows.highest - value) / rows.row))] =
          shown.logarithmic ? fmt::format("{:.3g}", std::pow(10, value)) : label;
  }
  if (rows.tick == 0) {
    const int middle = options.rows / 2;
    labels[static_cast<std::size_t>(middle)] = constant_label(rows.highest - middle * rows.row);
  }
  std::string out;
  for (int r = 0; r < options.rows; ++r) {
    const std::string& label = labels[static_cast<std::size_t>(r)];
    out += fmt::format("{:>{}} {}{}\n", label, label_width, label.empty() ? side : marked,
                       terminal.styled(style, dots.row(r, terminal.utf8)));
  }
  return out + std::string(label_width + 1, ' ').append(corner) +
         x_axis(x.front(), x.back(), options.columns, terminal.utf8);
}

}  // namespace tools
