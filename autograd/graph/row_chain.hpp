// Chains of ops that work by rows, as those on images do: each of the rows of a batch takes its way
// through all of them while it is in the cache, and several threads share the rows. What such a
// chain computes between its ends never reaches memory as a whole. This is the way back; see
// row_forward.hpp for the other one, row_blocks.hpp for the blocks of rows.
//   RowChain chain(node, retain);
//   if (chain.inner().size() > 0) chain.run();  // instead of node.op->backward(node)
#pragma once

#include <autograd/graph/node.hpp>
#include <span>

namespace brickgrad::internal {

/// A node whose op works by rows, and below it the one that its first input came from, and so on,
/// as long as nobody else uses them and no gradient of theirs is asked for.
class RowChain {
 public:
  RowChain(Node& root, bool retain);
  /// All of them but the root; none when the arrays are small.
  std::span<Node* const> inner() const { return nodes().subspan(1); }
  /// The backward pass: adds to the adjoints of what the chain reads from outside, all of which
  /// was visited. Clears the marks of the inner nodes, whose turn this was.
  void run();

  static constexpr std::size_t capacity = 8;

 private:
  std::span<Node* const> nodes() const { return {nodes_.data(), count_}; }

  std::array<Node*, capacity> nodes_;
  std::size_t count_ = 1;
  std::int64_t bytes_ = 0;  // of the largest of their values
};

}  // namespace brickgrad::internal
