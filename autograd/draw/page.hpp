// One web page for a computation, to be walked through step by step: forward, where every value is
// computed, and backward, where every gradient is handed on, with the formulas and their numbers.
//   loss.backward({.retain_grad = true});
//   write_html(loss, "loss.html");
// The page is a single file that loads nothing; Graphviz's dot command lays the graph out.
#pragma once

#include <autograd/graph/value.hpp>
#include <cstdint>
#include <string>

namespace brickgrad {

class ModuleTrace;

struct PageOptions {
  /// Above the graph; made from the result when empty.
  std::string title = {};
  /// Draw a frame around what each module computed, which can be folded: see ModuleTrace.
  const ModuleTrace* modules = nullptr;
  /// The result at the bottom; to the right otherwise.
  bool top_down = false;
  /// Larger tensors show their range, mean and norm instead of their elements.
  std::int64_t max_elements = 64;
  /// write_html() refuses larger graphs, whose layout takes minutes.
  std::int64_t max_nodes = 1000;
  /// How long the layout may take, in seconds.
  double timeout = 60;
};

/// Writes the page. Gradients of interior values are there when backward() was told to keep them:
/// BackwardOptions::retain_grad. Without them, or before backward(), the page says so and walks
/// forward alone. Throws Error when the file cannot be written, for a graph that is too large, and
/// when the dot command is missing, fails or takes too long; what was at `path` stays then.
void write_html(const Value& v, const std::string& path, const PageOptions& options = {});

}  // namespace brickgrad
