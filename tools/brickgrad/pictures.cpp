#include "pictures.hpp"

#include <fmt/format.h>
#include <autograd/draw/page.hpp>
#include <autograd/draw/render.hpp>
#include <filesystem>

#include "command.hpp"

namespace tools {

std::string extension_of(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return extension;
}

void add_pictures(CLI::App& parser, PictureArguments& a) {
  parser.add_option("--dot", a.dot, "Write the graph in Graphviz's language (- prints it)")
      ->type_name("FILE");
  parser.add_option("--svg", a.svg, "Draw the graph as SVG")->type_name("FILE");
  parser.add_option("--png", a.png, "Draw the graph as PNG")->type_name("FILE");
  parser.add_option("--pdf", a.pdf, "Draw the graph as PDF")->type_name("FILE");
  parser
      .add_option("--html", a.html,
                  "Write a page that steps through the computation and its backward pass")
      ->type_name("FILE");
}

void draw(const brickgrad::Value& result, const PictureArguments& a,
          const brickgrad::DotOptions& options) {
  if (a.dot == "-")
    fmt::print("{}", brickgrad::to_dot(result, options));
  else if (!a.dot.empty())
    brickgrad::write_dot(result, a.dot, options);
  const auto render = [&](const std::string& path, std::string_view extension) {
    if (path.empty()) return;
    if (extension_of(path) != extension)
      throw WrongUse(fmt::format("the file of --{} ends in {}, not '{}'", extension.substr(1),
                                 extension, path));
    const auto report = brickgrad::render(result, path, options);
    for (const std::string& warning : report.warnings)
      fmt::print(stderr, "brickgrad: {}\n", warning);
  };
  render(a.svg, ".svg");
  render(a.png, ".png");
  render(a.pdf, ".pdf");
  if (!a.html.empty())
    brickgrad::write_html(
        result, a.html,
        {.title = options.title, .top_down = options.top_down, .timeout = options.timeout});
}

}  // namespace tools
