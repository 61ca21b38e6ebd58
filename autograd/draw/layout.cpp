#include <algorithm>
#include <autograd/draw/layout.hpp>
#include <vector>

namespace brickgrad::internal {
namespace {

// Ranks crossed by all edges together; dot needs a second or two at these.
constexpr std::uint64_t most_with_leaves_first = 1500, most_with_labels = 700, most_with_splines = 3000;

}  // namespace

LayoutPlan::LayoutPlan(const GraphWalk& walk) {
  constexpr std::uint32_t unused = ~std::uint32_t{0};
  std::vector<std::uint32_t> first_use(walk.size(), unused);
  const auto each_edge = [&](auto&& visit) {
    for (std::size_t i = 0; i < walk.size(); ++i)
      for (const auto operand : walk.operands(i))
        if (operand != GraphWalk::number) visit(operand, walk.node(i).depth);
  };
  each_edge([&](auto operand, std::uint32_t depth) {
    first_use[operand] = std::min(first_use[operand], depth);
  });
  std::uint64_t from_start = 0, from_first_use = 0;
  each_edge([&](auto operand, std::uint32_t depth) {
    const Node& n = walk.node(operand);
    from_start += depth - n.depth;
    from_first_use += n.is(leaf) ? depth - first_use[operand] + 1 : depth - n.depth;
  });
  leaves_first = from_start <= most_with_leaves_first;
  const std::uint64_t length = leaves_first ? from_start : from_first_use;
  edge_labels = length <= most_with_labels;
  quick = length > most_with_splines;
}

}  // namespace brickgrad::internal
