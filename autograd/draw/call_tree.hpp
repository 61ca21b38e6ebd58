// The calls of modules around the nodes of a graph.
#pragma once

#include <autograd/draw/graph_walk.hpp>
#include <autograd/draw/module_trace.hpp>
#include <string>
#include <vector>

namespace brickgrad::internal {

class CallTree {
 public:
  using Index = GraphWalk::Index;
  /// Outside all calls.
  static constexpr Index outside = static_cast<Index>(-1);

  /// Without a trace, or with one that tells nothing of this graph, there are no calls.
  CallTree(const GraphWalk& walk, const ModuleTrace* trace);

  bool empty() const { return deepest_ < 0; }
  /// The greatest level of a call.
  int deepest() const { return deepest_; }
  const ModuleTrace::Call& call(Index c) const { return (*calls_)[c]; }
  Index parent(Index c) const {
    return call(c).parent < 0 ? outside : static_cast<Index>(call(c).parent);
  }
  int level(Index c) const { return c == outside ? -1 : call(c).level; }
  /// "Linear(2, 3)".
  std::string type_text(Index c) const;

  /// The nodes that an op made, each after its operands and those of a call in a row.
  const std::vector<Index>& order() const { return order_; }
  /// Of a node that an op made: the innermost call that recorded it. Of a leaf: the innermost one
  /// around all its users, but outside those that were called with it.
  Index home(Index node) const { return empty() ? outside : home_[node]; }
  /// True of a leaf that a call around all its users was called with.
  bool is_input(Index node) const { return !empty() && is_input_[node]; }
  /// The call around c (or c itself) with so many around it.
  Index ancestor(Index c, int level) const;

 private:
  void place_ops(const GraphWalk& walk);
  void place_leaves(const GraphWalk& walk);
  Index common(Index a, Index b) const;

  const std::vector<ModuleTrace::Call>* calls_ = nullptr;
  int deepest_ = -1;
  std::vector<Index> order_, home_;
  std::vector<bool> is_input_;
};

}  // namespace brickgrad::internal
