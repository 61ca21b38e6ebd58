#include <algorithm>
#include <autograd/draw/files.hpp>
#include <autograd/draw/graph_walk.hpp>
#include <autograd/draw/process.hpp>
#include <autograd/draw/render.hpp>
#include <autograd/error.hpp>
#include <cctype>
#include <cstring>
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

void check_result(const ProcessResult& result, const fs::path& dot, const DotOptions& options) {
  if (!result.found)
    fail(
        "render: there is no dot command in PATH; install Graphviz (apt install graphviz). The "
        "graph "
        "is in '{}'",
        dot.string());
  if (result.timed_out)
    fail(
        "render: dot was stopped after {:g} s; draw a part of the graph, give it more "
        "DotOptions::timeout, or lay '{}' out with another program (sfdp)",
        options.timeout, dot.string());
  if (result.succeeded()) return;
  const std::string how = result.signal ? fmt::format("was ended by signal {} ({})", result.signal,
                                                      ::strsignal(result.signal))
                                        : fmt::format("failed with code {}", *result.exit_code);
  fail("render: dot {}: {}\nThe graph is in '{}'", how,
       result.errors.empty() ? "it gave no reason" : result.errors, dot.string());
}

}  // namespace

RenderReport render(const Value& v, const std::string& path, const DotOptions& options) {
  const fs::path image = path;
  const std::string format = format_of(image);
  const std::size_t nodes = GraphWalk(v.node()).size();
  if (static_cast<std::int64_t>(nodes) > options.max_nodes)
    fail(
        "render: the graph has {} nodes, more than DotOptions::max_nodes = {}; draw a value nearer "
        "to "
        "the leaves, raise max_nodes (a layout of thousands takes minutes), or use write_dot()",
        nodes, options.max_nodes);
  fs::path dot = image;
  dot.replace_extension(".dot");
  write_dot(v, dot.string(), options);

  PendingFile picture(image);
  const ProcessResult result = run_process({"dot", "-T" + format}, dot, picture.path(),
                                           std::chrono::duration<double>(options.timeout));
  check_result(result, dot, options);
  if (fs::file_size(picture.path()) == 0)
    fail("render: dot wrote an empty picture: {}\nThe graph is in '{}'", result.errors,
         dot.string());
  picture.keep();
  return {dot.string(), lines_of(result.errors)};
}

}  // namespace brickgrad
