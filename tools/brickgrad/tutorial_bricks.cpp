#include <fmt/format.h>
#include <autograd/error.hpp>
#include <iterator>

#include "tutorial_pictures.hpp"

namespace tools {

using namespace brickgrad;

namespace {

constexpr auto forward_ink = "#0068A8", backward_ink = "#B35C00", ink = "#1F2933",
               faint = "#66727F";
constexpr int line_y = 124, column = 118, brick = 64, first_column = 12;
// The middle of the i-th place between bricks, and the left edge of the i-th brick.
constexpr int place_x(int i) { return first_column + column / 2 + i * (column + brick); }
constexpr int brick_x(int i) { return first_column + column + i * (column + brick); }

struct Brick {
  const char *name, *what, *fill, *line;
};
constexpr Brick bricks[] = {
    {"W1", "weights", "#FBE3C0", "#B37400"}, {"σ", "sigmoid", "#CDE6F5", "#2A7BB0"},
    {"W2", "weights", "#FBE3C0", "#B37400"}, {"σ", "sigmoid", "#CDE6F5", "#2A7BB0"},
    {"½ Σ", "loss", "#D3EBDD", "#2E7D57"},
};
struct Place {
  const char *name, *value, *gradient;
};
// What is at the places; their gradients' names in the reference.
constexpr Place places[] = {{"x", "x", nullptr},    {"z1", "z1", "dL_dz1"},
                            {"h1", "h1", "dL_dh1"}, {"z2", "z2", "dL_dz2"},
                            {"h2", "h2", "dL_dh2"}, {"Loss", "loss", nullptr}};

class Drawing {
 public:
  Drawing(const std::vector<TutorialStep>& steps, const TutorialReference& reference)
      : steps_(steps), reference_(reference) {}

  std::string svg() {
    constexpr int width = place_x(5) + column / 2 + first_column, height = 324;
    out_ = fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" )"
        R"(role="img" aria-labelledby="t d" font-family="DejaVu Sans,Verdana,Helvetica,Arial,sans-serif">)"
        "\n<title id=\"t\">One training step, brick by brick</title>\n"
        "<desc id=\"d\">Five bricks in a row: weights W1, sigmoid, weights W2, sigmoid, loss. "
        "Above the line are the numbers that go forward, below it the gradients that come "
        "back.</desc>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
        width, height);
    text(first_column, 24, 15, forward_ink, "start", "forward →", true);
    text(first_column, line_y + 50, 15, backward_ink, "start", "← backward", true);
    line(first_column, line_y, width - first_column, line_y, faint, 2);
    for (int i = 0; i < static_cast<int>(std::size(places)); ++i) draw_place(i);
    for (int i = 0; i < static_cast<int>(std::size(bricks)); ++i) draw_brick(i);
    draw_weights(0, "dL_dw1");
    draw_weights(2, "dL_dw2");
    return std::move(out_) + "</svg>\n";
  }

 private:
  Tensor quantity(const std::string& name) const {
    for (const TutorialStep& step : steps_)
      for (const Quantity& q : step.quantities)
        if (q.name == name) return q.value;
    return reference_[name];
  }
  void text(int x, int y, int size, const char* color, const char* anchor, std::string_view what,
            bool bold = false) {
    out_ += fmt::format(
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"{}\"{}>{}</text>\n", x,
        y, size, color, anchor, bold ? " font-weight=\"bold\"" : "", what);
  }
  void line(int x1, int y1, int x2, int y2, const char* color, int width) {
    out_ +=
        fmt::format("<path d=\"M{} {}L{} {}\" stroke=\"{}\" stroke-width=\"{}\" fill=\"none\"/>\n",
                    x1, y1, x2, y2, color, width);
  }

  void draw_place(int i) {
    const Place& place = places[i];
    const int x = place_x(i);
    const Tensor value = quantity(place.value);
    const auto count = static_cast<int>(value.numel());
    for (int k = 0; k < count; ++k)
      text(x, line_y - 12 - 19 * (count - 1 - k), 14, forward_ink, "middle",
           fmt::format("{:.4f}", value(0, k)));
    text(x, line_y - 14 - 19 * count, 15, ink, "middle", place.name, true);
    if (!place.gradient) return;
    const Tensor gradient = quantity(place.gradient);
    text(x, line_y + 50, 13, ink, "middle", fmt::format("dLoss/d{}", place.name), true);
    for (int k = 0; k < count; ++k)
      text(x, line_y + 72 + 19 * k, 14, backward_ink, "middle",
           fmt::format("{:.4f}", gradient(0, k)));
  }

  void draw_brick(int i) {
    const Brick& b = bricks[i];
    const int x = brick_x(i), top = line_y - 26;
    for (int stud : {9, 35})
      out_ += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"20\" height=\"10\" rx=\"3\" fill=\"{}\" "
          "stroke=\"{}\"/>\n",
          x + stud, top - 9, b.fill, b.line);
    out_ += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"52\" rx=\"4\" fill=\"{}\" stroke=\"{}\" "
        "stroke-width=\"1.5\"/>\n",
        x, top, brick, b.fill, b.line);
    text(x + brick / 2, line_y + 2, 19, ink, "middle", b.name, true);
    text(x + brick / 2, line_y + 18, 11, ink, "middle", b.what);
  }

  /// The gradient of a brick's weights, below it.
  void draw_weights(int i, const char* name) {
    const Tensor g = quantity(name);
    const int x = brick_x(i) + brick / 2;
    constexpr int top = line_y + 132;
    line(x, line_y + 28, x, top - 22, backward_ink, 1);
    text(x, top - 6, 13, ink, "middle", i == 0 ? "dLoss/dW1" : "dLoss/dW2", true);
    for (std::int64_t r = 0; r < g.size(0); ++r) {
      std::string row;
      for (std::int64_t c = 0; c < g.size(1); ++c)
        row += fmt::format("{}{:.4f}", c == 0 ? "" : "  ", g(r, c));
      text(x, top + 13 + 18 * static_cast<int>(r), 13, backward_ink, "middle", row);
    }
  }

  const std::vector<TutorialStep>& steps_;
  const TutorialReference& reference_;
  std::string out_;
};

}  // namespace

std::string bricks_svg(const std::vector<TutorialStep>& steps, const TutorialReference& reference) {
  return Drawing(steps, reference).svg();
}

}  // namespace tools
