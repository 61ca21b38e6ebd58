#include <algorithm>
#include <autograd/draw/layout.hpp>

namespace brickgrad::internal {
namespace {

// Ranks crossed by all edges together; dot needs a second or two at these.
constexpr std::uint64_t most_with_leaves_first = 1500, most_with_labels = 700,
                        most_with_curves = 3000;
// Frames reach from their leaves to their ops: of deeper graphs they would be long, one above the
// other.
constexpr std::uint64_t most_framed_with_leaves_first = 60;
constexpr std::uint32_t longest_leaf_edge = 6;

}  // namespace

LayoutPlan::LayoutPlan(const GraphWalk& walk, const Picture& picture, bool framed)
    : rank_(picture.size()), first_use_(picture.size(), ~std::uint32_t{0}), leaf_(picture.size()) {
  for (std::size_t b = 0; b < picture.size(); ++b) {
    const Picture::Box& box = picture.box(b);
    rank_[b] = box.rank;
    leaf_[b] = box.group == Picture::none && walk.node(box.node).is(leaf);
  }
  const auto each_edge = [&](auto&& visit) {
    for (std::size_t b = 0; b < picture.size(); ++b)
      for (const Picture::Edge& e : picture.edges(b))
        if (e.from != Picture::none) visit(e.from, static_cast<Index>(b));
  };
  std::uint64_t from_start = 0, from_first_use = 0;
  each_edge([&](Index from, Index user) {
    first_use_[from] = std::min(first_use_[from], rank_[user]);
    from_start += rank_[user] - rank_[from];
  });
  leaves_first_ = from_start <= (framed ? most_framed_with_leaves_first : most_with_leaves_first);
  each_edge([&](Index from, Index user) {
    if (!leaf_[from])
      from_first_use += rank_[user] - rank_[from];
    else
      from_first_use += needs_copy(from, user) ? 1 : rank_[user] - first_use_[from] + 1;
  });
  const std::uint64_t length = leaves_first_ ? from_start : from_first_use;
  edge_labels_ = length <= most_with_labels;
  quick_ = length > most_with_curves;
}

bool LayoutPlan::needs_copy(Index box, Index user) const {
  return !leaves_first_ && leaf_[box] && rank_[user] - first_use_[box] >= longest_leaf_edge;
}

}  // namespace brickgrad::internal
