// A graph as it is drawn: a box for every node, or for several that are folded together, and the
// edges between them.
#pragma once

#include <autograd/draw/fold.hpp>
#include <autograd/draw/graph_walk.hpp>
#include <span>
#include <vector>

namespace brickgrad::internal {

class Picture {
 public:
  using Index = GraphWalk::Index;
  static constexpr Index none = GraphWalk::number;

  struct Box {
    Index node;  // its node; of a group, the last one
    Index group = none;
    std::uint32_t rank = 0;  // 0 for leaves, else 1 + that of the deepest operand
  };
  struct Edge {
    Index from;  // a box; none for a plain number
    Index first;
    Index count;
  };

  Picture(const GraphWalk& walk, const Folding& folding);

  std::size_t size() const { return boxes_.size(); }
  /// In topological order.
  const Box& box(std::size_t b) const { return boxes_[b]; }
  Index box_of(std::size_t node) const { return box_of_[node]; }
  /// The group that a node is drawn in, or none.
  Index group_of(std::size_t node) const { return boxes_[box_of_[node]].group; }
  /// The edges into a box, in the order of its operands. Between two nodes that are drawn each use
  /// has its own; those from or into a group are one.
  std::span<const Edge> edges(std::size_t b) const {
    return std::span(edges_).subspan(first_[b], first_[b + 1] - first_[b]);
  }
  /// What an edge stands for: places in the list of all edges of the walk.
  std::span<const Index> uses(const Edge& e) const {
    return e.count == 1 ? std::span(&e.first, 1) : std::span(merged_).subspan(e.first, e.count);
  }
  /// Of each group, the values that others use and the result of the graph, in topological order.
  std::vector<std::vector<Index>> values_leaving(const GraphWalk& walk, std::size_t groups) const;

 private:
  void add_box(const GraphWalk& walk, const Folding& folding, Index node);
  void add_group_edges(const GraphWalk& walk, const Group& group, Index box);

  std::vector<Box> boxes_;
  std::vector<Index> box_of_, merged_;
  std::vector<Edge> edges_;
  std::vector<std::size_t> first_;
};

}  // namespace brickgrad::internal
