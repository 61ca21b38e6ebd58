// The card of a node: an HTML-like label with its name, op, numbers, gradient, shape and type.
#pragma once

#include <autograd/draw/dot.hpp>
#include <autograd/draw/numbers.hpp>
#include <string>

namespace brickgrad::internal {

/// What a picture tells of a node beyond the node itself.
struct CardContext {
  bool result = false;
  /// A backward pass came by, so that a missing gradient was not kept.
  bool passed = false;
  /// Whether its value or gradient is the first bad one on its way: no operand's value is bad, no
  /// user's gradient is.
  bool bad_value_starts = false, bad_gradient_starts = false;
  /// The op with the constants drawn in it: "× 3".
  std::string operation;
  Summary value, gradient;
};

/// One line of a node's attributes, from "[" to "]".
std::string card(const Node& n, const CardContext& context, const DotOptions& options);
/// The same with a short plain label, for graphs that are too large for cards.
std::string short_card(const Node& n, const CardContext& context, const DotOptions& options);
/// The card of a plain number.
std::string number_card(double x, const DotOptions& options);

/// An op as it is written, its operands in their order; an empty one is drawn as an edge.
std::string operation_text(const Node& n, std::span<const std::string> operands);

}  // namespace brickgrad::internal
