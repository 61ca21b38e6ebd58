#include <algorithm>
#include <autograd/draw/picture.hpp>

namespace brickgrad::internal {

Picture::Picture(const GraphWalk& walk, const Folding& folding) : box_of_(walk.size(), none) {
  boxes_.reserve(walk.size());
  edges_.reserve(walk.edges());
  first_.reserve(walk.size() + 1);
  first_.push_back(0);
  if (folding.order.empty()) {
    for (std::size_t i = 0; i < walk.size(); ++i) add_box(walk, folding, static_cast<Index>(i));
    return;
  }
  const auto add_leaves = [&](Index op) {
    for (const Index operand : walk.operands(op))
      if (operand != none && walk.node(operand).is(leaf) && box_of_[operand] == none)
        add_box(walk, folding, operand);
  };
  for (const Index i : folding.order) {
    if (box_of_[i] != none) continue;
    const Index g = folding.group(i);
    if (g == Folding::none)
      add_leaves(i);
    else
      for (const Index member : folding.groups[g].members)
        for (const Index operand : walk.operands(member))
          if (operand != none && walk.node(operand).is(leaf) && folding.group(operand) != g &&
              box_of_[operand] == none)
            add_box(walk, folding, operand);
    add_box(walk, folding, i);
  }
}

void Picture::add_box(const GraphWalk& walk, const Folding& folding, Index node) {
  const auto box = static_cast<Index>(boxes_.size());
  const Index g = folding.group(node);
  boxes_.push_back({node, g, 0});
  std::uint32_t rank = 0;
  if (g == Folding::none) {
    box_of_[node] = box;
    const auto operands = walk.operands(node);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const Index from = operands[k] == none ? none : box_of_[operands[k]];
      const auto use = static_cast<Index>(walk.first_edge(node) + k);
      if (from != none) rank = std::max(rank, boxes_[from].rank + 1);
      if (operands[k] == none) rank = std::max(rank, 1u);
      // Several uses of what a group gave.
      const auto own = std::span(edges_).subspan(first_.back());
      const auto known = std::find_if(own.begin(), own.end(), [&](const Edge& e) {
        return from != none && e.from == from && boxes_[from].group != none;
      });
      if (known == own.end()) {
        edges_.push_back({from, use, 1});
        continue;
      }
      const std::vector<Index> before(uses(*known).begin(), uses(*known).end());
      known->first = static_cast<Index>(merged_.size());
      known->count += 1;
      merged_.insert(merged_.end(), before.begin(), before.end());
      merged_.push_back(use);
    }
  } else {
    const Group& group = folding.groups[g];
    for (const Index member : group.members) box_of_[member] = box;
    // Where leaves were added last, the last member may be one.
    for (const Index member : group.members)
      if (!walk.node(member).is(leaf)) boxes_[box].node = member;
    add_group_edges(walk, group, box);
    for (const Edge& e : std::span(edges_).subspan(first_.back()))
      rank = std::max(rank, boxes_[e.from].rank + 1);
  }
  boxes_[box].rank = rank;
  first_.push_back(edges_.size());
}

void Picture::add_group_edges(const GraphWalk& walk, const Group& group, Index box) {
  std::vector<std::pair<Index, Index>> in;  // the box it comes from, and the use
  for (const Index member : group.members) {
    const auto operands = walk.operands(member);
    for (std::size_t k = 0; k < operands.size(); ++k)
      if (operands[k] != none && box_of_[operands[k]] != box)
        in.emplace_back(box_of_[operands[k]], static_cast<Index>(walk.first_edge(member) + k));
  }
  std::sort(in.begin(), in.end());
  for (std::size_t i = 0; i < in.size();) {
    std::size_t end = i;
    while (end < in.size() && in[end].first == in[i].first) ++end;
    const auto count = static_cast<Index>(end - i);
    edges_.push_back(
        {in[i].first, count == 1 ? in[i].second : static_cast<Index>(merged_.size()), count});
    if (count > 1)
      for (std::size_t k = i; k < end; ++k) merged_.push_back(in[k].second);
    i = end;
  }
}

std::vector<std::vector<Picture::Index>> Picture::values_leaving(const GraphWalk& walk,
                                                                 std::size_t groups) const {
  std::vector<std::vector<Index>> values(groups);
  const auto leaves = [&](Index node) {
    if (const Index g = group_of(node); g != none) values[g].push_back(node);
  };
  for (const Edge& e : edges_)
    if (e.from != none)
      for (const Index use : uses(e)) leaves(walk.operand_of(use));
  leaves(static_cast<Index>(walk.size() - 1));
  for (std::vector<Index>& all : values) {
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
  }
  return values;
}

}  // namespace brickgrad::internal
