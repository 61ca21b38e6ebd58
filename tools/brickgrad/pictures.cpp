#include "pictures.hpp"

#include <fmt/format.h>
#include <autograd/draw/page.hpp>
#include <autograd/draw/render.hpp>
#include <filesystem>

#include "command.hpp"
#include "limits.hpp"
#include "messages.hpp"

namespace tools {

std::string extension_of(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return extension;
}

void add_pictures(CLI::App& parser, PictureArguments& a) {
  parser.add_option("--dot", a.dot, "Write the graph in Graphviz's language (- prints it)")
      ->check(file_name_or_dash())
      ->type_name("FILE");
  const auto file = [&](const char* name, std::string& to, const char* help) {
    parser.add_option(name, to, help)->check(file_name())->type_name("FILE");
  };
  file("--svg", a.svg, "Draw the graph as SVG");
  file("--png", a.png, "Draw the graph as PNG");
  file("--pdf", a.pdf, "Draw the graph as PDF");
  file("--html", a.html, "Write a page that steps through the computation and its backward pass");
  parser.add_flag("--force", a.force, "Draw every value of a large graph");
  parser.add_option("--timeout", a.timeout, "Seconds that the layout may take")
      ->check(number_above(0))
      ->type_name("SECONDS");
}

void check_files(const PictureArguments& a) {
  const std::pair<const std::string&, const char*> files[] = {
      {a.dot, ".dot"}, {a.svg, ".svg"}, {a.png, ".png"}, {a.pdf, ".pdf"}, {a.html, ".html"}};
  if (a.force && !a.any())
    throw WrongUse("--force is of pictures; give the file of one, as in --svg graph.svg");
  for (const auto& [path, extension] : files) {
    if (path.empty()) continue;
    const bool picture = &path == &a.svg || &path == &a.png || &path == &a.pdf;
    if (picture && extension_of(path) != extension)
      throw WrongUse(
          fmt::format("the file of --{} ends in {}, not '{}'", extension + 1, extension, path));
    for (const auto& [other, other_extension] : files)
      if (&other != &path && other == path)
        throw WrongUse(fmt::format("--{} and --{} both write '{}'; give each a file of its own",
                                   extension + 1, other_extension + 1, path));
  }
}

void tell(const brickgrad::RenderReport& report) {
  for (const std::string& warning : report.warnings)
    print_error(fmt::format("warning: {}\n", in_words_of_options(warning)));
}

void write_text(const brickgrad::Value& result, const std::string& path,
                const brickgrad::DotOptions& options) {
  brickgrad::RenderReport report;
  if (path == "-")
    fmt::print("{}", brickgrad::to_dot(result, options, &report.warnings));
  else
    brickgrad::write_dot(result, path, options, &report.warnings);
  tell(report);
}

void draw(const brickgrad::Value& result, const PictureArguments& a,
          const brickgrad::DotOptions& options) {
  if (!a.dot.empty()) write_text(result, a.dot, options);
  for (const std::string& path : {a.svg, a.png, a.pdf})
    if (!path.empty()) tell(brickgrad::render(result, path, options));
  if (!a.html.empty()) tell(write_page(result, a.html, options));
}

brickgrad::RenderReport write_page(const brickgrad::Value& result, const std::string& path,
                                   const brickgrad::DotOptions& options) {
  return brickgrad::write_html(result, path,
                               {.title = options.title,
                                .modules = options.modules,
                                .depth = options.depth,
                                .top_down = options.top_down,
                                .force = options.force,
                                .timeout = options.timeout});
}

}  // namespace tools
