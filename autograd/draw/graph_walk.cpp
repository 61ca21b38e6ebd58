#include <autograd/draw/graph_walk.hpp>
#include <autograd/error.hpp>

namespace brickgrad::internal {
namespace {

/// The index given to each node; open addressing, since a graph may have millions of them.
class Indices {
 public:
  Indices() : slots_(64) {}

  /// Null when the node has not been met.
  GraphWalk::Index* find(Node* n) {
    Slot& s = slot(n);
    return s.node ? &s.index : nullptr;
  }
  void insert(Node* n, GraphWalk::Index index) {
    if (2 * ++used_ > slots_.size()) grow();
    slot(n) = {n, index};
  }

 private:
  struct Slot {
    Node* node;
    GraphWalk::Index index;
  };
  Slot& slot(Node* n) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = (reinterpret_cast<std::uintptr_t>(n) / cache_line * 0x9E3779B97F4A7C15u >> 20) & mask;
    while (slots_[at].node && slots_[at].node != n) at = (at + 1) & mask;
    return slots_[at];
  }
  void grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (const Slot& s : old)
      if (s.node) slot(s.node) = s;
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

struct Visit {
  Node* node;
  int next_operand;
};

}  // namespace

GraphWalk::GraphWalk(Node* result) {
  // Depth first with a stack of its own: a graph can be millions of nodes deep.
  Indices indices;
  std::vector<Visit> stack{{result, 0}};
  indices.insert(result, number);
  first_.push_back(0);
  while (!stack.empty()) {
    Visit& top = stack.back();
    Node* n = top.node;
    if (top.next_operand < n->inputs()) {
      Node* operand = n->input(top.next_operand++);
      if (operand && !indices.find(operand)) {
        indices.insert(operand, number);
        stack.push_back({operand, 0});
      }
      continue;
    }
    if (nodes_.size() == number) fail("to_dot: the graph has more nodes than can be counted");
    *indices.find(n) = static_cast<Index>(nodes_.size());
    nodes_.push_back(n);
    for (int i = 0, count = n->inputs(); i < count; ++i)
      operands_.push_back(n->input(i) ? *indices.find(n->input(i)) : number);
    first_.push_back(operands_.size());
    stack.pop_back();
  }
}

}  // namespace brickgrad::internal
