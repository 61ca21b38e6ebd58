// The formulas of the ops as text, made by running their own definitions on pieces of text instead
// of numbers: what pictures, the reference of the ops and the tutorial show.
//   forward_text(op, attributes, {"x"})        "1 / (1 + exp(-x))"
//   partial_text(op, attributes, 0, "y", {"x"})  "y * (1 - y)"
// The texts are expressions in the usual notation; an input may be a name, a number such as -5.09,
// or an expression, and gets parentheses where it needs them.
#pragma once

#include <autograd/graph/node.hpp>
#include <cstdint>
#include <span>
#include <string>

namespace brickgrad::internal {

/// The formula of an elementwise op for such inputs, of a matrix product, and of a layer or a loss
/// that is made of few others: "x @ w + b"; of any other op a call: "sum(x)".
/// `attributes` are those of a node of this op, or null for their defaults.
std::string forward_text(const OpTable& op, const void* attributes,
                         std::span<const std::string> inputs);

/// Bit i is input i.
using InputSet = std::uint32_t;

/// The derivative of an elementwise op to one input, from its result and its inputs; empty for
/// other ops, and for an input that receives no gradient. What the inputs that are `constants`
/// decide and make is worked out: 3 * x^2, not where(3 == 0, 0, 3 * x^(3 - 1)).
std::string partial_text(const OpTable& op, const void* attributes, int input,
                         const std::string& result, std::span<const std::string> inputs,
                         InputSet constants = 0);

/// A piece of a formula, and how tightly its outermost operator binds.
struct Term {
  std::string text;
  int binding;
};

/// A name, a number or an expression; the second of what has brackets of its own.
Term term_of(const std::string& text);
Term closed_term(const std::string& text);

/// An op with such operands in few words: "a + b", "exp(a)", "sum(a, axis=(0,))".
Term applied(const OpTable& op, const void* attributes, std::span<const Term> inputs);

}  // namespace brickgrad::internal
