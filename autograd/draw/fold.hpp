// What is drawn as one card: modules below a depth, equal ones in a row, and in graphs that are too
// large for a picture whatever repeats, and stretches of ops. What is folded together was computed
// in one stretch of time, so that the folded graph has no cycles.
#pragma once

#include <autograd/draw/call_tree.hpp>
#include <autograd/draw/graph_walk.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace brickgrad::internal {

/// Several nodes in one card.
struct Group {
  enum class Kind { module, ops, leaves };
  Kind kind = Kind::ops;
  std::string title;      // "Linear(2, 3)", "tanh", "ops"
  std::string name;       // of a module, as its caller calls it
  std::size_t times = 1;  // so many equal ones in a row
  GraphWalk::Index cluster = GraphWalk::number;
  std::vector<GraphWalk::Index> members;  // each after its operands
};

/// A frame.
struct Cluster {
  std::string name, type;
  GraphWalk::Index parent = GraphWalk::number;
};

struct Folding {
  using Index = GraphWalk::Index;
  static constexpr Index none = GraphWalk::number;

  /// The nodes that an op made, each after its operands; empty for all nodes in their order.
  std::vector<Index> order;
  /// The group of each node, and the frame of each; empty when there are none.
  std::vector<Index> group_of, cluster_of;
  std::vector<Group> groups;
  std::vector<Cluster> clusters;
  /// The graph was too large to be drawn as it is.
  bool too_large = false;

  Index group(std::size_t node) const { return group_of.empty() ? none : group_of[node]; }
  Index cluster(std::size_t node) const { return cluster_of.empty() ? none : cluster_of[node]; }
};

/// Those of the options of a picture that folding looks at.
struct FoldOptions {
  int depth;
  std::int64_t max_nodes;
  bool force;
  /// Ops in a row that are drawn one by one.
  std::int64_t longest = 0;
};

/// A picture is as long as its longest row; a page brings the op of a step in sight.
std::int64_t longest_in_picture(std::int64_t max_nodes);
std::int64_t longest_in_page(std::int64_t max_nodes);

Folding fold(const GraphWalk& walk, const CallTree& calls, const FoldOptions& options);

/// "5,001 values are folded into 61 cards, …; DotOptions::force draws every one". `options` is the
/// struct whose member it names.
std::string folded_warning(std::size_t values, std::size_t cards, const char* options,
                           std::int64_t max_nodes, std::int64_t longest);

/// 1234567 as "1,234,567".
std::string grouped_digits(std::size_t n);

}  // namespace brickgrad::internal
