// Draws the graph of a computation in Graphviz's language: a card for every value with its name,
// op, numbers and gradient, and edges as wide as the gradient that flowed back along them.
//   std::string text = to_dot(loss);
//   write_dot(loss, "loss.dot", {.title = "One training step"});
// draw/render.hpp makes an image of it.
#pragma once

#include <autograd/graph/value.hpp>
#include <cstdint>
#include <string>

namespace brickgrad {

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
  /// The result at the bottom; to the right otherwise.
  bool top_down = false;
  /// Explain colours and lines above the picture.
  bool legend = true;
  /// Larger tensors show their range and mean instead of their elements.
  std::int64_t max_elements = 12;
  /// A larger graph gets short labels instead of cards, and render() refuses to lay it out.
  std::int64_t max_nodes = 1000;
  /// How long render() may take, in seconds.
  double timeout = 60;
  std::string title = {};
};

/// The graph that ends in v, in Graphviz's language. Ids are counted in topological order, so that
/// the same computation gives the same text; operands keep their order, and x * x has two edges.
std::string to_dot(const Value& v, const DotOptions& options = {});

/// Writes that text. Throws Error when the file cannot be written, and leaves what was there
/// before.
void write_dot(const Value& v, const std::string& path, const DotOptions& options = {});

}  // namespace brickgrad
