// The card of a node: an HTML-like label with its name, op, numbers, gradient, shape and type.
#pragma once

#include <autograd/draw/dot.hpp>
#include <autograd/draw/numbers.hpp>
#include <span>
#include <string>
#include <string_view>

namespace brickgrad::internal {

/// What a picture tells of a node beyond the node itself.
struct NodeFacts {
  bool result = false;
  /// A backward pass came by, so that a missing gradient was not kept.
  bool passed = false;
  bool bad_value = false, bad_gradient = false;
  /// These are the first bad ones on their way: no operand's value is bad, no user's gradient is.
  bool bad_value_starts = false, bad_gradient_starts = false;
  /// A gradient comes to this op and none goes on to its operands.
  bool stops = false;
  /// A leaf whose gradient is zero in all its elements.
  bool starved = false;
};

/// What an op was told beside its operands: "axis=(0,)". Nothing where that is the shape of its
/// result, as a reshape has, which stands beside it.
std::string attributes_text(const Node& n);

/// The attributes of a node, from "[" to "]". `operation` is the op with the constants that are
/// drawn in it: "× 3".
std::string card(const Node& n, const NodeFacts& facts, std::string_view operation,
                 const DotOptions& options);
/// Appends the same with a short plain label, for graphs that are too large for cards.
void append_short_card(std::string& out, const Node& n, std::string_view operation,
                       const DotOptions& options);
/// A small card for a leaf whose own is far away.
std::string copied_card(const Node& leaf, const DotOptions& options);
/// The card of a plain number.
std::string number_card(double x, const DotOptions& options);

/// A plain number as operand k of a node: a mask, to which nothing flows back, is false or true.
std::string operand_text(const Node& n, std::size_t k, double x);

/// An op as it is written, its operands in their order; an empty one is drawn as an edge.
std::string operation_text(const Node& n, std::span<const std::string> operands);

}  // namespace brickgrad::internal
