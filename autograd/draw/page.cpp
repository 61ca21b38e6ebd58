#include <autograd/draw/files.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/page.hpp>
#include <autograd/draw/page/assemble.hpp>
#include <autograd/draw/page/page_json.hpp>
#include <autograd/draw/page/page_layout.hpp>
#include <autograd/draw/page/sources.hpp>
#include <autograd/error.hpp>

namespace brickgrad {

void write_html(const Value& v, const std::string& path, const PageOptions& options) {
  using namespace internal;
  const GraphWalk walk(v.node());
  const PageGraph graph(walk, options.modules);
  const auto& nodes = graph.nodes();
  if (static_cast<std::int64_t>(nodes.size()) > options.max_nodes)
    fail(
        "write_html: the graph has {} nodes, more than PageOptions::max_nodes = {}; show a value "
        "nearer to the leaves, or raise max_nodes (a layout of thousands takes minutes)",
        nodes.size(), options.max_nodes);
  const std::string svg = lay_out(layout_text(graph, options), path, options);
  const std::string title = printable(
      options.title.empty() ? "How " + nodes.back().name + " was computed" : options.title, 200);
  const std::string data = page_json(graph, options), shown_title = markup_escaped(title);
  const PagePart parts[] = {{"title", shown_title}, {"shared style", shared_style},
                            {"style", page_style},  {"graph", svg},
                            {"data", data},         {"shared script", shared_script},
                            {"script", page_script}};
  write_file(path, assemble(page_html, parts));
}

}  // namespace brickgrad
