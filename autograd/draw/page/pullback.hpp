// The formulas by which ops pass gradients back. They are read off the derivatives themselves: the
// derivative of a node is recorded as an expression of its own, and that expression is printed.
#pragma once

#include <autograd/graph/node.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace brickgrad::internal {

/// In formulas: the gradient of the node, and the derivative of an elementwise op to the operand.
inline constexpr const char *gradient_mark = "\x1a", *local_mark = "\x19";

/// How a node passes its gradient back to one operand.
struct Pullback {
  /// In names and in numbers, large tensors by their names: "matmul(\x1a, transpose(w, (1, 0)))".
  /// Empty where the operand receives nothing; where the rule is too long to be read, how many
  /// operations on what it is, and nothing in numbers.
  std::string rule = {}, rule_in_numbers = {};
  /// What the rule uses more than once, each after those that it uses, and tensors that it made
  /// itself: a letter and its formula, or its numbers.
  std::vector<std::pair<std::string, std::string>> parts = {};
  /// The operands whose values the rule reads, and whether it reads the result.
  std::vector<std::size_t> reads = {};
  bool reads_result = false;
  /// Of an elementwise op whose derivative is not the same number everywhere: that derivative.
  std::optional<Tensor> local = std::nullopt;
};

/// One entry an operand of a node that an op made and that has a gradient; they are all empty where
/// the derivative can no longer be computed. `result` and `operands` are what formulas call them.
std::vector<Pullback> pullbacks(Node& n, const std::string& result,
                                std::span<const std::string> operands);

}  // namespace brickgrad::internal
