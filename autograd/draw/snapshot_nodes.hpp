// What a snapshot keeps of each node, and which nodes of two snapshots are the same.
#pragma once

#include <autograd/draw/flow.hpp>
#include <autograd/draw/fold.hpp>
#include <autograd/draw/graph_walk.hpp>
#include <autograd/draw/snapshot.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace brickgrad::internal {

struct SnapshotNode {
  std::string name, op;  // op is that of the card: "× 3"
  std::string type;      // "(2, 3) float64"
  bool is_leaf = false, wants_gradient = false;
  std::vector<GraphWalk::Index> operands;  // without plain numbers
  std::vector<Flow> flows;                 // back to each of them; empty when nothing is known
  std::optional<Tensor> value, gradient;
  GraphWalk::Index frame = Folding::none;

  /// Whether the other one is the same part of the same computation.
  bool matches(const SnapshotNode& o) const {
    return name == o.name && op == o.op && type == o.type && is_leaf == o.is_leaf &&
           wants_gradient == o.wants_gradient && operands.size() == o.operands.size();
  }
  std::string title() const { return name.empty() ? op : name; }
};

struct SnapshotNodes {
  std::vector<SnapshotNode> all;
  std::vector<Cluster> frames;
};

/// A pair for every value of either: its place before and after, -1 where it is not. In an order in
/// which both stay sorted.
std::vector<std::pair<int, int>> matched(const std::vector<SnapshotNode>& before,
                                         const std::vector<SnapshotNode>& after);

}  // namespace brickgrad::internal
