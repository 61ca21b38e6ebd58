// One web page for a computation, to be walked through step by step: forward, where every value is
// computed, and backward, where every gradient is handed on, with the formulas and their numbers.
//   loss.backward({.retain_grad = true});
//   write_html(loss, "loss.html");
// The page is a single file that loads nothing; Graphviz's dot command lays the graph out.
#pragma once

#include <autograd/draw/render.hpp>
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
  /// Modules with so many others around them become one card each, and equal ones in a row one
  /// card together: a step computes a card.
  int depth = 1'000'000;
  /// The result at the bottom; to the right otherwise.
  bool top_down = false;
  /// Larger tensors show their range, mean and norm instead of their elements.
  std::int64_t max_elements = 64;
  /// In a graph of more values, or of more than a fifth as many ops in a row, modules, repetitions
  /// and stretches of ops are folded into a card each, until there are about a hundred; the page
  /// says so.
  std::int64_t max_nodes = 1000;
  /// Give every value of such a graph its card and its step all the same. The layout of some
  /// thousands takes minutes.
  bool force = false;
  /// How long the layout may take, in seconds.
  double timeout = 60;
};

/// Writes the page, and reports what was folded and what is wrong with the numbers. Gradients of
/// interior values are there when backward() was told to keep them: BackwardOptions::retain_grad.
/// Without them, or before backward(), the page says so and walks forward alone. Throws Error when
/// the file cannot be written, and when the dot command is missing, fails or takes too long: what
/// was at `path` stays then, and the text of the layout is kept beside it, in a file ending in .dot
/// that the message names.
RenderReport write_html(const Value& v, const std::string& path, const PageOptions& options = {});

}  // namespace brickgrad
