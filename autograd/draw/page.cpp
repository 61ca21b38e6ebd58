#include <autograd/draw/files.hpp>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/page.hpp>
#include <autograd/draw/page/assemble.hpp>
#include <autograd/draw/page/page_json.hpp>
#include <autograd/draw/page/page_layout.hpp>
#include <autograd/draw/page/sources.hpp>

namespace brickgrad {

RenderReport write_html(const Value& v, const std::string& path, const PageOptions& options) {
  using namespace internal;
  const PageGraph graph(v, options);
  const std::string svg = lay_out(layout_text(graph, options), path, options);
  const std::string title = printable(
      options.title.empty() ? "How " + graph.nodes().back().name + " was computed" : options.title,
      200);
  const std::string data = page_json(graph, options), shown_title = markup_escaped(title);
  const PagePart parts[] = {{"title", shown_title},
                            {"shared style", shared_style},
                            {"style", page_style},
                            {"graph", svg},
                            {"data", data},
                            {"shared script", shared_script},
                            {"graph script", graph_script},
                            {"script", page_script}};
  write_file(path, assemble(page_html, parts));
  RenderReport report{graph.trouble()};
  if (graph.folded())
    report.warnings.push_back(folded_warning(graph.values(), graph.nodes().size(), "PageOptions",
                                             options.max_nodes,
                                             longest_in_page(options.max_nodes)));
  if (const std::string text = flows_left_out(graph.walk()); !text.empty())
    report.warnings.push_back(text);
  return report;
}

}  // namespace brickgrad
