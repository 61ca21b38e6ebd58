#include <fmt/format.h>
#include <autograd/draw/frames.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/markup.hpp>

namespace brickgrad::internal {
namespace {

constexpr std::size_t shown_title = 60;

std::string opening(std::size_t number, const Cluster& frame, const Markup& markup) {
  std::string name = printable(frame.name, shown_title), type = printable(frame.type, shown_title);
  if (name.empty()) std::swap(name, type);
  std::string title = "<B>" + html_escaped(name) + "</B>";
  if (!type.empty()) title += "  " + html_escaped(type);
  return fmt::format(
      "  subgraph cluster_{} {{\n"
      "  class=\"module\"; style=\"filled,rounded\"; color=\"{}\"; fillcolor=\"{}\"; margin=12;\n"
      "  tooltip=\"{}\"; label=<{}>;\n",
      number, markup.colors.cluster_line, markup.colors.cluster_fill,
      tooltip_escaped(type.empty() ? name : name + " " + type),
      Markup::font(11, markup.colors.group_line, title));
}

}  // namespace

std::string frames_text(const std::vector<Cluster>& frames, const std::vector<std::string>& content,
                        Theme theme) {
  std::string out;
  const Markup markup(theme);
  std::vector<std::vector<std::size_t>> inside(frames.size() + 1);
  for (std::size_t c = frames.size(); c-- > 0;)
    inside[frames[c].parent == Folding::none ? frames.size() : frames[c].parent].push_back(c);
  std::vector<std::size_t> around{frames.size()};
  while (!around.empty()) {
    auto& own = inside[around.back()];
    if (own.empty()) {
      if (around.back() != frames.size()) out += "  }\n";
      around.pop_back();
      continue;
    }
    around.push_back(own.back());
    own.pop_back();
    out += opening(around.back(), frames[around.back()], markup) + content[around.back()];
  }
  return out;
}

}  // namespace brickgrad::internal
