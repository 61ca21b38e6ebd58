#include <algorithm>
#include <autograd/draw/layout.hpp>

namespace brickgrad::internal {
namespace {

// Ranks crossed by all edges together; dot needs a second or two at these.
constexpr std::uint64_t most_with_leaves_first = 1500, most_with_labels = 700,
                        most_with_curves = 3000;
constexpr std::uint32_t longest_leaf_edge = 6;

}  // namespace

LayoutPlan::LayoutPlan(const GraphWalk& walk)
    : first_use_(walk.size(), ~std::uint32_t{0}), leaf_(walk.size()) {
  const auto each_edge = [&](auto&& visit) {
    for (std::size_t i = 0; i < walk.size(); ++i)
      for (const auto operand : walk.operands(i))
        if (operand != GraphWalk::number) visit(operand, walk.node(i));
  };
  std::uint64_t from_start = 0, from_first_use = 0;
  each_edge([&](auto operand, const Node& user) {
    first_use_[operand] = std::min(first_use_[operand], user.depth);
    from_start += user.depth - walk.node(operand).depth;
  });
  leaves_first_ = from_start <= most_with_leaves_first;
  for (std::size_t i = 0; i < walk.size(); ++i) leaf_[i] = walk.node(i).is(leaf);
  each_edge([&](auto operand, const Node& user) {
    if (!leaf_[operand])
      from_first_use += user.depth - walk.node(operand).depth;
    else
      from_first_use += needs_copy(operand, user) ? 1 : user.depth - first_use_[operand] + 1;
  });
  const std::uint64_t length = leaves_first_ ? from_start : from_first_use;
  edge_labels_ = length <= most_with_labels;
  quick_ = length > most_with_curves;
}

bool LayoutPlan::needs_copy(GraphWalk::Index operand, const Node& user) const {
  return !leaves_first_ && leaf_[operand] && user.depth - first_use_[operand] >= longest_leaf_edge;
}

}  // namespace brickgrad::internal
