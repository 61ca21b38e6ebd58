// Chains of ops that work by rows, as those on images do: each of the rows of a batch takes its way
// through all of them while it is in the cache, and several threads share the rows. What such a
// chain computes between its ends never reaches memory as a whole. Images are in lanes meanwhile,
// see image_lanes.hpp, where as many of them as a vector has lanes fit the cache.
//   RowChain chain(node, retain);
//   if (chain.inner().size() > 0) chain.run();  // instead of node.op->backward(node)
#pragma once

#include <autograd/graph/node.hpp>
#include <span>

namespace brickgrad::internal {

/// What the arrays of one block of rows may have, so that a few of them stay in the cache. Smaller
/// ones than two blocks are no chain.
inline constexpr std::int64_t rows_bytes = std::int64_t{1} << 17;

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

 private:
  static constexpr std::size_t capacity = 8;
  std::span<Node* const> nodes() const { return {nodes_.data(), count_}; }

  std::array<Node*, capacity> nodes_;
  std::size_t count_ = 1;
  std::int64_t bytes_ = 0;  // of the largest of their values
};

/// The value of an op that works by rows on inputs of which the first one was put off: that is not
/// computed as a whole. Of what was put off below, the backward pass finds one value an op by rows.
Tensor compute_by_rows(const OpTable& op, const void* attributes, std::span<Node* const> inputs);
/// Computes the value of a node by rows that was put off like its first input: in blocks where it
/// can.
void compute_by_rows(Node& n);

}  // namespace brickgrad::internal
