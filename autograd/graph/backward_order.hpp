// The backward pass of a graph that stays: its order is found once, and work that can be prepared
// is prepared the first time. A node that owns its table keeps it there, see compile.hpp.
#pragma once

#include <autograd/graph/node.hpp>
#include <memory>
#include <vector>

namespace brickgrad::internal {

/// A node and how its work is done, as a rule: a kind of work is prepared the first time.
struct RepeatedWork {
  Node* node;
  std::unique_ptr<Prepared> prepared = nullptr;

  void run(void (*work)(Node&), std::unique_ptr<Prepared> (*prepare)(Node&)) {
    if (prepared && prepared->run()) return;
    work(*node);
    if (prepare) prepared = prepare(*node);
  }
};

/// The order in which a backward pass from `root` comes to its nodes, for a graph that stays.
struct BackwardOrder {
  explicit BackwardOrder(Node& root);
  /// Runs the pass.
  void run();

 private:
  Node& root_;
  std::vector<Node*> leaves_;
  std::vector<RepeatedWork> interior_;
};

}  // namespace brickgrad::internal
