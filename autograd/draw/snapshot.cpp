#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/card.hpp>
#include <autograd/draw/label_text.hpp>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/snapshot_nodes.hpp>
#include <autograd/draw/trouble/way_back.hpp>
#include <limits>

namespace brickgrad {

namespace internal {
namespace {

/// Beyond this many pairs the best alignment is not looked for.
constexpr std::size_t most_pairs = 4'000'000;

SnapshotNode noted(const GraphWalk& walk, std::size_t i) {
  const Node& n = walk.node(i);
  SnapshotNode s;
  if (label_of(n)) s.name = printable(*label_of(n), name_length);
  s.is_leaf = n.is(leaf);
  s.wants_gradient = n.is(requires_grad);
  const Shape shape = n.shape();
  s.type =
      fmt::format("{} {}", shape.rank() == 0 ? "scalar" : to_string(shape), dtype_name(n.dtype()));
  std::vector<std::string> shown;
  for (const auto operand : walk.operands(i)) {
    shown.emplace_back(operand == GraphWalk::number ? short_number(n.immediate) : "");
    if (operand != GraphWalk::number) s.operands.push_back(operand);
  }
  s.op = !s.is_leaf ? operation_text(n, shown) : s.wants_gradient ? "leaf" : "constant";
  if (const auto value = value_of(n)) s.value = value->clone();
  if (const auto gradient = gradient_of(n)) s.gradient = gradient->clone();
  return s;
}

/// Appends the matches between two stretches without a common start or end.
void match_middle(const std::vector<SnapshotNode>& a, std::size_t a0, std::size_t a1,
                  const std::vector<SnapshotNode>& b, std::size_t b0, std::size_t b1,
                  std::vector<std::pair<std::size_t, std::size_t>>& out) {
  const std::size_t n = a1 - a0, m = b1 - b0;
  if (n == 0 || m == 0) return;
  if (n * m > most_pairs) {
    for (std::size_t i = a0, j = b0; i < a1; ++i)
      for (std::size_t k = j; k < std::min(b1, j + 1000); ++k)
        if (a[i].matches(b[k])) {
          out.emplace_back(i, k);
          j = k + 1;
          break;
        }
    return;
  }
  // The longest common subsequence, from the ends.
  std::vector<std::uint16_t> length((n + 1) * (m + 1));
  const auto at = [&](std::size_t i, std::size_t j) -> std::uint16_t& {
    return length[i * (m + 1) + j];
  };
  for (std::size_t i = n; i-- > 0;)
    for (std::size_t j = m; j-- > 0;)
      at(i, j) = a[a0 + i].matches(b[b0 + j]) ? static_cast<std::uint16_t>(at(i + 1, j + 1) + 1)
                                              : std::max(at(i + 1, j), at(i, j + 1));
  for (std::size_t i = 0, j = 0; i < n && j < m;) {
    if (a[a0 + i].matches(b[b0 + j]) && at(i, j) == at(i + 1, j + 1) + 1)
      out.emplace_back(a0 + i++, b0 + j++);
    else if (at(i + 1, j) >= at(i, j + 1))
      ++i;
    else
      ++j;
  }
}

}  // namespace

std::vector<std::pair<int, int>> matched(const std::vector<SnapshotNode>& a,
                                         const std::vector<SnapshotNode>& b) {
  std::size_t head = 0, tail = 0;
  const std::size_t shorter = std::min(a.size(), b.size());
  while (head < shorter && a[head].matches(b[head])) ++head;
  while (tail < shorter - head && a[a.size() - 1 - tail].matches(b[b.size() - 1 - tail])) ++tail;
  std::vector<std::pair<std::size_t, std::size_t>> same;
  for (std::size_t i = 0; i < head; ++i) same.emplace_back(i, i);
  match_middle(a, head, a.size() - tail, b, head, b.size() - tail, same);
  for (std::size_t i = tail; i-- > 0;) same.emplace_back(a.size() - 1 - i, b.size() - 1 - i);
  same.emplace_back(a.size(), b.size());

  std::vector<std::pair<int, int>> all;
  std::size_t i = 0, j = 0;
  for (const auto& [to_i, to_j] : same) {
    while (i < to_i) all.emplace_back(static_cast<int>(i++), -1);
    while (j < to_j) all.emplace_back(-1, static_cast<int>(j++));
    if (to_i < a.size()) all.emplace_back(static_cast<int>(i++), static_cast<int>(j++));
  }
  return all;
}

}  // namespace internal

GraphSnapshot::GraphSnapshot(const Value& v, const ModuleTrace* modules) {
  using namespace internal;
  const GraphWalk walk(v.node());
  auto nodes = std::make_shared<SnapshotNodes>();
  nodes->all.reserve(walk.size());
  for (std::size_t i = 0; i < walk.size(); ++i) nodes->all.push_back(noted(walk, i));
  // Frames alone: nothing is folded at the greatest depth.
  Folding folding = fold(walk, CallTree(walk, modules),
                         {.depth = std::numeric_limits<int>::max(), .max_nodes = 0, .force = true});
  nodes->frames = std::move(folding.clusters);
  for (std::size_t i = 0; i < walk.size(); ++i) nodes->all[i].frame = folding.cluster(i);
  if (walk.size() <= most_with_flows) {
    std::vector<Flow> flows = gradient_flow(walk);
    mark_vanishing(walk, flows);
    for (std::size_t i = 0; i < walk.size(); ++i)
      for (std::size_t k = 0; k < walk.operands(i).size(); ++k)
        if (walk.operands(i)[k] != GraphWalk::number)
          nodes->all[i].flows.push_back(flows[walk.first_edge(i) + k]);
  }
  nodes_ = std::move(nodes);
}

std::size_t GraphSnapshot::size() const { return nodes_->all.size(); }

GraphSnapshot snapshot(const Value& v, const ModuleTrace* modules) {
  return GraphSnapshot(v, modules);
}

}  // namespace brickgrad
