// What the layout of a graph can afford. The dot command works on every rank that an edge crosses,
// so its time grows with the total length of the edges, not with their number.
#pragma once

#include <autograd/draw/picture.hpp>
#include <vector>

namespace brickgrad::internal {

class LayoutPlan {
 public:
  using Index = Picture::Index;
  LayoutPlan(const GraphWalk& walk, const Picture& picture, bool framed);

  /// Leaves that receive a gradient stand together at the start. Otherwise, as in frames, each
  /// stands near its first use, and a small copy near those far from there.
  bool leaves_first() const { return leaves_first_; }
  bool needs_copy(Index box, Index user) const;
  /// Labels on edges double the ranks.
  bool edge_labels() const { return edge_labels_; }
  /// Edges with corners, and fewer attempts at shorter ones.
  bool quick() const { return quick_; }

 private:
  bool leaves_first_, edge_labels_, quick_;
  std::vector<std::uint32_t> rank_, first_use_;  // the least rank of a user
  std::vector<bool> leaf_;
};

}  // namespace brickgrad::internal
