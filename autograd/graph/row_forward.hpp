// The way forward through ops by rows whose values were put off: each block of rows takes its way
// through all of them while it is in the cache. See row_chain.hpp for the way back.
#pragma once

#include <autograd/graph/node.hpp>

namespace brickgrad::internal {

/// The value of an op that works by rows on inputs of which the first one was put off: that is not
/// computed as a whole. Of what was put off below, the backward pass finds what it reads, or one
/// value an op by rows to make it from.
Tensor compute_by_rows(const OpTable& op, const void* attributes, std::span<Node* const> inputs);
/// Computes the value of a node by rows that was put off like its first input: in blocks where it
/// can, if `may_be_blocks`.
void compute_by_rows(Node& n, bool may_be_blocks);

}  // namespace brickgrad::internal
