// How large the gradient is along its way from the result back to each node, and how large it was
// before.
#pragma once

#include <array>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/graph_walk.hpp>
#include <vector>

namespace brickgrad::internal {

/// What was met on the way from the result back to a place in the graph.
struct Way {
  using Index = GraphWalk::Index;

  /// The largest gradient of a leaf which hangs there, or before the first op that squashes or any
  /// that is flat; and the node that received it. What the loss makes of a small error is no loss
  /// on the way, so nothing is compared with the gradient of the result.
  double level = 0;
  Index level_at = GraphWalk::number;
  /// The same of all ops, for where nothing of that was met. It has to be larger by far, as it may
  /// come from before the loss.
  double inner = 0;
  Index inner_at = GraphWalk::number;
  /// The parts that came through the few steps that took most. A loss is no more than these.
  std::array<double, 3> least_parts{1, 1, 1};

  void meet(double norm, Index at);
  void step(double part);
  /// Whether a gradient of this norm vanished on the way.
  bool vanishes(double norm) const;
  /// Whether there was a level to compare it with.
  bool by_level(double norm) const { return level > norm; }
  /// Whether many steps took it, each a little.
  bool gradually(double norm) const;
};

/// What a node receives, and by which way most of it came.
struct Received : Way {
  /// The norm of all that came, and the largest of what its uses sent. Infinite where it is no
  /// number.
  double norm = 0, largest_part = 0;
  /// The use that sent it: an edge and the op that it leads to.
  Index edge = GraphWalk::number, from = GraphWalk::number;

  /// What remains of the parts is what rounding left.
  bool cancels() const { return largest_part > 0 && norm < 1e-10 * largest_part; }
  double before() const { return by_level(norm) ? level : inner; }
  Index before_at() const { return by_level(norm) ? level_at : inner_at; }
};

/// One entry a node. Empty without flows.
std::vector<Received> way_back(const GraphWalk& walk, const std::vector<Flow>& flows);

/// Marks the flows that are tiny beside what was met on their way.
void mark_vanishing(const GraphWalk& walk, std::vector<Flow>& flows);

/// Whether an op on one operand keeps its result within bounds however large that is: then there
/// is where it is flat.
bool squashes(const Node& n);

}  // namespace brickgrad::internal
