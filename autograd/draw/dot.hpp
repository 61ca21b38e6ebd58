// Draws the graph of a computation in Graphviz's language: a card for every value with its name,
// op, numbers and gradient, and edges as wide as the gradient that flowed back along them.
//   std::string text = to_dot(loss);
//   write_dot(loss, "loss.dot", {.title = "One training step"});
// draw/render.hpp makes an image of it; draw/module_trace.hpp puts frames around modules.
#pragma once

#include <autograd/graph/value.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace brickgrad {

class ModuleTrace;

/// The colours of a picture. An automatic one is light, and as SVG it turns dark where its viewer
/// prefers that.
enum class Theme { automatic, light, dark };

struct DotOptions {
  /// Show values.
  bool values = true;
  /// Show gradients, in the cards and as the width and colour of the edges. A value without one
  /// says so: "no gradient yet" before backward(), "not kept" after it (see BackwardOptions).
  bool gradients = true;
  /// Write the derivative of a scalar to its scalar operand on their edge.
  bool local_derivatives = true;
  /// Draw every constant as a card of its own. Otherwise plain numbers stand in the card of the op
  /// that uses them.
  bool constants = false;
  /// Draw a frame around what each module computed. It must know of the calls: see ModuleTrace.
  const ModuleTrace* modules = nullptr;
  /// Modules with so many others around them become one card each, and equal ones in a row one
  /// card together; 0 leaves no frame at all.
  int depth = 1'000'000;
  /// The result at the bottom; to the right otherwise.
  bool top_down = false;
  Theme theme = Theme::automatic;
  /// Explain colours and lines above the picture.
  bool legend = true;
  /// Larger tensors show their range and mean instead of their elements.
  std::int64_t max_elements = 12;
  /// In a graph of more values, or of more than a twentieth as many ops in a row, modules,
  /// repetitions and stretches of ops are folded into a card each, until there are about a hundred;
  /// the picture says so.
  std::int64_t max_nodes = 1000;
  /// Draw every value of such a graph all the same, with short labels instead of cards.
  bool force = false;
  /// How long render() may take, in seconds.
  double timeout = 60;
  std::string title = {};
};

/// The graph that ends in v, in Graphviz's language. Ids are counted in topological order, so that
/// the same computation gives the same text; operands keep their order, and x * x has two edges.
/// What there is to know of the text, as that the graph was folded, is put into `warnings`.
std::string to_dot(const Value& v, const DotOptions& options = {},
                   std::vector<std::string>* warnings = nullptr);

/// Writes that text. Throws Error when the file cannot be written, and leaves what was there
/// before.
void write_dot(const Value& v, const std::string& path, const DotOptions& options = {},
               std::vector<std::string>* warnings = nullptr);

}  // namespace brickgrad
