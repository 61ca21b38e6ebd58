// The data of a web page: every node with its numbers at full precision, and what it passes back.
#pragma once

#include <autograd/draw/page.hpp>
#include <autograd/draw/page/page_graph.hpp>
#include <string>

namespace brickgrad::internal {

/// JSON for the page's script; page.html describes it.
std::string page_json(const PageGraph& graph, const PageOptions& options);

}  // namespace brickgrad::internal
