// How large the gradient is along its way from the result back to each node, and how large it was
// before.
#pragma once

#include <autograd/draw/flow.hpp>
#include <autograd/draw/graph_walk.hpp>
#include <vector>

namespace brickgrad::internal {

/// What a node receives, and by which way most of it came.
struct Received {
  using Index = GraphWalk::Index;

  /// The norm of all that came, and the largest of what its uses sent. Infinite where it is no
  /// number.
  double norm = 0, largest_part = 0;
  /// The use that sent it: an edge and the op that it leads to.
  Index edge = GraphWalk::number, from = GraphWalk::number;
  /// The largest gradient that was met on that way: that of a leaf which hangs there, or before any
  /// of an op which can be saturated; and the node that received it. What the loss makes of a small
  /// error is no loss on the way, so nothing is compared with the gradient of the result.
  double level = 0;
  Index level_at = GraphWalk::number;
  /// The same of all ops, for where no leaf was met. It has to be larger by far, as it may come
  /// from before the loss.
  double inner = 0;
  Index inner_at = GraphWalk::number;

  /// What remains of the parts is what rounding left.
  bool cancels() const { return largest_part > 0 && norm < 1e-10 * largest_part; }
  /// Whether another leaf received more on the way.
  bool by_leaf() const { return level > norm; }
  double before() const { return by_leaf() ? level : inner; }
  Index before_at() const { return by_leaf() ? level_at : inner_at; }
  double least_part() const { return by_leaf() ? vanishing_part : vanishing_part * vanishing_part; }
  bool vanishes() const {
    return norm > 0 && norm < least_part() * before() &&
           (inner == 0 || norm < vanishing_part * inner);
  }
};

/// One entry a node. Empty without flows.
std::vector<Received> way_back(const GraphWalk& walk, const std::vector<Flow>& flows);

/// Marks the flows that are tiny beside what was met on their way.
void mark_vanishing(const GraphWalk& walk, std::vector<Flow>& flows);

/// An op that is flat where its values are near their bounds.
bool is_squashing(const Node& n);

}  // namespace brickgrad::internal
