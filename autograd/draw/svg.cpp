#include <fmt/format.h>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/palette.hpp>
#include <autograd/draw/svg.hpp>
#include <cctype>
#include <set>

namespace brickgrad::internal {
namespace {

constexpr const char* Palette::*roles[] = {
    &Palette::background,   &Palette::ink,        &Palette::faint,         &Palette::rule,
    &Palette::leaf_line,    &Palette::leaf_fill,  &Palette::constant_line, &Palette::constant_fill,
    &Palette::op_line,      &Palette::op_fill,    &Palette::result_line,   &Palette::result_fill,
    &Palette::group_line,   &Palette::group_fill, &Palette::cluster_line,  &Palette::cluster_fill,
    &Palette::bad,          &Palette::bad_fill,   &Palette::warning,       &Palette::positive,
    &Palette::negative,     &Palette::mixed,      &Palette::no_flow,       &Palette::change_1,
    &Palette::change_2,     &Palette::change_3,   &Palette::change_4,      &Palette::added_fill,
    &Palette::removed_fill, &Palette::change_text};

/// Every colour of the light theme becomes that of the dark one with the same meaning.
std::string dark_style() {
  std::string css = "<style>@media (prefers-color-scheme: dark) {\n";
  std::set<std::string> done;
  for (const auto role : roles) {
    // Graphviz writes colours in small letters.
    std::string light = palette::light.*role;
    for (char& c : light) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!done.insert(light).second) continue;
    css += fmt::format("[fill=\"{0}\"] {{ fill: {1} }} [stroke=\"{0}\"] {{ stroke: {1} }}\n", light,
                       palette::dark.*role);
  }
  return css + "}</style>\n";
}

/// Graphviz writes its own names of the graph, its nodes, edges and frames as titles, which would
/// be shown where the mouse rests. What is worth showing there is in the links around the shapes.
std::string without_names(std::string_view svg) {
  constexpr std::string_view open = "<title>", close = "</title>\n";
  std::string out;
  for (;;) {
    const std::size_t begin = svg.find(open);
    if (begin == svg.npos) return out += svg;
    const std::size_t end = svg.find(close, begin);
    const std::string_view name = svg.substr(begin + open.size(), end - begin - open.size());
    const bool made_up =
        name == "computation" || name.starts_with("cluster_") ||
        (name.starts_with('n') && name.find_first_not_of("n0123456789_&#;-gt") == name.npos);
    out.append(svg.substr(0, made_up ? begin : end));
    if (end == svg.npos) return out;
    svg.remove_prefix(made_up ? end + close.size() : end);
  }
}

/// The titles of frames and the labels of edges, which lines drawn after them would strike through,
/// come after all lines, with a rim in the colour of the background.
std::string with_texts_above_lines(const std::string& svg, const char* background) {
  std::string out, texts;
  bool moving = false, placed = false;
  for (std::size_t at = 0; at < svg.size();) {
    const std::size_t end = std::min(svg.find('\n', at), svg.size() - 1) + 1;
    const std::string_view line(svg.data() + at, end - at);
    at = end;
    const bool node = line.find("class=\"node") != line.npos;
    if (line.starts_with("<g id="))
      moving = line.find("class=\"cluster") != line.npos ||
               line.find("class=\"edge") != line.npos || (moving && !node);
    if (moving && line.starts_with("<text ")) {
      texts += line;
      continue;
    }
    if (node && !placed && !texts.empty()) {
      out += fmt::format(
          "<g class=\"above\" stroke=\"{}\" stroke-width=\"3\" stroke-linejoin=\"round\" "
          "paint-order=\"stroke\">\n{}</g>\n",
          background, texts);
      placed = true;
    }
    out += line;
  }
  return placed ? out : svg;
}

}  // namespace

std::string dressed_svg(std::string svg, const std::string& title, const std::string& description,
                        Theme theme) {
  const std::size_t tag = svg.find("<svg ");
  const std::size_t end = tag == std::string::npos ? tag : svg.find('>', tag);
  if (end == std::string::npos) return svg;
  const auto text = [](const std::string& s) { return xml_escaped(printable(s, 20'000)); };
  svg.insert(
      end + 1,
      fmt::format("\n<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n{}", text(title),
                  text(description), theme == Theme::automatic ? dark_style() : ""));
  svg.insert(tag + 5, "role=\"img\" aria-labelledby=\"title\" aria-describedby=\"desc\" ");
  return with_texts_above_lines(without_names(svg), palette_of(theme).background);
}

}  // namespace brickgrad::internal
