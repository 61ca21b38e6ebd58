#include <algorithm>
#include <autograd/error.hpp>
#include <charconv>
#include <cmath>
#include <map>
#include <nn/classified_plane.hpp>
#include <nn/plot_axes.hpp>

namespace brickgrad::nn {
namespace {

constexpr int cells = 150;  // along each side of the frame
constexpr int levels = 10;  // of paleness

/// What the classifier says at the corners of the cells.
class Field {
 public:
  Field(const Classifier& classifier, const internal::Range& x, const internal::Range& y) {
    Tensor places = Tensor::empty({(cells + 1) * (cells + 1), 2});
    double* p = places.data<double>();
    for (int row = 0; row <= cells; ++row)
      for (int column = 0; column <= cells; ++column) {
        *p++ = x.low + (x.high - x.low) * column / cells;
        *p++ = y.low + (y.high - y.low) * row / cells;
      }
    const Tensor result = internal::probabilities_at(classifier, places);
    classes_ = result.size(1);
    values_ = result.to_vector();
  }

  std::int64_t classes() const { return classes_; }
  double at(int column, int row, std::int64_t c) const {
    return values_[static_cast<std::size_t>((row * (cells + 1) + column) * classes_ + c)];
  }
  /// By how much class c leads, or trails, the best of the others.
  double lead(int column, int row, std::int64_t c) const {
    double best = -1e300;
    for (std::int64_t k = 0; k < classes_; ++k)
      if (k != c) best = std::max(best, at(column, row, k));
    return at(column, row, c) - best;
  }
  /// The most probable class in the middle of a cell, and how sure it is: 0 to levels - 1.
  std::pair<std::int64_t, int> decision(int column, int row) const {
    std::int64_t best = 0;
    double most = -1e300;
    for (std::int64_t c = 0; c < classes_; ++c) {
      const double p = (at(column, row, c) + at(column + 1, row, c) + at(column, row + 1, c) +
                        at(column + 1, row + 1, c)) /
                       4;
      if (p > most) {
        most = p;
        best = c;
      }
    }
    const double none = 1 / static_cast<double>(classes_);
    const double sure = std::clamp((most - none) / (1 - none), 0.0, 1.0);
    return {best, std::min(levels - 1, static_cast<int>(sure * levels))};
  }

 private:
  std::int64_t classes_ = 0;
  std::vector<double> values_;
};

/// A color mixed with white, as a part from 0 to 1 of it.
std::string mixed(std::string_view color, double part) {
  std::string out = "#";
  for (std::size_t i = 1; i < 7; i += 2) {
    int channel = 0;
    std::from_chars(color.data() + i, color.data() + i + 2, channel, 16);
    out += fmt::format("{:02x}", static_cast<int>(std::lround(255 - part * (255 - channel))));
  }
  return out;
}

/// Lines along the rows of cells, as one path for each class and level. Their units are cells,
/// which keeps the text short.
void draw_decisions(internal::Canvas& canvas, const Field& field) {
  const double left = canvas.x().pixel(canvas.x().low()), top = canvas.y().pixel(canvas.y().high());
  const double width = (canvas.x().pixel(canvas.x().high()) - left) / cells;
  const double height = (canvas.y().pixel(canvas.y().low()) - top) / cells;
  std::map<std::pair<std::int64_t, int>, std::string> paths;
  for (int row = 0; row < cells; ++row)
    for (int column = 0; column < cells;) {
      const auto decision = field.decision(column, row);
      int end = column + 1;
      while (end < cells && field.decision(end, row) == decision) ++end;
      // Lines that only touch would leave hairlines between them.
      paths[decision] += fmt::format("M{} {}h{}.2", column, cells - 1 - row, end - column);
      column = end;
    }
  canvas.draw(
      fmt::format("<g transform=\"translate({:.2f} {:.2f}) scale({:.4f} {:.4f})\" fill=\"none\" "
                  "stroke-width=\"1.3\">",
                  left, top + height / 2, width, height));
  for (const auto& [decision, path] : paths)
    canvas.draw(fmt::format(R"(<path d="{}" stroke="{}"/>)", path,
                            mixed(internal::series_color(static_cast<std::size_t>(decision.first)),
                                  0.06 + 0.39 * decision.second / (levels - 1))));
  canvas.draw("</g>");
}

/// The line where class c begins or ceases to lead: marching squares, a segment a cell.
std::string border(const internal::Canvas& canvas, const Field& field, std::int64_t c) {
  const double x0 = canvas.x().low(), dx = (canvas.x().high() - x0) / cells;
  const double y0 = canvas.y().low(), dy = (canvas.y().high() - y0) / cells;
  constexpr int corner_x[] = {0, 1, 1, 0}, corner_y[] = {0, 0, 1, 1};
  std::string path;
  for (int row = 0; row < cells; ++row)
    for (int column = 0; column < cells; ++column) {
      bool pen_down = false;
      for (int i = 0; i < 4; ++i) {
        const int j = (i + 1) % 4;
        const double a = field.lead(column + corner_x[i], row + corner_y[i], c),
                     b = field.lead(column + corner_x[j], row + corner_y[j], c);
        if ((a > 0) == (b > 0)) continue;
        const double part = a / (a - b);
        path += fmt::format(
            "{}{:.1f} {:.1f}", pen_down ? 'L' : 'M',
            canvas.x().pixel(x0 + dx * (column + corner_x[i] + part * (corner_x[j] - corner_x[i]))),
            canvas.y().pixel(y0 + dy * (row + corner_y[i] + part * (corner_y[j] - corner_y[i]))));
        // The third crossing of a saddle begins a second segment.
        pen_down = !pen_down;
      }
    }
  return path;
}

}  // namespace

std::string plot_boundary(const Classifier& probabilities, const Tensor& points,
                          std::span<const std::int64_t> labels, const PlotOptions& options) {
  internal::check_points(points, labels);
  PlotOptions with = options;
  if (with.title.empty()) with.title = "Decision boundary";
  if (with.x_label.empty()) with.x_label = "x1";
  if (with.y_label.empty()) with.y_label = "x2";
  const internal::Range x = internal::range_of(points, 0), y = internal::range_of(points, 1);
  const Field field(probabilities, x, y);
  internal::check_labels(labels, field.classes());

  internal::Canvas canvas(with, x, y, true);
  draw_decisions(canvas, field);
  canvas.draw_grid();
  // Of two classes, both have the same border.
  for (std::int64_t c = field.classes() == 2 ? 1 : 0; c < field.classes(); ++c)
    canvas.draw(fmt::format(
        R"(<path d="{}" fill="none" stroke="#333" stroke-width="1.8" stroke-linecap="round"/>)",
        border(canvas, field, c)));
  for (std::int64_t i = 0; i < points.size(0); ++i)
    canvas.draw(internal::marker(static_cast<std::size_t>(labels[static_cast<std::size_t>(i)]),
                                 canvas.x().pixel(points(i, 0)), canvas.y().pixel(points(i, 1))));
  for (std::int64_t c = 0; c < std::min<std::int64_t>(field.classes(), 16); ++c)
    canvas.add_legend(fmt::format("class {}", c),
                      internal::marker(static_cast<std::size_t>(c), 0, 0));
  return canvas.svg(
      fmt::format("{} points of {} classes in the plane, over the regions where a classifier "
                  "chooses each class.",
                  points.size(0), field.classes()));
}

}  // namespace brickgrad::nn
