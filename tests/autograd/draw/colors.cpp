// Whatever is written in a picture can be read on what it is written on, in both themes.
#include "graphs.hpp"

#include <fmt/format.h>
#include <autograd/draw/palette.hpp>
#include <autograd/draw/svg.hpp>
#include <cmath>
#include <map>
#include <set>
#include <utility>

using namespace drawing_tests;

namespace {

constexpr double least_contrast = 4.5;  // of WCAG 2, level AA

double luminance(const std::string& color) {
  if (color == "white") return 1;
  REQUIRE(color.size() == 7);
  double sum = 0;
  constexpr double weights[] = {0.2126, 0.7152, 0.0722};
  for (std::size_t i = 0; i < 3; ++i) {
    const double c = std::stoi(color.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    sum += weights[i] * (c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
  }
  return sum;
}

double contrast(const std::string& a, const std::string& b) {
  const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

/// What stands between the quotes after `key`, or nothing.
std::string quoted(const std::string& text, const std::string& key) {
  const auto at = text.find(key + "=\"");
  if (at == std::string::npos) return "";
  const auto begin = at + key.size() + 2;
  return text.substr(begin, text.find('"', begin) - begin);
}

/// Every colour of text in the pictures added, with each colour that it stands on.
class Written {
 public:
  std::map<std::pair<std::string, std::string>, std::string> on;  // and what it says
  std::set<std::string> fills;

  void add(const std::string& dot) {
    std::istringstream in(dot);
    std::string background, graph, node = "#000000", edge = node, fill;
    for (std::string line; std::getline(in, line);) {
      if (const std::string c = quoted(line, "bgcolor"); !c.empty()) background = c;
      const bool ends = line.find(" -> ") != std::string::npos;
      const bool card = !ends && line.find(" [class=") != std::string::npos;
      if (line.starts_with("  fontname")) graph = quoted(line, "fontcolor");
      if (line.starts_with("  node [")) node = quoted(line, "fontcolor");
      if (line.starts_with("  edge [") && line.find("fontcolor") != std::string::npos)
        edge = quoted(line, "fontcolor");
      fill = line.find(" fillcolor=") != std::string::npos ? quoted(line, " fillcolor")
             : line.starts_with("  tooltip")               ? fill
                                                           : background;
      fills.insert(fill);
      const auto label = line.find("label=<");
      if (label == std::string::npos) continue;
      const std::string own = ends ? quoted(line, "fontcolor") : "";
      scan(line.substr(label), fill, !own.empty() ? own : ends ? edge : card ? node : graph);
      // Edges run over frames too.
      if (ends) scan(line.substr(label), frame_, !own.empty() ? own : edge);
      if (line.starts_with("  tooltip")) frame_ = fill;
    }
  }

 private:
  void scan(const std::string& label, const std::string& fill, const std::string& color) {
    std::vector<std::string> colors{color}, fills_here{fill};
    std::string text;
    for (std::size_t at = 6; at < label.size();) {
      if (label[at] != '<') {
        text += label[at++];
        continue;
      }
      note(text, colors.back(), fills_here.back());
      text.clear();
      const std::string tag = label.substr(at, label.find('>', at) - at);
      at += tag.size() + 1;
      if (tag.starts_with("<FONT")) {
        const std::string c = quoted(tag, "COLOR");
        colors.push_back(c.empty() ? colors.back() : c);
      } else if (tag.starts_with("</FONT")) {
        colors.pop_back();
      } else if (tag.starts_with("<TD")) {
        const std::string c = quoted(tag, "BGCOLOR");
        if (!c.empty()) fills.insert(c);
        fills_here.push_back(c.empty() ? fills_here.back() : c);
      } else if (tag.starts_with("</TD")) {
        fills_here.pop_back();
      }
      if (colors.empty() || fills_here.empty()) break;
      if (label.compare(at, 2, ">]") == 0 || label.compare(at, 2, ">;") == 0) break;
    }
  }

  /// A drawn line is a sample of one.
  void note(const std::string& text, const std::string& color, const std::string& fill) {
    const bool letters = std::any_of(text.begin(), text.end(), [](unsigned char c) {
      return (c < 128 && std::isalnum(c)) || (c >= 128 && c != 0xE2 && c < 0xC0);
    });
    const bool drawn =
        text.find("━") != text.npos || text.find("╌") != text.npos || text.find("┈") != text.npos;
    if (letters && !drawn && !fill.empty()) on.emplace(std::pair{color, fill}, text);
  }

  std::string frame_;
};

/// Cards of all kinds: with names and without, with bad numbers and good ones, folded and not.
void add_graphs(Written& written, Theme theme) {
  const ModuleTrace trace;
  const Value x = constant(Tensor::from({{1., -2.}, {0.5, 1.}})).name("x");
  const Value w = named(Tensor::from({{-1., -2.}, {-3., -4.}}), "w"), zero = named(0.0, "zero");
  Value y;
  {
    const ModuleTrace::Part part("layer", "Linear", "2, 2");
    y = relu(matmul(x, w) - 100.0);
  }
  const Value sad = named(sum(y * 2.0) * log(zero) + exp(x * zero) / 0.0, "sad");
  const Value loss = named(sum(sad), "loss");
  loss.backward({.retain_grad = true});
  for (const int depth : {0, 9})
    for (const bool constants : {false, true})
      written.add(to_dot(loss, {.constants = constants,
                                .modules = &trace,
                                .depth = depth,
                                .theme = theme,
                                .title = "Title"}));
  const ModuleTrace other;
  Value fine = named(3.0, "u");
  {
    const ModuleTrace::Part part("fine");
    fine = tanh(fine * named(Tensor::from({1., 2.}), "v"));
  }
  fine = sum(fine);
  fine.backward();
  written.add(to_dot(fine, {.theme = theme}));
  written.add(to_dot(fine, {.modules = &other, .depth = 0, .theme = theme}));
  written.add(to_dot(expression(), {.theme = theme}));
}

/// Every strength of a change, of leaves, constants, ops and results, and what came and went.
void add_diffs(Written& written, Theme theme) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto graph = [](double c, double v, bool more) {
    const Value x = constant(Tensor::from({1., c})).name("x");
    const Value u = constant(Tensor::from({v, 2.})), w = named(v, "w");
    Value y = named(named(x * w, "product") + u, "y");
    if (more) y = named(tanh(y * named(2.0, "extra")), "more");
    const Value loss = named(sum(y), "loss");
    loss.backward({.retain_grad = true});
    return snapshot(loss);
  };
  const GraphSnapshot before = graph(2, 1, false), longer = graph(2, 1, true);
  for (const double by : {0.001, 0.05, 0.5, 3.0, nan})
    written.add(to_dot_diff(before, graph(2 + 2 * by, 1 + by, false), {.theme = theme}));
  written.add(to_dot_diff(before, longer, {.theme = theme, .title = "Title"}));
  written.add(to_dot_diff(longer, before, {.theme = theme}));
  // A gradient that is bad where the value is not.
  const auto root = [](double at) {
    const Value w = named(Tensor::from({at, 1.}), "w");
    const Value loss = sum(sqrt(w));
    loss.backward({.retain_grad = true});
    return snapshot(loss);
  };
  written.add(to_dot_diff(root(1), root(0), {.theme = theme}));
}

Written all_written(Theme theme) {
  Written written;
  add_graphs(written, theme);
  add_diffs(written, theme);
  return written;
}

/// What the style of an SVG file makes of each colour where the viewer is dark.
std::map<std::string, std::string> darkened() {
  const std::string svg =
      brickgrad::internal::dressed_svg("<svg >\n</svg>", "", "", Theme::automatic);
  std::map<std::string, std::string> colors;
  constexpr std::string_view before = "[fill=\"", between = "] { fill: ";
  for (auto at = svg.find(before); at != svg.npos; at = svg.find(before, at + 1)) {
    const auto begin = at + before.size(), end = svg.find('"', begin);
    const auto to = svg.find(between, end) + between.size();
    std::string light = svg.substr(begin, end - begin);
    for (char& c : light)
      if (light[0] == '#') c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    colors[light] = svg.substr(to, svg.find(' ', to) - to);
  }
  return colors;
}

}  // namespace

TEST_CASE("colours of text can be read on every fill") {
  for (const Theme theme : {Theme::light, Theme::dark}) {
    const Written written = all_written(theme);
    for (const auto& [colors, text] : written.on) {
      INFO(colors.first << " on " << colors.second << ": " << text);
      CHECK(contrast(colors.first, colors.second) >= least_contrast);
    }
    const auto& p = brickgrad::internal::palette_of(theme);
    for (const char* fill : {p.background, p.leaf_fill, p.constant_fill, p.op_fill, p.result_fill,
                             p.group_fill, p.cluster_fill, p.bad_fill, p.change_1, p.change_2,
                             p.change_3, p.change_4, p.added_fill, p.removed_fill}) {
      INFO("fill " << fill);
      CHECK(written.fills.contains(fill));
    }
    CHECK(written.on.size() > 30);
  }
}

TEST_CASE("colours of text can be read where an SVG file turns dark by itself") {
  const auto dark = darkened();
  for (const auto& [colors, text] : all_written(Theme::light).on) {
    INFO(colors.first << " on " << colors.second << ": " << text);
    REQUIRE(dark.contains(colors.first));
    REQUIRE(dark.contains(colors.second));
    CHECK(contrast(dark.at(colors.first), dark.at(colors.second)) >= least_contrast);
  }
}
