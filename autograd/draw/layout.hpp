// What the layout of a graph can afford. The dot command works on every rank that an edge crosses, so
// its time grows with the total length of the edges, not with their number.
#pragma once

#include <autograd/draw/graph_walk.hpp>
#include <string>

namespace brickgrad::internal {

struct LayoutPlan {
  explicit LayoutPlan(const GraphWalk& walk);

  /// Leaves that receive a gradient stand together at the start, not each near its first use.
  bool leaves_first;
  /// Labels on edges double the ranks.
  bool edge_labels;
  /// Straight edges, and fewer attempts at shorter ones.
  bool quick;
};

}  // namespace brickgrad::internal
