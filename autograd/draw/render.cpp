#include <algorithm>
#include <autograd/draw/description.hpp>
#include <autograd/draw/dot_command.hpp>
#include <autograd/draw/drawing.hpp>
#include <autograd/draw/files.hpp>
#include <autograd/draw/process.hpp>
#include <autograd/draw/render.hpp>
#include <autograd/draw/rendering.hpp>
#include <autograd/draw/svg.hpp>
#include <autograd/error.hpp>
#include <cctype>
#include <cstring>
#include <fstream>
#include <sstream>

namespace brickgrad {
namespace {

using namespace internal;
namespace fs = std::filesystem;

/// The format by the extension, without its dot.
std::string format_of(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* known : {"svg", "png", "pdf"})
    if (extension == std::string(".") + known) return known;
  fail("render: '{}' does not end in .svg, .png or .pdf; for the graph as text use write_dot()",
       path.string());
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

constexpr auto too_slow =
    "fold more (DotOptions::depth, no DotOptions::force), draw a part of the graph, give it more "
    "DotOptions::timeout, or lay the graph out with another program (sfdp)";

/// Some layouts with labels on edges between frames are too much for Graphviz.
bool lost_its_way(const ProcessResult& result) {
  return !result.succeeded() && (result.errors.find("triangulation failed") != std::string::npos ||
                                 result.errors.find("routesplines") != std::string::npos);
}

// Beyond 200 million pixels no program shows a picture any more, and drawing it takes minutes.
constexpr int most_inches = 150, png_dots = 96;

/// From the header of the file.
std::pair<int, int> png_size(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  unsigned char bytes[24] = {};
  in.read(reinterpret_cast<char*>(bytes), sizeof bytes);
  if (!in || std::memcmp(bytes + 1, "PNG", 3) != 0) return {0, 0};
  const auto number = [&](int at) {
    return bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
  };
  return {number(16), number(20)};
}

/// How much smaller than drawn, from the first line of Graphviz's plain text: "graph 0.5 …". 1
/// where there is none.
double scale_in(const fs::path& plain) {
  std::ifstream in(plain);
  std::string word;
  double scale = 1;
  return in >> word >> scale && word == "graph" ? scale : 1;
}

/// What to say of a picture that became too small; its text is eleven points high, or nine.
std::string scaled_down(int width, int height, double scale, bool force) {
  constexpr double unreadable = 0.125;
  if (scale >= unreadable)
    return fmt::format(
        "the picture was scaled down to {} x {} pixels; as .svg it keeps every detail", width,
        height);
  return fmt::format(
      "the picture was scaled down to {} x {} pixels, {:.2g} of its size, and its text cannot be "
      "read; write .svg or .html instead, or fold the graph ({})",
      width, height, scale, force ? "no DotOptions::force" : "DotOptions::depth");
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Has the graph drawn from one file to the other, and says what there is to say of it.
std::vector<std::string> draw(const PictureText& graph, const fs::path& text,
                              const fs::path& picture, const std::string& format,
                              const DotOptions& options) {
  std::vector<std::string> warnings = graph.warnings, command{"dot"};
  const fs::path plain = text.string() + ".plain";
  if (format == "png")
    command.insert(command.end(),
                   {"-Tplain", "-o" + plain.string(), fmt::format("-Gsize={0},{0}", most_inches)});
  command.push_back("-T" + format);
  const auto lay_out = [&](const std::string& dot) {
    write_file(text, dot);
    return run_process(command, text, picture, std::chrono::duration<double>(options.timeout));
  };
  ProcessResult result = lay_out(graph.dot);
  if (!graph.plain_dot.empty() && lost_its_way(result)) {
    result = lay_out(graph.plain_dot);
    warnings.emplace_back(
        "Graphviz found no way for the edges around their labels; they are drawn without labels");
  }
  const double scale = format == "png" ? scale_in(plain) : 1;
  std::error_code unknown;
  fs::remove(plain, unknown);
  check_dot(result, "render", options.timeout, too_slow, picture);
  if (format == "svg")
    write_file(picture,
               dressed_svg(read_file(picture), graph.title, graph.description, options.theme));
  if (format == "png")
    if (const auto [width, height] = png_size(picture);
        std::max(width, height) + 2 >= most_inches * png_dots)
      warnings.push_back(scaled_down(width, height, scale, options.force));
  for (std::string& line : lines_of(result.errors)) warnings.push_back(std::move(line));
  return warnings;
}

}  // namespace

namespace internal {

void check_picture_path(const std::string& path) { format_of(path); }

RenderReport render_text(const PictureText& picture, const std::string& path,
                         const DotOptions& options) {
  const fs::path image = path;
  const std::string format = format_of(image);
  PendingFile file(image);
  RenderReport report;
  with_text_file(image, [&](const fs::path& text) {
    report.warnings = draw(picture, text, file.path(), format, options);
  });
  file.keep();
  return report;
}
}  // namespace internal

RenderReport render(const Value& v, const std::string& path, const DotOptions& options) {
  check_picture_path(path);
  Drawing drawing(v, options);
  PictureText picture;
  picture.title = spoken_title(drawing, options);
  picture.description = description(drawing);
  picture.warnings = drawing.warnings();
  picture.dot = drawing.text();
  if (drawing.framed_labels()) {
    DotOptions plain = options;
    plain.local_derivatives = false;
    picture.plain_dot = to_dot(v, plain);
  }
  return render_text(picture, path, options);
}

}  // namespace brickgrad
