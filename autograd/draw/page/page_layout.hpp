// Where the cards of a web page stand: Graphviz's dot command places boxes of the right size and
// draws the edges; the page writes into the boxes.
#pragma once

#include <autograd/draw/page.hpp>
#include <autograd/draw/page/page_graph.hpp>
#include <filesystem>
#include <string>

namespace brickgrad::internal {

/// The table of elements in a card; no rows when it shows something else.
struct CardGrid {
  std::int64_t rows = 0, columns = 0;
};
CardGrid card_grid(const PageGraph::Item& item);

/// Boxes with the ids node-0, node-1, … in the order of the graph, edges edge-0, edge-1, … in the
/// order of their operands, and frames module-0, module-1, … with room for a title.
std::string layout_text(const PageGraph& graph, const PageOptions& options);

/// The svg element that dot makes of that text. `path` is where the page goes: what dot reads and
/// writes lies beside it for a while. Throws Error as write_html() does.
std::string lay_out(const std::string& dot, const std::filesystem::path& path,
                    const PageOptions& options);

}  // namespace brickgrad::internal
