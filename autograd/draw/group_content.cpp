#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/group_content.hpp>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/trouble/trouble.hpp>
#include <cmath>
#include <set>

namespace brickgrad::internal {
namespace {

constexpr std::size_t shown_ops = 4;

bool before(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

void add_leaf(GroupContent& c, const Node& n) {
  if (!n.is(requires_grad)) {
    ++c.constants;
  } else {
    ++c.leaves;
    c.numbers += n.numel();
    if (has_gradient(n)) {
      ++c.gradients;
      c.gradient_norm = std::hypot(c.gradient_norm, summarise_gradient(n).norm);
    }
  }
  const std::string* label = label_of(n);
  if (!label || label->empty()) return;
  const std::string& name = *label;
  if (c.first_name.empty() || before(name, c.first_name)) c.first_name = name;
  if (before(c.last_name, name)) c.last_name = name;
}

/// Of its leaves by the repetition that first uses them. None where these do not follow one
/// another.
std::optional<std::pair<double, double>> ends_of(const GraphWalk& walk, const Group& group,
                                                 std::size_t ops) {
  if (group.times < 2 || ops % group.times != 0) return std::nullopt;
  const std::size_t period = ops / group.times;
  std::set<GraphWalk::Index> waiting;
  for (const auto i : group.members)
    if (const Node& n = walk.node(i); n.is(leaf) && n.is(requires_grad) && has_gradient(n))
      waiting.insert(i);
  double first = 0, last = 0;
  bool in_first = false, in_last = false;
  std::vector<const char*> names;
  for (const auto i : group.members) {
    if (walk.node(i).is(leaf)) continue;
    const std::size_t op = names.size(), repetition = op / period;
    names.push_back(walk.node(i).op->name);
    if (std::string_view(names[op]) != names[op % period]) return std::nullopt;
    for (const auto operand : walk.operands(i)) {
      if (operand == GraphWalk::number || waiting.erase(operand) == 0) continue;
      const double norm = summarise_gradient(walk.node(operand)).norm;
      if (repetition == 0) {
        in_first = true;
        first = std::hypot(first, norm);
      } else if (repetition + 1 == group.times) {
        in_last = true;
        last = std::hypot(last, norm);
      }
    }
  }
  if (!in_first || !in_last) return std::nullopt;
  return std::pair{first, last};
}

}  // namespace

GroupContent content_of(const GraphWalk& walk, const Group& group,
                        const std::vector<NodeFacts>& facts) {
  GroupContent c;
  for (const auto i : group.members) {
    const Node& n = walk.node(i);
    const NodeFacts& f = facts[i];
    c.result = c.result || f.result;
    if (n.is(leaf)) {
      add_leaf(c, n);
    } else {
      ++c.ops;
      ++c.kinds[n.op->name];
    }
    const auto note = [&](bool is, bool starts, const Node*& where, bool& started) {
      if (!is || (where && (started || !starts))) return;
      where = &n;
      started = starts;
    };
    note(f.bad_value, f.bad_value_starts, c.bad_value, c.bad_value_starts);
    // Gradients come the other way.
    if (f.bad_gradient && (f.bad_gradient_starts || !c.bad_gradient_starts)) {
      c.bad_gradient = &n;
      c.bad_gradient_starts = f.bad_gradient_starts;
    }
    if (f.stops && !c.stops) c.stops = &n;
    if (f.starved && !c.starved) c.starved = &n;
  }
  c.gradient_ends = ends_of(walk, group, c.ops);
  return c;
}

std::string GroupContent::composition() const {
  std::vector<std::pair<std::string, std::size_t>> counts(kinds.begin(), kinds.end());
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (i == shown_ops) return text + ", …";
    text += fmt::format("{}{} {}", i ? ", " : "", counts[i].second, counts[i].first);
  }
  return text;
}

std::string GroupContent::leaves_text() const {
  if (numbers == static_cast<std::int64_t>(leaves)) return std::to_string(numbers);
  return fmt::format("{} in {} tensor{}", numbers, leaves, leaves == 1 ? "" : "s");
}

std::vector<GroupWarning> GroupContent::warnings() const {
  std::vector<GroupWarning> all;
  const auto bad = [&](const char* what, const Node& n, const Summary& s, bool starts) {
    const std::string where = starts ? ", starts at " + spoken_name(n) : "";
    all.push_back({fmt::format("{}: {}{}", what, bad_numbers(s), where), true});
  };
  if (bad_value) bad("value", *bad_value, summarise_value(*bad_value), bad_value_starts);
  if (bad_gradient)
    bad("gradient", *bad_gradient, summarise_gradient(*bad_gradient), bad_gradient_starts);
  if (stops) all.push_back({"gradient stops at " + spoken_name(*stops), false});
  if (starved) all.push_back({"no gradient reaches " + spoken_name(*starved), false});
  return all;
}

std::string group_title(const GraphWalk& walk, const Group& group) {
  if (group.kind == Group::Kind::leaves)
    return fmt::format("{} {}", group.members.size(), group.title);
  if (group.title == "ops") {
    const auto ops = static_cast<std::size_t>(
        std::count_if(group.members.begin(), group.members.end(),
                      [&](GraphWalk::Index i) { return !walk.node(i).is(leaf); }));
    return group.times > 1 ? fmt::format("{} ops × {}", ops / group.times, group.times)
                           : fmt::format("{} op{}", ops, ops == 1 ? "" : "s");
  }
  if (group.times == 1) return group.title;
  const bool several = group.title.find(" → ") != std::string::npos;
  return several ? fmt::format("({}) × {}", group.title, group.times)
                 : fmt::format("{} × {}", group.title, group.times);
}

}  // namespace brickgrad::internal
