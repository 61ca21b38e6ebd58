#include "pictures.hpp"

#include <fmt/format.h>
#include <autograd/draw/page.hpp>
#include <autograd/draw/render.hpp>
#include <filesystem>

#include "command.hpp"
#include "limits.hpp"
#include "messages.hpp"

namespace tools {

namespace {

/// ".svg" of "graph.SVG".
std::string extension_of(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return extension;
}

}  // namespace

std::optional<PictureFile> picture_file(const std::string& path) {
  const std::string extension = extension_of(path);
  for (const char* known : {".svg", ".png", ".pdf", ".dot", ".html"})
    if (extension == known) return PictureFile{extension, path};
  return std::nullopt;
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

std::vector<PictureFile> PictureArguments::files() const {
  std::vector<PictureFile> all{
      {".dot", dot}, {".svg", svg}, {".png", png}, {".pdf", pdf}, {".html", html}};
  std::erase_if(all, [](const PictureFile& file) { return file.path.empty(); });
  return all;
}

void check_files(const PictureArguments& a) {
  const std::vector<PictureFile> files = a.files();
  for (const PictureFile& file : files) {
    const bool picture = file.kind != ".dot" && file.kind != ".html";
    if (picture && extension_of(file.path) != file.kind)
      throw WrongUse(fmt::format("the file of --{} ends in {}, not '{}'", file.kind.substr(1),
                                 file.kind, file.path));
    for (const PictureFile& other : files)
      if (&other != &file && other.path == file.path)
        throw WrongUse(fmt::format("--{} and --{} both write '{}'; give each a file of its own",
                                   file.kind.substr(1), other.kind.substr(1), file.path));
  }
}

void fill_gradients(const brickgrad::Value& result) {
  if (!result.requires_grad()) return;
  if (result.rank() == 0) return result.backward({.retain_grad = true});
  print_error(fmt::format(
      "note: the result has the shape {}, and only a single number has gradients; sum(...) of it "
      "would show some\n",
      result.shape()));
}

void tell(const brickgrad::RenderReport& report) {
  for (const std::string& warning : report.warnings)
    print_error(fmt::format("warning: {}\n", in_words_of_options(warning)));
}

namespace {

/// The graph as text, in a file or, for "-", on standard output.
void write_text(const brickgrad::Value& result, const std::string& path,
                const brickgrad::DotOptions& options) {
  brickgrad::RenderReport report;
  if (path == "-")
    fmt::print("{}", brickgrad::to_dot(result, options, &report.warnings));
  else
    brickgrad::write_dot(result, path, options, &report.warnings);
  tell(report);
}

/// The page that steps through the computation, with those of the options that it has too.
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

}  // namespace

void draw(const brickgrad::Value& result, const PictureFile& file,
          const brickgrad::DotOptions& options) {
  if (file.kind == ".dot")
    write_text(result, file.path, options);
  else if (file.kind == ".html")
    tell(write_page(result, file.path, options));
  else
    tell(brickgrad::render(result, file.path, options));
}

}  // namespace tools
