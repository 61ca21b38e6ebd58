#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/call_tree.hpp>

namespace brickgrad::internal {
namespace {

/// Whether all nodes were recorded after their operands by the clock, as those of one thread are.
bool in_time(const GraphWalk& walk) {
  for (std::size_t i = 0; i < walk.size(); ++i)
    for (const auto operand : walk.operands(i))
      if (operand != GraphWalk::number && !walk.node(operand).is(leaf) &&
          walk.node(operand).stamp() > walk.node(i).stamp())
        return false;
  return true;
}

}  // namespace

CallTree::CallTree(const GraphWalk& walk, const ModuleTrace* trace) {
  for (std::size_t i = 0; i < walk.size(); ++i)
    if (!walk.node(i).is(leaf)) order_.push_back(static_cast<Index>(i));
  if (!trace || trace->calls().empty() || !in_time(walk)) return;
  calls_ = &trace->calls();
  std::stable_sort(order_.begin(), order_.end(),
                   [&](Index a, Index b) { return walk.node(a).stamp() < walk.node(b).stamp(); });
  home_.assign(walk.size(), outside);
  place_ops(walk);
  if (!empty()) place_leaves(walk);
}

void CallTree::place_ops(const GraphWalk& walk) {
  std::vector<Index> around;
  Index next = 0;
  const auto close = [&](std::uint64_t time) {
    while (!around.empty() && call(around.back()).end <= time) around.pop_back();
  };
  for (const Index i : order_) {
    const std::uint64_t time = walk.node(i).stamp();
    for (; next < calls_->size() && call(next).begin <= time; ++next) {
      close(call(next).begin);
      around.push_back(next);
    }
    close(time);
    if (around.empty()) continue;
    home_[i] = around.back();
    deepest_ = std::max(deepest_, level(around.back()));
  }
}

void CallTree::place_leaves(const GraphWalk& walk) {
  std::vector<bool> used(walk.size());
  for (const Index i : order_)
    for (const auto operand : walk.operands(i)) {
      if (operand == GraphWalk::number || !walk.node(operand).is(leaf)) continue;
      home_[operand] = used[operand] ? common(home_[operand], home_[i]) : home_[i];
      used[operand] = true;
    }
  is_input_.resize(walk.size());
  for (std::size_t i = 0; i < walk.size(); ++i) {
    if (!walk.node(i).is(leaf)) continue;
    const auto was_input = [&](Index c) {
      const auto& inputs = call(c).inputs;
      return std::any_of(inputs.begin(), inputs.end(),
                         [&](const Value& x) { return x.node() == &walk.node(i); });
    };
    for (Index c = home_[i]; c != outside; c = parent(c)) {
      if (!was_input(c)) continue;
      home_[i] = parent(c);
      is_input_[i] = true;
    }
  }
}

CallTree::Index CallTree::common(Index a, Index b) const {
  const int level_of_both = std::min(level(a), level(b));
  a = ancestor(a, level_of_both);
  b = ancestor(b, level_of_both);
  while (a != b) {
    a = parent(a);
    b = parent(b);
  }
  return a;
}

CallTree::Index CallTree::ancestor(Index c, int wanted) const {
  while (c != outside && level(c) > wanted) c = parent(c);
  return c;
}

std::string CallTree::type_text(Index c) const {
  const ModuleTrace::Call& m = call(c);
  return m.details.empty() ? m.type : fmt::format("{}({})", m.type, m.details);
}

}  // namespace brickgrad::internal
