#include <autograd/draw/graph_walk.hpp>
#include <autograd/error.hpp>

namespace brickgrad::internal {
namespace {

/// Numbers nodes as they are met; open addressing, since a graph may have millions of them.
class Numbering {
 public:
  using Index = GraphWalk::Index;
  Numbering() : slots_(64) {}

  /// The number of the node; the next one when it is new.
  Index operator[](Node* n) {
    Slot* s = &slot(n);
    if (!s->node) {
      if (2 * (used_ + std::size_t{1}) > slots_.size()) {
        grow();
        s = &slot(n);
      }
      *s = {n, used_++};
    }
    return s->index;
  }

 private:
  struct Slot {
    Node* node;
    Index index;
  };
  Slot& slot(Node* n) {
    const std::size_t mask = slots_.size() - 1;
    const auto line = reinterpret_cast<std::uintptr_t>(n) / cache_line;
    std::size_t at = (line * 0x9E3779B97F4A7C15u >> 20) & mask;
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
  Index used_ = 0;
};

/// A node as it was met: depth first, before its operands.
struct Met {
  Node* node;
  std::size_t first_operand;
  GraphWalk::Index order;  // its place in the walk
};

struct Visit {
  GraphWalk::Index met;
  int next_operand, operands;
};

}  // namespace

GraphWalk::GraphWalk(Node* result) {
  Numbering numbering;
  std::vector<Met> met;
  std::vector<Index> operands_met, finished;
  // A stack of its own: a graph can be millions of nodes deep.
  std::vector<Visit> stack;
  const auto enter = [&](Node* n) {
    if (met.size() == number) fail("to_dot: the graph has more nodes than can be counted");
    const int count = n->inputs();
    stack.push_back({static_cast<Index>(met.size()), 0, count});
    met.push_back({n, operands_met.size(), 0});
    operands_met.resize(operands_met.size() + static_cast<std::size_t>(count), number);
  };
  numbering[result];
  enter(result);
  while (!stack.empty()) {
    Visit& top = stack.back();
    Met& m = met[top.met];
    if (top.next_operand < top.operands) {
      const int i = top.next_operand++;
      Node* operand = m.node->input(i);
      if (!operand) continue;
      const Index index = numbering[operand];
      operands_met[m.first_operand + static_cast<std::size_t>(i)] = index;
      if (index == met.size()) enter(operand);
      continue;
    }
    m.order = static_cast<Index>(finished.size());
    finished.push_back(top.met);
    stack.pop_back();
  }
  nodes_.reserve(met.size());
  operands_.reserve(operands_met.size());
  first_.reserve(met.size() + 1);
  first_.push_back(0);
  for (const Index at : finished) {
    const Met& m = met[at];
    nodes_.push_back(m.node);
    for (int i = 0, count = m.node->inputs(); i < count; ++i) {
      const Index operand = operands_met[m.first_operand + static_cast<std::size_t>(i)];
      operands_.push_back(operand == number ? number : met[operand].order);
    }
    first_.push_back(operands_.size());
  }
}

}  // namespace brickgrad::internal
