// Draws the graph of a computation.
//   std::string text = to_dot(f);
//   write_dot(f, "f.dot");
//   render(f, "f.svg");  // or .png, .pdf: through Graphviz's dot command
#pragma once

#include <autograd/graph/value.hpp>
#include <cstdint>
#include <string>

namespace brickgrad {

struct DotOptions {
  bool values = true;      // show values
  bool gradients = true;   // show gradients, "no gradient yet" where there is none
  bool constants = true;   // draw constants as nodes of their own
  bool top_down = false;   // left to right otherwise
  std::int64_t max_elements = 12;    // larger tensors show their shape, range and mean
  std::int64_t max_nodes = 100'000;  // more than these are an error
  std::string title;
};

/// The graph that ends in v, in Graphviz's language. Ids are counted in topological order, so that the
/// same computation gives the same text.
std::string to_dot(const Value& v, const DotOptions& options = {});
/// Writes that text. Throws Error when the file cannot be written.
void write_dot(const Value& v, const std::string& path, const DotOptions& options = {});
/// Lays the graph out with the dot command and writes SVG, PNG or PDF, by the path's extension. The
/// text is kept beside it, with the extension .dot. Throws Error when there is no dot command, when
/// it fails (with its own message), or for another extension.
void render(const Value& v, const std::string& path, const DotOptions& options = {});

}  // namespace brickgrad
