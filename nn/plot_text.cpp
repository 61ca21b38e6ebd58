#include <fmt/format.h>
#include <algorithm>
#include <autograd/error.hpp>
#include <cmath>
#include <iterator>
#include <limits>
#include <nn/classified_plane.hpp>
#include <nn/plot_text.hpp>
#include <string_view>

namespace brickgrad::nn {
namespace {

constexpr std::string_view bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::string_view ascii_bars[] = {"_", ".", "-", "~", "=", "+", "*", "#"};

// How sure a decision is: less than a third of the way from a guess to certainty, less than two
// thirds, more.
constexpr std::size_t sureness_levels = 3;

// The look of a class: its region from unsure to sure, its points, its points that are decided
// otherwise, and its ANSI colour. Classes beyond the last begin anew.
struct Look {
  std::string_view region[sureness_levels], ascii_region[sureness_levels], point, wrong_point,
      color;
};
constexpr Look looks[] = {{{"⠂", "⠢", "⠶"}, {".", ":", ";"}, "o", "O", "34"},
                          {{"░", "▒", "▓"}, {"-", "+", "#"}, "x", "X", "33"},
                          {{"╌", "═", "≡"}, {"~", "=", "%"}, "v", "V", "32"},
                          {{"╱", "╳", "▚"}, {"/", "?", "&"}, "z", "Z", "35"}};

const Look& look_of(std::size_t label) { return looks[label % std::size(looks)]; }

struct Decision {
  std::size_t label, sureness;
};

std::size_t sureness(double probability, std::size_t classes) {
  const double guess = 1 / static_cast<double>(classes);
  const double part = std::clamp((probability - guess) / (1 - guess), 0.0, 1.0);
  return std::min(sureness_levels - 1, static_cast<std::size_t>(part * sureness_levels));
}

std::vector<Decision> decisions(const Classifier& classifier, const Tensor& places,
                                std::size_t& classes) {
  const Tensor p = internal::probabilities_at(classifier, places);
  classes = static_cast<std::size_t>(p.size(1));
  const std::vector<double> values = p.to_vector();
  std::vector<Decision> out;
  for (auto row = values.begin(); row != values.end();
       row += static_cast<std::ptrdiff_t>(classes)) {
    const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes));
    out.push_back({static_cast<std::size_t>(best - row), sureness(*best, classes)});
  }
  return out;
}

/// The frame: which character of the picture is which place in the plane.
struct Frame {
  internal::Range x, y;
  int columns, lines;

  Tensor centers() const {
    std::vector<double> places;
    for (int line = 0; line < lines; ++line)
      for (int column = 0; column < columns; ++column) {
        places.push_back(x.low + (x.high - x.low) * (column + 0.5) / columns);
        places.push_back(y.high - (y.high - y.low) * (line + 0.5) / lines);
      }
    return Tensor::from(places, {columns * lines, 2});
  }
  std::size_t index(int line, int column) const {
    return static_cast<std::size_t>(line) * static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(column);
  }
  std::size_t cells() const { return index(lines, 0); }
  std::size_t cell(double px, double py) const {
    const int column = static_cast<int>((px - x.low) / (x.high - x.low) * columns);
    const int line = static_cast<int>((y.high - py) / (y.high - y.low) * lines);
    return index(std::clamp(line, 0, lines - 1), std::clamp(column, 0, columns - 1));
  }
};

struct Cell {
  std::string_view text = " ", color;
  bool point = false;
};

class Picture {
 public:
  Picture(const Frame& frame, const TextPlotOptions& options)
      : frame_(frame), options_(options), cells_(frame.cells()) {}

  void shade(std::span<const Decision> places) {
    for (std::size_t i = 0; i < cells_.size(); ++i)
      cells_[i] = {regions(places[i].label)[places[i].sureness], look_of(places[i].label).color};
  }
  /// A wrong point is not hidden by a right one.
  void mark(double x, double y, std::size_t label, bool wrong) {
    Cell& cell = cells_[frame_.cell(x, y)];
    const Look& look = look_of(label);
    if (!cell.point || wrong)
      cell = {wrong ? look.wrong_point : look.point, wrong ? "1;31" : look.color, true};
  }

  std::string text() const {
    const std::string_view bar = options_.unicode ? "│" : "|", dash = options_.unicode ? "─" : "-";
    std::string out;
    for (int line = 0; line < frame_.lines; ++line) {
      out += fmt::format("{:>6} {}", tick(line), bar);
      std::string_view color;
      for (int column = 0; column < frame_.columns; ++column) {
        const Cell& cell = cells_[frame_.index(line, column)];
        if (options_.color && cell.color != color) {
          out += cell.color.empty() ? "\x1b[0m" : fmt::format("\x1b[0;{}m", cell.color);
          color = cell.color;
        }
        out += cell.text;
      }
      if (!color.empty()) out += "\x1b[0m";
      out += '\n';
    }
    out += fmt::format("{:>6} {}", "", options_.unicode ? "└" : "+");
    for (int column = 0; column < frame_.columns; ++column) out += dash;
    const std::string left = fmt::format("{:.3g}", frame_.x.low),
                      right = fmt::format("{:.3g}", frame_.x.high);
    out += fmt::format("\n{:8}{}{:>{}}\n", "", left, right,
                       std::max(1, frame_.columns - static_cast<int>(left.size())));
    return out;
  }

  std::string legend(std::size_t classes, bool wrong) const {
    constexpr std::string_view indent = "        ";
    std::string out(indent);
    for (std::size_t c = 0; c < std::min(classes, std::size(looks)); ++c)
      out += fmt::format("{}{} {} class {}", c == 0 ? "" : "   ", fmt::join(regions(c), ""),
                         look_of(c).point, c);
    out += fmt::format("\n{}denser: surer", indent);
    if (wrong) out += "   capitals: decided otherwise";
    return out + '\n';
  }

 private:
  std::span<const std::string_view> regions(std::size_t label) const {
    return options_.unicode ? look_of(label).region : look_of(label).ascii_region;
  }
  std::string tick(int line) const {
    if (line == 0) return fmt::format("{:.3g}", frame_.y.high);
    if (line == frame_.lines - 1) return fmt::format("{:.3g}", frame_.y.low);
    return "";
  }

  Frame frame_;
  TextPlotOptions options_;
  std::vector<Cell> cells_;
};

/// Bars further apart than that are drawn on a logarithmic scale.
constexpr double linear_span = 100;

/// The values in up to `most` groups of neighbours, each by its mean.
std::vector<double> means(std::span<const double> values, int most) {
  std::vector<double> out;
  const auto count = std::min(values.size(), static_cast<std::size_t>(std::max(most, 0)));
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = i * values.size() / count, end = (i + 1) * values.size() / count;
    double sum = 0;
    for (std::size_t k = begin; k < end; ++k) sum += values[k];
    out.push_back(sum / static_cast<double>(end - begin));
  }
  return out;
}

}  // namespace

std::string sparkline(std::span<const double> values, int width, bool unicode) {
  std::string out;
  // Scaled after averaging: the extremes of single values would flatten the bars.
  std::vector<double> heights = means(values, width);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (double h : heights)
    if (std::isfinite(h)) {
      low = std::min(low, h);
      high = std::max(high, h);
    }
  if (low > 0 && high > linear_span * low) {
    for (double& h : heights) h = std::log(h);
    low = std::log(low);
    high = std::log(high);
  }
  for (const double h : heights) {
    if (!std::isfinite(h)) {
      out += '!';
      continue;
    }
    const double part = high > low ? (h - low) / (high - low) : 0;
    const auto level = std::min<std::size_t>(7, static_cast<std::size_t>(part * 8));
    out += unicode ? bars[level] : ascii_bars[level];
  }
  return out;
}

std::string boundary_text(const Classifier& probabilities, const Tensor& points,
                          std::span<const std::int64_t> labels, const TextPlotOptions& options) {
  if (options.width < 24 || options.width > 400 || options.height < 8 || options.height > 200)
    fail("boundary_text: {} x {} characters; choose 24 to 400 and 8 to 200", options.width,
         options.height);
  internal::check_points(points, labels);
  constexpr int margin = 8, lines_below = 3;
  const Frame frame{internal::range_of(points, 0), internal::range_of(points, 1),
                    options.width - margin, options.height - lines_below};
  std::size_t classes = 0;
  Picture picture(frame, options);
  picture.shade(decisions(probabilities, frame.centers(), classes));
  internal::check_labels(labels, static_cast<std::int64_t>(classes));
  const auto chosen = decisions(probabilities, points, classes);
  bool any_wrong = false;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto label = static_cast<std::size_t>(labels[i]);
    const bool wrong = chosen[i].label != label;
    any_wrong = any_wrong || wrong;
    const auto row = static_cast<std::int64_t>(i);
    picture.mark(points(row, 0), points(row, 1), label, wrong);
  }
  return picture.text() + picture.legend(classes, any_wrong);
}

}  // namespace brickgrad::nn
